"""Usage of some months in files: implements ``UsageSource``."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

import pyarrow as pa

from crossfoot.adapters.file_guards import fingerprint
from crossfoot.adapters.usage_exports import UsageFiles, UsagePart
from crossfoot.adapters.usage_rollup import UsageRollup
from crossfoot.adapters.usage_shards import UsageShard, cut_shards
from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.configuration import TagKey
from crossfoot.domain.errors import UsagePeriodMismatchError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import SourceFile
from crossfoot.domain.usage import LineCount


class UsageInFiles:
    """A usage export on disk; a context manager that ends its DuckDB sessions.

    Digests are taken in the background while the lines are read: both need the whole file once.
    """

    def __init__(self, found: UsageFiles, *, tags: Sequence[TagKey], scratch: Path) -> None:
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

    @contextmanager
    def open(self, period: UsagePeriod) -> Iterator["RolledUpMonth"]:
        """Roll the month up; a file of several months has been already."""
        part = self._parts[period]
        if part in self._unsorted:
            yield RolledUpMonth(self._unsorted[part], period, self._tags)
            return
        with UsageRollup(part, tags=self._tags, scratch=self._scratch) as rollup:
            rollup.run()
            yield RolledUpMonth(rollup, period, self._tags)

    def _periods_of(self, part: UsagePart) -> list[UsagePeriod]:
        """Return the month of a part's folder; without one, only its lines can tell."""
        if part.period is not None:
            return [part.period]
        rollup = self._sessions.enter_context(
            UsageRollup(part, tags=self._tags, scratch=self._scratch)
        )
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

    def __init__(self, rollup: UsageRollup, period: UsagePeriod, tags: Sequence[TagKey]) -> None:
        self._rollup = rollup
        self._period = period
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

    def shards(self, cells: ReportedCells) -> Iterator[UsageShard]:
        """Yield whole accounts in sorted order; every cell in exactly one shard."""
        batches: Iterator[pa.RecordBatch] = self._rollup.usage(self._period)
        return cut_shards(batches, cells, year=self._period.year, tag_columns=self._tag_columns)
