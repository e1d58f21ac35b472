"""What only shows from inside of Crossfoot: the kernel, its share of a run, imports.

Runs under Crossfoot's own interpreter; prints one line of JSON.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

KERNEL_ROWS: Final = (1_000_000, 3_000_000)
KERNEL_MEASURES: Final = 5
ROWS_PER_CELL: Final = 250
HANDLER_IMPORTS: Final = (
    "import numpy, pyarrow.parquet, crossfoot.engine.ledger, crossfoot.usecases.write_month"
)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("kernel", "imports", "share"))
    parser.add_argument("--sample", type=Path)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    match asked.what:
        case "kernel":
            found: Any = {rows: kernel_ns(rows) for rows in KERNEL_ROWS}
        case "imports":
            found = imports()
        case _:
            found = share(asked.sample, asked.out)
    print(json.dumps(found))


def kernel_ns(rows: int, repeat: int = 7) -> float:
    """Return nanoseconds per row and measure of one exact split, on one core; median."""
    import numpy as np  # noqa: PLC0415 - `imports` must not find it loaded

    from crossfoot.engine.allocation import allocate  # noqa: PLC0415

    random = np.random.default_rng(2026)
    offsets = np.arange(0, rows + 1, ROWS_PER_CELL)
    weight = random.integers(1, 10**12, rows)
    amount = random.integers(1, 10**12, (KERNEL_MEASURES, len(offsets) - 1))
    seconds = []
    for _ in range(repeat):
        start = time.process_time()
        split = allocate(amount, offsets, weight)
        seconds.append(time.process_time() - start)
    if not (np.add.reduceat(split, offsets[:-1], axis=1) == amount).all():
        raise ArithmeticError("The split does not sum to its amounts.")
    return statistics.median(seconds) / (rows * KERNEL_MEASURES) * 1e9


def imports() -> dict[str, Any]:
    """Return seconds that a Lambda handler's imports take, and whether pandas could be found."""
    command = [sys.executable, "-X", "importtime", "-c", HANDLER_IMPORTS]
    seconds = []
    for _ in range(5):
        report = subprocess.run(command, capture_output=True, text=True, check=True).stderr
        seconds.append(sum(_top_level_us(line) for line in report.splitlines()) / 1e6)
    find = "import importlib.util, sys; sys.exit(importlib.util.find_spec('pandas') is not None)"
    has_pandas = subprocess.run([sys.executable, "-c", find], check=False).returncode != 0
    return {"seconds": statistics.median(seconds), "has_pandas": has_pandas}


def _top_level_us(line: str) -> int:
    """Return the cumulative microseconds of a module that nothing else imported."""
    parts = line.removeprefix("import time:").split("|")
    is_top = len(parts) == len(("self", "cumulative", "name")) and not parts[2].startswith("  ")
    return int(parts[1]) if is_top and parts[1].strip().isdigit() else 0


def share(sample: Path, out: Path) -> dict[str, float]:
    """Return seconds of a whole run, of its allocation, of the kernel, and of the estimate."""
    start = time.perf_counter()
    from crossfoot.adapters import usage_shards  # noqa: PLC0415
    from crossfoot.bootstrap import closing  # noqa: PLC0415
    from crossfoot.engine import ledger  # noqa: PLC0415
    from crossfoot.usecases import write_month  # noqa: PLC0415

    spent = {"kernel": 0.0, "allocation": 0.0, "estimate": 0.0}

    def timed(module: Any, name: str, label: str) -> None:  # noqa: ANN401 - a module
        function = getattr(module, name)

        def wrapper(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            began = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                spent[label] += time.perf_counter() - began

        setattr(module, name, wrapper)

    timed(ledger, "allocate", "kernel")
    timed(write_month, "allocate_month", "allocation")
    timed(usage_shards, "estimate", "estimate")
    shutil.rmtree(out, ignore_errors=True)
    configuration = Path(__file__).with_name("crossfoot.toml")
    inputs = closing.RunInputs(sample, sample, configuration=configuration)
    closing.run_ledger(inputs, out, _Quiet())
    return {"run": time.perf_counter() - start, **spent}


class _Quiet:
    """Progress that nobody watches."""

    def step(self, what: str, done: int, of: int) -> None:
        """Say nothing."""


if __name__ == "__main__":
    main()
