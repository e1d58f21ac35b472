from math import cos, exp, inf, log, pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfoot.domain.forecasts import ProjectionMethod
from crossfoot.domain.period import UsagePeriod
from crossfoot.engine.forecast import (
    KnownMonth,
    NoProjection,
    Spread,
    YearProjection,
    project_year,
)

KILOGRAM = 10**9
YEAR_2026 = tuple(UsagePeriod.of_month(2026, month) for month in range(1, 13))


def month_of(number: int) -> UsagePeriod:
    """Return the month so many months after January 2025."""
    return UsagePeriod.of_month(2025 + number // 12, number % 12 + 1)


def days_of(period: UsagePeriod) -> int:
    """Return the days of a month."""
    return (period.end - period.start).days


def daily(rates: list[float], **words: object) -> list[KnownMonth]:
    """Return months from January 2025 on, with so many kilograms a day."""
    return [
        KnownMonth(month_of(n), round(rate * KILOGRAM * days_of(month_of(n))), **words)
        for n, rate in enumerate(rates)
    ]


def told(known: list[KnownMonth], months: tuple[UsagePeriod, ...] = YEAR_2026) -> YearProjection:
    """Return a projection that there is."""
    found = project_year(known, months)
    assert isinstance(found, YearProjection)
    return found


def test_the_year_before_is_carried_on_with_the_change_since() -> None:
    """The worked example of F-22: ten kilograms a day, eleven since January, 4,015 in the year."""
    found = told(daily([10.0] * 12 + [11.0] * 3))

    assert found.by_month[UsagePeriod("2026-04")] == 330 * KILOGRAM
    assert found.amount == 4015 * KILOGRAM
    assert found.published == 990 * KILOGRAM
    assert (found.method, found.n_learnt) == (ProjectionMethod.SEASONAL, 15)


def test_a_season_comes_again() -> None:
    """A series that is the same every year is told exactly."""
    season = [100 + 30 * cos(2 * pi * n / 12) for n in range(24)]
    known = daily(season)

    found = told(known[:18])

    assert found.amount == pytest.approx(sum(each.amount for each in known[12:]), rel=1e-9)


def test_a_series_of_less_than_a_year_follows_its_trend_damped() -> None:
    """Each month ahead goes on by half of the step before; an odd month does not tilt it."""
    rates = [100.0, 110.0, 120.0, 900.0, 140.0, 150.0]
    months = tuple(month_of(n) for n in range(12))

    found = told(daily(rates), months)

    assert found.method is ProjectionMethod.TREND
    assert found.by_month[month_of(6)] == round((150 + 5) * KILOGRAM * 31)
    assert found.by_month[month_of(7)] == round((150 + 5 + 2.5) * KILOGRAM * 31)


def test_a_falling_trend_stops_at_nothing() -> None:
    """What never was negative is not told to be."""
    months = tuple(month_of(n) for n in range(12))

    found = told(daily([300.0, 150.0, 1.0]), months)

    assert min(found.by_month.values()) == 0


def test_a_published_year_is_a_fact() -> None:
    """Nothing is projected, the range is the figure, and a limit is passed or not."""
    found = told(daily([10.0] * 24))

    assert (found.low, found.high) == (found.amount, found.amount)
    assert found.method is ProjectionMethod.PUBLISHED
    assert found.chance_above(found.amount) == 0
    assert found.chance_above(found.amount - 1) == 1


def test_parts_add_up_to_the_year() -> None:
    """The year is the sum of its months, and known months are as they were."""
    known = daily([10.0 + n for n in range(17)])

    found = told(known)

    assert sum(found.by_month.values()) == found.amount
    assert list(found.by_month) == list(YEAR_2026)
    assert [found.by_month[each.period] for each in known[12:]] == [
        each.amount for each in known[12:]
    ]


def test_a_missing_month_is_not_zero() -> None:
    """A year with a hole cannot be told, and the hole is named."""
    known = daily([10.0] * 15)
    del known[13]

    assert project_year(known, YEAR_2026) == NoProjection("2026-02 has no figure")


def test_nothing_and_next_to_nothing_give_no_projection() -> None:
    """Without a month there is nothing; two months have no trend; nine tell nothing of 2030."""
    far = tuple(UsagePeriod.of_month(2030, month) for month in range(1, 13))

    assert project_year([], YEAR_2026) == NoProjection("no month is known")
    assert project_year(daily([1.0] * 2), YEAR_2026) == NoProjection("2 months on end are too few")
    assert project_year(daily([1.0] * 9), far) == NoProjection(
        "9 months on end say nothing of 2030-12"
    )


def test_months_of_another_method_are_counted_and_not_learnt_from() -> None:
    """A new model version begins the series again."""
    old, new = daily([10.0] * 12), daily([10.0] * 17)[12:]
    known = [
        *(KnownMonth(each.period, each.amount, model_version="v2") for each in old),
        *(KnownMonth(each.period, each.amount, model_version="v3") for each in new),
    ]

    found = told(known)

    assert (found.method, found.n_learnt) == (ProjectionMethod.TREND, 5)


def test_a_newcomer_is_learnt_from_its_first_figure() -> None:
    """Months of nothing before the first figure are known, and are no trend."""
    found = told(daily([0.0] * 12 + [8.0] * 5))

    assert (found.method, found.n_learnt) == (ProjectionMethod.TREND, 5)
    assert found.amount == 8 * KILOGRAM * 365


def test_what_has_stopped_stays_at_nothing() -> None:
    """An account that left goes on with nothing, and no range is made of zeros."""
    found = told(daily([5.0] * 13 + [0.0] * 4))

    assert found.amount == 5 * KILOGRAM * 31
    assert found.low is None


def test_errors_of_the_past_make_the_range() -> None:
    """The open part reaches as far up as down, in ratios, by Student's t of what replays missed."""
    rates = [100 * exp(0.05 * cos(5 * n)) for n in range(27)]
    months = tuple(month_of(n) for n in range(24, 36))

    found = told(daily(rates), months)

    assert found.spread is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.amount < found.high
    up = (found.high - found.published) / found.spread.open_amount
    down = found.spread.open_amount / (found.low - found.published)
    assert up == pytest.approx(down, rel=1e-6)
    assert found.chance_above(found.high) == pytest.approx(0.05, abs=1e-6)
    assert found.chance_above(found.low) == pytest.approx(0.95, abs=1e-6)
    assert found.chance_above(found.published) == 1


def test_too_few_replays_give_no_range() -> None:
    """One replay says nothing of how far off the next one will be."""
    found = told(daily([10.0] * 4), tuple(month_of(n) for n in range(12)))

    assert (found.low, found.high, found.spread) == (None, None, None)
    assert found.chance_above(1) is None


def test_a_season_that_cannot_be_replayed_yet_has_the_errors_of_the_trend() -> None:
    """With 14 months the year before carries the figure, and the trend's replays the range."""
    found = told(daily([100 * exp(0.05 * cos(5 * n)) for n in range(14)]))

    assert found.method is ProjectionMethod.SEASONAL
    assert found.n_replays > 2
    assert found.low is not None


def test_nowcasts_bring_their_own_range() -> None:
    """A year that ends with a nowcast has the nowcast's range, and nothing is projected."""
    known = daily([10.0] * 24)
    last = known[-1]
    ends = (last.amount * 10 // 12, last.amount * 12 // 10)
    known[-1] = KnownMonth(last.period, last.amount, *ends, is_nowcast=True)

    found = told(known)

    assert found.method is ProjectionMethod.NOWCAST
    assert found.high == pytest.approx(found.published + ends[1], rel=1e-9)
    assert found.spread is not None
    assert found.spread.n_degrees == inf


def test_a_month_that_is_running_is_projected() -> None:
    """Its usage so far is neither the month's figure nor the beginning of a fall."""
    known = daily([10.0] * 16)
    last = known.pop()
    so_far = KnownMonth(last.period, last.amount // 3, is_nowcast=True, is_running=True)

    assert told([*known, so_far]) == told(known)


def test_a_nowcast_without_range_is_as_uncertain_as_a_projection() -> None:
    """It stands for a month ahead of the last published one."""
    rates = [100 * exp(0.05 * cos(5 * n)) for n in range(36)]
    known = daily(rates)
    months = tuple(month_of(n) for n in range(24, 36))
    bare = [*known[:-1], KnownMonth(known[-1].period, known[-1].amount, is_nowcast=True)]

    found = told(bare, months)

    assert found.spread is not None
    assert found.spread.n_degrees < inf
    assert found.spread.scale > 0


def test_a_nowcast_widens_the_rest() -> None:
    """With a nowcast among the known months the year is no surer than its parts."""
    rates = [100 * exp(0.02 * cos(n)) for n in range(30)]
    months = tuple(month_of(n) for n in range(24, 36))
    known = daily(rates)
    last = known[-1]
    wide = KnownMonth(last.period, last.amount, last.amount // 2, last.amount * 2, is_nowcast=True)

    plain, nowcast = told(known, months), told([*known[:-1], wide], months)

    assert plain.spread is not None
    assert nowcast.spread is not None
    assert nowcast.spread.scale > plain.spread.scale


def test_a_farther_year_is_less_sure() -> None:
    """The target year's range is wider than this year's."""
    rates = [100 * exp(0.03 * cos(5 * n)) for n in range(30)]
    this = told(daily(rates), tuple(month_of(n) for n in range(24, 36)))
    later = told(daily(rates), tuple(month_of(n) for n in range(60, 72)))

    assert this.spread is not None
    assert later.spread is not None
    assert later.spread.scale > 2 * this.spread.scale
    assert list(later.by_month) == [month_of(n) for n in range(60, 72)]


def test_the_chance_of_the_worked_example() -> None:
    """460 kg against 450 open at a scale of 0.04 with four degrees: 31 % (F-23)."""
    chance = Spread(450.0, 0.04, 4).chance_above(460.0)

    assert chance == pytest.approx(0.306, abs=5e-4)
    assert Spread(450.0, 0.0, 4).chance_above(449) == 1
    assert Spread(450.0, 0.0, 4).chance_above(450) == 0


@given(
    rates=st.lists(st.floats(0.01, 1e4), min_size=3, max_size=30),
    ends=st.integers(0, 3),
)
def test_a_projection_is_whole_and_its_range_holds_it(rates: list[float], ends: int) -> None:
    """Whatever the series: parts add up, and the range holds the figure."""
    known = daily(rates)
    first = len(rates) - 1 - (len(rates) - 1) % 12
    found = project_year(known, tuple(month_of(n) for n in range(first, first + 12 - ends)))

    if isinstance(found, YearProjection):
        assert sum(found.by_month.values()) == found.amount
        if found.low is not None and found.high is not None:
            assert found.low <= found.amount <= found.high
            assert found.published <= found.low


def test_ranges_hold_on_series_with_season_and_walk() -> None:
    """Of years with a season, growth and a wandering level, the 90 % range holds 85 at least."""
    held = 0
    for phase in range(100):
        noise = [((phase * 7919 + n * 104729) % 1000 / 1000 - 0.5) * 0.08 for n in range(36)]
        level, rates = 0.0, []
        for n in range(36):
            level += noise[n] / 2
            season = 0.08 * cos(2 * pi * (n + phase) / 12)
            rates.append(1000 * exp(level + 0.004 * n + season + noise[(n * 5) % 36]))
        months = tuple(month_of(n) for n in range(24, 36))
        known = daily(rates)
        found = told(known[:29], months)
        true = sum(each.amount for each in known[24:])
        assert found.low is not None
        assert found.high is not None
        held += found.low <= true <= found.high
        assert abs(log(found.amount / true)) < 0.5

    assert held >= 85
