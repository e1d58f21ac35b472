"""Windows of thresholds: which months are summed up, and what they are compared with."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from crossfoot.domain.budgets import Budget
from crossfoot.domain.fiscal import FiscalYear
from crossfoot.domain.measures import Measure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.threshold_rules import Against, Level, On, Severity, ThresholdRule, Window
from crossfoot.engine.breaches import Point, breaches_of
from crossfoot.engine.threshold_windows import laps_of

LEVEL = Level(Severity.WARNING, 100)
KILOGRAM = 10**9


@dataclass(frozen=True)
class Month:
    """A month's figure."""

    amount: int | None
    low: int | None = None
    high: int | None = None
    is_nowcast: bool = False
    version: str | None = None
    is_running: bool = False


def months_of(amounts: Mapping[str, int | None]) -> dict[UsagePeriod, Month]:
    """Return published months."""
    return {UsagePeriod(text): Month(amount) for text, amount in amounts.items()}


YEAR = months_of({f"2025-{month:02d}": month for month in range(1, 13)})


def rule(
    window: Window,
    against: Against = Against.AMOUNT,
    margin: int = 0,
    *,
    on: On = On.PUBLISHED,
    budget: Budget | None = None,
    start_month: int = 1,
) -> ThresholdRule:
    """Return a rule of one level."""
    return ThresholdRule(
        "name",
        Measure.TOTAL_LBM,
        window,
        against,
        (LEVEL,),
        margin,
        on=on,
        budget=budget or Budget(),
        fiscal_year=FiscalYear(start_month),
    )


@pytest.mark.parametrize(
    ("window", "first", "fiscal_first"),
    [
        (Window.MONTH, "2026-08", "2026-08"),
        (Window.QUARTER, "2026-07", "2026-08"),
        (Window.YEAR_TO_DATE, "2026-01", "2026-02"),
    ],
)
def test_a_window_ends_with_its_month(window: Window, first: str, fiscal_first: str) -> None:
    """Quarters and years, up to the month looked at, as the organisation counts them."""
    month = UsagePeriod("2026-08")
    months, fiscal = rule(window).months_to(month), rule(window, start_month=2).months_to(month)

    assert (months[0].text, months[-1]) == (first, month)
    assert (fiscal[0].text, fiscal[-1]) == (fiscal_first, month)


def test_quarters_and_years_begin_afresh() -> None:
    """What adds up has a lap of its own; months are one lap."""
    quarters = laps_of(rule(Window.QUARTER), LEVEL, YEAR)
    year = laps_of(rule(Window.YEAR_TO_DATE), LEVEL, YEAR)
    fiscal = laps_of(rule(Window.YEAR_TO_DATE, start_month=7), LEVEL, YEAR)

    assert list(laps_of(rule(Window.MONTH), LEVEL, YEAR)) == ["all"]
    assert [each.amount for each in quarters["2025-Q2"]] == [4, 9, 15]
    assert [year["2025"][index].amount for index in (0, 11)] == [1, 78]
    assert [each.amount for each in fiscal["FY2026"]] == [7, 15, 24, 34, 45, 57]
    assert fiscal["FY2025"][0].reason == "2024-07 is not published"


def test_a_window_with_a_missing_month_has_no_figure() -> None:
    """Not published, and published without the figure, are told apart, and neither is zero."""
    gap = months_of({"2026-01": 1, "2026-03": 3, "2026-04": None})
    points = laps_of(rule(Window.YEAR_TO_DATE), LEVEL, gap)["2026"]

    assert [each.amount for each in points] == [1, None, None]
    assert points[1].reason == "2026-02 is not published"
    assert laps_of(rule(Window.MONTH), LEVEL, gap)["all"][2].reason == "2026-04 has no such figure"


def test_last_year_is_the_same_months() -> None:
    """The limit is a percentage above them, rounded down to what is still no breach."""
    wanted = rule(Window.QUARTER, Against.LAST_YEAR, margin=10_000_000)
    level = Level(Severity.CRITICAL, 50_000_000)
    amounts = {**YEAR, **months_of({"2026-01": 7, "2026-02": 1})}
    points = laps_of(wanted, level, amounts)["2026-Q1"]

    assert [(each.amount, each.base, each.limit) for each in points] == [(7, 1, 1), (8, 3, 4)]
    assert points[1].recovery_limit == 3
    assert laps_of(wanted, level, YEAR)["2025-Q1"][0].reason == "2024-01 is not published"


@pytest.mark.parametrize("nothing", [0, -5])
def test_nothing_cannot_be_exceeded_by_a_percentage(nothing: int) -> None:
    """A year of zero, or of credits, is no base."""
    amounts = months_of({"2025-01": nothing, "2026-01": 7})
    point = laps_of(rule(Window.MONTH, Against.LAST_YEAR), LEVEL, amounts)["all"][1]

    assert (point.amount, point.limit) == (7, None)
    assert point.reason == "nothing was emitted in the same months of last year"


def test_a_year_to_date_is_compared_with_the_budget_to_date() -> None:
    """A year's budget is spread by days; a month without one has no verdict."""
    budget = Budget.of({"2025": 365}, FiscalYear())
    level = Level(Severity.WARNING, 90 * 10**6)
    wanted = rule(Window.YEAR_TO_DATE, Against.BUDGET, budget=budget)
    points = laps_of(wanted, level, {**YEAR, **months_of({"2026-01": 1})})

    assert [(each.base, each.limit) for each in points["2025"][:2]] == [(31, 27), (59, 53)]
    assert (points["2025"][-1].base, points["2025"][-1].limit) == (365, 328)
    assert points["2026"][0].reason == "2026-01 has no budget"


def test_nothing_is_a_budget_too() -> None:
    """Whatever is emitted where nothing was granted is above it."""
    budget = Budget.of({"2025-01": 0}, FiscalYear())
    wanted = rule(Window.MONTH, Against.BUDGET, budget=budget)
    point = laps_of(wanted, Level(Severity.WARNING, 100 * 10**6), YEAR)["all"][0]

    assert (point.amount, point.limit, point.reason) == (1, 0, None)


def jumps(amounts: list[int | None], version: str = "1") -> tuple[Point, ...]:
    """Return the points of a rule against noise, at three times its deviation, from January on."""
    months = [UsagePeriod.of_month(2024 + at // 12, at % 12 + 1) for at in range(len(amounts))]
    figures = {
        month: Month(amount, version=version if at == len(amounts) - 1 else "1")
        for at, (month, amount) in enumerate(zip(months, amounts, strict=True))
    }
    level = Level(Severity.WARNING, 3 * 10**6)
    return laps_of(rule(Window.MONTH, Against.NOISE), level, figures)["all"]


STEADY: list[int | None] = [each * KILOGRAM for each in (100, 103, 99, 101, 104, 98, 100, 102, 101)]


def test_a_jump_is_beyond_what_the_months_before_explain() -> None:
    """A tenth more is within nine months' noise, half as much again is not."""
    within, beyond = jumps([*STEADY, 110 * KILOGRAM])[-1], jumps([*STEADY, 150 * KILOGRAM])[-1]

    assert (within.reason, beyond.reason) == (None, None)
    assert within.limit == beyond.limit
    assert within.base == beyond.base
    assert within.limit is not None
    assert within.base is not None
    assert abs(within.base - 101 * KILOGRAM) < 4 * KILOGRAM
    assert 110 * KILOGRAM < within.limit < 150 * KILOGRAM


def test_a_jump_is_not_seen_where_little_is_known() -> None:
    """Few months, a gap, another version of the method, and credits are reasons, not verdicts."""
    assert jumps(STEADY)[-1].reason == "8 like months before it are too few"
    assert jumps([*STEADY, None, *STEADY])[-1].reason == "8 like months before it are too few"
    other = jumps([*STEADY, 500 * KILOGRAM], version="2")[-1]
    assert other.reason == "0 like months before it are too few"
    assert jumps([*STEADY[:-1], -1, KILOGRAM])[-1].reason == "a month before it is below zero"


def test_nowcasts_are_marked_and_carry_their_range() -> None:
    """The bounds of a window are those of its months, where all have them."""
    figures = {
        UsagePeriod("2026-01"): Month(10, 10, 10),
        UsagePeriod("2026-02"): Month(20, 15, 30, is_nowcast=True),
        UsagePeriod("2026-03"): Month(20, is_nowcast=True),
    }
    points = laps_of(rule(Window.QUARTER, on=On.NOWCAST), LEVEL, figures)["2026-Q1"]

    assert [(each.low, each.high) for each in points] == [(10, 10), (25, 40), (None, None)]
    assert [each.nowcasts for each in points] == [(), ("2026-02",), ("2026-02", "2026-03")]


def test_a_month_that_is_not_over_ends_no_breach() -> None:
    """What is above so far stays above; what is not may still come to it."""
    figures = {
        UsagePeriod("2026-01"): Month(110),
        UsagePeriod("2026-02"): Month(20, is_nowcast=True, is_running=True),
    }
    begun, running = laps_of(rule(Window.MONTH, on=On.NOWCAST), LEVEL, figures)["all"]
    over = laps_of(
        rule(Window.MONTH, on=On.NOWCAST),
        LEVEL,
        {**figures, UsagePeriod("2026-02"): Month(20, is_nowcast=True)},
    )["all"]

    assert (running.amount, running.limit, running.recovery_limit) == (20, 100, None)
    assert [each.is_open for each in breaches_of((begun, running))] == [True]
    assert [each.is_open for each in breaches_of(over)] == [False]


def test_a_forecast_is_of_the_whole_year() -> None:
    """Each month as it could be told then; the last one is what was published."""
    flat = {
        UsagePeriod.of_month(year, month): Month(KILOGRAM * (month_days(year, month)), version="1")
        for year in (2024, 2025)
        for month in range(1, 13)
    }
    budget = Budget.of({"2025": 365 * KILOGRAM}, FiscalYear())
    wanted = rule(Window.YEAR, Against.BUDGET, on=On.FORECAST, budget=budget)
    level = Level(Severity.WARNING, 100 * 10**6)
    points = laps_of(wanted, level, flat)["2025"]

    assert [each.base for each in points] == [365 * KILOGRAM] * 12
    assert [round((each.amount or 0) / KILOGRAM) for each in points] == [365] * 12
    assert points[-1].amount == points[-1].limit == points[-1].low == points[-1].high
    first = laps_of(wanted, level, {month: flat[month] for month in list(flat)[:1]})["2024"][0]
    assert first.amount is None
    assert first.reason is not None


def month_days(year: int, month: int) -> int:
    """Return the days of a month."""
    period = UsagePeriod.of_month(year, month)
    return (period.end - period.start).days
