"""What was observed of a resource: the energy that it took, and how busy it was.

Both stand above the model of the machine: a measured energy takes the place of the modelled one,
a measured load the place of the assumed one.
"""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

from crossfoot.domain.errors import DuplicateRowError

FULL_LOAD_PERCENT: Final = 100.0


class ObservationKind(StrEnum):
    """What a file of observations tells."""

    INVENTORY = "inventory"
    MEASURED = "measured"
    INTENSITY = "intensity"


@dataclass(frozen=True, slots=True)
class ObservedFile:
    """One file version that a month's observations were read from.

    ``given`` is the place that has to be named again to read it: the file, or a folder above it.
    """

    kind: ObservationKind
    given: str
    path: str
    size: int
    sha256: str

    def as_json(self) -> dict[str, str | int]:
        """Return the file as JSON values."""
        return {**asdict(self), "kind": self.kind.value}


@dataclass(frozen=True, slots=True)
class Measurement:
    """Energy of one resource's hardware in a month, as an instrument or its software told it.

    Parameters
    ----------
    resource_id : str
        As the usage export spells it: an instance id, or an ARN.
    energy_kwh : float
        Energy of the hardware over the hours measured, without PUE. [kWh]
    hours : float, optional
        Hours of the month that the measurement covers; None where it covers all of them. [h]
    source : str
        What told it, such as ``codecarbon``.
    """

    resource_id: str
    energy_kwh: float
    hours: float | None
    source: str

    def __post_init__(self) -> None:
        if not self.resource_id:
            raise ValueError("a measurement names its resource")
        if not (math.isfinite(self.energy_kwh) and self.energy_kwh >= 0):
            raise ValueError(f"energy of {self.resource_id} is {self.energy_kwh} kWh")
        if self.hours is not None and not (math.isfinite(self.hours) and self.hours > 0):
            raise ValueError(f"measured hours of {self.resource_id} are {self.hours}")


@dataclass(frozen=True, slots=True)
class Utilisation:
    """Mean load of one resource's processors over the days that have data.

    Parameters
    ----------
    resource_id : str
        As the usage export spells it.
    cpu_mean_percent : float
        Mean of the daily averages. [%, 0 to 100]
    measured_days : int
        Days with data among the 30 before the collection.
    """

    resource_id: str
    cpu_mean_percent: float
    measured_days: int

    def __post_init__(self) -> None:
        if not self.resource_id:
            raise ValueError("a utilisation names its resource")
        if not 0 <= self.cpu_mean_percent <= FULL_LOAD_PERCENT:
            raise ValueError(f"load of {self.resource_id} is {self.cpu_mean_percent} percent")
        if self.measured_days < 1:
            raise ValueError(f"{self.resource_id} was measured on {self.measured_days} days")


def each_once(measurements: Iterable[Measurement]) -> list[Measurement]:
    """Return measurements of several places by resource; each resource may be in one of them.

    What two places tell of one resource cannot be compared, so the same energy could count twice.

    Raises
    ------
    DuplicateRowError
        Two measurements of one resource.
    """
    by_resource: dict[str, Measurement] = {}
    for each in measurements:
        before = by_resource.setdefault(each.resource_id, each)
        if before is not each:
            raise DuplicateRowError(
                f"the energy of {each.resource_id} is told in two places, by {before.source} and "
                f"{each.source}.",
                mend="Put its measurements into one folder, where their times are compared.",
            )
    return [by_resource[resource_id] for resource_id in sorted(by_resource)]
