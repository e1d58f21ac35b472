"""The factors that only the calculators use."""

import csv
from pathlib import Path

from crossfoot.factors.factor import Boundary, factors_of

TABLE = Path(__file__).parents[2] / "shared/src/crossfoot/factors/calculators.csv"
UNITS = {
    *("1", "W/GB", "h", "vCPU", "kgCO2e/unit", "MJ/unit", "kgSbe/unit"),
    *("gCO2e/month", "gCO2e/km"),
}


def test_every_row_is_complete() -> None:
    """No cell is empty; units and boundaries that we know; low, value, high in order; once each."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert len(factors_of("calculators")) == len(rows)
    for row in rows:
        assert all(cell and cell.strip() for cell in row.values()), row
        value, low, high = (float(row[column]) for column in ("value", "low", "high"))
        assert 0 < low <= value <= high, row
        assert row["unit"] in UNITS, row
        assert row["boundary"] in set(Boundary), row
        assert 2000 <= int(row["year"]) <= 2026, row
