"""Thresholds of a month's emissions, and on which side of them a month is."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from crossfoot.domain.measures import Measure


class Direction(StrEnum):
    """Which way a figure went over a threshold.

    A deployment's month is ``cleared``; a breach that may last for months has ``recovered``.
    """

    BREACHED = "breached"
    CLEARED = "cleared"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True)
class Threshold:
    """The most that a month may emit before people are told.

    ``limit_ug`` itself is no breach. [ug CO2e]
    """

    name: str
    measure: Measure
    limit_ug: int

    def is_breached(self, reported_ug: Mapping[str, int]) -> bool | None:
        """Return whether a month is above; ``None`` where AWS did not report the measure."""
        amount_ug = reported_ug.get(self.measure)
        return None if amount_ug is None else amount_ug > self.limit_ug
