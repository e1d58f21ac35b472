"""Hourly intensity: slots become hours, and intervals get exact means or none."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfoot.domain.units import Int64Array
from crossfoot.engine.hourly_intensity import GAP, HOUR_SECONDS, HourlyIntensity

FIRST_HOUR = 492_000
GRAM = 10**6
NANO_GRAM = 10**9


def whole(*values: int) -> Int64Array:
    """Return whole numbers as an array."""
    return np.array(values, dtype=np.int64)


def second(hours: float) -> int:
    """Return the second so many hours after the first."""
    return round((FIRST_HOUR + hours) * HOUR_SECONDS)


def means(series: HourlyIntensity, *intervals: tuple[float, float]) -> list[int]:
    """Return the means of intervals, in hours after the first."""
    start = whole(*(second(a) for a, _ in intervals))
    end = whole(*(second(b) for _, b in intervals))
    found: list[int] = series.means(start, end).tolist()
    return found


def test_an_interval_weighs_every_second_alike() -> None:
    """Half an hour at 100 and an hour at 400 are 300 on average."""
    series = HourlyIntensity(FIRST_HOUR, whole(100 * GRAM, 400 * GRAM))

    assert means(series, (0.5, 2), (0, 1), (0, 2)) == [
        300 * NANO_GRAM,
        100 * NANO_GRAM,
        250 * NANO_GRAM,
    ]


@pytest.mark.parametrize(
    "interval",
    [(0.5, 1.5), (1, 2), (1.25, 1.5), (-1, 1), (2, 4), (-3, -1), (5, 9), (0.5, 0.5), (1, 0)],
)
def test_what_is_not_wholly_known_has_no_mean(interval: tuple[float, float]) -> None:
    """A gap, a time outside of the series and an interval without length have none; never zero."""
    series = HourlyIntensity(FIRST_HOUR, whole(100 * GRAM, GAP, 0))

    assert means(series, interval) == [GAP]
    assert series.gaps.tolist() == [FIRST_HOUR + 1]


def test_zero_is_an_intensity() -> None:
    """An hour of nothing but water and wind at the stacks is known to be zero."""
    assert means(HourlyIntensity(FIRST_HOUR, whole(0)), (0, 1)) == [0]


@given(
    st.lists(st.integers(0, 5_000 * GRAM), min_size=1, max_size=800),
    st.integers(0, 800 * HOUR_SECONDS),
    st.integers(1, 800 * HOUR_SECONDS),
)
def test_a_mean_is_exact(values: list[int], start: int, length: int) -> None:
    """It is the integral over the interval, rounded once, for any month of any grid."""
    end = min(start + length, len(values) * HOUR_SECONDS)
    series = HourlyIntensity(FIRST_HOUR, whole(*values))
    base = FIRST_HOUR * HOUR_SECONDS
    (found,) = series.means(whole(base + start), whole(base + end)).tolist()

    if end <= start:
        assert found == GAP
        return
    integral = sum(
        value * max(0, min(end, (hour + 1) * HOUR_SECONDS) - max(start, hour * HOUR_SECONDS))
        for hour, value in enumerate(values)
    )
    assert abs(found - Fraction(integral * 1000, end - start)) <= Fraction(1, 2)


def test_slots_become_hours_by_their_mean() -> None:
    """Two half hours or four quarters make an hour, in one series."""
    seconds = whole(*(second(h) for h in (0, 0.5, 1, 1.25, 1.5, 1.75)))
    series = HourlyIntensity.of_slots(
        seconds, whole(10 * GRAM, 30 * GRAM, 1 * GRAM, 2 * GRAM, 3 * GRAM, 6 * GRAM), {2, 4}
    )

    assert series.first_hour == FIRST_HOUR
    assert series.micro_g_per_kwh.tolist() == [20 * GRAM, 3 * GRAM]


@pytest.mark.parametrize("hours", [(0,), (0.5,), (0, 0.25), (0.25, 0.75), (0, 0.25, 0.5)])
def test_an_hour_that_misses_a_slot_is_a_gap(hours: tuple[float, ...]) -> None:
    """What is left of it would pass for the whole."""
    seconds = whole(*(second(h) for h in hours), second(2), second(2.5))
    series = HourlyIntensity.of_slots(seconds, np.full(seconds.size, GRAM), {2, 4})

    assert series.micro_g_per_kwh.tolist() == [GAP, GAP, GRAM]
