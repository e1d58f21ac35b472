"""The measurements as Markdown."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from measuring import Measurement

Rounds = Mapping[str, Sequence[Measurement]]


def contenders_table(rounds: Rounds, n_rows: int, ours: str) -> str:
    """Return one line per contender: medians, and Crossfoot's figure divided by the contender's.

    Ratios are taken within each round, in which all ran one after the other, and then their median:
    a busy minute of the machine weighs on both sides of a ratio.
    """
    lines = [
        (
            f"| {n_rows:,} lines | wall s | million lines/s | CPU s | peak MB | rows out "
            "| wall ratio | CPU ratio | memory ratio |"
        ),
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, runs in rounds.items():
        wall = _median(runs, lambda run: run.wall_seconds)
        cells = [
            f"{wall:.2f}",
            f"{n_rows / wall / 1e6:.2f}",
            f"{_median(runs, lambda run: run.cpu_seconds):.2f}",
            f"{_median(runs, lambda run: run.peak_mb):,.0f}",
            "" if runs[0].rows is None else f"{runs[0].rows:,}",
            *(_ratio(rounds[ours], runs, of) for of in _RATIOS),
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def inside_table(inside: Mapping[str, Any]) -> str:
    """Return what was measured from inside, beside what it is to reach."""
    share = inside["share"]
    rows = [
        *(
            (f"kernel, {int(rows):,} rows", f"{ns:.1f} ns per row and measure", "12 ns")
            for rows, ns in inside["kernel"].items()
        ),
        ("kernel, share of the run", f"{share['kernel'] / share['run']:.1%}", "5 %"),
        (
            "allocation under three methods with ranges, share of the run",
            f"{share['allocation'] / share['run']:.1%}",
            "",
        ),
        ("estimate of every part, share of the run", f"{share['estimate'] / share['run']:.1%}", ""),
        ("imports of a handler", f"{inside['imports']['seconds']:.2f} s", "0.5 s"),
        ("pandas can be imported", "yes" if inside["imports"]["has_pandas"] else "no", "no"),
        ("rows of `emissions`", f"{inside['rows']:,}", ""),
        ("bytes per row of `emissions`", f"{inside['bytes'] / inside['rows']:.0f}", ""),
        (
            "bytes per row, all three large tables together",
            f"{inside['all_bytes'] / inside['rows']:.0f}",
            "",
        ),
    ]
    lines = ["| inside | measured | at most |", "| --- | ---: | ---: |"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


_RATIOS: tuple[Callable[[Measurement], float], ...] = (
    lambda run: run.wall_seconds,
    lambda run: run.cpu_seconds,
    lambda run: run.peak_mb,
)


def _median(runs: Sequence[Measurement], of: Callable[[Measurement], float]) -> float:
    return statistics.median(of(run) for run in runs)


def _ratio(
    ours: Sequence[Measurement],
    others: Sequence[Measurement],
    of: Callable[[Measurement], float],
) -> str:
    pairs = [of(own) / of(other) for own, other in zip(ours, others, strict=True)]
    return f"{statistics.median(pairs):.2f}"
