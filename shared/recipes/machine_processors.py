"""Watts per vCPU and per GB of each processor, from the Teads and SPECpower figures."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from factor_rows import Row, read_cells
from machine_facts import OWN_LINES, PROCESSORS, SPECPOWER_OVERRIDES, Processor

COPY: Final = "github.com/cloud-carbon-footprint/ccf-coefficients b0032d9"
LICENCE: Final = "Apache-2.0"
TEADS: Final = "teads-4-point"
LINE: Final = "specpower-line"
LOADS: Final = {0: "Idle", 10: "10%", 50: "50%", 100: "100%"}

_TEADS_LOW = {0: 0.7, 10: 0.5, 50: 0.5, 100: 0.5}  # where SPECpower lies for the same servers
_TEADS_HIGH = dict.fromkeys(LOADS, 1.3)  # maker's power against Teads' package at full load
_LINE_LOW = dict.fromkeys(LOADS, 0.7)
_LINE_HIGH = {0: 1.4, 10: 2.0, 50: 2.0, 100: 2.0}  # where Teads lies for the same servers
_LARGE_MODULES = 0.1  # W/GB: modules of 32 to 64 GB at half load, as BoaviztAPI 2.5.0 has them
_MEMORY = (0.392, _LARGE_MODULES, 0.6)  # W/GB: Cloud Carbon Footprint; high: Teads


def number(text: str) -> float:
    """Read a number of the copy, which has decimal commas."""
    return float(text.replace(",", ".").replace(" ", ""))


def curve_of(processor: str) -> str:
    """Return which kind of curve a processor has."""
    return TEADS if PROCESSORS[processor].measured else LINE


def processor_rows(copies: Path) -> Iterator[Row]:
    """Yield the rows of ``processors.csv``."""
    largest = _largest_types(read_cells(copies / "aws-instances.csv"))
    lines = {row["Architecture"]: row for row in read_cells(copies / "coefficients-aws-use.csv")}
    for name, facts in PROCESSORS.items():
        if facts.measured:
            yield from _teads_rows(name, facts, largest[facts.measured])
        else:
            yield from _line_rows(name, facts, lines)
        yield _row(
            name, "die", facts.die_mm2, "mm2/socket", "count", year=2025, source=_die_source(facts)
        )


def _largest_types(rows: Iterator[Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    """Return the type with most vCPUs and memory of each processor: rounding matters least."""
    largest: dict[str, Mapping[str, str]] = {}
    for row in sorted(rows, key=_size):
        largest[row["Platform CPU Name"]] = row
    return largest


def _size(row: Mapping[str, str]) -> tuple[float, float, str]:
    return (
        number(row["Instance vCPU"]),
        number(row["Instance Memory (in GB)"]),
        row["Instance type"],
    )


def _teads_rows(name: str, facts: Processor, row: Mapping[str, str]) -> Iterator[Row]:
    vcpus, memory_gb = number(row["Instance vCPU"]), number(row["Instance Memory (in GB)"])
    source = f"Teads, in {COPY}, aws-instances.csv, {facts.measured}"
    source += f"; {facts.note}" if facts.note else ""
    for load, column in LOADS.items():
        watts = facts.threads * number(row[f"PkgWatt @ {column}"]) / vcpus
        bounds = (watts, _TEADS_LOW[load] * watts, _TEADS_HIGH[load] * watts)
        yield _row(name, f"vcpu-{load}", bounds, "W/vCPU", "use", year=2021, source=source)
        watts = number(row[f"RAMWatt @ {column}"]) / memory_gb
        low = min(_LARGE_MODULES, _TEADS_LOW[load] * watts)
        bounds = (watts, low, _TEADS_HIGH[load] * watts)
        yield _row(name, f"memory-{load}", bounds, "W/GB", "use", year=2021, source=source)
    rest = facts.threads * number(row["Delta Full Machine"]) / vcpus
    yield _row(name, "rest", (rest, 0.0, 1.5 * rest), "W/vCPU", "use", year=2021, source=source)
    yield _row(name, "memory-included", (0, 0, 0), "GB/socket", "count", year=2021, source=source)


def _line_rows(
    name: str, facts: Processor, lines: Mapping[str, Mapping[str, str]]
) -> Iterator[Row]:
    idle, full, included_gb, source = _line(facts, lines)
    for load in LOADS:
        watts = facts.threads * (idle + load / 100 * (full - idle))
        bounds = (watts, _LINE_LOW[load] * watts, _LINE_HIGH[load] * watts)
        yield _row(name, f"vcpu-{load}", bounds, "W/vCPU", "use", year=2026, source=source)
        memory_source = (
            "Cloud Carbon Footprint methodology, 0.392 W/GB; bounds: BoaviztAPI 2.5.0, Teads"
        )
        yield _row(name, f"memory-{load}", _MEMORY, "W/GB", "use", year=2021, source=memory_source)
    rest_source = "the line is of the whole server"
    yield _row(name, "rest", (0, 0, 0), "W/vCPU", "use", year=2026, source=rest_source)
    included = (included_gb, 0.5 * included_gb, 1.5 * included_gb)
    yield _row(name, "memory-included", included, "GB/socket", "count", year=2026, source=source)


def _line(
    facts: Processor, lines: Mapping[str, Mapping[str, str]]
) -> tuple[float, float, float, str]:
    """Return idle and full watts per thread, the memory of the tested server, and the source."""
    if facts.architecture in OWN_LINES:
        idle, full, included_gb, source = OWN_LINES[facts.architecture]
        return idle, full, included_gb, f"assumption; {source}"
    architecture, note = SPECPOWER_OVERRIDES.get(facts.architecture, (facts.architecture, ""))
    row = lines[architecture]
    source = f"SPECpower, in {COPY}, coefficients-aws-use.csv, {architecture}"
    source += "".join(f"; {part}" for part in (note, facts.note) if part)
    return float(row["Min Watts"]), float(row["Max Watts"]), float(row["GB/Chip"]), source


def _die_source(facts: Processor) -> str:
    published = "makers' and press figures of the die area, all dies of a socket"
    return f"assumption; {facts.note}" if "not published" in facts.note else published


def _row(  # noqa: PLR0913 - a factor has that many properties
    subject: str,
    quantity: str,
    bounds: tuple[float, float, float],
    unit: str,
    boundary: str,
    *,
    year: int,
    source: str,
) -> Row:
    value, low, high = bounds
    own = source.startswith("assumption")
    return Row(
        subject=subject,
        quantity=quantity,
        value=value,
        low=low,
        high=high,
        unit=unit,
        boundary=boundary,
        geography="world",
        year=year,
        source=source,
        licence="own assumption" if own else ("fact" if unit == "mm2/socket" else LICENCE),
    )
