"""AWS's water of a year, spread over its months and resources (docs/methodology.md, F-26)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossfoot.domain.units import BoolArray, Int64Array
from crossfoot.engine.allocation import allocate
from crossfoot.engine.placement import RowRange, spread
from crossfoot.engine.shapes import NOWHERE, AllocationLevel, UnallocatedReason


@dataclass(frozen=True, slots=True, eq=False)
class WaterCells:
    """AWS's figures of one year; sorted by cell, each cell once.

    Parameters
    ----------
    account, region, bucket : ndarray of int64, shape (cell,)
        Codes, in the same code books as the usage.
    amount_ul : ndarray of int64, shape (cell,)
        [microlitre]
    """

    account: Int64Array
    region: Int64Array
    bucket: Int64Array
    amount_ul: Int64Array


@dataclass(frozen=True, slots=True, eq=False)
class WaterUsage:
    """Usage of the same year, sorted by cell; in key order, of which the month is a part, within.

    Parameters
    ----------
    account, region, bucket : ndarray of int64, shape (row,)
        Codes of the row's own cell.
    water_nl : ndarray of int64, shape (row,)
        Our estimate of the water at the site; 0 where there is none. [nanolitre]
    on_demand_nano : ndarray of int64, shape (row,)
        Undiscounted value, not negative. [1e-9 currency]
    """

    account: Int64Array
    region: Int64Array
    bucket: Int64Array
    water_nl: Int64Array
    on_demand_nano: Int64Array


@dataclass(frozen=True, slots=True, eq=False)
class WaterSpread:
    """Where each cell's water lies; entries by cell, then row. Each cell has at least one.

    Parameters
    ----------
    cell, row : ndarray of int64, shape (entry,)
        Row is -1 for what no usage can bear.
    amount_ul : ndarray of int64, shape (entry,)
        Sums over a cell's entries to its amount exactly. [microlitre]
    level, reason : ndarray of int8, shape (cell,)
        ``AllocationLevel`` and ``UnallocatedReason`` codes.
    """

    cell: Int64Array
    row: Int64Array
    amount_ul: Int64Array
    level: NDArray[np.int8]
    reason: NDArray[np.int8]


def spread_water(cells: WaterCells, usage: WaterUsage) -> WaterSpread:
    """Spread each cell over the usage of the same account and year, by the first level that can.

    The levels are the ledger's (docs/methodology.md, F-4): the cell's own usage by estimated
    water, then by on-demand value; the Region's, then the account's, by on-demand value.

    Raises
    ------
    AllocationError
        A weight is negative.
    """
    own, region, account = _ranges(cells, usage)
    has_water, has_cost = usage.water_nl > 0, usage.on_demand_nano > 0
    level, reason = _decided(cells, usage, (own, region, account))
    reaches = {
        AllocationLevel.SERVICE_KEY: (own, has_water),
        AllocationLevel.SERVICE_COST: (own, has_cost),
        AllocationLevel.REGION_COST: (region, has_cost),
        AllocationLevel.ACCOUNT_COST: (account, has_cost),
    }
    parts = [_bearing(level == each, *reach) for each, reach in reaches.items()]
    lost = np.flatnonzero(level == AllocationLevel.UNALLOCATED)
    cell = np.concatenate([*(part[0] for part in parts), lost])
    row = np.concatenate([*(part[1] for part in parts), np.full(len(lost), NOWHERE, np.int64)])
    order = np.lexsort((row, cell))
    cell, row = cell[order], row[order]
    by_water = level[cell] == AllocationLevel.SERVICE_KEY
    weight = np.where(by_water, usage_at(usage.water_nl, row), usage_at(usage.on_demand_nano, row))
    # what no usage can bear has one entry, which takes all
    weight[row == NOWHERE] = 1
    offsets = np.searchsorted(cell, np.arange(len(cells.account) + 1))
    amount_ul = allocate(cells.amount_ul[np.newaxis], offsets, weight)[0]
    return WaterSpread(cell, row, amount_ul, level, reason)


def usage_at(values: Int64Array, row: Int64Array) -> Int64Array:
    """Return the value of each row; 0 for no row."""
    return np.append(values, 0)[row]


def _ranges(cells: WaterCells, usage: WaterUsage) -> tuple[RowRange, RowRange, RowRange]:
    """Return the rows of each cell's own usage, of its Region, and of its account."""
    keys = [_keys(each, cells, usage) for each in (cells, usage)]
    own, region, account = (
        RowRange(np.searchsorted(of_row, of_cell), np.searchsorted(of_row, of_cell, "right"))
        for of_cell, of_row in zip(*keys, strict=True)
    )
    return own, region, account


def _keys(
    table: WaterCells | WaterUsage, cells: WaterCells, usage: WaterUsage
) -> tuple[Int64Array, Int64Array, Int64Array]:
    n_regions, n_buckets = (
        max(int(column.max(initial=0)) for column in pair) + 1
        for pair in ((cells.region, usage.region), (cells.bucket, usage.bucket))
    )
    region = table.account * n_regions + table.region
    return region * n_buckets + table.bucket, region, table.account


def _decided(
    cells: WaterCells, usage: WaterUsage, ranges: tuple[RowRange, RowRange, RowRange]
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    own, region, account = ranges
    has_water, has_cost = usage.water_nl > 0, usage.on_demand_nano > 0
    is_nothing = cells.amount_ul == 0
    # a zero needs no bearer: one explicit entry says that it was reported
    level = np.select(
        [
            is_nothing,
            own.has_any(has_water),
            own.has_any(has_cost),
            region.has_any(has_cost),
            account.has_any(has_cost),
        ],
        [
            AllocationLevel.UNALLOCATED,
            AllocationLevel.SERVICE_KEY,
            AllocationLevel.SERVICE_COST,
            AllocationLevel.REGION_COST,
            AllocationLevel.ACCOUNT_COST,
        ],
        AllocationLevel.UNALLOCATED,
    )
    reason = np.select(
        [is_nothing, level != AllocationLevel.UNALLOCATED, account.high == account.low],
        [
            UnallocatedReason.NOTHING_TO_ALLOCATE,
            UnallocatedReason.NONE,
            UnallocatedReason.NO_USAGE_OF_ACCOUNT,
        ],
        UnallocatedReason.USAGE_WITHOUT_WEIGHT,
    )
    return level.astype(np.int8), reason.astype(np.int8)


def _bearing(
    is_here: BoolArray, reach: RowRange, is_counted: BoolArray
) -> tuple[Int64Array, Int64Array]:
    """Return cell and row of every pair of a cell decided here and a row with weight."""
    running = np.append(0, np.cumsum(is_counted))
    low, high = running[reach.low], running[reach.high]
    owner, position = spread(np.where(is_here, low, 0), np.where(is_here, high, 0))
    return owner, np.flatnonzero(is_counted)[position]
