"""What the ledger is made of: AWS's cells, the usage that may bear them, and the entries.

Codes are dense, non-negative numbers that the caller gave to accounts, Regions and buckets; the
engine never sees a name. All tables are checked once, when made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from crossfoot.domain.measures import MEASURES
from crossfoot.domain.units import BoolArray, Int64Array

NOWHERE = -1
"""Index of no source, or of no usage row."""

COST_METHOD = "cost"
"""The method that every month can be computed under: on-demand value throughout."""


class AllocationLevel(IntEnum):
    """First level that had a positive weight; ``NONE`` where AWS reported no cell for the usage."""

    NONE = 0
    SERVICE_KEY = 1
    SERVICE_COST = 2
    REGION_COST = 3
    ACCOUNT_COST = 4
    UNALLOCATED = 5

    @property
    def text(self) -> str:
        """The published spelling, such as ``service-key``."""
        return self.name.lower().replace("_", "-")


class UnallocatedReason(IntEnum):
    """Why a source could not be placed on any usage row."""

    NONE = 0
    NO_USAGE_OF_ACCOUNT = 1
    USAGE_WITHOUT_WEIGHT = 2
    NOTHING_TO_ALLOCATE = 3

    @property
    def text(self) -> str:
        """The published spelling, such as ``no-usage-of-account``."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True, eq=False)
class MethodKey:
    """Weights of one allocation method; negative ones are clipped at 0 and counted.

    Parameters
    ----------
    operational : ndarray of int64, shape (row,)
        Key of scopes 1 and 2, and of totals without scopes; one unit per bucket. [any]
    embodied : ndarray of int64, shape (row,)
        Key of scope 3. [any]
    """

    operational: Int64Array
    embodied: Int64Array


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """AWS's figures of one month, summed per cell; sorted by cell, each cell once.

    Parameters
    ----------
    account, region, bucket : ndarray of int64, shape (source,)
        Codes of the cell.
    amount_ug : ndarray of int64, shape (measure, source)
        In the order of ``MEASURES``; 0 where not reported. [ug CO2e]
    is_reported : ndarray of bool, shape (measure, source)
        False where AWS gave no figure.
    """

    account: Int64Array
    region: Int64Array
    bucket: Int64Array
    amount_ug: Int64Array
    is_reported: BoolArray

    def __post_init__(self) -> None:
        _check_codes(self, is_unique=True)
        for name in ("amount_ug", "is_reported"):
            _check_shape(name, getattr(self, name), (len(MEASURES), self.n_sources))
        if np.any(self.amount_ug[~self.is_reported]):
            raise ValueError("amount_ug is not 0 where is_reported is False")

    @property
    def n_sources(self) -> int:
        """Number of cells that AWS reported."""
        return len(self.account)


@dataclass(frozen=True, slots=True, eq=False)
class Consumers:
    """Usage of whole accounts in one month, sorted by cell, in key order within a cell.

    Parameters
    ----------
    account, region, bucket : ndarray of int64, shape (row,)
        Codes of the row's own cell, in the same code books as the sources.
    on_demand_nano : ndarray of int64, shape (row,)
        Undiscounted value; the weight of levels 2 to 4, clipped at 0. [1e-9 currency]
    keys : mapping of str to MethodKey
        Weights by the name of the method.
    parent : ndarray of int64, shape (row,)
        Row of the instance that carries a pod or task, -1 for all others and for orphans.
    is_split : ndarray of bool, shape (row,)
        True for pods and tasks: they share their parent's grams and weigh nothing themselves.
    split_used, split_unused : ndarray of int64, shape (row,)
        What the pod used, and its share of the parent's unused part; 0 elsewhere. [any]
    money_nano : mapping of str to ndarray of int64, shape (row,)
        Costs that a parent shares with its pods by the same law. [1e-9 currency]
    """

    account: Int64Array
    region: Int64Array
    bucket: Int64Array
    on_demand_nano: Int64Array
    keys: Mapping[str, MethodKey]
    parent: Int64Array
    is_split: BoolArray
    split_used: Int64Array
    split_unused: Int64Array
    money_nano: Mapping[str, Int64Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_codes(self, is_unique=False)
        shape = (self.n_rows,)
        for name in ("on_demand_nano", "parent", "is_split", "split_used", "split_unused"):
            _check_shape(name, getattr(self, name), shape)
        for name, key in self.keys.items():
            _check_shape(f"operational of {name}", key.operational, shape)
            _check_shape(f"embodied of {name}", key.embodied, shape)
        for name, money in self.money_nano.items():
            _check_shape(name, money, shape)
        self._check_parents()

    def _check_parents(self) -> None:
        is_carried = self.parent != NOWHERE
        parent = self.parent[is_carried]
        if np.any((parent < 0) | (parent >= self.n_rows)):
            raise ValueError("parent points outside the table")
        if np.any(is_carried & ~self.is_split):
            raise ValueError("a row with a parent is not marked as split")
        if np.any(self.is_split[parent]):
            raise ValueError("a parent is itself a split row")
        if np.any(self.account[parent] != self.account[is_carried]):
            raise ValueError("a parent is in another account than its split row")

    @property
    def n_rows(self) -> int:
        """Number of usage rows."""
        return len(self.account)


@dataclass(frozen=True, slots=True)
class LedgerCounts:
    """What was met on the way: counted, never hidden.

    ``sources_without_embodied`` counts sources placed by their key whose scope 3 had no embodied
    weight, and went by on-demand value, or by the operational key where there was none either.
    """

    rows_without_reported_cell: int
    orphans: int
    clipped_costs: int
    clipped_keys: int
    clipped_splits: int
    sources_without_embodied: int


@dataclass(frozen=True, slots=True, eq=False)
class Ledger:
    """The entries of one month, sorted by source, then row; sources that are none come first.

    Parameters
    ----------
    source : ndarray of int64, shape (entry,)
        Index of AWS's cell; -1 for usage in a cell that AWS did not report.
    row : ndarray of int64, shape (entry,)
        Index of the usage row; -1 for what stays unallocated.
    level, reason : ndarray of int8, shape (entry,)
        ``AllocationLevel`` and ``UnallocatedReason`` codes.
    is_home : ndarray of bool, shape (entry,)
        True once per usage row: the entry in the row's own cell.
    is_unused_part : ndarray of bool, shape (entry,)
        True for a parent that shared its grams: what its pods left unused.
    amount_ug, low_ug, high_ug : ndarray of int64, shape (measure, entry)
        By the published method, and least and most over all methods; 0 where not reported.
        [ug CO2e]
    is_reported : ndarray of bool, shape (measure, entry)
        False where there is no figure: missing, not zero.
    money_nano : mapping of str to ndarray of int64, shape (entry,)
        Costs, each row's once, shared by parents with their pods. [1e-9 currency]
    counts : LedgerCounts
    """

    source: Int64Array
    row: Int64Array
    level: NDArray[np.int8]
    reason: NDArray[np.int8]
    is_home: BoolArray
    is_unused_part: BoolArray
    amount_ug: Int64Array
    low_ug: Int64Array
    high_ug: Int64Array
    is_reported: BoolArray
    money_nano: Mapping[str, Int64Array]
    counts: LedgerCounts

    @property
    def n_entries(self) -> int:
        """Number of entries."""
        return len(self.source)


def _check_shape(name: str, array: NDArray[np.generic], shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}, not {shape}")
    if array.dtype not in (np.int64, np.bool_):
        raise TypeError(f"{name} is {array.dtype}, not int64")


def _check_codes(table: Sources | Consumers, *, is_unique: bool) -> None:
    """Check that the cell codes are sorted, and unique where asked."""
    columns = (table.account, table.region, table.bucket)
    for name, column in zip(("account", "region", "bucket"), columns, strict=True):
        _check_shape(name, column, table.account.shape)
        if column.size and column.min() < 0:
            raise ValueError(f"{name} has a negative code")
    is_equal = np.ones(max(len(table.account) - 1, 0), dtype=np.bool_)
    for column in columns:
        if np.any(is_equal & (column[1:] < column[:-1])):
            raise ValueError("cells are not sorted by account, region and bucket")
        is_equal &= column[1:] == column[:-1]
    if is_unique and is_equal.any():
        raise ValueError("a cell appears twice")
