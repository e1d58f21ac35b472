"""Forecasts and targets as rows, and the ids that they are kept under."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from crossfoot.adapters.outlook_records import (
    forecast_rows,
    kept_bases,
    next_record_id,
    target_rows,
)
from crossfoot.adapters.record_rows import record_rows
from crossfoot.domain.errors import InvalidAmountError
from crossfoot.domain.forecasts import FORECASTS
from crossfoot.domain.measures import Measure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.selections import Selection
from crossfoot.domain.targets import TARGETS, Target, TargetPath
from crossfoot.engine.forecast import KnownMonth, NoProjection, project_year
from crossfoot.engine.intensity import Outcome
from crossfoot.usecases.forecast_years import ForecastLine, Forecasts
from crossfoot.usecases.judge_targets import Judgement, TargetStanding, YearOutlook

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MARCH = UsagePeriod("2026-03")
TARGET = Target(
    "total", Selection(Measure.TOTAL_MBM), 2024, 2030, TargetPath.LINEAR, Fraction(7, 100)
)


def line(amount_ug: int) -> ForecastLine:
    """Return a forecast that is a fact."""
    told = project_year([KnownMonth(MARCH, amount_ug)], [MARCH])
    return ForecastLine("000000000001", Measure.TOTAL_LBM, "2026", told)


def rows_of(*lines: ForecastLine) -> list[dict[str, Any]]:
    """Return the rows of forecasts."""
    return forecast_rows(Forecasts(1, lines))


def test_the_same_again_has_the_same_id() -> None:
    """A record that says nothing new is the one that is there."""
    first = next_record_id(FORECASTS, rows_of(line(5)), None)

    assert next_record_id(FORECASTS, rows_of(line(5)), first) == first
    assert first.startswith("f-000001-")


def test_a_figure_that_comes_back_is_a_record_of_its_own() -> None:
    """After another one it is news again, and ids sort in the order of keeping."""
    first = next_record_id(TARGETS, rows_of(line(5)), None)
    second = next_record_id(TARGETS, rows_of(line(6)), first)
    third = next_record_id(TARGETS, rows_of(line(5)), second)

    assert [first, second, third] == sorted({first, second, third})


def test_a_forecast_is_kept_to_the_microgram() -> None:
    """Kilograms as decimals; where there is no forecast, the reason and nothing else."""
    nothing = ForecastLine(None, Measure.TOTAL_LBM, "2026", NoProjection("no month is known"))
    table = record_rows(FORECASTS, "f-1", rows_of(nothing, line(1_234_567_891)), NOW)
    empty, told = table.to_pylist()

    assert told["forecast_kgco2e"] == told["published_kgco2e"] == Decimal("1.234567891")
    assert (told["forecast_method"], told["known_to"]) == ("published", "2026-03")
    assert (empty["reason"], empty["forecast_kgco2e"]) == ("no month is known", None)


def test_a_forecast_beyond_all_measure_is_named() -> None:
    """What no column holds is refused, not cut."""
    with pytest.raises(InvalidAmountError, match="beyond what the columns hold"):
        rows_of(line(10**18))


def test_a_base_comes_back_exactly() -> None:
    """The quotient is kept as it is, whatever the floats beside it show."""
    base = Fraction(28_028_875, 9)
    outcome = Outcome(base, base / 2, base * 2, 0.25)
    year = YearOutlook("2026", base / 2, outcome, None, None)
    early = YearOutlook("2030", None, None, None, "no published row is selected")
    standing = TargetStanding(TARGET, "2024", "2030", base, None, MARCH, (year, early))
    table = record_rows(TARGETS, "t-1", target_rows(Judgement(1, (standing,))), NOW)
    told, missing = table.to_pylist()

    assert kept_bases([told])[TARGET.target_id].base == base
    assert kept_bases([told])[TARGET.target_id].recorded_at == NOW
    assert told["allowance"] == pytest.approx(float(base) / 2 / 10**9)
    assert told["miss_probability"] == 0.25
    assert (missing["forecast"], missing["reason"]) == (None, "no published row is selected")
