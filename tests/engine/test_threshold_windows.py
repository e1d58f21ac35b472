"""Windows of thresholds: which months are summed up, and what they are compared with."""

import pytest

from crossfoot.domain.measures import Measure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.threshold_rules import Against, Level, Severity, ThresholdRule, Window
from crossfoot.engine.threshold_windows import laps_of, months_of

LEVEL = Level(Severity.WARNING, 100)
YEAR = {UsagePeriod.of_month(2025, month): month for month in range(1, 13)}


def rule(window: Window, against: Against = Against.AMOUNT, margin: int = 0) -> ThresholdRule:
    """Return a rule of one level."""
    return ThresholdRule("name", Measure.TOTAL_LBM, window, against, (LEVEL,), margin)


@pytest.mark.parametrize(
    ("window", "first"),
    [(Window.MONTH, "2026-08"), (Window.QUARTER, "2026-07"), (Window.YEAR_TO_DATE, "2026-01")],
)
def test_a_window_ends_with_its_month(window: Window, first: str) -> None:
    """Calendar quarters and years, up to the month looked at."""
    months = months_of(window, UsagePeriod("2026-08"))

    assert (months[0].text, months[-1].text) == (first, "2026-08")


def test_quarters_and_years_begin_afresh() -> None:
    """What adds up has a lap of its own; months are one lap."""
    quarters = laps_of(rule(Window.QUARTER), LEVEL, YEAR)
    year = laps_of(rule(Window.YEAR_TO_DATE), LEVEL, YEAR)

    assert list(laps_of(rule(Window.MONTH), LEVEL, YEAR)) == ["all"]
    assert [each.amount for each in quarters["2025-Q2"]] == [4, 9, 15]
    assert [year["2025"][index].amount for index in (0, 11)] == [1, 78]


def test_a_window_with_a_missing_month_has_no_figure() -> None:
    """Not published, and published without the figure, are told apart, and neither is zero."""
    gap = {UsagePeriod("2026-01"): 1, UsagePeriod("2026-03"): 3, UsagePeriod("2026-04"): None}
    points = laps_of(rule(Window.YEAR_TO_DATE), LEVEL, gap)["2026"]

    assert [each.amount for each in points] == [1, None, None]
    assert points[1].reason == "2026-02 is not published"
    assert laps_of(rule(Window.MONTH), LEVEL, gap)["all"][2].reason == "2026-04 has no such figure"


def test_last_year_is_the_same_months() -> None:
    """The limit is a percentage above them, rounded down to what is still no breach."""
    wanted = rule(Window.QUARTER, Against.LAST_YEAR, margin=10_000_000)
    level = Level(Severity.CRITICAL, 50_000_000)
    amounts = {**YEAR, UsagePeriod("2026-01"): 7, UsagePeriod("2026-02"): 1}
    points = laps_of(wanted, level, amounts)["2026-Q1"]

    assert [(each.amount, each.last_year, each.limit) for each in points] == [(7, 1, 1), (8, 3, 4)]
    assert points[1].recovery_limit == 3
    assert laps_of(wanted, level, YEAR)["2025-Q1"][0].reason == "2024-01 is not published"


@pytest.mark.parametrize("nothing", [0, -5])
def test_nothing_cannot_be_exceeded_by_a_percentage(nothing: int) -> None:
    """A year of zero, or of credits, is no base."""
    amounts = {UsagePeriod("2025-01"): nothing, UsagePeriod("2026-01"): 7}
    point = laps_of(rule(Window.MONTH, Against.LAST_YEAR), LEVEL, amounts)["all"][1]

    assert (point.amount, point.limit) == (7, None)
    assert point.reason == "nothing was emitted in the same months of last year"
