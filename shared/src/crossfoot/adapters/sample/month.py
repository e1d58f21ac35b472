"""One month of the world: how long everything runs, and so how many lines it has."""

import calendar
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crossfoot.adapters.sample.catalogue import Cadence
from crossfoot.adapters.sample.hashing import mix
from crossfoot.adapters.sample.metering import CADENCES
from crossfoot.adapters.sample.populate import KINDS
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


def plan_month(world: World, period: UsagePeriod, month: int, n_rows: int) -> MonthPlan:
    """Return the plan whose lines add up to about ``n_rows``."""
    slots = Calendar(period)
    meters = world.meters
    active = np.array([account.is_active(world.alive_in(month)) for account in world.accounts])
    is_charge = meters.resource < 0
    charged = np.where(active[meters.account], slots.n_hours, 0)
    n_charges = int(_lines_of(world, np.where(is_charge, charged, 0)).sum())
    hours = _hours(world, slots, month, n_rows - n_charges, active)
    start = mix(_origin(world), world.seed * 1000 + month) % np.uint64(slots.n_hours)
    return MonthPlan(
        slots,
        month,
        _lines_of(world, np.where(is_charge, charged, hours[meters.resource])),
        np.where(is_charge, 0, start[meters.resource]).astype(np.int32),
    )


def _origin(world: World) -> Int64Array:
    """Return whose clock each resource follows: its own, or that of the node that carries it."""
    own = np.arange(len(world.resources), dtype=np.int64)
    return np.where(world.resources.parent < 0, own, world.resources.parent)


def _hours(
    world: World, slots: Calendar, month: int, n_rows: int, active: NDArray[np.bool_]
) -> Int64Array:
    """Draw the hours of each resource: Pareto-shaped, scaled so that the lines fit."""
    resources = world.resources
    alive_in = world.alive_in(month)
    is_alive = (resources.first_month <= alive_in) & (alive_in <= resources.last_month)
    is_alive &= active[resources.account]
    jitter = mix(_origin(world), world.seed * 1000 + 500 + month) % np.uint64(1000)
    spread = (1.0 - resources.vigour) ** (-1 / _PARETO) * (0.85 + 0.0003 * jitter)
    spread[~is_alive] = 0.0
    lines = _lines_by_hours(slots)
    low, high = 0.0, float(slots.n_hours)
    hours = np.zeros(len(spread), np.int64)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        hours = np.clip(spread * middle, is_alive, slots.n_hours).astype(np.int64)
        total = int(lines[resources.kind, hours].sum())
        if abs(total - n_rows) <= n_rows // 500:
            break
        low, high = (middle, high) if total < n_rows else (low, middle)
    return hours


def _lines_by_hours(slots: Calendar) -> Int64Array:
    """Return the lines of a resource, shape (kind, hours that it runs)."""
    hours = np.arange(slots.n_hours + 1, dtype=np.int64)
    return np.array(
        [
            sum(
                lines_in(hours, np.float64(meter.share), np.int8(CADENCES.index(meter.cadence)))
                for meter in kind.meters
            )
            for kind in KINDS
        ]
    )


def _lines_of(world: World, hours: Int64Array) -> Int64Array:
    """Return the lines of each meter whose resource runs that many hours."""
    return lines_in(hours, world.meters.share, world.meters.cadence)


def lines_in(
    hours: Int64Array, share: Float64Array | np.float64, cadence: NDArray[np.int8] | np.int8
) -> Int64Array:
    """Return the lines of so many hours: one per hour, per day begun, or per month."""
    lines = np.ceil(hours * share).astype(np.int64)
    lines = np.where(cadence == CADENCES.index(Cadence.DAY), -(-hours // HOURS_PER_DAY), lines)
    return np.where(cadence == CADENCES.index(Cadence.MONTH), hours > 0, lines)
