"""One month's ledger: every gram of AWS's cells on the usage that bears it, under every method."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from crossfoot.domain.errors import ConfigurationError
from crossfoot.domain.measures import MEASURES, Measure
from crossfoot.domain.units import BoolArray, Int64Array
from crossfoot.engine.allocation import allocate
from crossfoot.engine.placement import Placement, place
from crossfoot.engine.shapes import (
    COST_METHOD,
    NOWHERE,
    AllocationLevel,
    Consumers,
    Ledger,
    LedgerCounts,
    MethodKey,
    Sources,
)
from crossfoot.engine.splitting import Splitting, plan_splitting
from crossfoot.engine.totals import TOTAL_INDICES, expected_ug, has_all_scopes, sums_of_scopes

_EMBODIED: Final = [MEASURES.index(m) for m in (Measure.SCOPE_3_LBM, Measure.SCOPE_3_MBM)]
_OPERATIONAL: Final = [index for index in range(len(MEASURES)) if index not in _EMBODIED]


def allocate_month(sources: Sources, consumers: Consumers, *, method: str) -> Ledger:
    """Place AWS's figures of one month on usage, and prove nothing: that is reconciliation's part.

    Scopes 1 and 2 go by the operational key, scope 3 by the embodied key; totals are the sums of
    the allocated scopes, or allocated themselves by the operational key where AWS gave no scopes.
    A source at level 1 without embodied weight splits scope 3 by on-demand value, else by the
    operational key. Then parents share with their pods.

    The range is over all methods of ``consumers.keys`` and ``cost``. A method without weight in
    the source's own cell goes by on-demand value, else by the published key. Sources of levels 3
    and 4 go by on-demand value under every method: keys of different buckets have different units.

    Parameters
    ----------
    sources, consumers
        The same month, the same code books; consumers hold whole accounts.
    method : str
        The published method: a name in ``consumers.keys``, or ``cost``.

    Raises
    ------
    ConfigurationError
        If there is no such method.
    AllocationError
        If split weights are too large to be summed.
    """
    clipped = _Clipped.of(consumers)
    if method not in clipped.keys:
        raise ConfigurationError(
            f"there is no allocation method {method!r}.",
            mend=f"Choose one of {', '.join(sorted(clipped.keys))}.",
        )
    published = clipped.keys[method]
    placement = place(sources, consumers, operational=published.operational, cost=clipped.cost)
    splitting = plan_splitting(
        placement, consumers, used=clipped.split_used, unused=clipped.split_unused
    )
    month = _Month(sources, placement, splitting, clipped.cost, published.operational)
    amount = month.amounts(published, from_level=AllocationLevel.SERVICE_COST)
    others = [key for name, key in sorted(clipped.keys.items()) if name != method]
    low, high = month.range_around(amount, others)
    return Ledger(
        source=splitting.source,
        row=splitting.row,
        level=_by_entry(placement.level, splitting.source, AllocationLevel.NONE),
        reason=_by_entry(placement.reason, splitting.source, 0),
        is_home=splitting.is_home,
        is_unused_part=splitting.is_unused_part,
        amount_ug=amount,
        low_ug=low,
        high_ug=high,
        is_reported=_by_entry(expected_ug(sources)[1], splitting.source, fill=False),
        money_nano=_share_money(consumers, placement, splitting),
        counts=clipped.counts(consumers, placement, published),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Clipped:
    """Weights made usable: negative ones 0, and 0 for split rows, which never weigh themselves."""

    cost: Int64Array
    keys: dict[str, MethodKey]
    split_used: Int64Array
    split_unused: Int64Array

    @classmethod
    def of(cls, consumers: Consumers) -> "_Clipped":
        def weighing(values: Int64Array) -> Int64Array:
            return np.where(consumers.is_split, 0, np.maximum(values, 0))

        cost = weighing(consumers.on_demand_nano)
        keys = {
            name: MethodKey(weighing(key.operational), weighing(key.embodied))
            for name, key in consumers.keys.items()
        }
        keys.setdefault(COST_METHOD, MethodKey(cost, cost))
        split_used, split_unused = (
            np.where(consumers.is_split, np.maximum(values, 0), 0)
            for values in (consumers.split_used, consumers.split_unused)
        )
        return cls(cost, keys, split_used, split_unused)

    def counts(
        self, consumers: Consumers, placement: Placement, published: MethodKey
    ) -> LedgerCounts:
        """Return what was met on the way."""
        weighs = ~consumers.is_split

        def negatives(*columns: Int64Array, among: BoolArray) -> int:
            return sum(int(np.count_nonzero((column < 0) & among)) for column in columns)

        is_by_key = placement.level == AllocationLevel.SERVICE_KEY
        has_embodied = placement.own_cell.has_any(published.embodied > 0)
        at_home = placement.source[placement.home_entry]
        keys = [part for key in consumers.keys.values() for part in (key.operational, key.embodied)]
        return LedgerCounts(
            rows_without_reported_cell=int(np.count_nonzero(at_home == NOWHERE)),
            orphans=int(np.count_nonzero(consumers.is_split & (consumers.parent == NOWHERE))),
            clipped_costs=negatives(consumers.on_demand_nano, among=weighs),
            clipped_keys=negatives(*keys, among=weighs),
            clipped_splits=negatives(
                consumers.split_used, consumers.split_unused, among=consumers.is_split
            ),
            sources_without_embodied=int(np.count_nonzero(is_by_key & ~has_embodied)),
        )


class _Month:
    """What all methods share: entries, cost, the published key and the amounts to place."""

    def __init__(
        self,
        sources: Sources,
        placement: Placement,
        splitting: Splitting,
        cost: Int64Array,
        published: Int64Array,
    ) -> None:
        self.placement = placement
        self.splitting = splitting
        self.fallbacks = (cost, published)
        self.is_sum = has_all_scopes(sources.is_reported)
        # totals that are sums of scopes are not placed themselves
        self.placed_ug = sources.amount_ug.copy()
        self.placed_ug[list(TOTAL_INDICES)] *= ~self.is_sum
        self.first = int(placement.offsets[0])
        self.source = placement.source[self.first :]
        self.row = placement.row[self.first :]

    def range_around(
        self, amount: Int64Array, others: list[MethodKey]
    ) -> tuple[Int64Array, Int64Array]:
        """Return the least and the most of an amount and of other methods. [ug CO2e]."""
        low, high = amount.copy(), amount.copy()
        for key in others:
            other = self.amounts(key, from_level=AllocationLevel.REGION_COST)
            np.minimum(low, other, out=low)
            np.maximum(high, other, out=high)
        return low, high

    def amounts(self, key: MethodKey, *, from_level: AllocationLevel) -> Int64Array:
        """Return the amounts of all entries under one method; shape (measure, entry). [ug CO2e].

        Sources from that level on go by cost.
        """
        goes_by_cost = self.placement.level >= from_level
        placed = np.zeros((len(MEASURES), len(self.placement.source)), dtype=np.int64)
        self._place(placed, _OPERATIONAL, self._weights(key.operational, goes_by_cost))
        self._place(placed, _EMBODIED, self._weights(key.embodied, goes_by_cost))
        shared = self.splitting.share(placed)
        is_sum = _by_entry(self.is_sum, self.splitting.source, fill=False)
        shared[list(TOTAL_INDICES)] += sums_of_scopes(shared) * is_sum
        return shared

    def _place(self, placed: Int64Array, measures: list[int], weight: Int64Array) -> None:
        """Fill the rows of those measures that have anything to place."""
        needed = [index for index in measures if self.placed_ug[index].any()]
        offsets = self.placement.offsets - self.first
        placed[needed, self.first :] = allocate(self.placed_ug[needed], offsets, weight)

    def _weights(self, key: Int64Array, goes_by_cost: BoolArray) -> Int64Array:
        """Return the weight of each entry of a source, by the first key with weight in its cell."""
        cost, published = self.fallbacks
        own_cell = self.placement.own_cell
        chosen = np.select(
            [goes_by_cost, own_cell.has_any(key > 0), own_cell.has_any(cost > 0)], [1, 0, 1], 2
        )[self.source]
        # the index of no row, -1, finds the appended 0
        weight = np.append(cost, 0)[self.row]
        for index, values in ((0, key), (2, published)):
            is_chosen = chosen == index
            weight[is_chosen] = np.append(values, 0)[self.row[is_chosen]]
        weight[self.row == NOWHERE] = 1
        return weight


def _by_entry[T: np.generic](
    values: np.ndarray[tuple[int, ...], np.dtype[T]], source: Int64Array, fill: int
) -> np.ndarray[tuple[int, ...], np.dtype[T]]:
    """Return each entry's value of its source, and ``fill`` for entries without a source."""
    outside = np.full((*values.shape[:-1], 1), fill, dtype=values.dtype)
    return np.concatenate([values, outside], axis=-1)[..., source]


def _share_money(
    consumers: Consumers, placement: Placement, splitting: Splitting
) -> dict[str, Int64Array]:
    """Return every cost by entry: at home, and from there shared by parents with their pods."""
    at_home = np.zeros((len(consumers.money_nano), len(placement.source)), dtype=np.int64)
    for column, money in zip(at_home, consumers.money_nano.values(), strict=True):
        column[placement.home_entry] = money
    return dict(zip(consumers.money_nano, splitting.share(at_home), strict=True))
