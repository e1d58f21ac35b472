"""Totals are sums of scopes wherever AWS gave the scopes, so that columns cross-foot too."""

from typing import Final, Protocol

import numpy as np

from crossfoot.domain.measures import MEASURES, TOTAL_PARTS, TOTALS
from crossfoot.domain.units import BoolArray, Int64Array

TOTAL_INDICES: Final = tuple(MEASURES.index(total) for total in TOTALS)
PART_INDICES: Final = tuple(
    tuple(MEASURES.index(part) for part in TOTAL_PARTS[total]) for total in TOTALS
)


def has_all_scopes(is_reported: BoolArray) -> BoolArray:
    """Return where a total is the sum of its scopes.

    Parameters
    ----------
    is_reported : ndarray of bool, shape (measure, source)

    Returns
    -------
    ndarray of bool, shape (total, source)
        In the order of ``TOTALS``; False where a scope is missing, as in old partitions.
    """
    return np.stack([is_reported[list(parts)].all(axis=0) for parts in PART_INDICES])


def sums_of_scopes(amount_ug: Int64Array) -> Int64Array:
    """Return the sum of the scopes of each total.

    Parameters
    ----------
    amount_ug : ndarray of int64, shape (measure, row)
        Only the scopes are read; their order is that of ``MEASURES``. [ug CO2e]

    Returns
    -------
    ndarray of int64, shape (total, row)
        In the order of ``TOTALS``. [ug CO2e]
    """
    return np.stack([amount_ug[list(parts)].sum(axis=0) for parts in PART_INDICES])


class Reported(Protocol):
    """AWS's figures of some cells, whatever tells the cells apart."""

    @property
    def amount_ug(self) -> Int64Array:
        """Emissions, shape (measure, cell). [ug CO2e]."""
        ...

    @property
    def is_reported(self) -> BoolArray:
        """False where AWS gave no figure; shape (measure, cell)."""
        ...


def expected_ug(sources: Reported) -> tuple[Int64Array, BoolArray]:
    """Return what the ledger must sum to, and where there is anything to sum to.

    Scopes are AWS's; a total is the sum of AWS's scopes where all are reported, and AWS's own
    total elsewhere.

    Returns
    -------
    amount_ug : ndarray of int64, shape (measure, source)
        [ug CO2e]
    is_reported : ndarray of bool, shape (measure, source)
    """
    amount, is_reported = sources.amount_ug.copy(), sources.is_reported.copy()
    is_sum = has_all_scopes(sources.is_reported)
    sums = sums_of_scopes(sources.amount_ug)
    for index, is_summed, total in zip(TOTAL_INDICES, is_sum, sums, strict=True):
        amount[index, is_summed] = total[is_summed]
        is_reported[index] |= is_summed
    return amount, is_reported
