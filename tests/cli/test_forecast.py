"""Years to come and targets at the door: text, JSON, records, and as known at an instant."""

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crossfoot.adapters.sample import write_sample

TARGETS = """fiscal_year_start_month = 8

[[target]]
name = "total"
measure = "total_mbm"
base_year = 2026
target_year = 2030
reduction_percent = 40

[[target]]
name = "grams per booking"
measure = "total_lbm"
base_year = 2026
target_year = 2027
reduction_percent = 5
intensity = { unit = "booking", source = "units.csv" }

[[target]]
name = "too early"
measure = "total_lbm"
base_year = 2024
target_year = 2027
path = "sbti"
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, crossfoot: Any) -> Path:
    """Publish the carbon of 15 months, July 2025 to September 2026; not to be changed."""
    place = tmp_path_factory.mktemp("years")
    sample = write_sample(place / "sample", accounts=2, months=15, rows=1_500)
    out = place / "warehouse"
    result = crossfoot("run", "--carbon", sample.out, "--out", out)
    assert result.exit_code == 0, result.stderr
    return out


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a configuration with three targets, and the bookings beside it."""
    months = [*(f"2025-{n:02d}" for n in range(8, 13)), *(f"2026-{n:02d}" for n in range(1, 10))]
    lines = "".join(f"{month},booking,{1000 + n}\n" for n, month in enumerate(months))
    (tmp_path / "units.csv").write_text(f"usage_period,unit,amount\n{lines}")
    path = tmp_path / "crossfoot.toml"
    path.write_text(TARGETS)
    return path


def asked(crossfoot: Any, *arguments: object) -> Any:
    """Return the JSON that a command answers."""
    result = crossfoot(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_the_year_is_told_with_every_digit(published: Path, crossfoot: Any) -> None:
    """Months add up to the year, and what is published of it is the ledger's sum."""
    answer = asked(crossfoot, "forecast", "--warehouse", published)
    sql = (
        "SELECT sum(total_lbm_kgco2e)::VARCHAR AS kg FROM emissions "
        "WHERE usage_period BETWEEN '2026-01' AND '2026-12'"
    )
    query = crossfoot("query", "--warehouse", published, sql, "--format", "json")
    whole = answer["forecasts"][0]

    assert (whole["usage_account_id"], whole["measure"]) == (None, "total_lbm")
    assert (whole["year"], whole["method"], whole["known_to"]) == ("2026", "seasonal", "2026-09")
    assert Decimal(whole["published"]) == Decimal(json.loads(query.stdout)[0]["kg"])
    assert sum(map(Decimal, whole["months"].values())) == Decimal(whole["forecast"])
    assert Decimal(whole["low"]) < Decimal(whole["forecast"]) < Decimal(whole["high"])
    assert {each["measure"] for each in answer["forecasts"]} == {"total_lbm", "total_mbm"}


def test_years_are_fiscal_ones(published: Path, config: Path, crossfoot: Any) -> None:
    """With years from August, September 2026 is the second month of FY2027."""
    answer = asked(crossfoot, "forecast", "--warehouse", published, "--config", config)

    assert {each["year"] for each in answer["forecasts"]} == {"FY2027"}
    assert next(iter(answer["forecasts"][0]["months"])) == "2026-08"


def test_forecasts_and_targets_are_said(published: Path, config: Path, crossfoot: Any) -> None:
    """A line a figure, the organisation first, and what a forecast is not."""
    forecast = crossfoot("forecast", "--warehouse", published)
    targets = crossfoot("targets", "--warehouse", published, "--config", config)

    assert "organisation  total_lbm  2026" in forecast.stdout
    assert "Forecasts are not AWS's figures." in forecast.stdout
    assert "kg CO2e per booking" in targets.stdout
    assert "2023-08 of the base year is not published" in targets.stdout
    assert "Targets: 3." in targets.stdout


def test_targets_are_judged_by_what_is_published(
    published: Path, config: Path, crossfoot: Any
) -> None:
    """A tenth of the base is cut in the first year; the chance is one, and both years are told."""
    total, booking, early = asked(
        crossfoot, "targets", "--warehouse", published, "--config", config
    )["targets"]
    year = total["years"][0]

    assert [each["year"] for each in total["years"]] == ["FY2027", "FY2030"]
    assert year["allowed"] == pytest.approx(total["base"] * 0.9)
    assert 0 <= year["miss_probability"] <= 1
    assert year["low"] < year["forecast"] < year["high"]
    assert booking["unit"] == "kg CO2e per booking"
    assert booking["years"][0]["forecast"] is not None
    assert (early["base"], early["years"][0]["allowed"]) == (None, None)
    assert "2023-08" in early["years"][0]["reason"]


def test_one_file_may_count_all_units(
    published: Path, config: Path, tmp_path: Path, crossfoot: Any
) -> None:
    """It takes the place of every source; one that is not there is named."""
    other = tmp_path / "other.csv"
    other.write_text("usage_period,unit,amount\n")
    of_targets = ("targets", "--warehouse", published, "--config", config, "--units")
    none = asked(crossfoot, *of_targets, other)["targets"][1]
    missing = crossfoot(*of_targets, tmp_path / "no.csv")

    assert none["base"] is None
    assert none["years"][0]["reason"] == "2025-08 of the base year has no count of booking"
    assert missing.exit_code == 2
    assert "InputNotFoundError" in missing.stderr


def test_an_instant_is_answered_as_then(published: Path, config: Path, crossfoot: Any) -> None:
    """Before the first publication there was nothing; what was published is there after it."""
    of_targets = ("targets", "--warehouse", published, "--config", config, "--as-known-at")
    forecast = crossfoot("forecast", "--warehouse", published, "--as-known-at", "2020-01-01")
    targets = crossfoot(*of_targets, "2020-01-01")

    assert (forecast.exit_code, targets.exit_code) == (2, 2)
    assert "UnknownFigureError: nothing was published" in forecast.stderr
    assert asked(crossfoot, *of_targets, "2999-01-01")["snapshot"] == 1


def test_nothing_is_written_without_being_asked(
    published: Path, config: Path, crossfoot: Any, bytes_of: Any
) -> None:
    """Forecasts and targets only read; to keep the past is refused."""
    before = bytes_of(published)
    crossfoot("forecast", "--warehouse", published)
    crossfoot("targets", "--warehouse", published, "--config", config)
    refused = crossfoot(
        "targets", "--warehouse", published, "--config", config, "--keep", "--as-known-at", "2026"
    )

    assert bytes_of(published) == before
    assert refused.exit_code == 2
    assert "InvalidArgumentError" in refused.stderr


def test_what_is_kept_is_kept_once_and_tells_of_moves(
    published: Path, config: Path, tmp_path: Path, crossfoot: Any
) -> None:
    """The same again is no new record; a base that is not what was kept last has moved."""
    warehouse = tmp_path / "warehouse"
    shutil.copytree(published, warehouse, symlinks=True)
    keep = ("targets", "--warehouse", warehouse, "--config", config, "--keep")
    first, again = asked(crossfoot, *keep), asked(crossfoot, *keep)
    units = tmp_path / "units.csv"
    units.write_text(units.read_text().replace("2025-08,booking,1000", "2025-08,booking,1"))
    said = crossfoot("targets", "--warehouse", warehouse, "--config", config)
    moved = asked(crossfoot, *keep)

    assert first["records"] == again["records"]
    assert [each[:2] for each in first["records"]] == ["t-", "f-"]
    assert moved["records"][0] != first["records"][0]
    assert moved["records"][1] == first["records"][1]
    assert moved["targets"][1]["base_was"] == first["targets"][1]["base"]
    assert moved["targets"][1]["base"] > first["targets"][1]["base"]
    assert "Base of grams per booking moved: FY2026 was" in said.stdout

    sql = "SELECT count(*) AS n, count(DISTINCT record_id) AS records FROM targets"
    rows = json.loads(crossfoot("query", "--warehouse", warehouse, sql, "--format", "json").stdout)
    assert (int(rows[0]["n"]), int(rows[0]["records"])) == (8, 2)


def test_a_configuration_without_targets_says_where_to_look(
    published: Path, tmp_path: Path, crossfoot: Any
) -> None:
    """No target is no error."""
    path = tmp_path / "empty.toml"
    path.write_text("")
    result = crossfoot("targets", "--warehouse", published, "--config", path)

    assert result.exit_code == 0
    assert "docs/targets.md" in result.stdout
