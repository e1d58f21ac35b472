"""Measure Crossfoot beside the tools that people would use instead, on the same files.

Every contender is a fresh process, timed from outside with its start-up. After one warm-up each,
they run in turn, A B C A B C, so that a busy minute of the machine falls on all of them.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq
from estimates import estimates_text
from measuring import Contender, Measurement, measured
from tables import contenders_table, inside_table

BENCH: Final = Path(__file__).parent
ROOT: Final = BENCH.parent
OUT: Final = ROOT / "out" / "bench"
OURS: Final = "crossfoot run"
OWN_PYTHON: Final = ROOT / ".venv" / "bin" / "python"
RIVAL_PYTHON: Final = ROOT / ".venv-bench" / "bin" / "python"
LARGE_TABLES: Final = ("emissions", "emissions_ranges", "usage")
SUFFIXES: Final = {"K": 1_000, "M": 1_000_000}
ONE_ROUND_FROM: Final = 100_000_000
PANDAS_ROWS: Final = 10_000_000


def main() -> None:
    """Make the sample, run the contenders, print the table."""
    asked = arguments()
    n_rows = number(asked.rows)
    compile_bytecode()
    sample = made_sample(n_rows, asked.rows)
    repeat = asked.repeat or (1 if n_rows >= ONE_ROUND_FROM else 3)
    with folder(asked.keep) as work:
        rounds = run_in_turn(chosen(n_rows), sample, work, repeat)
        inside = look_inside(sample, work)
    n_lines = sum(pq.read_metadata(file).num_rows for file in usage_files(sample))
    how = (
        f"{repeat} rounds after one warm-up, {os.cpu_count()} cores, files in the page cache. "
        f"Ratios: {OURS} divided by the contender, median over the rounds."
    )
    tables = [contenders_table(rounds, n_lines, OURS), inside_table(inside), estimates_text(repeat)]
    text = "\n\n".join([how, *tables])
    (OUT / "latest.md").write_text(text + "\n", encoding="utf-8")
    print(text)


def arguments() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="10M", help="1M, 10M, 100M: lines of usage")
    parser.add_argument("--keep", type=Path, help="keep what the contenders write in this folder")
    parser.add_argument("--repeat", type=int, help="rounds; 3 up to 10M lines, 1 from 100M on")
    return parser.parse_args()


def number(text: str) -> int:
    """Return ``10M`` as a number."""
    factor = SUFFIXES.get(text[-1:].upper())
    return int(text) if factor is None else int(text[:-1]) * factor


def chosen(n_rows: int) -> list[Contender]:
    """Return the contenders that can do so many rows in ordinary memory."""
    scripts = BENCH / "contenders"
    rivals = [
        Contender("raw decode (Arrow)", scripts / "decode.py", RIVAL_PYTHON),
        Contender("bare DuckDB GROUP BY", scripts / "duckdb_group_by.py", RIVAL_PYTHON),
        Contender(
            "bare DuckDB GROUP BY, coded Region first",
            scripts / "duckdb_group_by.py",
            RIVAL_PYTHON,
            ("--coded",),
        ),
        Contender("DuckDB SQL allocation", scripts / "duckdb_allocation.py", RIVAL_PYTHON),
        Contender("Polars allocation", scripts / "polars_allocation.py", RIVAL_PYTHON),
        Contender(
            "pandas allocation",
            scripts / "pandas_allocation.py",
            RIVAL_PYTHON,
            most_rows=PANDAS_ROWS,
        ),
    ]
    able = [each for each in rivals if each.most_rows is None or n_rows <= each.most_rows]
    for rival in rivals:
        if rival not in able:
            say(f"{rival.name} is left out: {n_rows:,} lines do not fit into its memory")
    return [Contender(OURS, scripts / "crossfoot_run.py", OWN_PYTHON), *able]


def compile_bytecode() -> None:
    """Compile both environments, so that nobody pays for it in a measurement."""
    for python in (OWN_PYTHON, RIVAL_PYTHON):
        libraries = python.parents[1] / "lib"
        quietly = [str(python), "-m", "compileall", "-q", str(libraries)]
        # packages may carry templates that are no Python: what does not compile is not imported
        subprocess.run(quietly, check=False, stdout=subprocess.DEVNULL)
    package = ROOT / "shared" / "src"
    subprocess.run([str(OWN_PYTHON), "-m", "compileall", "-q", str(package)], check=True)


def made_sample(n_rows: int, name: str) -> Path:
    """Return the sample of that size, made once and kept."""
    sample = OUT / name.upper()
    if not (sample / "crossfoot.toml").exists():
        say(f"making {n_rows:,} lines of usage in {sample.relative_to(ROOT)}")
        shutil.rmtree(sample, ignore_errors=True)
        command = [str(OWN_PYTHON.with_name("crossfoot")), "sample", "--out", str(sample)]
        command += ["--accounts", "200", "--months", "1", "--rows", str(n_rows)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return sample


def usage_files(sample: Path) -> list[Path]:
    """Return the sample's usage in Parquet."""
    return sorted((sample / "exports" / "crossfoot-cur2" / "data").rglob("*.parquet"))


@contextmanager
def folder(keep: Path | None) -> Iterator[Path]:
    """Return the folder to write to: the one asked for, or one that is removed."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=OUT, prefix="work-") as name:
        yield Path(name)


def run_in_turn(
    contenders: list[Contender], sample: Path, work: Path, repeat: int
) -> dict[str, list[Measurement]]:
    """Run all contenders in turn; the first round warms up and does not count."""
    rounds: dict[str, list[Measurement]] = {each.name: [] for each in contenders}
    for number_of_round in range(repeat + 1):
        for contender in contenders:
            run = measured(contender, sample, work)
            said = f"{run.wall_seconds:.2f} s, {run.cpu_seconds:.2f} CPU s, {run.peak_mb:,.0f} MB"
            say(f"round {number_of_round} of {repeat}: {contender.name}: {said}")
            if number_of_round:
                rounds[contender.name].append(run)
    return rounds


def look_inside(sample: Path, work: Path) -> dict[str, Any]:
    """Measure the kernel, imports, the kernel's share of a run, and the size of its tables."""
    out = work / "inside"
    found = {
        "kernel": inside("kernel"),
        "imports": inside("imports"),
        "share": inside("share", "--sample", str(sample), "--out", str(out)),
    }
    files = {name: list(out.glob(f"runs/*/*/{name}/*.parquet")) for name in LARGE_TABLES}
    sizes = {name: sum(file.stat().st_size for file in each) for name, each in files.items()}
    return {
        **found,
        "rows": sum(pq.read_metadata(file).num_rows for file in files["emissions"]),
        "bytes": sizes["emissions"],
        "all_bytes": sum(sizes.values()),
    }


def inside(*arguments_: str) -> Any:  # noqa: ANN401 - whatever the JSON holds
    """Run ``inside.py`` in a process of its own, on one thread of linear algebra."""
    command = [str(OWN_PYTHON), str(BENCH / "inside.py"), *arguments_]
    one_thread = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=one_thread)
    return json.loads(done.stdout)


def say(text: str) -> None:
    """Tell a person who waits; the table alone goes to standard output."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
