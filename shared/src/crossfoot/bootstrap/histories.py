"""Comparing states of a month, and months with one another."""

import tempfile
from pathlib import Path

from crossfoot.adapters.configuration_file import read_base_year
from crossfoot.adapters.month_history import FolderMonthHistory
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.domain.errors import ConfigurationError
from crossfoot.domain.instants import instant_from_text
from crossfoot.domain.measures import Measure
from crossfoot.domain.period import UsagePeriod
from crossfoot.usecases.compare_base_year import BaseYearComparison, compare_base_year
from crossfoot.usecases.compare_months import MonthComparison, compare_months
from crossfoot.usecases.compare_states import StateComparison, compare_states


def restatement(path: Path, period: str, start: str | None, end: str | None) -> StateComparison:
    """Return how a month came from what was known at one instant to what was at another."""
    month = UsagePeriod(period)
    instants = [None if text is None else instant_from_text(text) for text in (start, end)]
    warehouse = Warehouse.open(path)
    with tempfile.TemporaryDirectory(prefix="crossfoot-") as scratch:
        return compare_states(FolderMonthHistory(warehouse, Path(scratch)), month, *instants)


def base_year(path: Path, configuration: Path, as_known_at: str | None) -> BaseYearComparison:
    """Return why the base year is not what it was when it was last calculated.

    Raises
    ------
    ConfigurationError
        The file has no rule for a base year.
    """
    rule = read_base_year(configuration)
    if rule is None:
        raise ConfigurationError(
            "there is no [base_year].", mend="See docs/configuration.md.", file=str(configuration)
        )
    instant = None if as_known_at is None else instant_from_text(as_known_at)
    warehouse = Warehouse.open(path)
    with tempfile.TemporaryDirectory(prefix="crossfoot-") as scratch:
        history = FolderMonthHistory(warehouse, Path(scratch))
        return compare_base_year(history, rule, instant)


def difference(
    path: Path, periods: tuple[str, str], measure: Measure, as_known_at: str | None
) -> MonthComparison:
    """Return why one month differs from another, as both are known at an instant."""
    first, second = (UsagePeriod(text) for text in periods)
    instant = None if as_known_at is None else instant_from_text(as_known_at)
    warehouse = Warehouse.open(path)
    with tempfile.TemporaryDirectory(prefix="crossfoot-") as scratch:
        history = FolderMonthHistory(warehouse, Path(scratch))
        return compare_months(history, (first, second), measure, instant)
