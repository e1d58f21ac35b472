"""Say why one month's figure differs from another's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import numpy as np

from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.errors import InvalidArgumentError, InvalidPeriodError, UnknownFigureError
from crossfoot.domain.history import (
    AccountFigures,
    BoundaryLine,
    KnownRun,
    MonthDifference,
    MonthFigures,
)
from crossfoot.domain.measures import MEASURES, Measure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import DeliveryLabel
from crossfoot.domain.units import Int64Array
from crossfoot.domain.versions import ModelVersion
from crossfoot.engine.boundaries import boundary
from crossfoot.engine.month_difference import month_difference
from crossfoot.usecases.compare_states import as_published


@dataclass(frozen=True, slots=True, eq=False)
class UsedCells:
    """A run's ledger by cell: AWS's figures, and the on-demand value of the usage.

    ``cells`` has the amounts in the order of ``MEASURES``; ``currencies`` is every one that
    occurs.
    """

    cells: ReportedCells
    on_demand_nano: Int64Array
    currencies: frozenset[str]


class KnownMonths(Protocol):
    """The months of a warehouse as they are known at one instant."""

    def run_at(self, period: UsagePeriod, instant: datetime | None) -> KnownRun:
        """Return the run that spoke for the month at an instant, or speaks now."""
        ...

    def used(self, period: UsagePeriod, run_id: str) -> UsedCells:
        """Return the sums of a run's ledger by cell, with usage."""
        ...

    def accounts(self, period: UsagePeriod, run_id: str) -> Mapping[str, AccountFigures]:
        """Return every account of a run's ledger, as it is called there, with its sums."""
        ...

    def deliveries(self, period: UsagePeriod, snapshot: int) -> Sequence[DeliveryLabel]:
        """Return every delivery of the month that a snapshot knows."""
        ...

    def delivered(self, delivery_id: str) -> ReportedCells:
        """Return a delivery's figures by cell."""
        ...


@dataclass(frozen=True, slots=True)
class MonthComparison:
    """Two months, and why the second is not as the first.

    ``is_method_apart`` tells whether a change of AWS's model version could be set apart from
    intensity; ``None`` where both months are of one version.
    """

    measure: Measure
    periods: tuple[UsagePeriod, UsagePeriod]
    runs: tuple[KnownRun, KnownRun]
    currency: str
    is_method_apart: bool | None
    difference: MonthDifference
    boundary: tuple[BoundaryLine, ...]


def compare_months(
    months: KnownMonths,
    periods: tuple[UsagePeriod, UsagePeriod],
    measure: Measure,
    instant: datetime | None = None,
) -> MonthComparison:
    """Return why the second month differs from the first, as both are known at an instant.

    Raises
    ------
    InvalidPeriodError
        One of the two is a year, or both are one month.
    InvalidArgumentError
        The two are valued in different currencies.
    UnknownFigureError
        A month is not published, has no usage, or AWS did not report the measure for it.
    """
    _require_two_months(periods)
    runs = (months.run_at(periods[0], instant), months.run_at(periods[1], instant))
    used = tuple(months.used(period, run.run_id) for period, run in zip(periods, runs, strict=True))
    currency = _one_currency(periods, used)
    row = MEASURES.index(measure)
    before, after = (
        MonthFigures(_one_measure(each.cells, row), each.on_demand_nano) for each in used
    )
    for period, figures in zip(periods, (before, after), strict=True):
        _require_told(period, figures, measure)
    is_one_version = _version(runs[0]) == _version(runs[1])
    published = before.cells, after.cells
    by_one_method = (
        None if is_one_version else _by_one_method(months, periods, runs, published, row)
    )
    return MonthComparison(
        measure,
        periods,
        runs,
        currency,
        None if is_one_version else by_one_method is not None,
        month_difference(before, after, by_one_method),
        boundary(
            *(
                months.accounts(period, run.run_id)
                for period, run in zip(periods, runs, strict=True)
            )
        ),
    )


def _by_one_method(
    months: KnownMonths,
    periods: tuple[UsagePeriod, UsagePeriod],
    runs: tuple[KnownRun, KnownRun],
    published: tuple[ReportedCells, ReportedCells],
    row: int,
) -> tuple[ReportedCells, ReportedCells] | None:
    """Return both months by one model version, where AWS delivered one of them in the other's.

    The second month in the first one's version is preferred.
    """
    for this, other in ((1, 0), (0, 1)):
        labels = [
            label
            for label in months.deliveries(periods[this], runs[this].snapshot)
            if label.model_version == _version(runs[other])
        ]
        if labels:
            last = max(labels, key=lambda label: (label.delivered_at, label.delivery_id))
            cells = _one_measure(as_published(months.delivered(last.delivery_id)), row)
            if cells.is_reported.any():
                return (cells, published[1]) if this == 0 else (published[0], cells)
    return None


def _version(run: KnownRun) -> ModelVersion:
    return ModelVersion(run.model_version)


def _one_measure(cells: ReportedCells, row: int) -> ReportedCells:
    rows = slice(row, row + 1)
    return replace(cells, amount_ug=cells.amount_ug[rows], is_reported=cells.is_reported[rows])


def _require_two_months(periods: tuple[UsagePeriod, UsagePeriod]) -> None:
    if not all(period.is_month for period in periods) or periods[0] == periods[1]:
        raise InvalidPeriodError(
            f"{periods[0]} and {periods[1]} are not two months.",
            mend="Give two different months, such as 2026-08 2026-09.",
        )


def _require_told(period: UsagePeriod, figures: MonthFigures, measure: Measure) -> None:
    if not np.any(figures.on_demand_nano > 0):
        raise UnknownFigureError(
            f"{period} was published without usage.", mend="Run the month with its usage export."
        )
    if not figures.cells.is_reported.any():
        raise UnknownFigureError(
            f"AWS reported no {measure} for {period}.", mend="Ask for another --measure."
        )


def _one_currency(periods: tuple[UsagePeriod, UsagePeriod], used: Sequence[UsedCells]) -> str:
    currencies = frozenset[str]().union(*(each.currencies for each in used))
    if len(currencies) > 1:
        raise InvalidArgumentError(
            f"{periods[0]} and {periods[1]} are valued in {' and '.join(sorted(currencies))}.",
            mend="Compare months of one currency: usage is compared by its on-demand value.",
        )
    return next(iter(currencies), "")
