"""Pods and tasks: an instance's grams shared over what ran on it, the unused part left visible."""

from dataclasses import dataclass

import numpy as np

from crossfoot.domain.errors import AllocationError
from crossfoot.domain.units import BoolArray, Int64Array
from crossfoot.engine.allocation import allocate
from crossfoot.engine.placement import Placement, spread
from crossfoot.engine.shapes import NOWHERE, Consumers

_LARGEST_SUM = 2.0**62


@dataclass(frozen=True, slots=True, eq=False)
class Splitting:
    """The final entries, and how a parent's entries flow into those of its pods.

    Parameters
    ----------
    source, row : ndarray of int64, shape (entry,)
    is_home, is_unused_part : ndarray of bool, shape (entry,)
        As in the ledger; sorted by source, then row.
    position : ndarray of int64, shape (placed entry,)
        Where each entry of the placement stands among the final ones.
    parent : ndarray of int64, shape (parent entry,)
        Placed entries that are shared.
    part_offsets : ndarray of int64, shape (parent entry + 1,)
        Parts of each: its pods by row, then what they left unused.
    part_weight, part_target : ndarray of int64, shape (part,)
        Weight of the part, and the final entry that receives it.
    """

    source: Int64Array
    row: Int64Array
    is_home: BoolArray
    is_unused_part: BoolArray
    position: Int64Array
    parent: Int64Array
    part_offsets: Int64Array
    part_weight: Int64Array
    part_target: Int64Array

    def share(self, amount: Int64Array) -> Int64Array:
        """Return the amounts of the final entries; each row of the array keeps its sum.

        Parameters
        ----------
        amount : ndarray of int64, shape (measure, placed entry)
            [ug CO2e, or 1e-9 currency]

        Returns
        -------
        ndarray of int64, shape (measure, entry)
        """
        if not len(self.parent):
            return amount
        parts = allocate(amount[:, self.parent], self.part_offsets, self.part_weight)
        shared = np.zeros((len(amount), len(self.source)), dtype=np.int64)
        shared[:, self.position] = amount
        shared[:, self.position[self.parent]] = 0
        # a pod may have money of its own; no target appears twice
        shared[:, self.part_target] += parts
        return shared


def plan_splitting(
    placement: Placement, consumers: Consumers, *, used: Int64Array, unused: Int64Array
) -> Splitting:
    """Plan how the entries of parents, of any level, are shared over their split rows.

    A parent whose split rows have no weight at all keeps everything.

    Parameters
    ----------
    used, unused : ndarray of int64, shape (row,)
        Split weights, not negative. [any]

    Raises
    ------
    AllocationError
        If the unused parts of one parent are too large to be summed.
    """
    pods, low, high = _pods_of(consumers.parent, (used > 0) | (unused > 0))
    is_shared = np.append(high > low, False)[placement.row]
    parent = np.flatnonzero(is_shared)
    parent_row = placement.row[parent]
    # one part more than pods: the last is the parent itself
    owner, at = spread(low[parent_row], high[parent_row] + 1)
    is_pod = at < high[parent_row][owner]
    part_row = np.where(is_pod, np.append(pods, NOWHERE)[at], parent_row[owner])
    left_unused = _sums(unused[pods], low, high)
    target, is_new = _targets(placement, parent[owner], part_row)
    new_source, new_row = placement.source[parent[owner]][is_new], part_row[is_new]
    source, row = np.append(placement.source, new_source), np.append(placement.row, new_row)
    order = np.lexsort((row, source))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    n_new = len(new_source)
    return Splitting(
        source=source[order],
        row=row[order],
        is_home=np.append(placement.is_home, np.zeros(n_new, dtype=np.bool_))[order],
        is_unused_part=np.append(is_shared, np.zeros(n_new, dtype=np.bool_))[order],
        position=rank[: len(is_shared)],
        parent=parent,
        part_offsets=np.append(0, np.cumsum(high[parent_row] - low[parent_row] + 1)),
        part_weight=np.where(is_pod, used[part_row], left_unused[part_row]),
        part_target=rank[target],
    )


def _pods_of(
    parent: Int64Array, has_weight: BoolArray
) -> tuple[Int64Array, Int64Array, Int64Array]:
    """Return split rows by parent, and for every usage row its range among them.

    The range is empty where none of a parent's split rows has weight.
    """
    pods = np.flatnonzero(parent != NOWHERE)
    pods = pods[np.argsort(parent[pods], kind="stable")]
    rows = np.arange(len(parent))
    low = np.searchsorted(parent[pods], rows, side="left")
    high = np.searchsorted(parent[pods], rows, side="right")
    weighty = np.append(0, np.cumsum(has_weight[pods]))
    return pods, low, np.where(weighty[high] > weighty[low], high, low)


def _sums(values: Int64Array, low: Int64Array, high: Int64Array) -> Int64Array:
    """Return the sum of each range, refusing what int64 cannot hold."""
    approximate = np.append(0.0, np.cumsum(values.astype(np.float64)))
    if np.any(approximate[high] - approximate[low] > _LARGEST_SUM):
        raise AllocationError(
            "The unused parts of one parent are too large to be summed.",
            mend="Express split weights in a coarser unit.",
        )
    # the running sum may wrap, its differences do not
    running = np.append(0, np.cumsum(values))
    sums: Int64Array = running[high] - running[low]
    return sums


def _targets(
    placement: Placement, from_entry: Int64Array, part_row: Int64Array
) -> tuple[Int64Array, BoolArray]:
    """Return which entry receives each part, and which parts need an entry of their own.

    A part goes home where its row is at home in the same source; a parent's remainder stays.
    """
    stays = placement.row[from_entry] == part_row
    home = placement.home_entry[part_row]
    is_new = ~stays & (placement.source[home] != placement.source[from_entry])
    target = np.where(stays, from_entry, home)
    target[is_new] = len(placement.source) + np.arange(np.count_nonzero(is_new))
    return target, is_new
