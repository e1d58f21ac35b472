"""What rolling up, allocating and reconciling a month in the cloud ask of the world."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.configuration import Redistribution
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.plans import MonthPlan
from crossfoot.domain.proof import CellProof, CellSums, Check, PartySums, PoolMove, Restatement
from crossfoot.domain.tables import CarbonDelivery
from crossfoot.domain.told_months import ToldMonth
from crossfoot.domain.usage import LineCount
from crossfoot.usecases.ports import Shard
from crossfoot.usecases.restate_month import PublishedMonths
from crossfoot.usecases.write_month import ShardWriter


@dataclass(frozen=True, slots=True)
class Query:
    """One statement for Athena, whose answer the next step reads under ``name``."""

    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class SurveyedAccount:
    """An account of the usage, with its lines."""

    account: str
    name: str | None
    line_count: int


@dataclass(frozen=True, slots=True)
class AccountShard:
    """Which shard allocates an account; ``name`` is the account's in the usage."""

    account: str
    name: str | None
    shard: int


class PinnedUsage(Protocol):
    """Usage of a month that is pinned, and a name for what is made of it; a plan is one."""

    @property
    def usage_period(self) -> UsagePeriod:
        """The month."""
        ...

    @property
    def run_id(self) -> str:
        """Name under which answers and work tables lie."""
        ...

    @property
    def usage_digest(self) -> str | None:
        """Digest of the pinned delivery; ``None`` where there is none."""
        ...


class KeptCarbon(Protocol):
    """Figures as they were kept: AWS's, and nowcasts."""

    def delivery(self, delivery_id: str) -> CarbonDelivery:
        """Return one kept delivery, or a nowcast in the same shape."""
        ...

    def nowcast(self, nowcast_id: str) -> ToldMonth:
        """Return one kept nowcast, with its ranges."""
        ...


class SurveyedUsage(Protocol):
    """The pinned usage of a month, which only Athena reads whole."""

    def bring(self, plan: MonthPlan) -> None:
        """Check the pinned files, and copy them to where they are read."""
        ...

    def questions(self, plan: MonthPlan, attempt: str) -> Sequence[Query]:
        """Return what has to be asked of the lines before they are rolled up."""
        ...

    def accounts(self, plan: MonthPlan, attempt: str) -> Sequence[SurveyedAccount]:
        """Return the accounts, once all lines are known to be of the month."""
        ...

    def other_payers(self, plan: MonthPlan, attempt: str) -> Sequence[str]:
        """Return management accounts of the usage that AWS's figures are not of."""
        ...

    def classify(self, plan: MonthPlan, attempt: str) -> None:
        """Classify every distinct kind of line, for the roll-up to join with."""
        ...

    def keep_shards(self, plan: MonthPlan, attempt: str, accounts: Sequence[AccountShard]) -> str:
        """Write down which shard allocates which account; return where the list of shards lies."""
        ...

    def roll_up(self, plan: MonthPlan, attempt: str) -> Query:
        """Return the roll-up, one folder per shard."""
        ...


class ShardRun(ShardWriter, Protocol):
    """Writes the parts of one shard; nothing is seen of them before they are finished."""

    def finish(self, counts: Mapping[str, int]) -> None:
        """Upload the parts, and write down what they are."""
        ...


class ShardRoom(Protocol):
    """Where one shard is allocated."""

    def accounts(self, plan: MonthPlan, shard: int, rollup_uri: str) -> frozenset[str]:
        """Return the accounts of a shard."""
        ...

    def shards(
        self, plan: MonthPlan, rollup_uri: str | None, cells: ReportedCells
    ) -> Iterator[Shard]:
        """Yield whole accounts in sorted order; every cell in exactly one of them."""
        ...

    def write(self, plan: MonthPlan, shard: int) -> AbstractContextManager[ShardRun]:
        """Begin the parts of a shard; what is not finished is forgotten."""
        ...


class ImpactRun(Protocol):
    """Writes the estimate of one shard; nothing is seen of it before it is finished."""

    def write_shard(self, shard: Shard) -> None:
        """Append what the usage of whole accounts took."""
        ...

    def finish(self, counts: Mapping[str, int]) -> None:
        """Upload the part, and write down what it is."""
        ...


class EstimateRoom(Protocol):
    """Where one shard is estimated."""

    def usage(self, plan: MonthPlan, rollup_uri: str | None) -> Iterator[Shard]:
        """Yield the usage of whole accounts in sorted order, without AWS's cells."""
        ...

    def write_impacts(self, plan: MonthPlan, shard: int) -> AbstractContextManager[ImpactRun]:
        """Begin the part of a shard; what is not finished is forgotten."""
        ...


class WrittenRun(Protocol):
    """A run whose shards are written, before it is proven."""

    def questions(
        self, plan: MonthPlan, attempt: str, redistribution: Redistribution
    ) -> Sequence[Query]:
        """Return what has to be read back of the ledger."""
        ...

    def cell_sums(self, plan: MonthPlan, attempt: str) -> CellSums:
        """Return emissions by cell and the money, as Athena read them back."""
        ...

    def party_sums(self, plan: MonthPlan, attempt: str) -> Sequence[PartySums]:
        """Return emissions by pool and consumer, as Athena read them back."""
        ...

    def lines(self, plan: MonthPlan) -> tuple[Sequence[LineCount], tuple[int, int]]:
        """Return every line of the usage counted, and lines and money past the roll-up."""
        ...

    def counts(self, plan: MonthPlan) -> Mapping[str, int]:
        """Return what all shards counted."""
        ...

    def usage_origin(self, plan: MonthPlan) -> Mapping[str, Any]:
        """Return where the usage came from, for the manifest."""
        ...

    def written_at(self, plan: MonthPlan) -> datetime:
        """Return when the run's first part was written: the same instant at every attempt."""
        ...

    def previous(self, plan: MonthPlan) -> PublishedMonths:
        """Return what spoke for the month when the run was planned."""
        ...

    def finish(self, plan: MonthPlan, attempt: str, proven: "ProvenRun") -> str:
        """Write the small tables and the manifest, the manifest last; return where it lies."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class ProvenRun:
    """What a proven run adds to its ledger; ``lines`` is ``None`` without usage."""

    proof: CellProof
    checks: Sequence[Check]
    restatements: Sequence[Restatement]
    moves: Sequence[PoolMove]
    lines: Sequence[LineCount] | None
    manifest: Mapping[str, Any]
