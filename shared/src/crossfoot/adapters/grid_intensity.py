"""Carbon intensity of grids by the hour, from files of Electricity Maps and of RTE, by Region."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from crossfoot.adapters.eco2mix import eco2mix_columns, read_eco2mix
from crossfoot.adapters.electricity_maps import electricity_maps_columns, read_electricity_maps
from crossfoot.adapters.intensity_files import intensity_files, read_intensity_table
from crossfoot.adapters.intensity_slots import BOUNDARIES, IntensityFile, IntensitySlot
from crossfoot.domain.errors import (
    DuplicateRowError,
    IntensityBoundaryError,
    InvalidPeriodError,
    UnknownRegionError,
    UnreadableFileError,
)
from crossfoot.domain.tables import IntakeNote
from crossfoot.domain.units import Int64Array
from crossfoot.engine.hourly_intensity import GAP, HOUR_SECONDS, HourlyIntensity
from crossfoot.factors.factor import Boundary
from crossfoot.factors.grid_zones import grid_zones, known_zones

_ZONES_SHOWN: Final = 5
_DAY_SECONDS: Final = 24 * HOUR_SECONDS


@dataclass(frozen=True, slots=True, eq=False)
class GridIntensities:
    """Hourly intensities of some Regions.

    Parameters
    ----------
    boundary : Boundary
        What all of them count: life cycle, or the stacks of power stations only.
    series : mapping
        By Region code; a Region that is not here keeps the factor set's intensity.
    sources : mapping
        By Region code, publisher and zone.
    files : tuple of Path
        What was read, in sorted order.
    notes : tuple of IntakeNote
        What the reader of a run should know: gaps, estimates, zones of no Region.
    """

    boundary: Boundary
    series: Mapping[str, HourlyIntensity]
    sources: Mapping[str, str]
    files: tuple[Path, ...]
    notes: tuple[IntakeNote, ...] = ()

    def means(
        self, region_codes: Sequence[str | None], start: Int64Array, end: Int64Array
    ) -> Int64Array:
        """Return the mean intensity of each interval of a Region; see ``HourlyIntensity.means``.

        ``GAP`` where the Region has no series, or the series not every hour. [1e-9 g CO2e/kWh]
        """
        means = np.full(len(region_codes), GAP, np.int64)
        regions = np.array([code or "" for code in region_codes], dtype=np.str_)
        for code, series in self.series.items():
            found = np.flatnonzero(regions == code)
            means[found] = series.means(start[found], end[found])
        return means


def read_intensities(
    paths: Sequence[Path], boundary: Boundary = Boundary.LIFE_CYCLE
) -> GridIntensities:
    """Read hourly intensities from files, and from all files of folders.

    Parameters
    ----------
    paths : sequence of Path
        Hourly CSV exports of Electricity Maps, files of éCO2mix, or folders of them; at least one.
    boundary : Boundary
        ``LIFE_CYCLE``, as the factor set's figures are, or ``DIRECT``. A direct series is refused
        where life-cycle figures are asked for, and nothing is ever added to make one of the other.

    Raises
    ------
    InputNotFoundError, UnreadableFileError, ColumnTypeError, InvalidAmountError
        A file or a cell cannot be used.
    IntensityBoundaryError
        A file has no intensity of that boundary.
    InvalidPeriodError
        A file is coarser than hourly.
    DuplicateRowError
        Two figures for one time of one zone.
    UnknownRegionError
        No zone of the files feeds a Region of AWS.
    """
    files = intensity_files(paths)
    zones: dict[str, _Zone] = {}
    strangers: set[str] = set()
    notes: list[IntakeNote] = []
    for file in files:
        read = _read(file, boundary)
        notes += read.notes if read.slots else (_empty(file),)
        for slot in read.slots:
            if slot.zone not in known_zones():
                strangers.add(slot.zone)
                continue
            zone = zones.setdefault(slot.zone, _Zone(slot.zone, read, str(file)))
            zone.add(slot, read, str(file))
    series = {name: zone.series() for name, zone in zones.items()}
    fed = _fed_regions(series, files)
    return GridIntensities(
        boundary=boundary,
        series=MappingProxyType({code: series[zone] for code, zone in fed.items()}),
        sources=MappingProxyType({code: zones[zone].name for code, zone in fed.items()}),
        files=files,
        notes=(*notes, *_of_strangers(strangers), *_of_zones(zones, fed, series)),
    )


def _read(file: Path, boundary: Boundary) -> IntensityFile:
    table = read_intensity_table(file)
    maps, mix = electricity_maps_columns(table.header), eco2mix_columns(table.header)
    columns = maps or mix
    if columns is None:
        raise UnreadableFileError(
            "is neither an export of Electricity Maps nor a file of éCO2mix.",
            mend="Download an hourly CSV with its first row, the names of the columns.",
            file=str(file),
        )
    if boundary not in columns.intensities:
        told = " and ".join(b.value for b in BOUNDARIES if b in columns.intensities) or "no"
        raise IntensityBoundaryError(
            f"tells {told} intensity, and {boundary.value} is asked for.",
            mend=f"Give a {boundary.value} series, or ask for the boundary that the file has.",
            file=str(file),
        )
    if maps is not None:
        return read_electricity_maps(table, maps, boundary)
    assert mix is not None  # noqa: S101 - one of the two is there
    return read_eco2mix(table, mix)


@dataclass(slots=True, eq=False)
class _Zone:
    """The readings of one zone, gathered from its files."""

    zone: str
    read: IntensityFile
    file: str
    slots: dict[int, IntensitySlot] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Publisher and zone."""
        return f"{self.read.source}, zone {self.zone}"

    def add(self, slot: IntensitySlot, read: IntensityFile, file: str) -> None:
        """Take a reading in; of two of one time the more final counts."""
        there = self.slots.get(slot.second)
        if read.source != self.read.source:
            raise self._twice(file, slot, f"both {self.read.source} and {read.source} tell of it")
        if there is None or there.finality < slot.finality:
            self.slots[slot.second] = slot
            self.file = file
        elif there.finality == slot.finality and there.micro_g_per_kwh != slot.micro_g_per_kwh:
            raise self._twice(file, slot, f"{_at(slot.second)} has two intensities")

    def series(self) -> HourlyIntensity:
        """Return the readings by the hour; raise ``InvalidPeriodError`` for days and months."""
        seconds = np.array(sorted(self.slots), dtype=np.int64)
        values = np.array([self.slots[s].micro_g_per_kwh for s in seconds.tolist()], dtype=np.int64)
        return HourlyIntensity.of_slots(seconds, values, self._slots_per_hour(seconds))

    def n_estimated(self) -> int:
        """Return how many readings their publisher estimated."""
        return sum(slot.is_estimated for slot in self.slots.values())

    def _slots_per_hour(self, seconds: Int64Array) -> frozenset[int]:
        if self.read.slots_per_hour:
            return self.read.slots_per_hour
        step = int(np.diff(seconds).min()) if seconds.size > 1 else HOUR_SECONDS
        if step >= _DAY_SECONDS or (step < HOUR_SECONDS and HOUR_SECONDS % step):
            raise InvalidPeriodError(
                f"zone {self.zone} has a reading every {step / HOUR_SECONDS:g} hours.",
                mend="Download the hourly export: a coarser one says nothing of hours.",
                file=self.file,
            )
        # hours apart by more than one are hours with gaps between them
        return frozenset({max(1, HOUR_SECONDS // step)})

    def _twice(self, file: str, slot: IntensitySlot, problem: str) -> DuplicateRowError:
        return DuplicateRowError(
            f"of zone {self.zone}, {problem}.",
            mend="Give each zone and hour once.",
            file=file,
            row=slot.row,
        )


def _fed_regions(series: Iterable[str], files: Sequence[Path]) -> dict[str, str]:
    """Return by Region the nearest zone that has a series."""
    there = set(series)
    fed = {
        code: next(zone.zone for zone in zones if zone.zone in there)
        for code, zones in grid_zones().items()
        if any(zone.zone in there for zone in zones)
    }
    if not fed:
        raise UnknownRegionError(
            "no zone of the intensities given feeds a Region of AWS.",
            mend="The zones that do are in the table grid_zones.csv of the factors.",
            file=str(files[0]),
        )
    return fed


def _empty(file: Path) -> IntakeNote:
    return IntakeNote("empty-intensities", f"{file}: no hour has an intensity")


def _of_strangers(strangers: set[str]) -> list[IntakeNote]:
    if not strangers:
        return []
    shown = ", ".join(sorted(strangers)[:_ZONES_SHOWN])
    more = f" and {len(strangers) - _ZONES_SHOWN} more" * (len(strangers) > _ZONES_SHOWN)
    message = f"intensities of zones that feed no Region were passed over: {shown}{more}"
    return [IntakeNote("unfed-zone", message)]


def _of_zones(
    zones: Mapping[str, _Zone], fed: Mapping[str, str], series: Mapping[str, HourlyIntensity]
) -> Iterator[IntakeNote]:
    for code, zone in fed.items():
        if next(z for z in grid_zones()[code] if z.zone == zone).is_wider:
            message = f"{code}: intensities of {zone}, which is wider than its own grid"
            yield IntakeNote("wider-zone", message)
    for zone in dict.fromkeys(fed.values()):
        name, gaps = zones[zone].name, series[zone].gaps
        if gaps.size:
            first = _at(int(gaps[0]) * HOUR_SECONDS)
            message = f"{name}: {gaps.size:,} hours have no figure, the first {first}"
            yield IntakeNote("intensity-gap", message)
        if n_estimated := zones[zone].n_estimated():
            n_readings = len(zones[zone].slots)
            message = f"{name}: its publisher estimated {n_estimated:,} of {n_readings:,} readings"
            yield IntakeNote("estimated-intensity", message)


def _at(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M} UTC"
