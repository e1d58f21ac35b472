"""The floor: decode the needed columns with Arrow on all cores, and do nothing with them."""

import pyarrow.parquet as pq
from exports import COLUMNS, exports, finish

BATCH_ROWS = 131_072


def main() -> None:
    """Decode every batch and let it go."""
    rows = 0
    for file in exports().usage:
        with pq.ParquetFile(file) as parquet:
            for batch in parquet.iter_batches(BATCH_ROWS, columns=list(COLUMNS), use_threads=True):
                rows += batch.num_rows
    finish(rows)


if __name__ == "__main__":
    main()
