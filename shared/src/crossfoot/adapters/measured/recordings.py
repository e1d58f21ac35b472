"""What an instrument told of one machine: spans of time and the energy of each.

Instants are seconds since 1970, UTC. Nothing is filled in: where an instrument was silent, there is
no span, and the hours measured are fewer.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crossfoot.domain.period import UsagePeriod

type Floats = NDArray[np.float64]

JOULES_PER_KWH: Final = 3.6e6
SECONDS_PER_HOUR: Final = 3600.0
_GAP_STEPS: Final = 3.0
"""A gauge that was silent for more than this many of its usual steps says nothing of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Energy of one machine's hardware, without PUE, by spans of time.

    Parameters
    ----------
    names : tuple of str
        What may name the machine, the best first.
    source : str
        What told it, such as ``codecarbon``.
    file : str
        Where it stands.
    start, end : ndarray
        Ends of each span. Shape: (span,). [s since 1970]
    energy_kwh : ndarray
        Shape: (span,). Spans may overlap, as those of two sockets do.
    """

    names: tuple[str, ...]
    source: str
    file: str
    start: Floats
    end: Floats
    energy_kwh: Floats

    def within(self, period: UsagePeriod) -> "Recording":
        """Return the part that lies in a period; a span across its edge is cut by time."""
        begin, stop = period.start.timestamp(), period.end.timestamp()
        start, end = np.maximum(self.start, begin), np.minimum(self.end, stop)
        inside = end > start
        start, end = start[inside], end[inside]
        share = (end - start) / (self.end - self.start)[inside]
        return replace(self, start=start, end=end, energy_kwh=self.energy_kwh[inside] * share)


def covered_seconds(start: Floats, end: Floats) -> float:
    """Return how long spans cover together; what two of them cover counts once."""
    order = np.argsort(start, kind="stable")
    begin, stop = start[order], end[order]
    reached = np.concatenate([[-np.inf], np.maximum.accumulate(stop)[:-1]])
    return float(np.maximum(stop - np.maximum(begin, reached), 0.0).sum())


def counter_spans(seconds: ArrayLike, joules: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Return the spans of a counter that only rises: start, end, energy [kWh].

    Where it falls it was reset or ran over, so what was used meanwhile is not known: no span.
    """
    at, total = _in_order(seconds, joules)
    used = np.diff(total)
    known = (used >= 0) & (np.diff(at) > 0)
    return at[:-1][known], at[1:][known], used[known] / JOULES_PER_KWH


def gauge_spans(seconds: ArrayLike, watts: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Return the spans of a power meter, each reading being the mean since the one before.

    A pause of more than three usual steps is a gap: no span.
    """
    at, power = _in_order(seconds, watts)
    step = np.diff(at)
    usual = float(np.median(step[step > 0])) if (step > 0).any() else 0.0
    known = (step > 0) & (step <= _GAP_STEPS * usual)
    return at[:-1][known], at[1:][known], (power[1:] * step)[known] / JOULES_PER_KWH


def difference_spans(seconds: ArrayLike, joules: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Return the spans of readings that are each the energy since the one before.

    The first one has none before it: it is taken to have lasted as long as the second.
    """
    at, used = _in_order(seconds, joules)
    step = np.diff(at)
    if not len(step):
        return at[:0], at[:0], used[:0]
    begin = np.concatenate([[at[0] - step[0]], at[:-1]])
    known = at > begin
    return begin[known], at[known], used[known] / JOULES_PER_KWH


def _in_order(seconds: ArrayLike, values: ArrayLike) -> tuple[Floats, Floats]:
    """Return readings in the order of time; of two at one instant the first."""
    at, first = np.unique(np.asarray(seconds, dtype=np.float64), return_index=True)
    return at, np.asarray(values, dtype=np.float64)[first]
