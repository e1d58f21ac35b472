"""The allocation law: a whole amount split over whole weights, nothing lost.

Within a source of amount ``T`` and consumers in key order, ``W_i`` is the sum of the weights up to
and with row ``i``, and ``W`` the sum of all. The running share is::

    C_i = T * W_i / W    rounded to a whole number, halves away from zero

and row ``i`` receives ``C_i - C_(i-1)``. The last running share is ``T``, so the rows sum to ``T``
exactly; both ends of a difference are within half a microgram, so each row lies within one of its
exact share; a row without weight receives exactly 0.

Why no 128-bit product is needed
--------------------------------
``x = W_i * (T / W)`` in float64 has at most five rounded operations, so it is less than
``6 * 2**-53 * T`` off. Where its distance to the nearest half is larger than that, rounding it is
exact: nearly everywhere. The other rows are settled in integers: with ``q = rint(x)`` the
remainder ``T * W_i - q * W`` is small even where its two products are not, so two's complement
arithmetic, which wraps, gives it exactly; one division and one comparison finish the rounding.

==================  ==============  ===========================================
largest ``T``       largest ``W``   remainder, at most ``W * (0.5 + 6/2**53 * T)``
==================  ==============  ===========================================
``2**49`` (563 t)   ``2**61``       below ``2**61``
``2**60``           ``2**52``       below ``2**62``
beyond              beyond          Python's integers of any length, row by row
==================  ==============  ===========================================

All paths compute the same ``C_i``, so the choice of path never shows in the result.
"""

from itertools import accumulate, pairwise
from typing import Final

import numpy as np

from crossfoot.domain.errors import AllocationError
from crossfoot.domain.units import BoolArray, Float64Array, Int64Array

_NARROW_AMOUNT: Final = 2**49
_NARROW_WEIGHT: Final = 2**61
_WIDE_AMOUNT: Final = 2**60
_WIDE_WEIGHT: Final = 2**52
_TOO_LARGE: Final = np.iinfo(np.int64).max
"""Stands for a sum of weights beyond ``_NARROW_WEIGHT``, which may have wrapped."""

_ESTIMATE_ERROR: Final = 6 * 2.0**-53
"""How far the estimate of a running share may be off, per unit of the amount. [1]"""

_SELDOM_DOUBTFUL: Final = 0.49
"""With a bound above this, at most 2 % of the rows are settled in integers."""

_BLOCK_ROWS: Final = 32_768
"""Rows whose scratch stays in a core's own cache, and enough to hide the cost of each call."""


def allocate(amount: Int64Array, offsets: Int64Array, weight: Int64Array) -> Int64Array:
    """Split each source's amounts over its own rows, in proportion to whole weights.

    Parameters
    ----------
    amount : ndarray of int64, shape (measure, source)
        What to split; may be negative. [ug CO2e, or any whole unit]
    offsets : ndarray of int64, shape (source + 1,)
        Rows of source ``s`` are ``offsets[s]:offsets[s + 1]``; from 0 to the number of rows.
    weight : ndarray of int64, shape (row,)
        Not negative; only the ratios within a source matter. [any]

    Returns
    -------
    ndarray of int64, shape (measure, row)
        Sums over a source's rows to its amount exactly; each within one of its exact share.

    Raises
    ------
    AllocationError
        If a weight is negative, or a source has no row or no positive weight.
    """
    _check_axes(amount, offsets, weight)
    result = np.empty((amount.shape[0], len(weight)), dtype=np.int64)
    if not len(weight):
        return result
    total = _weight_totals(offsets, weight)
    magnitude = np.abs(amount)
    by_hand = _is_beyond_bounds(magnitude, total)
    # these sources are written afterwards; until then they must be harmless in the vectorised pass
    magnitude[:, by_hand] = 0
    total[by_hand] = 1
    _Pass(magnitude, amount < 0, offsets, total).fill(weight, result)
    for source in np.flatnonzero(by_hand):
        rows = slice(int(offsets[source]), int(offsets[source + 1]))
        result[:, rows] = _allocate_by_hand(amount[:, source].tolist(), weight[rows].tolist())
    return result


def _check_axes(amount: Int64Array, offsets: Int64Array, weight: Int64Array) -> None:
    if offsets.shape != (amount.shape[1] + 1,):
        raise ValueError(f"offsets has shape {offsets.shape}, not {(amount.shape[1] + 1,)}")
    if offsets[0] != 0 or offsets[-1] != len(weight):
        raise ValueError(f"offsets must run from 0 to the {len(weight)} rows of weight")
    without_rows = np.flatnonzero(np.diff(offsets) <= 0)
    if without_rows.size:
        raise AllocationError(
            f"Source {without_rows[0]} has no row to receive its amount.",
            mend="Place it at a coarser level, or leave it unallocated.",
        )


def _weight_totals(offsets: Int64Array, weight: Int64Array) -> Int64Array:
    """Return the sum of weights per source, ``_TOO_LARGE`` where int64 might not hold it."""
    if weight.min() < 0:
        raise AllocationError(
            f"Row {np.argmax(weight < 0)} has a negative weight.",
            mend="Clip the key at zero, and count what was clipped.",
        )
    starts = offsets[:-1]
    total: Int64Array = np.add.reduceat(weight, starts)
    if int(weight.max()) * int(np.diff(offsets).max()) > _NARROW_WEIGHT:
        # float64 cannot wrap; its error is far below the factor of two that the bound leaves
        approximate = np.add.reduceat(weight.astype(np.float64), starts)
        total[approximate > _NARROW_WEIGHT] = _TOO_LARGE
    if not total.all():
        raise AllocationError(
            f"Source {np.argmin(total)} has no positive weight.",
            mend="Place it at a coarser level, or leave it unallocated.",
        )
    return total


def _is_beyond_bounds(magnitude: Int64Array, total: Int64Array) -> BoolArray:
    """Return which sources need integers of any length."""
    largest = magnitude.max(axis=0, initial=0)
    # the magnitude of the least int64 is itself: still negative
    is_beyond = (largest > _WIDE_AMOUNT) | (magnitude.min(axis=0, initial=0) < 0)
    is_beyond |= total > _NARROW_WEIGHT
    is_beyond |= (largest > _NARROW_AMOUNT) & (total > _WIDE_WEIGHT)
    return is_beyond


def _allocate_by_hand(amounts: list[int], weights: list[int]) -> list[list[int]]:
    """Apply the law to one source in Python's integers; one list of rows per measure."""
    running = [0, *accumulate(weights)]
    total = running[-1]
    split = []
    for amount in amounts:
        sign = -1 if amount < 0 else 1
        shares = [(2 * abs(amount) * so_far + total) // (2 * total) for so_far in running]
        split.append([sign * (after - before) for before, after in pairwise(shares)])
    return split


class _Pass:
    """One walk over all rows in blocks, with scratch made once.

    A block may begin and end inside a source: ``carried_weight`` and ``carried_share`` hold what
    the source had before the block, and are 0 where a block begins with a new source.
    """

    def __init__(
        self,
        magnitude: Int64Array,
        is_negative: BoolArray,
        offsets: Int64Array,
        total: Int64Array,
    ) -> None:
        self.magnitude = magnitude
        self.is_negative = is_negative
        self.offsets = offsets
        self.total = total
        self.ratio: Float64Array = magnitude / total
        n = min(_BLOCK_ROWS, int(offsets[-1]))
        self.running, self.share = (np.empty(n, dtype=np.int64) for _ in range(2))
        self.running_float, self.rounded = (np.empty(n) for _ in range(2))
        self.is_doubtful = np.empty(n, dtype=np.bool_)
        self.carried_weight = np.zeros(1, dtype=np.int64)
        self.carried_share = np.zeros(len(magnitude), dtype=np.int64)

    def fill(self, weight: Int64Array, result: Int64Array) -> None:
        """Write the split of every measure into ``result``."""
        for first in range(0, len(weight), _BLOCK_ROWS):
            block = slice(first, min(first + _BLOCK_ROWS, len(weight)))
            self._fill_block(weight[block], block, result[:, block])

    def _fill_block(self, weight: Int64Array, block: slice, result: Int64Array) -> None:
        low = int(np.searchsorted(self.offsets, block.start, side="right")) - 1
        high = int(np.searchsorted(self.offsets, block.stop, side="left"))
        ends = np.minimum(self.offsets[low + 1 : high + 1] - block.start, len(weight))
        starts = np.zeros_like(ends)
        starts[1:] = ends[:-1]
        counts = ends - starts
        running = self._run_weights(weight, starts, counts)
        continues = int(self.offsets[high]) > block.stop
        for measure, rows in enumerate(result):
            share = self._run_shares(measure, low, starts, counts)
            np.subtract(share[1:], share[:-1], out=rows[1:])
            rows[starts] = share[starts]
            rows[0] -= self.carried_share[measure]
            self.carried_share[measure] = share[-1] if continues else 0
            is_negative = self.is_negative[measure, low:high]
            if is_negative.any():
                np.negative(rows, out=rows, where=np.repeat(is_negative, counts))
        self.carried_weight[:] = running[-1] if continues else 0

    def _run_weights(
        self, weight: Int64Array, starts: Int64Array, counts: Int64Array
    ) -> Int64Array:
        """Return the running weight of each row within its source."""
        n = len(weight)
        running = np.cumsum(weight, out=self.running[:n])
        before = np.empty_like(starts)
        np.negative(self.carried_weight, out=before[:1])
        before[1:] = running[starts[1:] - 1]
        running -= np.repeat(before, counts)
        np.copyto(self.running_float[:n], running)
        return running

    def _run_shares(
        self, measure: int, low: int, starts: Int64Array, counts: Int64Array
    ) -> Int64Array:
        """Return ``C_i`` of the block: the rounded estimate, settled where it is in doubt."""
        sources = slice(low, low + len(starts))
        estimate = np.repeat(self.ratio[measure, sources], counts)
        n = len(estimate)
        rounded, share, is_doubtful = self.rounded[:n], self.share[:n], self.is_doubtful[:n]
        estimate *= self.running_float[:n]
        np.rint(estimate, out=rounded)
        np.copyto(share, rounded, casting="unsafe")
        estimate -= rounded
        np.abs(estimate, out=estimate)
        magnitude = self.magnitude[measure, sources]
        sure_below: Float64Array | float = 0.5 - _ESTIMATE_ERROR * int(magnitude.max())
        if sure_below < _SELDOM_DOUBTFUL:
            # one giant must not bring its whole block into doubt
            sure_below = np.repeat(0.5 - _ESTIMATE_ERROR * magnitude, counts)
        np.greater_equal(estimate, sure_below, out=is_doubtful)
        rows = np.flatnonzero(is_doubtful)
        if rows.size:
            source = np.searchsorted(starts, rows, side="right") + (low - 1)
            share[rows] = _settle(
                share[rows], self.magnitude[measure, source], self.running[rows], self.total[source]
            )
        return share


def _settle(
    share: Int64Array, magnitude: Int64Array, running: Int64Array, total: Int64Array
) -> Int64Array:
    """Return the exact ``C_i`` of some rows, from the remainder of their estimate."""
    # both products may wrap; their difference is small, and so is right
    remainder = magnitude * running - share * total
    whole = np.floor(remainder / total).astype(np.int64)
    remainder -= whole * total
    settled: Int64Array = share + whole + (remainder >= total - (total >> 1))
    return settled
