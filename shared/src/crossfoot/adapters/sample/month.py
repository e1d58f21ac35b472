"""One month of the world: how long everything runs, and the lines of one chunk file."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crossfoot.adapters.sample.catalogue import Cadence
from crossfoot.adapters.sample.hashing import mix
from crossfoot.adapters.sample.metering import CADENCES
from crossfoot.adapters.sample.world import Int32Array, World
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.units import Float64Array, Int64Array

HOURS_PER_DAY: Final = 24
_PARETO: Final = 1.05
"""Exponent of how long resources run: few run always, most a few hours (Zipf-like). [1]"""
_BISECTIONS: Final = 40


@dataclass(frozen=True, slots=True)
class Calendar:
    """The time slots of a month: every hour, then every day, then the month itself."""

    period: UsagePeriod

    @property
    def n_days(self) -> int:
        """Days of the month."""
        return calendar.monthrange(self.period.year, self.period.start.month)[1]

    @property
    def n_hours(self) -> int:
        """Hours of the month."""
        return self.n_days * HOURS_PER_DAY

    def slot_starts_h(self) -> Int64Array:
        """Return the start of each slot, in hours since the month began. [h]."""
        hours = np.arange(self.n_hours, dtype=np.int64)
        return np.concatenate((hours, hours[::HOURS_PER_DAY], [0]))

    def slot_lengths_h(self) -> Int64Array:
        """Return the length of each slot. [h]."""
        parts = ((1, self.n_hours), (HOURS_PER_DAY, self.n_days), (self.n_hours, 1))
        return np.concatenate([np.full(count, length, np.int64) for length, count in parts])


@dataclass(frozen=True, slots=True, eq=False)
class MonthPlan:
    """How many lines each meter has this month, and when they start.

    Parameters
    ----------
    n_lines : ndarray of int64, shape (meter,)
        Lines of the meter in this month.
    start_hour : ndarray of int32, shape (meter,)
        Hour of its first line; later ones follow and wrap around the month's end.
    """

    calendar: Calendar
    month: int
    n_lines: Int64Array
    start_hour: Int32Array

    @property
    def n_rows(self) -> int:
        """Lines of the month in all files."""
        return int(self.n_lines.sum())


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


def plan_month(world: World, period: UsagePeriod, month: int, n_rows: int) -> MonthPlan:
    """Return the plan whose lines add up to about ``n_rows``."""
    slots = Calendar(period)
    meters, resources = world.meters, world.resources
    is_alive = _is_alive(world, month)
    hours = _hours(world, slots, month, n_rows, is_alive)
    start = (mix(_origin(world), world.seed * 1000 + month) % np.uint64(slots.n_hours)).astype(
        np.int32
    )
    is_charge = meters.resource < 0
    active = np.array([account.is_active(month) for account in world.accounts])
    charged = np.where(active[meters.account], slots.n_hours, 0)
    own_hours = np.where(is_charge, charged, hours[meters.resource])
    own_start = np.where(is_charge, 0, start[meters.resource]) if len(resources) else charged
    return MonthPlan(slots, month, _lines_of(world, own_hours), own_start.astype(np.int32))


def _origin(world: World) -> Int64Array:
    """Return whose clock each resource follows: its own, or that of the node that carries it."""
    own = np.arange(len(world.resources), dtype=np.int64)
    return np.where(world.resources.parent < 0, own, world.resources.parent)


def _is_alive(world: World, month: int) -> NDArray[np.bool_]:
    active = np.array([account.is_active(month) for account in world.accounts])
    resources = world.resources
    lives = (resources.first_month <= month) & (month <= resources.last_month)
    return np.asarray(lives & active[resources.account])


def _hours(
    world: World, slots: Calendar, month: int, n_rows: int, is_alive: NDArray[np.bool_]
) -> Int64Array:
    """Draw the hours of each resource: Pareto-shaped, scaled so that the lines fit."""
    origin = _origin(world)
    jitter = (mix(origin, world.seed * 1000 + 500 + month) % np.uint64(1000)).astype(float)
    spread = (1.0 - world.resources.vigour) ** (-1 / _PARETO) * (0.85 + 0.0003 * jitter)
    spread[~is_alive] = 0.0
    low, high = 0.0, float(slots.n_hours)
    hours = np.zeros(len(spread), np.int64)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        hours = np.clip(spread * middle, is_alive, slots.n_hours).astype(np.int64)
        total = int(_lines_of(world, _with_charges(world, hours, slots, month)).sum())
        if abs(total - n_rows) <= n_rows // 500:
            break
        low, high = (middle, high) if total < n_rows else (low, middle)
    return hours


def _with_charges(world: World, hours: Int64Array, slots: Calendar, month: int) -> Int64Array:
    active = np.array([account.is_active(month) for account in world.accounts])
    charged = np.where(active[world.meters.account], slots.n_hours, 0)
    return np.where(world.meters.resource < 0, charged, hours[world.meters.resource])


def _lines_of(world: World, hours: Int64Array) -> Int64Array:
    """Return the lines of each meter whose resource runs that many hours."""
    cadence = world.meters.cadence
    lines = np.ceil(hours * world.meters.share).astype(np.int64)
    lines = np.where(cadence == CADENCES.index(Cadence.DAY), -(-hours // HOURS_PER_DAY), lines)
    return np.where(cadence == CADENCES.index(Cadence.MONTH), (hours > 0).astype(np.int64), lines)


def chunks(world: World, plan: MonthPlan, rows_per_chunk: int) -> Iterator[Lines]:
    """Yield the month's lines file by file; a meter's lines are scattered over all files.

    Memory is bounded by the chunk and the number of meters, not by the rows.
    """
    n_chunks = max(1, -(-plan.n_rows // rows_per_chunk))
    shift = np.arange(len(world.meters), dtype=np.int64) % n_chunks
    for chunk in range(n_chunks):
        first = (chunk - shift) % n_chunks
        count = np.maximum(0, (plan.n_lines - first + n_chunks - 1) // n_chunks)
        meter = np.repeat(np.arange(len(count), dtype=np.int32), count)
        before = np.cumsum(count) - count
        nth = np.arange(len(meter), dtype=np.int64) - before[meter]
        line = first[meter] + nth * n_chunks
        yield _lines(world, plan, meter, line)


def _lines(world: World, plan: MonthPlan, meter: Int32Array, line: Int64Array) -> Lines:
    slot = _slots(plan.calendar, world.meters.cadence[meter], plan.start_hour[meter], line)
    # by time, then by meter: as a billing system writes them, and scattered for its readers
    order = np.argsort(slot.astype(np.int16), kind="stable")
    meter, slot = meter[order], slot[order]
    return Lines(meter, slot, _amounts(world, meter, slot))


def _slots(
    slots: Calendar, cadence: NDArray[np.int8], start: Int32Array, line: Int64Array
) -> Int32Array:
    hour = (start + line) % slots.n_hours
    day = slots.n_hours + (start // HOURS_PER_DAY + line) % slots.n_days
    month = slots.n_hours + slots.n_days
    return np.choose(cadence, (hour, day, np.int64(month))).astype(np.int32)


_WAVE: Final = np.round(1 + 0.35 * np.sin(np.arange(24) * 2 * np.pi / 24), 3)
_WOBBLE: Final = np.round(0.8 + np.arange(16) * 0.025, 3)


def _amounts(world: World, meter: Int32Array, slot: Int32Array) -> Float64Array:
    """Return usage that follows the day and wobbles, in whole millionths of the unit."""
    typical = world.meters.amount[meter]
    factor = _WAVE[slot % HOURS_PER_DAY] * _WOBBLE[(meter + slot * 7) % len(_WOBBLE)]
    factor[world.meters.is_steady[meter]] = 1.0
    return np.asarray(np.maximum(np.rint(typical * factor * 1e6), 1.0) / 1e6)
