"""The lines of a month, chunk file by chunk file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crossfoot.adapters.sample.month import HOURS_PER_DAY, Calendar, MonthPlan
from crossfoot.adapters.sample.world import Int32Array, World
from crossfoot.domain.units import Float64Array, Int64Array

_BLOCK: Final = 24
"""Lines of a meter that stay together in one file: a day of hours."""


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """The lines of one chunk file: which meter, when, how much.

    Parameters
    ----------
    meter, slot : ndarray of int, shape (row,)
        Indices into the world's meters and the calendar's slots.
    amount : ndarray of float64, shape (row,)
        Amount before the SKU decides what the usage column shows; whole millionths.
    """

    meter: Int32Array
    slot: Int32Array
    amount: Float64Array

    def __len__(self) -> int:
        return len(self.meter)


def chunks(world: World, plan: MonthPlan, rows_per_chunk: int) -> Iterator[Lines]:
    """Yield the month's lines file by file; a meter's days are dealt out over all files.

    Memory is bounded by the chunk and the number of meters, not by the rows.
    """
    n_chunks = max(1, -(-plan.n_rows // rows_per_chunk))
    is_long = plan.n_lines > _BLOCK
    long_meters = np.flatnonzero(is_long).astype(np.int32)
    for chunk in range(n_chunks):
        # most meters have one block, which lies in the file of their number
        short = np.arange(chunk, len(is_long), n_chunks, dtype=np.int32)
        own = np.sort(np.concatenate((short[~is_long[short]], long_meters)))
        first = (chunk - own) % n_chunks
        count = _dealt(plan.n_lines[own], first, n_chunks)
        place = np.repeat(np.arange(len(own), dtype=np.int32), count)
        before = np.cumsum(count) - count
        block, line = np.divmod(np.arange(len(place), dtype=np.int64) - before[place], _BLOCK)
        line += (first[place] + block * n_chunks) * _BLOCK
        yield _lines(world, plan, own[place], line)


def _dealt(n_lines: Int64Array, first: Int32Array, n_chunks: int) -> Int64Array:
    """Return how many lines of each meter a file gets: every ``n_chunks``-th block from ``first``.

    The last block of a meter may be a short one.
    """
    n_blocks = -(-n_lines // _BLOCK)
    own_blocks = np.maximum(0, -(-(n_blocks - first) // n_chunks))
    has_last = (own_blocks > 0) & ((n_blocks - 1 - first) % n_chunks == 0)
    missing = np.where(has_last, n_blocks * _BLOCK - n_lines, 0)
    return np.asarray(own_blocks * _BLOCK - missing)


def _lines(world: World, plan: MonthPlan, meter: Int32Array, line: Int64Array) -> Lines:
    slot = _slots(plan.calendar, world.meters.cadence[meter], plan.start_hour[meter], line)
    return Lines(meter, slot, _amounts(world, meter, slot))


def _slots(
    slots: Calendar, cadence: NDArray[np.int8], start: Int32Array, line: Int64Array
) -> Int32Array:
    hour = (start + line) % slots.n_hours
    day = slots.n_hours + (start // HOURS_PER_DAY + line) % slots.n_days
    month = slots.n_hours + slots.n_days
    return np.choose(cadence, (hour, day, np.int64(month))).astype(np.int32)


_WAVE: Final = np.round(1 + 0.35 * np.sin(np.arange(24) * 2 * np.pi / 24), 3)
_LEVEL: Final = np.round(0.8 + np.arange(16) * 0.025, 3)


def _amounts(world: World, meter: Int32Array, slot: Int32Array) -> Float64Array:
    """Return usage that follows the day, in whole millionths of the unit."""
    typical = world.meters.amount[meter]
    factor = _WAVE[slot % HOURS_PER_DAY] * _LEVEL[meter % len(_LEVEL)]
    factor[world.meters.is_steady[meter]] = 1.0
    return np.asarray(np.maximum(np.rint(typical * factor * 1e6), 1.0) / 1e6)
