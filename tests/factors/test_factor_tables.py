"""The tables of the estimate: every row is complete, and a recipe rebuilds it."""

import csv
import math
import subprocess
import sys
from pathlib import Path

import pytest

from crossfoot.factors.factor import Boundary

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "shared/src/crossfoot/factors"
REFERENCE = ROOT.parent / "shared" / "data"
HEADER = [
    *("subject", "quantity", "value", "low", "high", "unit"),
    *("boundary", "geography", "year", "source", "licence"),
]
RECIPES = {
    "places": ("grid_intensity", "facility", "water", "electricity_impacts"),
    "services": ("storage", "serverless", "network", "cost_proxies", "tokens"),
}
TABLES = [table for tables in RECIPES.values() for table in tables]
UNITS = {
    "1",
    "gCO2e/kWh",
    "L/kWh",
    "MJ/kWh",
    "kgSbe/kWh",
    "kgCO2e/kWh",
    "category 0-4",
    "Wh/(TB*h)",
    "Wh/1000 tokens",
    "W/vCPU",
    "W/GB",
    "kWh/GB",
    "kWh/USD",
    "copies",
    "share",
    "vCPU",
    "GB",
    "MB/vCPU",
    "h",
    *(
        f"{impact}/{per}"
        for impact in ("kgCO2e", "MJ", "kgSbe")
        for per in ("TB", "(vCPU*h)", "(GB*h)", "GB", "USD", "1000 tokens")
    ),
}


def rows_of(table: str) -> list[dict[str, str]]:
    """Return the rows of one of our tables as text."""
    with (FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    assert reader.fieldnames == HEADER
    return rows


@pytest.mark.parametrize("table", TABLES)
def test_every_row_is_complete(table: str) -> None:
    """No cell is empty; a unit and a boundary that we know; a year; low, value, high in order."""
    for row in rows_of(table):
        assert all(row[column].strip() for column in HEADER), row
        value, low, high = (float(row[column]) for column in ("value", "low", "high"))
        assert math.isfinite(high), row
        assert 0 <= low <= value <= high, row
        assert row["unit"] in UNITS, row
        assert row["boundary"] in set(Boundary), row
        assert 2000 <= int(row["year"]) <= 2026, row


@pytest.mark.parametrize("table", TABLES)
def test_a_subject_has_a_quantity_once(table: str) -> None:
    """Two figures for one thing would depend on their order."""
    keys = [(row["subject"], row["quantity"]) for row in rows_of(table)]

    assert len(keys) == len(set(keys))


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference copies are not beside us")
@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_rebuilds_its_tables(recipe: str, tmp_path: Path) -> None:
    """To the byte, from the reference copies."""
    script = ROOT / "shared/recipes" / f"{recipe}.py"
    subprocess.run([sys.executable, script, REFERENCE, tmp_path], check=True)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    assert set(RECIPES[recipe]) <= {name.removesuffix(".csv") for name in written}
    assert written == {name: (FOLDER / name).read_bytes() for name in written}
