"""Measure the estimate beside pandas and a loop over a calculator, on the same lines.

A line is an instance type in a Region for some hours at a load, and no two are alike. All of them
compute nine criteria with their ranges; their totals are compared.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from measuring import Contender, Measurement, measured

from crossfoot.engine.machines_estimated import figures_of
from crossfoot.factors.factor import Factor
from crossfoot.factors.machine_figures import LOADS_PERCENT
from crossfoot.factors.machine_types import machine_types
from crossfoot.factors.places import place
from crossfoot.factors.regions import regions

BENCH: Final = Path(__file__).parent
ROOT: Final = BENCH.parent
OUT: Final = ROOT / "out" / "bench"
SCRIPTS: Final = BENCH / "contenders"
OWN_PYTHON: Final = ROOT / ".venv" / "bin" / "python"
RIVAL_PYTHON: Final = ROOT / ".venv-bench" / "bin" / "python"
OURS: Final = "crossfoot estimate"
PER_ROW: Final = "the calculator, line by line"
ROWS: Final = 1_000_000
MANY_ROWS: Final = 10_000_000
GROUP_ROWS: Final = 500_000
YEAR: Final = 2025
UNKNOWN_SHARE: Final = 0.1
"""Part of the machines whose load nobody knows."""
BOUNDS: Final = ("", "_low", "_high")
TOLERANCE: Final = 1e-9


class UnequalTotalsError(ArithmeticError):
    """Two contenders do not agree on what they computed."""


def main() -> None:
    """Measure alone, without the ledger's contenders."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3, help="rounds after one warm-up")
    print(estimates_text(parser.parse_args().repeat))


def estimates_text(repeat: int) -> str:
    """Run the contenders in turn and return their table; the first round warms up."""
    OUT.mkdir(parents=True, exist_ok=True)
    sample, large = (made_lines(number) for number in (ROWS, MANY_ROWS))
    rivals = [
        Contender("pandas", SCRIPTS / "estimate_pandas.py", RIVAL_PYTHON),
        Contender(PER_ROW, SCRIPTS / "estimate_per_row.py", OWN_PYTHON),
    ]
    ours = Contender(OURS, SCRIPTS / "estimate_crossfoot.py", OWN_PYTHON)
    rounds: dict[str, list[Measurement]] = {each.name: [] for each in (ours, *rivals)}
    with tempfile.TemporaryDirectory(dir=OUT, prefix="work-") as work:
        for number_of_round in range(repeat + 1):
            for contender in (ours, *rivals):
                run = measured(contender, sample, Path(work))
                if number_of_round:
                    rounds[contender.name].append(run)
        many = measured(ours, large, Path(work))
    compare(rounds[OURS][0], rounds["pandas"][0])
    return estimates_table(rounds, many)


def made_lines(n_rows: int) -> Path:
    """Return the folder with so many lines and the factors of their types and places."""
    sample = OUT / f"estimates-{n_rows}"
    if not (sample / "lines.parquet").exists():
        print(f"making {n_rows:,} machines in {sample.relative_to(ROOT)}", file=sys.stderr)
        sample.mkdir(exist_ok=True)
        pq.write_table(types_table(), sample / "types.parquet")
        pq.write_table(places_table(), sample / "places.parquet")
        write_lines(sample / "lines.parquet", n_rows)
    return sample


def write_lines(file: Path, n_rows: int) -> None:
    """Write machines of random types, places, hours and loads, in groups of rows."""
    random = np.random.default_rng(2026)
    writer = None
    for start in range(0, n_rows, GROUP_ROWS):
        number = min(GROUP_ROWS, n_rows - start)
        load = random.random(number) * 100.0
        load[random.random(number) < UNKNOWN_SHARE] = np.nan
        group = pa.table(
            {
                "type": random.integers(0, len(machine_types()), number),
                "place": random.integers(0, len(regions()), number),
                "hours": random.random(number) * 744.0,
                "load_percent": load,
            }
        )
        writer = writer or pq.ParquetWriter(file, group.schema)
        writer.write_table(group)
    if writer is not None:
        writer.close()


def types_table() -> pa.Table:
    """Return watts and making per hour of each type, as columns."""
    names = list(machine_types())
    figures = figures_of(names)
    columns: dict[str, object] = {"name": names}
    for bound, suffix in enumerate(BOUNDS):
        for point, load in enumerate(LOADS_PERCENT):
            columns[f"watts_{load:g}{suffix}"] = figures.curve_watts[bound, :, point]
        for criterion, name in enumerate(
            ("ghg_embodied_kgco2e", "pe_embodied_mj", "adp_embodied_kgsbeq")
        ):
            columns[f"{name}_per_hour{suffix}"] = figures.embodied_per_hour[bound, criterion]
    return pa.table(columns)


def places_table() -> pa.Table:
    """Return the factors of each Region, as columns."""
    found = {code: place(code, YEAR) for code in regions()}
    factors = {
        "pue": [it.pue for it in found.values()],
        "grid_kg": [it.grid_life_cycle for it in found.values()],
        "pe": [it.pe_mj_per_kwh for it in found.values()],
        "adp": [it.adp_kgsbeq_per_kwh for it in found.values()],
        "wue": [it.wue for it in found.values()],
        "water_of_generation": [it.water_of_generation for it in found.values()],
    }
    columns: dict[str, object] = {"name": list(found)}
    for name, each in factors.items():
        scale = 1e-3 if name == "grid_kg" else 1.0
        for suffix, bound in zip(BOUNDS, zip(*map(bounds_of, each), strict=True), strict=True):
            columns[f"{name}{suffix}"] = scale * np.array(bound)
    return pa.table(columns)


def bounds_of(factor: Factor) -> tuple[float, float, float]:
    """Return value, low and high."""
    return factor.value, factor.low, factor.high


def compare(ours: Measurement, other: Measurement) -> None:
    """Refuse a measurement of unequal work."""
    pairs = zip(ours.told["totals"], other.told["totals"], strict=True)
    if any(abs(one - two) > TOLERANCE * abs(one) for one, two in pairs):
        raise UnequalTotalsError(json.dumps([ours.told["totals"], other.told["totals"]]))


def estimates_table(rounds: Mapping[str, Sequence[Measurement]], many: Measurement) -> str:
    """Return one line per contender: CPU seconds of its process, and of its computing alone."""
    lines = [
        (
            "| estimate, nine criteria with ranges | lines | CPU s | of it computing "
            "| million lines/s/core | peak MB | times as fast as it |"
        ),
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(line_of(name, runs, rounds[OURS]) for name, runs in rounds.items()),
        line_of(OURS, [many], [many]),
    ]
    return "\n".join(lines)


def line_of(name: str, runs: Sequence[Measurement], ours: Sequence[Measurement]) -> str:
    """Return a line of the table; rates are of computing, reading the file included."""
    ratios = [rate(own) / rate(run) for own, run in zip(ours, runs, strict=True)]
    median = statistics.median
    cells = [
        f"{runs[0].rows:,}",
        f"{median(run.cpu_seconds for run in runs):.2f}",
        f"{median(run.told['seconds'] for run in runs):.2f}",
        f"{median(rate(run) for run in runs) / 1e6:.4g}",
        f"{median(run.peak_mb for run in runs):,.0f}",
        f"{median(ratios):,.1f}",
    ]
    return f"| {name} | {' | '.join(cells)} |"


def rate(run: Measurement) -> float:
    """Return lines per CPU second of computing."""
    return float(run.told["rows"] / run.told["seconds"])


if __name__ == "__main__":
    main()
