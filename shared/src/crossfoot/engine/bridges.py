"""The restatement bridge: the way between two states of a month, cut at every state between.

Each step from one state to the next has one cause. A cell's change by a cause is the sum of its
steps of that cause, so the causes sum to the whole change, as whole numbers: every state between
is added once and taken away once.
"""

from collections.abc import Sequence

import numpy as np

from crossfoot.domain.cells import ReportedCells, texts
from crossfoot.domain.history import Bridge, Cause
from crossfoot.domain.units import BoolArray, Int64Array

type CellKey = tuple[str, str, str | None]


def bridge(
    measures: Sequence[str], states: Sequence[ReportedCells], causes: Sequence[Cause]
) -> Bridge:
    """Return the change of every cell and measure by cause.

    Parameters
    ----------
    measures : sequence of str
        Names of axis 0 of the states' amounts.
    states : sequence of ReportedCells
        One or more, oldest first; a cell that a state does not know counts as nothing in it.
    causes : sequence of Cause
        Why each state but the first is not as the one before it.

    Returns
    -------
    Bridge
        Cells are sorted by account, Region and bucket. [ug CO2e]
    """
    keys = keys_of(states)
    amounts, known = zip(*(aligned(state, keys) for state in states), strict=True)
    change_ug = {cause: np.zeros_like(amounts[0]) for cause in Cause}
    for cause, before, after in zip(causes, amounts, amounts[1:], strict=False):
        change_ug[cause] += after - before
    return Bridge(
        tuple(measures),
        *columns_of(keys),
        amounts[0],
        amounts[-1],
        known[0],
        known[-1],
        change_ug,
    )


def keys_of(states: Sequence[ReportedCells]) -> list[CellKey]:
    """Return the key of every cell of any state, sorted, with unnamed buckets last."""
    keys = {key for state in states for key in _keys(state)}
    return sorted(keys, key=lambda key: (*key[:2], key[2] is None, key[2] or ""))


def aligned(state: ReportedCells, keys: Sequence[CellKey]) -> tuple[Int64Array, BoolArray]:
    """Return a state's amounts in the order of the keys, and where it has a figure.

    Returns
    -------
    amount_ug : ndarray of int64, shape (measure, key)
        0 where there is no figure. [ug CO2e]
    is_known : ndarray of bool, shape (measure, key)
    """
    position = {key: index for index, key in enumerate(keys)}
    place = np.fromiter((position[key] for key in _keys(state)), np.int64, len(state))
    shape = state.amount_ug.shape[0], len(keys)
    amount_ug, is_known = np.zeros(shape, np.int64), np.zeros(shape, np.bool_)
    amount_ug[:, place] = np.where(state.is_reported, state.amount_ug, 0)
    is_known[:, place] = state.is_reported
    return amount_ug, is_known


def columns_of(keys: Sequence[CellKey]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the three parts of the keys as arrays of text."""
    account, region, service = (texts([key[part] for key in keys]) for part in range(3))
    return account, region, service


def _keys(state: ReportedCells) -> list[CellKey]:
    return list(zip(state.account, state.region, state.service, strict=True))
