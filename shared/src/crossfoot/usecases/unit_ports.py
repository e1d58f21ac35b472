"""What targets of intensity ask of the world: functional units, counted by month."""

from collections.abc import Mapping
from typing import Final, Protocol

from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.targets import FunctionalUnit

MICROS: Final = 10**6
"""Units are counted in millionths, so that they can be added exactly."""


class UnitSource(Protocol):
    """Counts functional units."""

    def amounts(self, functional_unit: FunctionalUnit) -> Mapping[UsagePeriod, int]:
        """Return what was counted, or is planned, by month; a month not counted is not there.

        Returns
        -------
        mapping of UsagePeriod to int
            Millionths of a unit.

        Raises
        ------
        CrossfootError
            The source is not there, or cannot be used.
        """
        ...
