"""Crossfoot's engine: batches of lines one after the other, so that memory does not grow."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from estimate_inputs import LINES, PLACES, SUFFIXED, TYPES, YEAR, names_in, run

from crossfoot.domain.impacts import CRITERIA
from crossfoot.engine.estimate import UsageParts, estimate

BATCH_ROWS = 131_072


def main() -> None:
    """Estimate every batch and add it to the totals."""
    run(computed)


def computed(sample: Path) -> tuple[int, np.ndarray]:
    """Return the number of lines, and the totals of all figures."""
    types, places = names_in(sample, TYPES), names_in(sample, PLACES)
    rows, totals = 0, np.zeros((len(CRITERIA), 3))
    with pq.ParquetFile(sample / LINES) as parquet:
        for batch in parquet.iter_batches(BATCH_ROWS):
            found = estimate(parts_of(batch, types, places))
            totals += found.figures.sum(axis=2)
            rows += batch.num_rows
    order = [CRITERIA.index(name) for name in SUFFIXED[::3]]
    return rows, totals[order].ravel()


def parts_of(batch: pa.RecordBatch, types: list[str], places: list[str]) -> UsageParts:
    """Return a batch as the engine takes it."""
    unknown = np.full(batch.num_rows, np.nan)
    return UsageParts(
        model=batch["type"].to_numpy(),
        model_names=tuple(f"machine:{name}" for name in types),
        region=batch["place"].to_numpy(),
        regions=tuple(places),
        amount=batch["hours"].to_numpy(),
        load_percent=batch["load_percent"].to_numpy(),
        measured_kwh=unknown,
        measured_hours=unknown,
        grid_g_per_kwh=unknown,
        on_demand_usd=unknown,
        year=YEAR,
    )


if __name__ == "__main__":
    main()
