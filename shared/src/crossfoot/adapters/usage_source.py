"""Usage of some months in files: implements ``UsageSource``."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Self

import pyarrow as pa

from crossfoot.adapters.file_guards import fingerprint
from crossfoot.adapters.observation_files import FieldInputs
from crossfoot.adapters.observations import Observations, measured_resources
from crossfoot.adapters.usage_exports import UsageFiles, UsagePart
from crossfoot.adapters.usage_rollup import UsageRollup
from crossfoot.adapters.usage_shards import UsageShard, cut_shards
from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.configuration import TagKey
from crossfoot.domain.errors import UsagePeriodMismatchError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import IntakeNote, SourceFile
from crossfoot.domain.usage import LineCount

_RESOURCES_SHOWN: Final = 5


class UsageInFiles:
    """A usage export on disk; a context manager that ends its DuckDB sessions.

    Digests are taken in the background while the lines are read: both need the whole file once.
    ``field`` is what else was observed; ``notes`` tells what of it found no place.
    """

    def __init__(
        self,
        found: UsageFiles,
        *,
        tags: Sequence[TagKey],
        scratch: Path,
        field: FieldInputs | None = None,
    ) -> None:
        self.notes: list[IntakeNote] = []
        self._field = field or FieldInputs()
        self._intensities = self._field.intensities()
        if self._intensities is not None:
            self.notes += self._intensities.notes
        self._tags = tuple(tags)
        self._scratch = scratch
        self._sessions = ExitStack()
        self._pool = ThreadPoolExecutor(1)
        self._digests: dict[Path, Future[SourceFile]] = {
            file: self._pool.submit(fingerprint, file)
            for part in found.parts
            for file in part.files
        }
        self._unsorted: dict[UsagePart, UsageRollup] = {}
        self._parts: dict[UsagePeriod, UsagePart] = {}
        try:
            for part in found.parts:
                for period in self._periods_of(part):
                    self._add(period, part)
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._sessions.close()

    def periods(self) -> list[UsagePeriod]:
        """Return the months that have usage."""
        return sorted(self._parts)

    def files(self, period: UsagePeriod) -> tuple[SourceFile, ...]:
        """Return the files that the month is read from, with their digests."""
        return tuple(self._digests[file].result() for file in self._parts[period].files)

    def described(self, period: UsagePeriod) -> dict[str, Any]:
        """Return what the manifest says of observations."""
        return self._field.describe(period)

    @contextmanager
    def open(self, period: UsagePeriod) -> Iterator["RolledUpMonth"]:
        """Roll the month up; a file of several months has been already."""
        part = self._parts[period]
        observations = self._field.observations(period)
        if self._field.inventory_files(period) and not observations.loads.num_rows:
            self.notes.append(_no_loads(period))
        if part in self._unsorted:
            rollup = self._unsorted[part]
            yield RolledUpMonth(rollup, period, self._tags, observations, self.notes)
            return
        with self._rollup(part) as rollup:
            rollup.run()
            yield RolledUpMonth(rollup, period, self._tags, observations, self.notes)

    def _rollup(self, part: UsagePart) -> UsageRollup:
        return UsageRollup(
            part, tags=self._tags, scratch=self._scratch, intensities=self._intensities
        )

    def _periods_of(self, part: UsagePart) -> list[UsagePeriod]:
        """Return the month of a part's folder; without one, only its lines can tell."""
        if part.period is not None:
            return [part.period]
        rollup = self._sessions.enter_context(self._rollup(part))
        rollup.run()
        self._unsorted[part] = rollup
        return rollup.periods()

    def _add(self, period: UsagePeriod, part: UsagePart) -> None:
        if period in self._parts:
            raise UsagePeriodMismatchError(
                f"{period} is in two places, and would count twice.",
                mend="Give one export of each month.",
                file=str(part.files[0]),
            )
        self._parts[period] = part


class RolledUpMonth:
    """One month of a roll-up; implements ``UsageMonth``."""

    def __init__(
        self,
        rollup: UsageRollup,
        period: UsagePeriod,
        tags: Sequence[TagKey],
        observations: Observations,
        notes: list[IntakeNote] | None = None,
    ) -> None:
        self._rollup = rollup
        self._period = period
        self._observations = observations
        self._notes = [] if notes is None else notes
        self._tag_columns = tuple(tag.column for tag in tags)

    def line_counts(self) -> list[LineCount]:
        """Count every line of the month, in and out, in rows and money."""
        return self._rollup.line_counts(self._period)

    def control(self) -> tuple[int, int]:
        """Count lines and unblended cost (in billionths) past the roll-up."""
        control = self._rollup.control(self._period)
        return control.line_count, control.unblended_nano

    def payers(self) -> list[str]:
        """Return the management accounts that the lines name."""
        return self._rollup.payers(self._period)

    def cell_costs(self) -> list[tuple[str, str, str, int]]:
        """Return account, Region, bucket and on-demand value (in billionths) of each cell."""
        return self._rollup.cell_costs(self._period)

    def cell_weights(self) -> pa.Table:
        """Return account, Region, bucket, allocation key and on-demand value of each cell."""
        return self._rollup.cell_weights(self._period)

    def shards(self, cells: ReportedCells) -> Iterator[UsageShard]:
        """Yield whole accounts in sorted order; every cell in exactly one shard."""
        for coverage in self._rollup.grid_coverage(self._period):
            note = coverage.note
            self._notes.append(replace(note, message=f"{self._period}, {note.message}"))
        batches: Iterator[pa.RecordBatch] = self._rollup.usage(self._period)
        placed: set[str] = set()
        for shard in cut_shards(
            batches,
            cells,
            year=self._period.year,
            tag_columns=self._tag_columns,
            observations=self._observations,
        ):
            placed |= measured_resources(shard.parts, self._observations)
            yield shard
        measured = set(self._observations.energies["resource_id"].to_pylist())
        if measured - placed:
            self._notes.append(_without_place(self._period, sorted(measured - placed)))


def _no_loads(period: UsagePeriod) -> IntakeNote:
    return IntakeNote(
        "no-loads",
        f"{period}: no collection of the inventory with statistics tells of it, so loads are "
        "assumed",
    )


def _without_place(period: UsagePeriod, resources: Sequence[str]) -> IntakeNote:
    shown = ", ".join(resources[:_RESOURCES_SHOWN])
    more = len(resources) - _RESOURCES_SHOWN
    return IntakeNote(
        "measured-without-usage",
        f"{period}: the energy of {shown}{f' and {more} more' if more > 0 else ''} was measured, "
        "but no machine of that id was billed, so it is left out",
        len(resources),
    )
