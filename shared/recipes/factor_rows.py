"""What the recipes share: a row of a factor table, and how a table is written."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

TABLES = Path(__file__).parents[1] / "src" / "crossfoot" / "factors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row; ``docs/factors.md`` says what each column holds."""

    subject: str
    quantity: str
    value: float
    low: float
    high: float
    unit: str
    boundary: str
    geography: str
    year: int
    source: str
    licence: str


class Origin(NamedTuple):
    """Where a figure is from."""

    source: str
    licence: str
    year: int = 2022


def world_row(
    subject: str,
    quantity: str,
    bounded: tuple[float, float, float],
    measure: tuple[str, str],
    origin: Origin,
) -> Row:
    """Return a row that holds everywhere.

    Parameters
    ----------
    subject, quantity : str
        What it is of.
    bounded : tuple of float
        Value, low, high.
    measure : tuple of str
        Unit and boundary.
    origin : Origin
        Where it is from.
    """
    value, low, high = bounded
    unit, boundary = measure
    return Row(
        subject=subject,
        quantity=quantity,
        value=value,
        low=low,
        high=high,
        unit=unit,
        boundary=boundary,
        geography="world",
        year=origin.year,
        source=origin.source,
        licence=origin.licence,
    )


def write_table(folder: Path, name: str, rows: Iterable[Row]) -> None:
    """Write a factor table, numbers with at most seven significant digits."""
    names = [field.name for field in fields(Row)]
    write_cells(folder / name, names, ([_cell(getattr(row, n)) for n in names] for row in rows))


def write_cells(path: Path, header: list[str], rows: Iterable[list[str]]) -> None:
    """Write any table of ours: UTF-8, one header row, line feeds."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def read_cells(path: Path, header: list[str] | None = None) -> list[Mapping[str, str]]:
    """Read a reference table without its lines that start with ``#``.

    Parameters
    ----------
    header : list of str, optional
        Column names of a file whose own header is such a line.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader((line for line in lines if not line.startswith("#")), header))


def _cell(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.7g}"
