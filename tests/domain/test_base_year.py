"""The rule of the base year, compared exactly."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfoot.domain.base_year import BaseYear, BaseYearChange
from crossfoot.domain.fiscal import FiscalYear
from crossfoot.domain.measures import Measure


def change(before_ug: int, after_ug: int, percent: str = "5") -> BaseYearChange:
    """Return a change under a threshold."""
    rule = BaseYear("2025", (), Measure.TOTAL_LBM, Decimal(percent))
    return BaseYearChange(rule, before_ug, after_ug, 12)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_threshold_is_passed_by_one_microgram_more(sign: int) -> None:
    """Exactly the threshold is not more than it, up or down."""
    before = 10**19 + 20

    assert not change(before, before + sign * (before // 20)).is_passed
    assert change(before, before + sign * (before // 20 + 1)).is_passed


def test_a_change_of_nothing_has_no_percentage_and_is_passed() -> None:
    """Any figure is more than some percent of nothing; nothing is not."""
    assert (change(0, 1).percent, change(0, 1).is_passed) == (None, True)
    assert not change(0, 0).is_passed


@given(st.integers(1, 10**18), st.integers(-(10**18), 10**18))
def test_what_is_shown_agrees_with_what_is_decided(before: int, difference: int) -> None:
    """Beyond the last digit that is shown, percentage and verdict say the same."""
    told = change(before, before + difference)
    assert told.percent is not None
    if abs(abs(told.percent) - 5) > Decimal("0.0001"):
        assert told.is_passed == (abs(told.percent) > 5)


def test_the_year_that_ends_in_a_year_has_its_name() -> None:
    """A fiscal year from April 2025 to March 2026 ends in 2026; a calendar year in itself."""
    fiscal, calendar = (FiscalYear(month).months_ending_in(2026) for month in (4, 1))

    assert (fiscal[0].text, fiscal[-1].text) == ("2025-04", "2026-03")
    assert (calendar[0].text, calendar[-1].text) == ("2026-01", "2026-12")
