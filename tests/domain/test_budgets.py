"""Budgets: years spread by days to the last unit, and every contradiction by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfoot.domain.budgets import Budget
from crossfoot.domain.errors import ConfigurationError
from crossfoot.domain.fiscal import FiscalYear
from crossfoot.domain.period import UsagePeriod


@given(st.integers(0, 10**18), st.integers(1, 12), st.integers(2020, 2040))
def test_the_months_of_a_year_sum_to_it(amount: int, start: int, year: int) -> None:
    """Each within a unit of its days' share, whatever month the year begins in."""
    fiscal = FiscalYear(start)
    name = f"{year}" if start == 1 else f"FY{year}"
    months = dict(Budget.of({name: amount}, fiscal).months)
    days = {month: (month.end - month.start).days for month in months}

    assert sum(months.values()) == amount
    assert [fiscal.year_of(month) for month in months] == [name] * 12
    for month, part in months.items():
        assert abs(part * sum(days.values()) - amount * days[month]) <= sum(days.values())


def test_months_have_their_own_amounts() -> None:
    """Beside a year of another name."""
    budget = Budget.of({"2026-02": 5, "2026-01": 7, "2027": 365}, FiscalYear())
    january, february, march = (UsagePeriod(f"2026-0{month}") for month in (1, 2, 3))

    assert budget.sum_of([january, february]) == (12, None)
    assert budget.sum_of([february, march]) == (None, "2026-03 has no budget")
    assert budget.sum_of([UsagePeriod("2027-12")]) == (31, None)


@pytest.mark.parametrize(
    ("amounts", "start", "problem"),
    [
        ({"2026": 1, "2026-04": 1}, 1, "2026-04 twice"),
        ({"FY2026": 1, "2025-04": 1}, 4, "2025-04 twice"),
        ({"2026": 1}, 4, "'2026' is no month or year"),
        ({"FY2026": 1}, 1, "'FY2026' is no month or year"),
        ({"FY2026-04": 1}, 4, "'FY2026-04' is no month or year"),
        ({"2026-13": 1}, 1, "'2026-13' is no month or year"),
        ({"next": 1}, 1, "'next' is no month or year"),
    ],
)
def test_what_contradicts_itself_is_refused(
    amounts: dict[str, int], start: int, problem: str
) -> None:
    """A year is spelt as it is called elsewhere."""
    with pytest.raises(ConfigurationError, match=problem):
        Budget.of(amounts, FiscalYear(start))
