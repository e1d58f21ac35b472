"""Started as ``python -I -S``: one function on its layers and the runtime's boto3, and no more.

Arguments: the folder with the function, the folders of its layers, the folder of boto3, the
function. Prints what was measured as JSON.
"""

import importlib
import io
import json
import os
import sys
import time


def main() -> None:
    """Import the handler as Lambda does, and round-trip Parquet."""
    *folders, function = sys.argv[1:]
    sys.path[:0] = folders
    began = time.perf_counter()
    handler = importlib.import_module(f"{function}.handler")
    seconds = time.perf_counter() - began
    seen = {name.partition(".")[0] for name in sys.modules}
    _round_trip()
    told = {
        "is_callable": callable(handler.lambda_handler),
        "seconds": seconds,
        "modules": sorted(seen),
        "numpy": sys.modules["numpy"].__file__,
        "crossfoot": sys.modules["crossfoot"].__file__,
        "bytecode": sys.modules["crossfoot"].__cached__,
    }
    sys.stdout.write(json.dumps(told))
    sys.stdout.flush()
    # Lambda never ends a process in order, and Arrow's threads may abort one that does
    os._exit(0)


def _round_trip() -> None:
    pa = importlib.import_module("pyarrow")
    pq = importlib.import_module("pyarrow.parquet")
    masses = pa.array([1, 2, None], pa.int64()).cast(pa.decimal128(19, 0))
    table = pa.table({"mass": masses, "account": ["1", "2", "2"]})
    for compression in ("zstd", "snappy", "gzip", "none"):
        stream = io.BytesIO()
        pq.write_table(table, stream, compression=compression)
        if not pq.read_table(io.BytesIO(stream.getvalue())).equals(table):
            raise SystemExit(f"{compression} does not come back as it went")


main()
