"""Whose weight: which usage rows bear which of AWS's cells, by the first level that can."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crossfoot.domain.units import BoolArray, Int64Array
from crossfoot.engine.shapes import (
    NOWHERE,
    AllocationLevel,
    Consumers,
    Sources,
    UnallocatedReason,
)

_LARGEST_KEY: Final = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class RowRange:
    """Contiguous usage rows per source: ``low:high``, empty where there are none."""

    low: Int64Array
    high: Int64Array

    def has_any(self, is_counted: BoolArray) -> BoolArray:
        """Return, per source, whether any row of its range is counted; shape (source,)."""
        running = _running_count(is_counted)
        has: BoolArray = running[self.high] > running[self.low]
        return has


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Entries before any amount: sorted by source, then row, those without a source first.

    Parameters
    ----------
    own_cell : RowRange
        Rows of each source's own cell, shape (source,).
    level, reason : ndarray of int8, shape (source,)
        Decided per source.
    offsets : ndarray of int64, shape (source + 1,)
        Entries of source ``s`` are ``offsets[s]:offsets[s + 1]``; those before ``offsets[0]``
        have no source.
    source, row : ndarray of int64, shape (entry,)
        -1 for none.
    is_home : ndarray of bool, shape (entry,)
    home_entry : ndarray of int64, shape (row,)
        The entry in which each usage row is at home.
    """

    own_cell: RowRange
    level: NDArray[np.int8]
    reason: NDArray[np.int8]
    offsets: Int64Array
    source: Int64Array
    row: Int64Array
    is_home: BoolArray
    home_entry: Int64Array


def place(
    sources: Sources, consumers: Consumers, *, operational: Int64Array, cost: Int64Array
) -> Placement:
    """Place every source on usage rows, and every usage row in its own cell.

    Parameters
    ----------
    sources, consumers
        Cells of AWS and usage of the same month.
    operational, cost : ndarray of int64, shape (row,)
        The published method's key and the on-demand value; not negative, 0 for split rows.

    Returns
    -------
    Placement
        Every usage row at home once; every source at least once.

    Raises
    ------
    ValueError
        If the codes are too large to be packed into one number.
    """
    own_cell, own_region, own_account = _ranges(sources, consumers)
    has_cost = cost > 0
    level, reason = _decide(
        sources,
        (own_cell.has_any(operational > 0), own_cell.has_any(has_cost)),
        (own_region.has_any(has_cost), own_account.has_any(has_cost)),
        has_usage=own_account.high > own_account.low,
    )
    wider = (
        _rows_with_cost(own_region, level == AllocationLevel.REGION_COST, has_cost),
        _rows_with_cost(own_account, level == AllocationLevel.ACCOUNT_COST, has_cost),
    )
    source, row, rank = _entries(own_cell, wider, level, consumers.n_rows)
    is_home = np.zeros(len(source), dtype=np.bool_)
    is_home[rank] = True
    return Placement(
        own_cell=own_cell,
        level=level,
        reason=reason,
        offsets=np.searchsorted(source, np.arange(sources.n_sources + 1)),
        source=source,
        row=row,
        is_home=is_home,
        home_entry=rank,
    )


def _entries(
    own_cell: RowRange,
    wider: tuple[tuple[Int64Array, Int64Array], ...],
    level: NDArray[np.int8],
    n_rows: int,
) -> tuple[Int64Array, Int64Array, Int64Array]:
    """Return source and row of all entries in order, and where each usage row is at home."""
    home_source = np.full(n_rows, NOWHERE, dtype=np.int64)
    owner, row = spread(own_cell.low, own_cell.high)
    home_source[row] = owner
    lost = np.flatnonzero(level == AllocationLevel.UNALLOCATED)
    parts = ((home_source, np.arange(n_rows)), *wider, (lost, np.full(len(lost), NOWHERE)))
    sources, rows = (np.concatenate([part[at] for part in parts]) for at in (0, 1))
    order = np.lexsort((rows, sources))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return sources[order], rows[order], rank[:n_rows]


def _ranges(sources: Sources, consumers: Consumers) -> tuple[RowRange, RowRange, RowRange]:
    """Return the rows of each source's cell, of its Region, and of its account."""
    n_regions, n_buckets = (
        max(int(column.max(initial=0)) for column in pair) + 1
        for pair in ((sources.region, consumers.region), (sources.bucket, consumers.bucket))
    )
    largest_account = max(int(table.account.max(initial=0)) for table in (sources, consumers))
    if (largest_account + 1) * n_regions * n_buckets > _LARGEST_KEY:
        raise ValueError("codes are too large; number accounts, Regions and buckets from 0")

    def keys(table: Sources | Consumers) -> tuple[Int64Array, Int64Array, Int64Array]:
        region = table.account * n_regions + table.region
        return region * n_buckets + table.bucket, region, table.account

    cell, region, account = (
        RowRange(np.searchsorted(of_row, of_source), np.searchsorted(of_row, of_source, "right"))
        for of_source, of_row in zip(keys(sources), keys(consumers), strict=True)
    )
    return cell, region, account


def _decide(
    sources: Sources,
    in_own_cell: tuple[BoolArray, BoolArray],
    elsewhere: tuple[BoolArray, BoolArray],
    *,
    has_usage: BoolArray,
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return level and reason per source, from which levels have a positive weight."""
    is_nothing = ~sources.amount_ug.any(axis=0)
    # a zero needs no bearer outside its own cell: one explicit entry says that it was reported
    levels = np.select(
        [*in_own_cell, is_nothing, *elsewhere],
        [
            AllocationLevel.SERVICE_KEY,
            AllocationLevel.SERVICE_COST,
            AllocationLevel.UNALLOCATED,
            AllocationLevel.REGION_COST,
            AllocationLevel.ACCOUNT_COST,
        ],
        AllocationLevel.UNALLOCATED,
    )
    reasons = np.select(
        [levels != AllocationLevel.UNALLOCATED, is_nothing, ~has_usage],
        [
            UnallocatedReason.NONE,
            UnallocatedReason.NOTHING_TO_ALLOCATE,
            UnallocatedReason.NO_USAGE_OF_ACCOUNT,
        ],
        UnallocatedReason.USAGE_WITHOUT_WEIGHT,
    )
    return levels.astype(np.int8), reasons.astype(np.int8)


def _rows_with_cost(
    reach: RowRange, is_placed: BoolArray, has_cost: BoolArray
) -> tuple[Int64Array, Int64Array]:
    """Return source and row of every pair of a source placed here and a row with cost."""
    running = _running_count(has_cost)
    low, high = running[reach.low], running[reach.high]
    owner, position = spread(np.where(is_placed, low, 0), np.where(is_placed, high, 0))
    return owner, np.flatnonzero(has_cost)[position]


def _running_count(is_counted: BoolArray) -> Int64Array:
    running = np.zeros(len(is_counted) + 1, dtype=np.int64)
    np.cumsum(is_counted, out=running[1:])
    return running


def spread(low: Int64Array, high: Int64Array) -> tuple[Int64Array, Int64Array]:
    """Return, for ranges ``low:high``, each owner and each position, in order."""
    count = high - low
    owner = np.repeat(np.arange(len(low)), count)
    skipped = low - (np.cumsum(count) - count)
    return owner, np.arange(len(owner)) + np.repeat(skipped, count)
