"""In-memory parts of a deployment, with the conditions that the real ones check and write at once.

They serve the simulation and, without its faults, the tests of the use cases.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np

from crossfoot.domain.deliveries import (
    Claim,
    DeliveryState,
    ExportKind,
    KnownDelivery,
    Notice,
    PinnedDelivery,
    PinnedInventory,
    Pointer,
)
from crossfoot.domain.errors import MonthBusyError, RunContentError, StaleClaimError, StorageError
from crossfoot.domain.measures import MEASURES
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import CarbonDelivery, ReportedCarbon, SourceFile
from crossfoot.domain.versions import ModelVersion
from crossfoot.usecases.deployment_ports import PolicyVersion

PAYER: Final = "000000000001"
TABLES: Final = ("usage", "reconciliation", "emissions")
START: Final = datetime(2026, 4, 16, tzinfo=UTC)

_NUMBERS = np.zeros(0, dtype=np.int64)
_TEXTS = np.empty(0, dtype=object)
_NO_ROWS: Final = ReportedCarbon(
    usage_account_id=_TEXTS,
    region_code=_TEXTS,
    location=_TEXTS,
    product_code=_TEXTS,
    carbon_service=_TEXTS,
    region=_TEXTS,
    amount_ug=np.zeros((len(MEASURES), 0), dtype=np.int64),
    is_reported=np.zeros((len(MEASURES), 0), dtype=np.bool_),
    last_refresh=_NUMBERS.astype("datetime64[us]"),
    source_file=_NUMBERS,
    source_row=_NUMBERS,
)


def carbon_delivery(
    delivery_id: str,
    period: UsagePeriod,
    delivered_at: datetime = START,
    *,
    model_version: str = "v3.0.1",
    payer: str = PAYER,
) -> CarbonDelivery:
    """Return a delivery without rows."""
    version = ModelVersion(model_version)
    file = SourceFile(delivery_id, 1, delivery_id)
    return CarbonDelivery(delivery_id, period, version, delivered_at, payer, (file,), _NO_ROWS)


@dataclass
class FakeClock:
    """A clock that a test moves."""

    at: datetime = START

    def now(self) -> datetime:
        """Return the instant that was set."""
        return self.at

    def move(self, **by: float) -> None:
        """Let time pass."""
        self.at += timedelta(**by)


@dataclass
class OutboxRow:
    """A notice, and how often the bus took it."""

    notice: Notice
    is_sent: bool = False


@dataclass
class LedgerTable:
    """Deliveries, claims, pointers and outbox: one table, so that writes can go together."""

    known: dict[tuple[str, str, str], KnownDelivery] = field(default_factory=dict)
    pins: dict[str, PinnedDelivery] = field(default_factory=dict)
    leases: dict[UsagePeriod, Claim] = field(default_factory=dict)
    pointers: dict[UsagePeriod, Pointer] = field(default_factory=dict)
    history: list[Pointer] = field(default_factory=list)
    rows: list[OutboxRow] = field(default_factory=list)
    refusals: dict[tuple[str, str, str | None], str] = field(default_factory=dict)
    stalls: dict[tuple[str, str], str] = field(default_factory=dict)

    # deliveries

    def accept(self, delivery: PinnedDelivery) -> bool:
        """Write a delivery down once."""
        digest = delivery.digest
        key = (delivery.usage_period.text, str(delivery.kind), digest)
        if key in self.known:
            return False
        self.pins[digest] = delivery
        self.known[key] = KnownDelivery(
            delivery.kind,
            delivery.usage_period,
            digest,
            delivery.delivered_at,
            DeliveryState.ACCEPTED,
        )
        return True

    def deliveries(self, period: UsagePeriod) -> Sequence[KnownDelivery]:
        """Return every delivery of a month."""
        return [known for key, known in self.known.items() if key[0] == period.text]

    def pinned(self, period: UsagePeriod, kind: ExportKind, digest: str) -> PinnedDelivery:  # noqa: ARG002
        """Return the pins of a delivery."""
        return self.pins[digest]

    def mark_read(self, known: KnownDelivery, delivery: CarbonDelivery) -> None:
        """Record what a delivery is, unless it was quarantined."""
        key = _key(known)
        if self.known[key].state is DeliveryState.ACCEPTED:
            self.known[key] = replace(
                known,
                state=DeliveryState.READ,
                delivery_id=delivery.delivery_id,
                model_version=delivery.model_version.text,
                payer_account_id=delivery.payer_account_id,
            )

    def mark_quarantined(self, known: KnownDelivery, reason: str, notice: Notice) -> None:
        """Record the reason and the notice, once."""
        key = _key(known)
        if self.known[key].state is not DeliveryState.QUARANTINED:
            self.known[key] = replace(
                self.known[key], state=DeliveryState.QUARANTINED, reason=reason
            )
            self.put(notice)

    def refuse(
        self, kind: ExportKind, key: str, version_id: str | None, reason: str, notice: Notice
    ) -> bool:
        """Record a manifest that could not be pinned, once."""
        if (kind, key, version_id) in self.refusals:
            return False
        self.refusals[kind, key, version_id] = reason
        return self.put(notice)

    # months

    def claim(self, period: UsagePeriod, holder: str, now: datetime, lease_seconds: int) -> Claim:
        """Take or renew; a claim that was given back has no holder."""
        lease = self.leases.get(period)
        if lease is None:
            fence = 1
        elif lease.holder == holder:
            fence = lease.fence
        elif lease.holder and lease.expires_at > now:
            raise MonthBusyError(f"{period} is held by {lease.holder}")
        else:
            fence = lease.fence + 1
        claim = Claim(period, holder, fence, now + timedelta(seconds=lease_seconds))
        self.leases[period] = claim
        return claim

    def renew(self, claim: Claim, now: datetime, lease_seconds: int) -> Claim:
        """Renew one's own, given back or not."""
        lease = self.leases.get(claim.usage_period)
        if not self._is_fenced_in(claim, lease):
            raise StaleClaimError(f"{claim.usage_period} has another fence than {claim.fence}")
        renewed = replace(claim, expires_at=now + timedelta(seconds=lease_seconds))
        self.leases[claim.usage_period] = renewed
        return renewed

    def release(self, claim: Claim) -> None:
        """Give back what nobody has taken or renewed since."""
        if self.leases.get(claim.usage_period) == claim:
            self.leases[claim.usage_period] = replace(claim, holder="")

    def pointer(self, period: UsagePeriod) -> Pointer | None:
        """Return the month's pointer."""
        return self.pointers.get(period)

    def publish(self, claim: Claim, pointer: Pointer, notices: Sequence[Notice]) -> bool:
        """Move the pointer and put the notices, all or none."""
        if not self._is_fenced_in(claim, self.leases.get(claim.usage_period)):
            raise StaleClaimError(f"{claim.usage_period} has another fence than {claim.fence}")
        current = self.pointers.get(pointer.usage_period)
        if current is not None and current.run_id == pointer.run_id:
            return False
        if not self._is_next(current, pointer):
            raise StaleClaimError(f"{pointer.usage_period} is not before {pointer.version}")
        self.pointers[pointer.usage_period] = pointer
        self.history.append(pointer)
        for notice in notices:
            self.put(notice)
        return True

    def settle(self, pointer: Pointer) -> None:
        """Record that this version is shown; a later one stays unsettled."""
        current = self.pointers[pointer.usage_period]
        if current.version == pointer.version:
            self.pointers[pointer.usage_period] = replace(current, settled_version=pointer.version)

    def unsettled(self) -> Sequence[Pointer]:
        """Return the pointers that are not shown."""
        return [pointer for pointer in self.pointers.values() if not pointer.is_settled]

    def stall(self, period: UsagePeriod, holder: str, reason: str, notice: Notice) -> bool:
        """Record that an execution gave up, once."""
        if (period.text, holder) in self.stalls:
            return False
        self.stalls[period.text, holder] = reason
        return self.put(notice)

    # outbox

    def put(self, notice: Notice) -> bool:
        """Add a notice once."""
        if self.holds(notice.event_id):
            return False
        self.rows.append(OutboxRow(notice))
        return True

    def holds(self, event_id: str) -> bool:
        """Whether a notice was ever added."""
        return any(row.notice.event_id == event_id for row in self.rows)

    def unsent(self) -> Sequence[Notice]:
        """Return what is not marked as sent."""
        return [row.notice for row in self.rows if not row.is_sent]

    def mark_sent(self, event_id: str, at: datetime) -> None:  # noqa: ARG002
        """Mark a notice."""
        for row in self.rows:
            if row.notice.event_id == event_id:
                row.is_sent = True

    @staticmethod
    def _is_fenced_in(claim: Claim, lease: Claim | None) -> bool:
        return lease is not None and lease.fence == claim.fence

    @staticmethod
    def _is_next(current: Pointer | None, pointer: Pointer) -> bool:
        return pointer.version == (1 if current is None else current.version + 1)


@dataclass
class CatalogTables:
    """For each table the run that a month shows, swapped one table after the other."""

    shown: dict[UsagePeriod, dict[str, str]] = field(default_factory=dict)

    def point(self, period: UsagePeriod, run_id: str) -> None:
        """Swap every table, the ledger last."""
        for table in TABLES:
            self.swap(period, table, run_id)

    def swap(self, period: UsagePeriod, table: str, run_id: str) -> None:
        """Let one table show a run."""
        self.shown.setdefault(period, {})[table] = run_id


@dataclass
class FakeBus:
    """A bus that keeps what it took; a silent one fails."""

    taken: list[Notice] = field(default_factory=list)
    is_silent: bool = False

    def send(self, notices: Sequence[Notice]) -> Sequence[str]:
        """Take notices."""
        if self.is_silent:
            raise StorageError("the bus is silent")
        self.taken += notices
        return tuple(notice.event_id for notice in notices)


@dataclass
class FakeWorkflow:
    """Executions by name."""

    started: dict[str, UsagePeriod] = field(default_factory=dict)

    def start(self, period: UsagePeriod, name: str) -> bool:
        """Start once under a name."""
        if name in self.started:
            return False
        self.started[name] = period
        return True


@dataclass
class FakeRuns:
    """Parts and manifests of runs, immutable."""

    parts: dict[tuple[str, str], str] = field(default_factory=dict)
    manifests: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)

    def put_part(self, run_id: str, table: str, content: str) -> None:
        """Write once; other content under the same name is an error."""
        if self.parts.setdefault((run_id, table), content) != content:
            raise RunContentError(f"{table} of {run_id} is there with other content")

    def put_manifest(self, period: UsagePeriod, manifest: Mapping[str, Any]) -> None:
        """Write once."""
        self.manifests.setdefault((period.text, manifest["run_id"]), manifest)

    def manifest(self, period: UsagePeriod, run_id: str) -> Mapping[str, Any]:
        """Return a run's manifest."""
        if (period.text, run_id) not in self.manifests:
            raise StorageError(f"{run_id} has no manifest")
        return self.manifests[period.text, run_id]


@dataclass
class FakeShelf:
    """Deliveries that were kept."""

    kept: dict[str, CarbonDelivery] = field(default_factory=dict)

    def keep(self, delivery: CarbonDelivery) -> None:
        """Keep once."""
        self.kept.setdefault(delivery.delivery_id, delivery)


@dataclass
class FakePolicies:
    """A policy with a name."""

    digest: str = "policy-1"

    def current(self, period: UsagePeriod) -> PolicyVersion:  # noqa: ARG002 - all have one
        """Return the policy."""
        return PolicyVersion(self.digest, None)


@dataclass
class FakeInventories:
    """Inventory by month: nothing, unless a test collects it."""

    days: dict[UsagePeriod, PinnedInventory] = field(default_factory=dict)

    def pin(self, period: UsagePeriod) -> PinnedInventory | None:
        """Return what was collected."""
        return self.days.get(period)


def _key(known: KnownDelivery) -> tuple[str, str, str]:
    return known.usage_period.text, str(known.kind), known.digest
