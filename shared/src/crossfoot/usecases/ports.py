"""What the use cases ask of the world. Adapters implement these; tests pass fakes with state."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from crossfoot.domain.accounts import AccountDirectory
from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.columns import Table
from crossfoot.domain.configuration import Redistribution
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.proof import (
    CellProof,
    CellSums,
    Check,
    PartySums,
    PoolMove,
    Restatement,
)
from crossfoot.domain.tables import CarbonDelivery, DeliveryLabel, SourceFile
from crossfoot.domain.usage import LineCount
from crossfoot.domain.versions import FactorSetVersion
from crossfoot.engine.shapes import Consumers, Ledger, Sources


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present instant, UTC."""
        ...


class Progress(Protocol):
    """Is told how far the work is; silent in a pipe."""

    def step(self, what: str, done: int, of: int) -> None:
        """Report that ``done`` of ``of`` are finished, and what is being done now."""
        ...


class Shard(Protocol):
    """Whole accounts of one month: AWS's cells, and the same with the usage as arrays."""

    @property
    def cells(self) -> ReportedCells:
        """AWS's cells of these accounts, under their text keys."""
        ...

    @property
    def sources(self) -> Sources:
        """The same cells as arrays."""
        ...

    @property
    def consumers(self) -> Consumers:
        """Usage of these accounts as arrays."""
        ...

    @property
    def unknown_regions(self) -> tuple[str, ...]:
        """Regions whose usage has no estimate, as there are no factors for them."""
        ...


class UsageMonth(Protocol):
    """Usage of one month, ready to be read once."""

    def line_counts(self) -> Sequence[LineCount]:
        """Count every line of the month, in and out, in rows and money."""
        ...

    def control(self) -> tuple[int, int]:
        """Count lines and unblended cost (in billionths) past the roll-up."""
        ...

    def payers(self) -> Sequence[str]:
        """Return the management accounts that the lines name."""
        ...

    def shards(self, cells: ReportedCells) -> Iterator[Shard]:
        """Yield whole accounts in sorted order; every cell in exactly one shard."""
        ...


class UsageSource(Protocol):
    """A place with the usage of some months."""

    def periods(self) -> Sequence[UsagePeriod]:
        """Return the months that have usage."""
        ...

    def files(self, period: UsagePeriod) -> tuple[SourceFile, ...]:
        """Return the files that the month is read from, with their digests."""
        ...

    def described(self, period: UsagePeriod) -> Mapping[str, Any]:
        """Return what the manifest says of observations: ``observations``, their files."""
        ...

    def open(self, period: UsagePeriod) -> AbstractContextManager[UsageMonth]:
        """Roll the month up."""
        ...


class MonthWriter(Protocol):
    """Writes one run of one month; nothing can be seen of it before it is published."""

    def shards_without_usage(self, cells: ReportedCells) -> Iterator[Shard]:
        """Yield the cells of a month whose usage nobody delivered."""
        ...

    def write_shard(self, shard: Shard, ledger: Ledger) -> None:
        """Append a shard's usage, ledger, ranges and impacts."""
        ...

    def write_line_counts(self, counts: Sequence[LineCount]) -> None:
        """Write ``usage_lines``."""
        ...

    def close_ledger(self) -> None:
        """Close the ledger, so that it can be read back."""
        ...

    def cell_sums(self) -> CellSums:
        """Return emissions by cell and the money, read back from what was written."""
        ...

    def party_sums(self, redistribution: Redistribution) -> Sequence[PartySums]:
        """Return what was written by pool and consumer."""
        ...

    def write_proof(
        self,
        proof: CellProof,
        checks: Sequence[Check],
        restatements: Sequence[Restatement],
        moves: Sequence[PoolMove],
    ) -> None:
        """Write ``reconciliation``, ``restatements`` and ``redistributions``."""
        ...

    def finish(self, manifest: Mapping[str, Any]) -> None:
        """Make the run whole; it can be published now."""
        ...


class LedgerStore(Protocol):
    """The warehouse, as the use cases see it."""

    def labels(self) -> Sequence[DeliveryLabel]:
        """Return the labels of every delivery ever kept."""
        ...

    def delivery(self, delivery_id: str) -> CarbonDelivery:
        """Return one kept delivery as AWS made it."""
        ...

    def keep(self, delivery: CarbonDelivery) -> None:
        """Keep a delivery for ever; the same again changes nothing."""
        ...

    def published(self, period: UsagePeriod) -> Mapping[str, Any] | None:
        """Return the manifest of the run that speaks for the period."""
        ...

    def has_run(self, period: UsagePeriod, run_id: str) -> bool:
        """Whether that run is finished."""
        ...

    def published_sums(self, period: UsagePeriod) -> CellSums:
        """Return what is published now, by cell."""
        ...

    def published_accounts(self, period: UsagePeriod) -> AccountDirectory:
        """Return the accounts of the published run, as they are called in it."""
        ...

    def published_restatements(self, period: UsagePeriod) -> Sequence[Restatement]:
        """Return the restatements that the published run carries."""
        ...

    def stored_usage(self, period: UsagePeriod) -> AbstractContextManager[UsageMonth]:
        """Open the published run's roll-up, to allocate it again."""
        ...

    def stage(
        self,
        delivery: CarbonDelivery,
        run_id: str,
        *,
        has_usage: bool,
        factor_set: FactorSetVersion,
    ) -> AbstractContextManager[MonthWriter]:
        """Begin a run; what is not finished is forgotten."""
        ...

    def publish(
        self, runs: Mapping[UsagePeriod, str], deliveries: Sequence[str], published_at: datetime
    ) -> int:
        """Swap everything in at once; return the number of the snapshot."""
        ...


class RecordShelf(Protocol):
    """Keeps records for ever: rows that no run owns."""

    def keep(
        self, table: Table, record_id: str, rows: Sequence[Mapping[str, Any]], at: datetime
    ) -> None:
        """Keep the rows of one record of ``RECORD_TABLES``, without ``record_id`` and time.

        The same id again changes nothing.
        """
        ...
