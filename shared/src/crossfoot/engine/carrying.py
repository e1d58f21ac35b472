"""Series of months carried on, and how far off that was in the past (docs/methodology.md, F-22)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import inf, log, sqrt
from statistics import fmean, median
from typing import Final

from crossfoot.domain.forecasts import ProjectionMethod

YEAR: Final = 12
_OVERLAP: Final = 3
"""Months, at most, whose change since the year before is carried on."""

FEWEST: Final = {ProjectionMethod.SEASONAL: YEAR + 1, ProjectionMethod.TREND: 3}
"""Months without which a series cannot be carried on so; the better way first."""

_FEWEST_APART: Final = 2
"""Replays that share no month, without which errors say nothing."""

_DAMPING: Final = 0.5
"""Each month ahead a trend goes on by half of the step before: few months may be a season."""

type Rates = Sequence[float]
"""Amounts of months on end, a day; oldest first."""


@dataclass(frozen=True, slots=True)
class PastErrors:
    """How far off projections of the past were.

    Parameters
    ----------
    scale : float
        Root of the mean square of the logarithms of what came over what was told; infinite where
        either was zero or less. [1]
    n_degrees : int
        Replays that share no month. [1]
    n_replays : int
        All of them. [1]
    """

    scale: float
    n_degrees: int
    n_replays: int


def method_of(rates: Rates) -> ProjectionMethod | None:
    """Return how a series can be carried on; None if it is too short for either way."""
    return next((method for method, fewest in FEWEST.items() if len(rates) >= fewest), None)


def carried_on(method: ProjectionMethod, rates: Rates, n_ahead: int) -> list[float]:
    """Return the rates of the next months.

    Parameters
    ----------
    method : ProjectionMethod
        ``seasonal`` or ``trend``.
    rates : sequence of float
        At least ``FEWEST[method]`` months. [smallest unit a day]
    n_ahead : int
        How many months. [1]
    """
    if method is ProjectionMethod.SEASONAL:
        return _seasonal(rates, n_ahead)
    return _trend(rates[-YEAR:], n_ahead)


def past_errors(
    method: ProjectionMethod, rates: Rates, *, n_ahead: int, mean_ahead: float
) -> PastErrors | None:
    """Replay a series: project from every month of the past, and compare with what came.

    Replays are of as many months ahead as are asked for; where the series is too short for that,
    of the most that leave two replays without a month in common, and the error is widened by how
    much farther ahead the months are.

    Parameters
    ----------
    method : ProjectionMethod
        The way that is replayed.
    rates : sequence of float
        Published months. [smallest unit a day]
    n_ahead, mean_ahead : int, float
        Farthest and mean number of months ahead that are to be told. [1]

    Returns
    -------
    PastErrors or None
        None where there are no two replays.
    """
    first = FEWEST[method]
    for n_replayed in range(min(n_ahead, len(rates) - first), 0, -1):
        n_replays = len(rates) - first - n_replayed + 1
        n_apart = n_replays // n_replayed
        if n_apart >= _FEWEST_APART:
            errors = [
                _error(method, rates, n_before, n_replayed)
                for n_before in range(first, first + n_replays)
            ]
            wider = _widening(method, mean_ahead, (n_replayed + 1) / 2)
            scale = sqrt(fmean(error**2 for error in errors)) * wider
            return PastErrors(scale, n_apart, n_replays)
    return None


def _widening(method: ProjectionMethod, mean_ahead: float, mean_replayed: float) -> float:
    """Return how much larger errors are so far ahead than in the replays.

    A level wanders with the root of time; a slope, and a change that adds up year by year, are
    wrong in proportion to it.
    """
    if mean_ahead <= mean_replayed:
        return 1.0
    if method is ProjectionMethod.TREND:
        return mean_ahead / mean_replayed
    return sqrt(min(mean_ahead, YEAR) / mean_replayed) * max(1.0, mean_ahead / YEAR)


def _seasonal(rates: Rates, n_ahead: int) -> list[float]:
    """Carry on the year before by the change since, which stays what it is from year to year."""
    n_overlap = min(_OVERLAP, len(rates) - YEAR)
    now = rates[len(rates) - n_overlap :]
    before = rates[len(rates) - n_overlap - YEAR : len(rates) - YEAR]
    change = fmean(now) - fmean(before)
    least = _least(rates)
    series = list(rates)
    for _ in range(n_ahead):
        series.append(max(series[-YEAR] + change, least))
    return series[len(rates) :]


def _trend(rates: Rates, n_ahead: int) -> list[float]:
    """Carry on the last month by the median slope (Theil and Sen), damped.

    References
    ----------
    Gardner and McKenzie, Forecasting trends in time series, Management Science 31 (1985).
    """
    slope = median(
        (later - earlier) / (j - i)
        for (i, earlier), (j, later) in combinations(enumerate(rates), 2)
    )
    rate = rates[-1]
    least = _least(rates)
    found: list[float] = []
    for _ in range(n_ahead):
        slope *= _DAMPING
        rate = max(rate + slope, least)
        found.append(rate)
    return found


def _least(rates: Rates) -> float:
    """Return what no figure falls below: what never was negative is not told to be."""
    return 0.0 if min(rates) >= 0 else -inf


def _error(method: ProjectionMethod, rates: Rates, n_before: int, n_ahead: int) -> float:
    told = sum(carried_on(method, rates[:n_before], n_ahead))
    came = sum(rates[n_before : n_before + n_ahead])
    return log(came / told) if told > 0 and came > 0 else inf
