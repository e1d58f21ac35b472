"""A run with hourly intensities: the hours decide the carbon, and the manifest says so."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

MARCH = datetime(2026, 3, 1)  # noqa: DTZ001 - exports are in UTC and do not say so
COLUMNS = (
    "Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),"
    "Carbon intensity gCO₂eq/kWh (Life cycle)"
)


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Return a series of Germany's: 100 g by night, 500 g from six to eighteen; direct half."""
    lines = [
        f"{at},Germany,Germany,DE,{grams / 2},{grams}"
        for hour in range(31 * 24)
        for at in [MARCH + timedelta(hours=hour)]
        for grams in [500 if 6 <= at.hour < 18 else 100]
    ]
    path = tmp_path / "DE_2026_hourly.csv"
    path.write_text("\n".join([COLUMNS, *lines]), encoding="utf-8")
    return path


def machine(resource: str, start: int, end: int) -> dict[str, Any]:
    """Return an hour of the month's second day on an m5.large, for each hour from start to end."""
    return {
        "line_item_resource_id": resource,
        "line_item_usage_start_date": MARCH + timedelta(hours=24 + start),
        "line_item_usage_end_date": MARCH + timedelta(hours=24 + end),
        "line_item_usage_amount": float(end - start),
    }


def run(crossfoot: Any, exports: Any, out: Path, *options: object) -> Any:
    """Close the month."""
    exports.usage_manifest.unlink(missing_ok=True)
    given = ("--carbon", exports.carbon, "--usage", exports.usage)
    return crossfoot("run", *given, "--out", out, *options)


def asked(crossfoot: Any, out: Path, sql: str) -> Any:
    """Ask the warehouse."""
    answer = crossfoot("query", "--warehouse", out, sql, "--format", "json")
    assert answer.exit_code == 0, answer.stderr
    return json.loads(answer.stdout)


def manifest_of(out: Path) -> Mapping[str, Any]:
    """Return what the run's manifest says of usage."""
    (path,) = out.glob("runs/2026-03/*/manifest.json")
    usage: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))["usage"]
    return usage


def test_the_hours_decide(crossfoot: Any, exports: Any, series: Path, tmp_path: Path) -> None:
    """Equal machines take equal energy, and emit as their hours did; all of it is proven again."""
    exports.use(machine("i-day", 6, 18), machine("i-night", 18, 30), machine("i-both", 0, 24))
    out = tmp_path / "warehouse"
    result = run(crossfoot, exports, out, "--intensity", series)
    assert result.exit_code == 0, result.stderr

    rows = asked(
        crossfoot,
        out,
        "SELECT i.resource_id, u.grid_g_per_kwh AS grid, i.energy_kwh AS energy, "
        "i.ghg_use_kgco2e / i.energy_kwh * 1000 AS emitted, i.ghg_use_kgco2e_low AS low "
        "FROM impacts_float i JOIN usage u ON i.resource_id = u.resource_id ORDER BY 1",
    )
    found = {row["resource_id"]: row for row in rows}
    grids = {"i-both": 300, "i-day": 500, "i-night": 100}
    assert {name: float(row["grid"]) for name, row in found.items()} == grids
    # both are published to a billionth
    assert {name: row["emitted"] for name, row in found.items()} == pytest.approx(grids, rel=1e-6)
    assert found["i-day"]["energy"] == found["i-night"]["energy"]
    assert all(row["low"] > 0 for row in rows)

    assert "eu-central-1: the grid is known by the hour for all 3 lines" in " ".join(
        (result.stdout + result.stderr).split()
    )
    assert manifest_of(out)["intensity_boundary"] == "life-cycle"
    assert crossfoot("check", "--warehouse", out).exit_code == 0


def test_direct_is_told(crossfoot: Any, exports: Any, series: Path, tmp_path: Path) -> None:
    """What only counts the stacks is taken when it is asked for, and named in the manifest."""
    exports.use(machine("i-day", 6, 18))
    out = tmp_path / "warehouse"
    options = ("--intensity", series, "--intensity-boundary", "direct")
    result = run(crossfoot, exports, out, *options)
    assert result.exit_code == 0, result.stderr

    (row,) = asked(crossfoot, out, "SELECT grid_g_per_kwh AS grid FROM usage")
    assert float(row["grid"]) == 250
    assert manifest_of(out)["intensity_boundary"] == "direct"


def test_direct_figures_do_not_pass_for_life_cycle(
    crossfoot: Any, exports: Any, tmp_path: Path
) -> None:
    """éCO2mix counts the stacks: refused unless that is asked for, and nothing is published."""
    path = tmp_path / "eco2mix.csv"
    path.write_text("Date;Heures;Taux de CO2 (g/kWh)\n2026-03-02;10:00;40\n", encoding="utf-8")
    out = tmp_path / "warehouse"
    result = run(crossfoot, exports, out, "--intensity", path)

    assert result.exit_code == 2
    assert "IntensityBoundaryError" in result.stderr
    assert "life-cycle is asked for" in " ".join(result.stderr.split())
    assert not list(out.glob("runs/*"))


def test_an_hour_outside_of_the_series_keeps_the_factor_set(
    crossfoot: Any, exports: Any, series: Path, tmp_path: Path
) -> None:
    """The row has no mean of its own, an estimate as without, and a note tells how much that is."""
    lines = series.read_text(encoding="utf-8").splitlines()
    series.write_text("\n".join(lines[:30]), encoding="utf-8")
    exports.use(machine("i-early", 0, 4), machine("i-late", 4, 8))
    out = tmp_path / "warehouse"
    result = run(crossfoot, exports, out, "--intensity", series)
    assert result.exit_code == 0, result.stderr

    rows = asked(crossfoot, out, "SELECT grid_g_per_kwh AS grid FROM usage ORDER BY resource_id")
    assert [row["grid"] is None for row in rows] == [False, True]
    said = " ".join((result.stdout + result.stderr).split())
    assert "known by the hour for 1 of 2 lines, 50.0% of their on-demand value" in said
