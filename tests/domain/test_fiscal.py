"""Fiscal years: each month in one year and one quarter, by the month in which years begin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfoot.domain.errors import ConfigurationError
from crossfoot.domain.fiscal import FiscalYear, month_after
from crossfoot.domain.period import UsagePeriod

months = st.builds(UsagePeriod.of_month, st.integers(2010, 2090), st.integers(1, 12))
starts = st.integers(1, 12)


@pytest.mark.parametrize(
    ("start", "month", "year", "quarter"),
    [
        (1, "2026-01", "2026", "2026-Q1"),
        (1, "2026-12", "2026", "2026-Q4"),
        (4, "2026-03", "FY2026", "FY2026-Q4"),
        (4, "2026-04", "FY2027", "FY2027-Q1"),
        (7, "2026-12", "FY2027", "FY2027-Q2"),
        (12, "2026-11", "FY2026", "FY2026-Q4"),
        (12, "2026-12", "FY2027", "FY2027-Q1"),
    ],
)
def test_a_year_has_the_name_of_the_one_in_which_it_ends(
    start: int, month: str, year: str, quarter: str
) -> None:
    """Calendar years have their own number, without a prefix."""
    fiscal = FiscalYear(start)

    assert (fiscal.year_of(UsagePeriod(month)), fiscal.quarter_of(UsagePeriod(month))) == (
        year,
        quarter,
    )


@given(starts, months)
def test_months_of_one_year_agree_about_it(start: int, month: UsagePeriod) -> None:
    """Twelve in order, from the month in which years begin, and four quarters of three."""
    fiscal = FiscalYear(start)
    year = fiscal.months_of_year(month)

    assert month in year
    assert len(year) == 12
    assert year[0].start.month == start
    assert [each.end for each in year[:-1]] == [each.start for each in year[1:]]
    assert {fiscal.months_of_year(each) for each in year} == {year}
    assert {fiscal.year_of(each) for each in year} == {fiscal.year_of(month)}
    quarters = [fiscal.months_of_quarter(each) for each in year[::3]]
    assert tuple(each for quarter in quarters for each in quarter) == year
    assert all(
        fiscal.months_of_quarter(each) == quarter for quarter in quarters for each in quarter
    )


@given(months, st.integers(-100, 100))
def test_months_are_counted_there_and_back(month: UsagePeriod, n_months: int) -> None:
    """A year is twelve months on."""
    assert month_after(month_after(month, n_months), -n_months) == month
    assert month_after(month, 12).year == month.year + 1


@pytest.mark.parametrize("start", [0, 13, -1])
def test_a_year_begins_in_one_of_twelve_months(start: int) -> None:
    """Anything else is refused by name."""
    with pytest.raises(ConfigurationError, match=f"cannot begin in month {start}"):
        FiscalYear(start)
