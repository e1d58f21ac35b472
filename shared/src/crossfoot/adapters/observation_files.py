"""The files of a run that tell what was observed, and the same files found again by `check`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from crossfoot.adapters.file_guards import fingerprint
from crossfoot.adapters.grid_intensity import GridIntensities, read_intensities
from crossfoot.adapters.intensity_files import intensity_files
from crossfoot.adapters.inventory_places import find_inventory
from crossfoot.adapters.measured_energy import measured_files
from crossfoot.adapters.observations import Observations, read_observations
from crossfoot.domain.observations import ObservationKind, ObservedFile
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import SourceFile
from crossfoot.factors.factor import Boundary

BOUNDARY: Final = "intensity_boundary"
"""Key of the manifest's usage that tells what the intensities count."""


@dataclass(frozen=True, slots=True)
class FieldInputs:
    """What a run was given beside usage: places as the user named them.

    Parameters
    ----------
    inventory, measured, intensity : tuple of Path
        As ``find_inventory``, ``read_measured`` and ``read_intensities`` take them.
    boundary : Boundary
        What the intensities have to count.
    """

    inventory: tuple[Path, ...] = ()
    measured: tuple[Path, ...] = ()
    intensity: tuple[Path, ...] = ()
    boundary: Boundary = Boundary.LIFE_CYCLE

    def files(self, period: UsagePeriod) -> tuple[ObservedFile, ...]:
        """Return every file that decides what is known of a month, each once, with its digest.

        Raises
        ------
        InputError
            A place is not there, or holds nothing of its kind.
        """
        described = {}
        for kind, given, file in self._found(period):
            if (kind, file) not in described:
                one = fingerprint(file)
                described[kind, file] = ObservedFile(
                    kind, str(given), one.path, one.size, one.sha256
                )
        return tuple(described.values())

    def inventory_files(self, period: UsagePeriod) -> tuple[Path, ...]:
        """Return the inventory's files that may tell of a month."""
        return tuple(
            file for path in self.inventory for file in find_inventory(path).files_of(period)
        )

    def has_loads(self) -> bool:
        """Whether there is any inventory beside the list of accounts."""
        return any(find_inventory(path).files for path in self.inventory)

    def observations(self, period: UsagePeriod) -> Observations:
        """Read loads and measured energy of a month; raises as ``read_observations`` does."""
        return read_observations(self.inventory, self.measured, period)

    def intensities(self) -> GridIntensities | None:
        """Read hourly intensities, where some were given."""
        return read_intensities(self.intensity, self.boundary) if self.intensity else None

    def describe(self, period: UsagePeriod) -> dict[str, Any]:
        """Return what the manifest says of them: ``observations``, and what intensities count."""
        files = [file.as_json() for file in self.files(period)]
        more = {BOUNDARY: self.boundary.value} if self.intensity else {}
        return {"observations": files, **more}

    def _found(self, period: UsagePeriod) -> Iterator[tuple[ObservationKind, Path, Path]]:
        for file in self.inventory_files(period):
            # a place of its own each: the days that came since are of no concern to a check
            yield ObservationKind.INVENTORY, file, file
        for path in self.measured:
            for file in measured_files(path):
                yield ObservationKind.MEASURED, path, file
        for path in self.intensity:
            for file in intensity_files([path]):
                yield ObservationKind.INTENSITY, file, file


def inputs_again(usage: Mapping[str, Any]) -> FieldInputs:
    """Return the inputs that a manifest's ``usage`` tells of."""
    given: dict[str, dict[Path, None]] = {}
    for file in usage.get("observations", []):
        given.setdefault(file["kind"], {})[Path(file["given"])] = None
    return FieldInputs(
        inventory=tuple(given.get(ObservationKind.INVENTORY, ())),
        measured=tuple(given.get(ObservationKind.MEASURED, ())),
        intensity=tuple(given.get(ObservationKind.INTENSITY, ())),
        boundary=Boundary(usage.get(BOUNDARY, Boundary.LIFE_CYCLE.value)),
    )


def source_files(usage: Mapping[str, Any]) -> list[SourceFile]:
    """Return the files of observations that a manifest's ``usage`` lists."""
    return [
        SourceFile(file["path"], file["size"], file["sha256"])
        for file in usage.get("observations", [])
    ]


def strangers(usage: Mapping[str, Any]) -> list[str]:
    """Return files that lie in the run's folders of measurements, and that it has not read."""
    known = {file.path for file in source_files(usage)}
    folders = (path for path in inputs_again(usage).measured if path.is_dir())
    return [
        str(file) for path in folders for file in measured_files(path) if str(file) not in known
    ]
