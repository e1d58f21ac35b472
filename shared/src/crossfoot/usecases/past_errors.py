"""Errors of nowcasts whose truth is known, and the ranges that they give the next ones."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from crossfoot.domain.measures import TOTALS
from crossfoot.domain.nowcasts import Grain
from crossfoot.domain.units import BoolArray, Float64Array, Int64Array
from crossfoot.engine.error_ranges import Band, band_of, range_of, ratios

_POOLED: Final = (Grain.ACCOUNT, Grain.CELL)
"""Grains whose groups may borrow from each other: they are many of the same kind."""

_ENOUGH: Final = 19


@dataclass(frozen=True, slots=True, eq=False)
class Ranges:
    """Ends of ranges by total and entity, and where there is one. [ug CO2e]."""

    low_ug: Int64Array
    high_ug: Int64Array
    has_range: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class _Errors:
    """Ratios of one replay: group of each entity, and by total its ratio where it has one."""

    group: Int64Array
    ratio: Float64Array
    has_ratio: BoolArray


class PastErrors:
    """Errors by grain and horizon; ask for ranges when all are in."""

    def __init__(self) -> None:
        self._errors: defaultdict[tuple[Grain, int], list[_Errors]] = defaultdict(list)

    def add(
        self,
        grain: Grain,
        horizon: int,
        *,
        group: Int64Array,
        published: Int64Array,
        told: Int64Array,
    ) -> None:
        """Take in one replay; amounts of shape (total, entity)."""
        both = [ratios(published[total], told[total]) for total in range(len(TOTALS))]
        ratio = np.stack([each for each, _ in both])
        has_ratio = np.stack([each for _, each in both])
        self._errors[grain, horizon].append(_Errors(group, ratio, has_ratio))

    def ranges(self, grain: Grain, horizon: int, group: Int64Array, told: Int64Array) -> Ranges:
        """Return the range of each figure told, shape (total, entity).

        A group with few errors takes those of all groups, where entities are many of one kind. A
        figure of zero has AWS's step alone.
        """
        low, high = np.ones(told.shape), np.ones(told.shape)
        has_range = np.zeros(told.shape, np.bool_)
        for total in range(len(TOTALS)):
            bands = self._bands(grain, horizon, total)
            for number in np.unique(group).tolist():
                band = bands(number)
                if band is not None:
                    chosen = group == number
                    low[total, chosen], high[total, chosen] = band.low, band.high
                    has_range[total, chosen] = True
        ends = range_of(told, low, high)
        return Ranges(ends[0], ends[1], has_range)

    def _bands(self, grain: Grain, horizon: int, total: int) -> "_BandOfGroup":
        errors = self._errors[grain, horizon]
        if not errors:
            return _no_band
        group = np.concatenate([each.group[each.has_ratio[total]] for each in errors])
        ratio = np.concatenate([each.ratio[total][each.has_ratio[total]] for each in errors])

        @cache
        def pooled() -> Band | None:
            return band_of(ratio, len(errors), horizon)

        def of_group(number: int) -> Band | None:
            own = ratio[group == number]
            if grain in _POOLED and len(own) < _ENOUGH:
                return pooled()
            return band_of(own, len(errors), horizon)

        return of_group


type _BandOfGroup = Callable[[int], Band | None]


def _no_band(_: int) -> Band | None:
    return None
