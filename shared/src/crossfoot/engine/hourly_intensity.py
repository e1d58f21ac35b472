"""How much carbon a kilowatt hour carried, hour by hour, and on average over any interval.

All in whole numbers, so that neither order nor machine can change a digit: seconds since 1970 in
UTC, intensities in millionths of a gram per kilowatt hour, means in billionths. An hour without a
figure is a gap; an interval that touches one has no mean.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from crossfoot.domain.units import BoolArray, Int64Array

HOUR_SECONDS: Final = 3600
GAP: Final = -1
"""Stands for an hour or a mean that nobody knows; intensities are never negative."""
_NANOS_PER_MICRO: Final = 1000


@dataclass(frozen=True, slots=True, eq=False)
class HourlyIntensity:
    """One grid's intensity by the hour, without holes: what is not known is ``GAP``.

    Parameters
    ----------
    first_hour : int
        Hours since 1970-01-01T00:00Z of the first value. [h]
    micro_g_per_kwh : ndarray of int64, shape (hour,)
        Mean of each hour, or ``GAP``. [1e-6 g CO2e/kWh]
    """

    first_hour: int
    micro_g_per_kwh: Int64Array

    @classmethod
    def of_slots(
        cls, seconds: Int64Array, micro_g_per_kwh: Int64Array, slots_per_hour: Collection[int]
    ) -> Self:
        """Average slots of equal length into hours; an hour that misses one is a gap.

        Parameters
        ----------
        seconds : ndarray of int64, shape (slot,)
            Start of each slot, rising, at least one. [s]
        micro_g_per_kwh : ndarray of int64, shape (slot,)
            [1e-6 g CO2e/kWh]
        slots_per_hour : collection of int
            How many slots make a whole hour: one for hourly series; two and four for a series of
            which some days come by the half hour and others by the quarter.
        """
        hour, offset = np.divmod(seconds, HOUR_SECONDS)
        hours, first, count = np.unique(hour, return_index=True, return_counts=True)
        sums = np.add.reduceat(micro_g_per_kwh, first)
        # n slots that all start at a multiple of an nth of an hour are all that the hour has
        is_even = offset * np.repeat(count, count) % HOUR_SECONDS == 0
        is_whole = np.logical_and.reduceat(is_even, first) & np.isin(count, list(slots_per_hour))
        values = np.full(int(hours[-1] - hours[0]) + 1, GAP, np.int64)
        values[hours - hours[0]] = np.where(is_whole, (2 * sums + count) // (2 * count), GAP)
        return cls(int(hours[0]), values)

    @property
    def gaps(self) -> Int64Array:
        """Hours since 1970 that have no figure, between the first and the last that have."""
        return self.first_hour + np.flatnonzero(self.micro_g_per_kwh == GAP)

    def means(self, start: Int64Array, end: Int64Array) -> Int64Array:
        """Return the mean over each half-open interval, every second counting alike.

        Parameters
        ----------
        start, end : ndarray of int64, shape (interval,)
            Seconds since 1970, UTC. [s]

        Returns
        -------
        ndarray of int64, shape (interval,)
            ``GAP`` where the interval is empty, or not wholly known. [1e-9 g CO2e/kWh]
        """
        known = self.micro_g_per_kwh != GAP
        length = end - start
        covered = self._integral(known.astype(np.int64), start, end)
        total = self._integral(np.where(known, self.micro_g_per_kwh, 0), start, end)
        is_known: BoolArray = (length > 0) & (covered == length)
        seconds = np.where(is_known, length, 1)
        whole, rest = np.divmod(total, seconds)
        nano = whole * _NANOS_PER_MICRO + (2 * rest * _NANOS_PER_MICRO + seconds) // (2 * seconds)
        return np.where(is_known, nano, GAP)

    def _integral(self, hourly: Int64Array, start: Int64Array, end: Int64Array) -> Int64Array:
        """Integrate a step function of our hours; zero outside of them."""
        sums = np.concatenate([[0], np.cumsum(hourly * HOUR_SECONDS)])
        padded = np.append(hourly, 0)

        def up_to(seconds: Int64Array) -> Int64Array:
            inside = np.clip(
                seconds - self.first_hour * HOUR_SECONDS, 0, hourly.size * HOUR_SECONDS
            )
            hour, rest = np.divmod(inside, HOUR_SECONDS)
            found: Int64Array = sums[hour] + padded[hour] * rest
            return found

        return up_to(end) - up_to(start)
