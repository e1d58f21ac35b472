"""What was observed of a resource: the energy that it took, and how busy it was.

Both stand above the model of the machine: a measured energy takes the place of the modelled one,
a measured load the place of the assumed one.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import Final

from crossfoot.domain.errors import DuplicateRowError, InvalidAmountError
from crossfoot.domain.period import UsagePeriod

FULL_LOAD_PERCENT: Final = 100.0

_SECONDS_PER_HOUR: Final = 3600.0
_CLOCK_ERROR: Final = 0.001
"""Share by which the clocks of instruments may run fast. [1]"""


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


def merged(measurements: Iterable[Measurement], period: UsagePeriod) -> list[Measurement]:
    """Return one measurement of each resource, by its id: energies and hours add up.

    Several files may tell of one resource, as one for each job that ran on it. They have to be
    of one instrument and of different hours, or the same energy would count twice.

    Raises
    ------
    DuplicateRowError
        Two instruments tell of one resource, or a measurement of all hours is not the only one.
    InvalidAmountError
        A resource was measured for more hours than the month has.
    """
    by_resource = sorted(measurements, key=attrgetter("resource_id"))
    return [
        _merged_one(resource_id, tuple(group), period)
        for resource_id, group in groupby(by_resource, attrgetter("resource_id"))
    ]


def _merged_one(resource_id: str, parts: Sequence[Measurement], period: UsagePeriod) -> Measurement:
    hours = [part.hours for part in parts if part.hours is not None]
    sources = sorted({part.source for part in parts})
    if len(sources) > 1 or (len(parts) > 1 and len(hours) < len(parts)):
        raise DuplicateRowError(
            f"the energy of {resource_id} is told twice, by {' and '.join(sources)}.",
            mend="Give the measurements of one instrument, and each of them once.",
        )
    whole = (period.end - period.start).total_seconds() / _SECONDS_PER_HOUR
    if sum(hours) > whole * (1 + _CLOCK_ERROR):
        raise InvalidAmountError(
            f"{resource_id} was measured for {sum(hours):,.2f} hours, but {period} has {whole:g}.",
            mend="Give measurements that do not overlap.",
        )
    total_hours = math.fsum(hours) if hours else None
    energy_kwh = math.fsum(part.energy_kwh for part in parts)
    return Measurement(resource_id, energy_kwh, total_hours, sources[0])
