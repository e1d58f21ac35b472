from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from crossfoot.domain.fiscal import FiscalYear, month_after
from crossfoot.domain.forecasts import ProjectionMethod
from crossfoot.domain.impacts import Criterion
from crossfoot.domain.measures import Measure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.selections import RowFilter, Selection
from crossfoot.domain.targets import SBTI_YEARLY, FunctionalUnit, KeptBase, Target, TargetPath
from crossfoot.engine.forecast import NoProjection, YearProjection
from crossfoot.usecases.forecast_years import ForecastLine, Forecasts, forecast_years
from crossfoot.usecases.judge_targets import JudgeTargets, TargetStanding
from crossfoot.usecases.series_ports import MonthFigure, Series

JANUARY = UsagePeriod("2024-01")
CALENDAR = FiscalYear()
FISCAL = FiscalYear(4)
GRAM = 10**6
BOOKING = FunctionalUnit("booking", "units.csv")


def months(figures: Sequence[int | None], **words: object) -> dict[UsagePeriod, MonthFigure]:
    """Return months from January 2024 on, of two accounts, with so many grams."""
    return {
        month_after(JANUARY, n): MonthFigure(
            f"r-{n}",
            None if grams is None else grams * GRAM,
            {} if grams is None else {"1": grams * GRAM - 7, "2": 7},
            version="v3",
            **words,
        )
        for n, grams in enumerate(figures)
    }


class FakeSeries:
    """One snapshot with the same series for every figure."""

    def __init__(
        self, figures: Mapping[UsagePeriod, MonthFigure], *, has_rows: bool = True
    ) -> None:
        self.snapshot = 7
        self.asked: list[Selection] = []
        self._series = Series(figures, has_rows)

    def series(self, selection: Selection) -> Series:
        """Return the series, and remember who asked."""
        self.asked.append(selection)
        return self._series

    def query(self, selection: Selection, months: Sequence[UsagePeriod]) -> str:
        """Return what stands for SQL."""
        return f"{selection.column} of {len(months)} months"


class FakeUnits:
    """Counts from a mapping."""

    def __init__(self, counts: Mapping[UsagePeriod, int] | None = None) -> None:
        self._counts = counts or {}

    def amounts(self, functional_unit: FunctionalUnit) -> Mapping[UsagePeriod, int]:
        """Return the counts of bookings."""
        return self._counts if functional_unit == BOOKING else {}


TARGET = Target(
    "total",
    Selection(Measure.TOTAL_MBM),
    base_year=2024,
    target_year=2030,
    path=TargetPath.LINEAR,
    yearly=Fraction(7, 100),
)
INTENSE = replace(TARGET, functional_unit=BOOKING)


def standing(
    figures: Mapping[UsagePeriod, MonthFigure],
    target: Target = TARGET,
    *,
    units: Mapping[UsagePeriod, int] | None = None,
    fiscal: FiscalYear = CALENDAR,
    before: Mapping[str, KeptBase] | None = None,
) -> TargetStanding:
    """Return how one target stands."""
    judging = JudgeTargets(FakeSeries(figures), FakeUnits(units), fiscal)
    return judging.run([target], before).standings[0]


def line_of(found: Forecasts, account: str | None, year: str) -> ForecastLine:
    """Return the one line of a measure."""
    lines = [each for each in found.lines if (each.account, each.year) == (account, year)]
    return lines[0]


def test_an_allowance_falls_by_the_same_step_each_year() -> None:
    """The worked example of F-23: 42 % less in 2030 leaves 86 % in 2026, and stays afterwards."""
    shares = [TARGET.remaining_in(year) for year in (2023, 2024, 2026, 2030, 2035)]

    assert shares == [1, 1, Fraction(86, 100), Fraction(58, 100), Fraction(58, 100)]


def test_the_contraction_of_sbti_stops_at_nothing() -> None:
    """4.2 % of the base year each year are 8.4 % in two; in 24 years nothing is left."""
    sbti = replace(TARGET, path=TargetPath.SBTI, yearly=SBTI_YEARLY, target_year=2060)

    assert sbti.remaining_in(2026) == Fraction(916, 1000)
    assert sbti.remaining_in(2048) == 0


def test_the_base_is_what_is_published_now() -> None:
    """It is the sum of the base year, and nowcasts are asked for what comes after."""
    series = FakeSeries(months([100] * 30))
    found = JudgeTargets(series, FakeUnits(), CALENDAR).run([TARGET])

    each = found.standings[0]
    assert found.snapshot == 7
    assert series.asked == [Selection(Measure.TOTAL_MBM, with_nowcasts=True)]
    assert each.base == 1200 * GRAM
    assert [year.year for year in each.years] == ["2026", "2030"]
    assert each.years[0].allowance == Fraction(86, 100) * 1200 * GRAM


def test_a_target_is_missed_with_a_probability() -> None:
    """A steady organisation misses a falling allowance, and certainly so in a published year."""
    wavy = [100 + n * 37 % 11 for n in range(30)]
    running = standing(months(wavy)).years[0]
    over = standing(months(wavy[:24])).years[0]

    assert running.outcome is not None
    assert running.outcome.chance_above is not None
    assert 0.9 < running.outcome.chance_above <= 1
    assert running.method is ProjectionMethod.SEASONAL
    assert over.outcome is not None
    assert (over.year, over.outcome.chance_above, over.method) == (
        "2025",
        1.0,
        ProjectionMethod.PUBLISHED,
    )


def test_the_target_year_is_told_once_when_it_runs() -> None:
    """In the target year there is one year to look at."""
    each = standing(months([100] * 30), replace(TARGET, target_year=2026))

    assert [year.year for year in each.years] == ["2026"]


def test_a_base_year_that_moved_is_told() -> None:
    """What was kept last is compared; the same base is no move."""
    then = KeptBase(Fraction(1100 * GRAM), datetime(2026, 5, 1, tzinfo=UTC))
    same = KeptBase(Fraction(1200 * GRAM), then.recorded_at)
    figures = months([100] * 30)

    assert standing(figures, before={TARGET.target_id: then}).moved_from == then
    assert standing(figures, before={TARGET.target_id: same}).moved_from is None
    assert standing(figures, before={"g-other": then}).moved_from is None


@pytest.mark.parametrize("hole", ["missing", "without figure", "nowcast"])
def test_a_base_year_with_a_hole_is_no_base(hole: str) -> None:
    """Every month of it must be published; the projection is told all the same."""
    figures = months([100] * 30)
    march = UsagePeriod("2024-03")
    match hole:
        case "missing":
            del figures[march]
        case "without figure":
            figures[march] = MonthFigure("r-2", None)
        case _:
            figures[march] = replace(figures[march], is_nowcast=True)

    found = standing(figures)

    assert found.base is None
    assert found.years[0].allowance is None
    assert found.years[0].reason is not None
    assert "2024-03 of the base year" in found.years[0].reason
    assert found.years[0].outcome is not None
    assert found.years[0].outcome.chance_above is None


def test_a_misspelt_filter_is_not_a_target_that_was_met() -> None:
    """Where no row is selected there is no base, and it is said why."""
    series = FakeSeries(months([0] * 30), has_rows=False)
    each = JudgeTargets(series, FakeUnits(), CALENDAR).run([TARGET]).standings[0]

    assert each.base is None
    assert each.known_to is None
    assert {year.reason for year in each.years} == {"no published row is selected"}


def test_fiscal_years_are_named_by_the_year_in_which_they_end() -> None:
    """Base year 2025 from April is April 2024 to March 2025."""
    each = standing(months(range(1, 31)), replace(TARGET, base_year=2025), fiscal=FISCAL)

    assert (each.base_year, each.target_year) == ("FY2025", "FY2030")
    assert each.base == sum(range(4, 16)) * GRAM
    assert each.years[0].year == "FY2027"


def test_an_intensity_is_grams_over_units() -> None:
    """The base is a quotient, exactly, and a plan of units needs no forecast."""
    counts = {month_after(JANUARY, n): 3_000_000 for n in range(84)}
    each = standing(months([100] * 30), INTENSE, units=counts)

    assert each.base == Fraction(100 * GRAM, 3)
    assert each.target.unit == "kg CO2e per booking"
    assert each.years[0].outcome is not None
    assert each.years[0].outcome.amount == pytest.approx(100 * GRAM / 3, rel=1e-9)


def test_an_intensity_is_as_unsure_as_both_its_sides() -> None:
    """With projected units the range is wider than with a plan."""
    wavy = [100 + n * 37 % 11 for n in range(30)]
    counted = {month_after(JANUARY, n): (1000 + n * 53 % 97) * 10**6 for n in range(30)}
    planned = {**counted, **{month_after(JANUARY, n): 1000 * 10**6 for n in range(30, 36)}}

    def width(units: Mapping[UsagePeriod, int]) -> float:
        outcome = standing(months(wavy), INTENSE, units=units).years[0].outcome
        assert outcome is not None
        assert outcome.low is not None
        assert outcome.high is not None
        return float(outcome.high / outcome.low)

    assert width(counted) > width(planned) > 1


def test_a_published_intensity_is_a_fact() -> None:
    """Grams and units of the whole year are known: it is above its allowance, or is not."""
    counts = {month_after(JANUARY, n): 10**6 * (1 if n < 12 else 4) for n in range(24)}
    year = standing(months([100] * 24), INTENSE, units=counts).years[0]

    assert year.outcome is not None
    assert year.outcome.amount == year.outcome.low == year.outcome.high == 25 * GRAM
    assert year.outcome.chance_above == 0


@pytest.mark.parametrize(
    ("n_counted", "amount", "reason"),
    [
        (0, 1, "2024-01 of the base year has no count of booking"),
        (12, 0, "no booking was counted in the base year"),
        (12, 1, "booking: 12 months on end say nothing of 2030-12"),
    ],
)
def test_units_that_are_missing_are_not_zero(n_counted: int, amount: int, reason: str) -> None:
    """What was not counted is named in place of a figure."""
    counts = {month_after(JANUARY, n): amount * 10**6 for n in range(n_counted)}
    year = standing(months([100] * 30), INTENSE, units=counts).years[-1]

    assert year.outcome is None
    assert year.reason == reason


def test_a_target_is_another_one_with_any_other_setting() -> None:
    """Its id holds name, figure, rows, years, path, reduction and unit."""
    others = [
        replace(TARGET, name="other"),
        replace(TARGET, yearly=Fraction(1, 10)),
        replace(TARGET, base_year=2023),
        replace(TARGET, path=TargetPath.SBTI),
        replace(TARGET, selection=Selection(Measure.TOTAL_LBM)),
        replace(TARGET, selection=Selection(Measure.TOTAL_MBM, RowFilter(accounts=("1",)))),
        INTENSE,
    ]

    ids = {each.target_id for each in (TARGET, *others)}

    assert len(ids) == 1 + len(others)
    assert replace(TARGET).target_id == TARGET.target_id


def test_forecasts_are_of_the_organisation_and_each_account() -> None:
    """Accounts add up to the organisation where the year is known."""
    found = forecast_years(FakeSeries(months([100] * 24)), CALENDAR, [Measure.TOTAL_LBM])

    assert [(each.account, each.year) for each in found.lines] == [
        *((None, "2025"), ("1", "2025"), ("2", "2025")),
        *((None, "2026"), ("1", "2026"), ("2", "2026")),
    ]
    whole, first, second = (line_of(found, name, "2025").projection for name in (None, "1", "2"))
    assert isinstance(whole, YearProjection)
    assert isinstance(first, YearProjection)
    assert isinstance(second, YearProjection)
    assert whole.amount == first.amount + second.amount == 1200 * GRAM


def test_forecasts_follow_fiscal_years() -> None:
    """After June 2026 the year from April is FY2027, and it alone."""
    found = forecast_years(FakeSeries(months([100] * 30)), FISCAL, [Measure.TOTAL_LBM])

    assert {each.year for each in found.lines} == {"FY2027"}


def test_a_range_of_a_nowcast_is_not_given_to_its_accounts() -> None:
    """An account's part of a nowcast has no range of its own, so neither has its year."""
    figures = months([100] * 12)
    december = UsagePeriod("2024-12")
    bounds = {"low": 90 * GRAM, "high": 120 * GRAM, "is_nowcast": True}
    figures[december] = replace(figures[december], **bounds)
    found = forecast_years(FakeSeries(figures), CALENDAR, [Measure.TOTAL_LBM])
    whole = line_of(found, None, "2024").projection
    part = line_of(found, "1", "2024").projection

    assert isinstance(whole, YearProjection)
    assert isinstance(part, YearProjection)
    assert whole.high == pytest.approx(1220 * GRAM, rel=1e-9)
    assert part.method is ProjectionMethod.NOWCAST
    assert part.spread is None or part.spread.n_degrees < 100


def test_the_estimate_of_a_silent_month_is_as_firm_as_it_will_be() -> None:
    """It is made of the month's own usage, so the year is as sure as if AWS had published."""
    energy = replace(TARGET, selection=Selection(Criterion.ENERGY), base_year=2025)
    figures = months([100] * 36)
    december = UsagePeriod("2026-12")
    bounds = {"low": 50 * GRAM, "high": 200 * GRAM, "is_nowcast": True}
    figures[december] = replace(figures[december], **bounds)
    outcome = standing(figures, energy).years[0].outcome

    assert outcome is not None
    assert outcome.high == pytest.approx(1200 * GRAM)


def test_the_running_month_is_not_the_last_one_known() -> None:
    """In the first days of a year nothing of it is known yet."""
    figures = months([100] * 25)
    january = UsagePeriod("2026-01")
    figures[january] = replace(figures[january], is_nowcast=True, is_running=True)

    assert standing(figures).known_to == UsagePeriod("2025-12")
    assert standing(figures).years[0].year == "2025"


def test_nothing_published_is_nothing_to_forecast() -> None:
    """An empty warehouse has no forecast; a year with a hole says which month is missing."""
    figures = months([100] * 30)
    del figures[UsagePeriod("2026-02")]
    found = forecast_years(FakeSeries(figures), CALENDAR, [Measure.TOTAL_LBM])

    assert forecast_years(FakeSeries({}), CALENDAR).lines == ()
    assert line_of(found, None, "2026").projection == NoProjection("2026-02 has no figure")
