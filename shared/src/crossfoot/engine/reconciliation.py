"""The proof: the ledger's sums against AWS's figures, as integers, with no tolerance."""

import numpy as np

from crossfoot.domain.errors import ReconciliationError
from crossfoot.domain.measures import MEASURE_AXIS, MEASURES, ROW_AXIS
from crossfoot.domain.units import BoolArray, Int64Array
from crossfoot.engine.shapes import NOWHERE, Ledger, Sources
from crossfoot.engine.totals import (
    TOTAL_INDICES,
    Reported,
    expected_ug,
    has_all_scopes,
    sums_of_scopes,
)


def difference(sources: Sources, ledger: Ledger) -> Int64Array:
    """Return the ledger's sum per source and measure, minus what AWS reported.

    A total is compared with the sum of AWS's scopes where all are reported; AWS's own rounding of
    totals is ``aws_rounding``.

    Returns
    -------
    ndarray of int64, shape (measure, source)
        All zero if and only if nothing was lost or made. [ug CO2e]

    Raises
    ------
    ReconciliationError
        If an entry that belongs to no source carries an amount, or entries are out of order.
    """
    _check_outside(ledger)
    bounds = np.searchsorted(ledger.source, np.arange(sources.n_sources + 1))
    running = np.zeros((len(MEASURES), ledger.n_entries + 1), dtype=np.int64)
    # running sums may wrap beyond int64, their differences are right all the same
    np.cumsum(ledger.amount_ug, axis=ROW_AXIS, out=running[:, 1:])
    allocated = np.diff(running[:, bounds], axis=ROW_AXIS)
    gap: Int64Array = allocated - expected_ug(sources)[0]
    return gap


def aws_rounding(sources: Reported) -> tuple[Int64Array, BoolArray]:
    """Return AWS's total minus the sum of AWS's scopes: each figure is rounded to 1 g on its own.

    Returns
    -------
    rounding_ug : ndarray of int64, shape (total, source)
        In the order of ``TOTALS``; 0 where not both are reported. [ug CO2e]
    is_known : ndarray of bool, shape (total, source)
        True where the total and all its scopes are reported.
    """
    totals = list(TOTAL_INDICES)
    is_known = has_all_scopes(sources.is_reported) & sources.is_reported[totals]
    rounding = sources.amount_ug[totals] - sums_of_scopes(sources.amount_ug)
    return np.where(is_known, rounding, 0), is_known


def _check_outside(ledger: Ledger) -> None:
    if np.any(np.diff(ledger.source) < 0):
        raise ReconciliationError("Entries are out of order", keys=["source"])
    has_amount = ledger.amount_ug.any(axis=MEASURE_AXIS)
    lost = np.flatnonzero((ledger.source == NOWHERE) & has_amount)
    if lost.size:
        raise ReconciliationError(
            "Usage outside AWS's cells carries an amount",
            keys=[f"usage row {ledger.row[entry]}" for entry in lost],
        )
