"""What a warehouse remembers: every delivery of AWS and the usage of every month, by cell."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise

import numpy as np

from crossfoot.domain.measures import MEASURES
from crossfoot.domain.nowcasts import LEARNT_MONTHS, PHYSICAL_BUCKETS, CellNames
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import DeliveryLabel
from crossfoot.domain.units import BoolArray, Int64Array
from crossfoot.engine.nowcast import CellCodes, CellFigures, CellUsage, LearntMonth
from crossfoot.usecases.choose_vintage import current_deliveries

_MONTHS_PER_YEAR = 12


@dataclass(frozen=True, slots=True, eq=False)
class DeliveredFigures:
    """Cells of one delivery, each once: position, amounts and what was reported by measure."""

    cell: Int64Array
    amount_ug: Int64Array
    is_reported: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class UsedCells:
    """Cells of one month's usage, each once: position, allocation key and on-demand value."""

    cell: Int64Array
    key_nano: Int64Array
    cost_nano: Int64Array


@dataclass(frozen=True, eq=False)
class CarbonHistory:
    """Deliveries and usage of months, over one numbering of cells.

    Parameters
    ----------
    names : CellNames
        Account, Region and bucket of every cell, sorted.
    account, region, service : ndarray of int64, shape (cell,)
        Codes of the three, from 0.
    accounts, services : tuple
        What the codes of accounts and buckets stand for.
    labels : tuple of DeliveryLabel
        Every delivery of a month that is kept.
    figures : mapping
        What each delivered, by its id.
    usage : mapping
        Usage of the published months that have any.
    silent : mapping
        Usage of months that AWS has not published.
    """

    names: CellNames
    account: Int64Array
    region: Int64Array
    service: Int64Array
    accounts: tuple[str, ...]
    services: tuple[str | None, ...]
    labels: tuple[DeliveryLabel, ...]
    figures: Mapping[str, DeliveredFigures]
    usage: Mapping[UsagePeriod, UsedCells]
    silent: Mapping[UsagePeriod, UsedCells]

    @cached_property
    def codes(self) -> CellCodes:
        """Groups of the cells."""
        by_value = np.array([each not in PHYSICAL_BUCKETS for each in self.services], np.bool_)
        return CellCodes.of(self.account, self.region, self.service, by_value[self.service])

    @cached_property
    def months(self) -> tuple[UsagePeriod, ...]:
        """Months that AWS has reported, in the order of time."""
        return tuple(sorted({label.usage_period for label in self.labels}))

    def figures_of(self, delivery_id: str) -> CellFigures:
        """Return a delivery over all cells."""
        found = self.figures[delivery_id]
        amount_ug = np.zeros((len(MEASURES), len(self.names)), np.int64)
        is_reported = np.zeros(amount_ug.shape, np.bool_)
        amount_ug[:, found.cell] = found.amount_ug
        is_reported[:, found.cell] = found.is_reported
        return CellFigures(amount_ug, is_reported)

    def usage_of(self, period: UsagePeriod) -> CellUsage:
        """Return the usage of a month, published or silent, over all cells."""
        found = self.usage[period] if period in self.usage else self.silent[period]
        key, cost = (np.zeros(len(self.names), np.int64) for _ in range(2))
        has_usage = np.zeros(len(self.names), np.bool_)
        key[found.cell] = found.key_nano
        cost[found.cell] = found.cost_nano
        has_usage[found.cell] = True
        return CellUsage(key, cost, has_usage)

    def learnt(self, months: Sequence[DeliveryLabel]) -> list[LearntMonth]:
        """Return deliveries with the usage of their months."""
        return [
            LearntMonth(self.figures_of(label.delivery_id), self.usage_of(label.usage_period))
            for label in months
        ]

    def to_learn_from(self, current: Mapping[UsagePeriod, DeliveryLabel]) -> list[DeliveryLabel]:
        """Return the last months of the newest month's model version that have usage, oldest first.

        Parameters
        ----------
        current : mapping
            What was known of each month.
        """
        if not current:
            return []
        version = current[max(current)].model_version
        fitting = [
            label
            for period, label in sorted(current.items())
            if label.model_version == version and period in self.usage
        ]
        return fitting[-LEARNT_MONTHS:]


@dataclass(frozen=True, slots=True)
class Vantage:
    """What was known of AWS's figures when a month was the newest: its delivery, by month.

    ``instant`` is when the next one came. ``is_hindsight`` says that a backfill brought the month
    together with later ones, so that nobody could have stood there; the vintages of the backfill
    are taken instead.
    """

    origin: UsagePeriod
    instant: datetime
    current: Mapping[UsagePeriod, DeliveryLabel]
    is_hindsight: bool


def vantages(labels: Iterable[DeliveryLabel]) -> list[Vantage]:
    """Return the vantage of every month but the last: just before the next one was delivered."""
    every = sorted(labels, key=lambda label: (label.usage_period, label.delivered_at))
    first = {label.usage_period: label for label in reversed(every)}
    months = sorted(first)
    found = []
    for origin, following in pairwise(months):
        instant = first[following].delivered_at
        earlier = [label for label in every if label.usage_period <= origin]
        before = current_deliveries(each for each in earlier if each.delivered_at < instant)
        by_then = current_deliveries(each for each in earlier if each.delivered_at <= instant)
        if origin in before:
            found.append(Vantage(origin, instant, before, is_hindsight=False))
        elif origin in by_then:
            found.append(Vantage(origin, instant, by_then, is_hindsight=True))
    return found


def first_published(labels: Iterable[DeliveryLabel]) -> dict[UsagePeriod, DeliveryLabel]:
    """Return what AWS published first of each month; the newest version of one instant."""
    every = list(labels)
    first = {each.usage_period: each.delivered_at for each in every}
    for each in every:
        first[each.usage_period] = min(first[each.usage_period], each.delivered_at)
    return current_deliveries(
        each for each in every if each.delivered_at == first[each.usage_period]
    )


def months_between(earlier: UsagePeriod, later: UsagePeriod) -> int:
    """Return how many months the later one comes after."""
    start, end = earlier.start, later.start
    return (end.year - start.year) * _MONTHS_PER_YEAR + end.month - start.month


def months_after(period: UsagePeriod, n_months: int) -> UsagePeriod:
    """Return the month so many later; earlier where the number is negative."""
    number = period.start.year * _MONTHS_PER_YEAR + period.start.month - 1 + n_months
    return UsagePeriod.of_month(number // _MONTHS_PER_YEAR, number % _MONTHS_PER_YEAR + 1)
