"""Nowcast: usage of a silent month times the latest intensities (docs/methodology.md, F-20).

Weights are summed as floats here: a nowcast is no allocation, and its last digits claim nothing.
Figures are whole micrograms again, so that what is summed from them cross-foots.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from crossfoot.domain.errors import InvalidAmountError
from crossfoot.domain.measures import MEASURES, TOTAL_PARTS
from crossfoot.domain.nowcasts import NowcastLevel
from crossfoot.domain.units import LARGEST_AMOUNT, BoolArray, Float64Array, Int64Array

_PARTS: Final = {
    MEASURES.index(total): [MEASURES.index(part) for part in parts]
    for total, parts in TOTAL_PARTS.items()
}


@dataclass(frozen=True, slots=True, eq=False)
class CellCodes:
    """Where each cell belongs: account, account and Region, Region and bucket; shape (cell,).

    ``is_by_value`` says whether AWS allocates the bucket by value, and not by physical usage.
    """

    account: Int64Array
    account_region: Int64Array
    region_service: Int64Array
    is_by_value: BoolArray

    @classmethod
    def of(
        cls,
        account: Int64Array,
        region: Int64Array,
        service: Int64Array,
        is_by_value: BoolArray | None = None,
    ) -> "CellCodes":
        """Return the groups of cells from the codes of their three parts.

        Without ``is_by_value`` every bucket is.
        """
        by_value = np.ones(len(account), np.bool_) if is_by_value is None else is_by_value
        return cls(account, _paired(account, region), _paired(region, service), by_value)

    def __len__(self) -> int:
        return len(self.account)


@dataclass(frozen=True, slots=True, eq=False)
class CellUsage:
    """Usage of one month by cell; whole numbers, shape (cell,).

    Parameters
    ----------
    key_nano : ndarray of int64
        What AWS allocates the bucket by: the driver, or the on-demand value. [10^-9 of its unit]
    cost_nano : ndarray of int64
        On-demand value; not negative. [10^-9 of the currency]
    has_usage : ndarray of bool
        Whether there is any usage in the cell, even of no value.
    """

    key_nano: Int64Array
    cost_nano: Int64Array
    has_usage: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class CellFigures:
    """AWS's figures of one month; shape (measure, cell). [ug CO2e]."""

    amount_ug: Int64Array
    is_reported: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class LearntMonth:
    """A published month with its usage, to take intensities from."""

    figures: CellFigures
    usage: CellUsage


@dataclass(frozen=True, slots=True, eq=False)
class CellNowcast:
    """Figures of a silent month: amounts and whether there is one, by measure; level by cell."""

    amount_ug: Int64Array
    is_figure: BoolArray
    level: Int64Array


@dataclass(frozen=True, slots=True, eq=False)
class _Ratio:
    """One way to carry a figure: ``amount / learnt * present``, wherever it is possible."""

    level: NowcastLevel
    amount: Float64Array
    learnt: Float64Array
    present: Float64Array
    is_possible: BoolArray


def nowcast(codes: CellCodes, learnt: Sequence[LearntMonth], usage: CellUsage) -> CellNowcast:
    """Carry AWS's figures forward to a month whose usage alone is known.

    Parameters
    ----------
    codes : CellCodes
        Groups of the cells.
    learnt : sequence of LearntMonth
        Published months of one model version, at least one, oldest first.
    usage : CellUsage
        Usage of the silent month.

    Returns
    -------
    CellNowcast
        No figure where the cell has neither usage nor history, nor where its usage was there in
        the months learnt from and AWS reported nothing of it.

    Raises
    ------
    InvalidAmountError
        A figure grows beyond what the columns hold.
    """
    shape = (len(MEASURES), len(codes))
    amount = np.zeros(shape)
    level = np.zeros(len(codes), np.int64)
    is_figure = np.zeros(shape, np.bool_)
    sums = _Sums.of(codes, learnt)
    for ratio in (*_own(codes, sums, usage), *_of_others(codes, sums, usage)):
        chosen = (level == NowcastLevel.NONE) & ratio.is_possible
        known = chosen & (ratio.learnt > 0)
        carried = _divided(ratio.amount, ratio.learnt) * ratio.present
        amount = np.where(known, carried, amount)
        is_figure |= known
        level[chosen] = ratio.level
    return CellNowcast(_cross_footed(amount, is_figure), is_figure, level)


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """What each cell is carried forward from: the newest month in which AWS reported it.

    Amount and weights have the shape (measure, cell). What stands in for usage of its own counts
    in the last month only: what AWS has stopped reporting since is not repeated.
    """

    amount: Float64Array
    key: Float64Array
    cost: Float64Array
    region_cost: Float64Array
    account_cost: Float64Array
    repeated: Float64Array
    was_used: BoolArray

    @classmethod
    def of(cls, codes: CellCodes, learnt: Sequence[LearntMonth]) -> "_Sums":
        newest = _newest_only([month.figures.is_reported for month in learnt])

        def summed(weights: list[Float64Array]) -> Float64Array:
            pairs = zip(newest, weights, strict=True)
            return np.asarray(sum(np.where(is_known, each, 0.0) for is_known, each in pairs))

        def of_last(weight: Float64Array) -> Float64Array:
            return np.where(newest[-1], weight, 0.0)

        costs = [month.usage.cost_nano.astype(np.float64) for month in learnt]
        return cls(
            amount=summed([month.figures.amount_ug.astype(np.float64) for month in learnt]),
            key=summed([month.usage.key_nano.astype(np.float64) for month in learnt]),
            cost=summed(costs),
            region_cost=of_last(_of_group(codes.account_region, costs[-1])),
            account_cost=of_last(_of_group(codes.account, costs[-1])),
            repeated=of_last(np.ones(len(codes))),
            was_used=np.any([month.usage.has_usage for month in learnt], axis=0),
        )


def _newest_only(reported: Sequence[BoolArray]) -> list[BoolArray]:
    """Return, by month, what is reported of cells whose newest row is in that month."""
    newest: list[BoolArray] = []
    later = np.zeros(reported[-1].shape[1], np.bool_)
    for is_reported in reversed(reported):
        newest.insert(0, is_reported & ~later)
        later |= is_reported.any(axis=0)
    return newest


def _own(codes: CellCodes, sums: _Sums, usage: CellUsage) -> list[_Ratio]:
    """Return the ways of cells that AWS reported in the months learnt from.

    What AWS allocates by physical usage does not follow the account's value: without usage of
    its own it is repeated, as long as the account spends at all.
    """
    key, cost = usage.key_nano.astype(np.float64), usage.cost_nano.astype(np.float64)
    # where the driver has gone and the value has not, the value carries
    own_key = np.where((key <= 0) & (cost > 0), 0.0, sums.key)
    account_cost = _of_group(codes.account, cost)
    is_physical = ~codes.is_by_value & (sums.account_cost > 0)
    weights = (
        (NowcastLevel.SERVICE_KEY, own_key, key),
        (NowcastLevel.SERVICE_COST, sums.cost, cost),
        (NowcastLevel.REPEATED, np.where(is_physical, 1.0, 0.0), np.sign(account_cost)),
        (NowcastLevel.REGION_COST, sums.region_cost, _of_group(codes.account_region, cost)),
        (NowcastLevel.ACCOUNT_COST, sums.account_cost, account_cost),
        (NowcastLevel.REPEATED, sums.repeated, np.ones(len(codes))),
    )
    return [
        _Ratio(level, sums.amount, learnt, present, (learnt > 0).any(axis=0))
        for level, learnt, present in weights
    ]


def _of_others(codes: CellCodes, sums: _Sums, usage: CellUsage) -> list[_Ratio]:
    """Return the ways of cells that are new: intensities of what they belong to."""
    is_new = usage.has_usage & ~sums.was_used
    everyone = np.zeros(len(codes), np.int64)
    key, cost = usage.key_nano.astype(np.float64), usage.cost_nano.astype(np.float64)
    ways = (
        (NowcastLevel.REGION_SERVICE, codes.region_service, sums.key, key),
        (NowcastLevel.REGION_SERVICE, codes.region_service, sums.cost, cost),
        (NowcastLevel.ACCOUNT, codes.account, sums.cost, cost),
        (NowcastLevel.ORGANISATION, everyone, sums.cost, cost),
    )
    ratios = []
    for level, group, weight, present in ways:
        learnt = _of_group(group, weight)
        amount = _of_group(group, np.where(weight > 0, sums.amount, 0.0))
        is_possible = is_new & (learnt > 0).any(axis=0) & (present > 0)
        ratios.append(_Ratio(level, amount, learnt, present, is_possible))
    return ratios


def with_summed_totals(amount_ug: Int64Array, is_figure: BoolArray) -> Int64Array:
    """Return amounts whose totals are the sums of their scopes, where these are known (F-7).

    Parameters
    ----------
    amount_ug, is_figure : ndarray, shape (measure, cell)
        In the order of ``MEASURES``. [ug CO2e]
    """
    whole = amount_ug.copy()
    for total, parts in _PARTS.items():
        has_parts = is_figure[parts].all(axis=0)
        whole[total] = np.where(has_parts, whole[parts].sum(axis=0), whole[total])
    return whole


def _cross_footed(amount: Float64Array, is_figure: BoolArray) -> Int64Array:
    if np.abs(amount).max(initial=0.0) > LARGEST_AMOUNT:
        raise InvalidAmountError(
            "a nowcast grows beyond what the columns hold.",
            mend="Look for usage beyond all measure in the export, and export it again.",
        )
    return with_summed_totals(np.rint(amount).astype(np.int64), is_figure)


def _of_group(group: Int64Array, weight: Float64Array) -> Float64Array:
    """Return each cell's group sum; shape of ``weight``, whose last axis is the cell."""
    if weight.ndim == 1:
        return np.bincount(group, weights=weight).astype(np.float64)[group]
    return np.stack([_of_group(group, row) for row in weight])


def _divided(amount: Float64Array, by: Float64Array) -> Float64Array:
    quotient = np.zeros(amount.shape)
    np.divide(amount, by, out=quotient, where=by > 0)
    return quotient


def _paired(first: Int64Array, second: Int64Array) -> Int64Array:
    both = first * (int(second.max(initial=0)) + 1) + second
    return np.asarray(np.unique(both, return_inverse=True)[1], dtype=np.int64)
