"""The estimate on the command line: beside AWS's figure, with range, models and factors."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

WHERE = ["--period", "2026-03", "--account", "000000000002"]


@pytest.fixture
def before(warehouse: Path) -> Path:
    """Return the small warehouse as an earlier version would have published it: no estimate."""
    for folder in (*warehouse.glob("runs/*/*/impacts"), *warehouse.glob("snapshots/*/impacts")):
        shutil.rmtree(folder)
    (warehouse / "impacts").unlink()
    return warehouse


def _explained(crossfoot: Any, warehouse: Path, *more: object) -> dict[str, Any]:
    result = crossfoot("explain", "--warehouse", warehouse, *WHERE, *more, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    walk: dict[str, Any] = json.loads(result.stdout)
    return walk


def test_a_row_s_estimate_is_explained(crossfoot: Any, warehouse: Path) -> None:
    """Figures with ranges, the model and its amount, and every factor with its source."""
    estimate = _explained(crossfoot, warehouse, "--resource", "i-2")["estimate"]
    (row,) = estimate["rows"]
    (part,) = estimate["parts"]
    energy = estimate["figures"]["energy_kwh"]

    assert row["estimate_basis"] == "machine-listed"
    assert row["estimate_models"] == part["model_name"]
    assert (part["model_unit"], part["model_amount"]) == ("machine-hours", "3")
    assert float(energy["low"]) < float(energy["value"]) < float(energy["high"])
    assert energy == row["figures"]["energy_kwh"]
    assert set(estimate["factors"]) == {row["estimate_models"], row["region_code"]}
    for factors in estimate["factors"].values():
        assert factors
        assert all(each["source"] and each["licence"] and each["unit"] for each in factors)


def test_the_ratio_to_aws_s_figure_is_of_what_is_explained(crossfoot: Any, warehouse: Path) -> None:
    """Use and embodied of the account over what the ledger has of AWS's total."""
    walk = _explained(crossfoot, warehouse)
    figures = walk["estimate"]["figures"]
    total = sum(float(figures[f"ghg_{part}_kgco2e"]["value"]) for part in ("use", "embodied"))

    assert float(walk["estimate"]["times_reported_lbm"]["value"]) == pytest.approx(
        total / float(walk["figure"]["total_lbm_kgco2e"]), abs=0.001
    )


def test_figures_and_factors_are_a_line_each(crossfoot: Any, warehouse: Path) -> None:
    """On a terminal a figure is value, range and unit; a factor its source as well."""
    lines = crossfoot("explain", "--warehouse", warehouse, *WHERE).stdout.splitlines()
    energy = [line for line in lines if line.strip().startswith("energy_kwh: ")]
    pue = [line for line in lines if line.strip().startswith("facility/") and "pue" in line]

    assert " to " in energy[0]
    assert energy[0].endswith(") kWh")
    assert pue
    assert all("AWS" in line for line in pue)


def test_months_from_before_the_estimate_are_explained(crossfoot: Any, before: Path) -> None:
    """The walk is whole, and says that there is nothing of the estimate."""
    assert _explained(crossfoot, before)["estimate"] == {}
    said = crossfoot("explain", "--warehouse", before, *WHERE).stdout

    assert "Estimate\n  nothing\n" in said


def test_months_from_before_the_estimate_are_reported(
    crossfoot: Any, before: Path, tmp_path: Path
) -> None:
    """The report is written, and its section says that nothing was estimated."""
    html = tmp_path / "r.html"
    result = crossfoot("report", "--warehouse", before, "--html", html)

    assert (result.exit_code, result.stderr) == (0, "")
    assert "Nothing was estimated." in html.read_text(encoding="utf-8")


def test_a_run_says_its_estimate_beside_it(exports: Any, crossfoot: Any, tmp_path: Path) -> None:
    """One line: gases with their range, how many times AWS's figure, and the coverage."""
    result = crossfoot(
        "run", "--carbon", exports.carbon, "--usage", exports.usage, "--out", tmp_path / "w"
    )
    (line,) = [it for it in result.stdout.splitlines() if it.startswith("Estimated")]

    assert " kg CO2e (" in line
    assert " times AWS's LBM. " in line
    assert line.endswith("cover 100.0% of the on-demand value and 100.0% of the rows.")


def test_a_run_without_usage_says_nothing_of_an_estimate(
    exports: Any, crossfoot: Any, tmp_path: Path
) -> None:
    """Where there is nothing to estimate from, no line and no zero stands for it."""
    result = crossfoot("run", "--carbon", exports.carbon, "--out", tmp_path / "w")

    assert (result.exit_code, result.stderr) == (0, "")
    assert "Estimated" not in result.stdout
