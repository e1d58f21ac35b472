"""What the deployed use cases ask of the world, beside ``ports``.

Every method is safe to repeat. What must happen at most once is decided by a condition that the
implementation checks and writes in one step; nothing here relies on being called once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from crossfoot.domain.deliveries import (
    Claim,
    ExportKind,
    KnownDelivery,
    Notice,
    PinnedDelivery,
    PinnedInventory,
    Pointer,
)
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import CarbonDelivery

LEASE_SECONDS: Final = 30 * 60
"""How long a claim lasts: longer than the longest function by more than clocks can differ."""


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """The policy that a month's figures are made under now, by name.

    ``digest`` is ``Policy.digest()`` of configuration, accounts, engine version and factor set;
    ``accounts_version`` is the object version of the accounts in it, ``None`` without accounts.
    """

    digest: str
    accounts_version: str | None


class Landing(Protocol):
    """The bucket that AWS delivers to."""

    def pin(self, kind: ExportKind, key: str, version_id: str | None) -> PinnedDelivery:
        """Read the manifest and find the version of every file that it lists.

        That is the version that was there when the manifest was written: where AWS has begun to
        overwrite a file since, the newest one belongs to another delivery.

        Raises
        ------
        InputError
            The key is outside of the export, or the manifest cannot be trusted.
        IncompleteDeliveryError
            A listed file is not there (yet).
        """
        ...


class CarbonReader(Protocol):
    """Reads a pinned carbon delivery."""

    def read(self, delivery: PinnedDelivery) -> CarbonDelivery:
        """Return AWS's rows; raises ``InputError`` by name for what cannot be trusted."""
        ...


class CarbonShelf(Protocol):
    """Keeps AWS's rows of every delivery that was read: the table ``carbon_reported``."""

    def keep(self, delivery: CarbonDelivery) -> None:
        """Keep a delivery for ever; the same again changes nothing."""
        ...


class PolicySource(Protocol):
    """Knows the policy of this deployment."""

    def current(self, period: UsagePeriod) -> PolicyVersion:
        """Return the policy of a month as it is now, with what is known of its accounts."""
        ...


class Inventories(Protocol):
    """What was collected of the accounts, day by day."""

    def pin(self, period: UsagePeriod) -> PinnedInventory | None:
        """Pin the newest day that tells how busy resources were in a month, if any does."""
        ...


class RunShelf(Protocol):
    """The manifests of finished runs, immutable."""

    def manifest(self, period: UsagePeriod, run_id: str) -> Mapping[str, Any]:
        """Return the manifest of a run that was proven; raises ``StorageError`` if unreadable."""
        ...


class DeliveryLedger(Protocol):
    """Every delivery that was ever seen, by month."""

    def accept(self, delivery: PinnedDelivery) -> bool:
        """Write a delivery down once; return whether it is new."""
        ...

    def deliveries(self, period: UsagePeriod) -> Sequence[KnownDelivery]:
        """Return every delivery of a month, strongly consistent, in any order."""
        ...

    def pinned(self, period: UsagePeriod, kind: ExportKind, digest: str) -> PinnedDelivery:
        """Return the pins of an accepted delivery."""
        ...

    def mark_read(self, known: KnownDelivery, delivery: CarbonDelivery) -> None:
        """Record what a carbon delivery turned out to be."""
        ...

    def mark_quarantined(self, known: KnownDelivery, reason: str, notice: Notice) -> None:
        """Record the reason and put the notice into the outbox, both or neither, once."""
        ...

    def refuse(
        self, kind: ExportKind, key: str, version_id: str | None, reason: str, notice: Notice
    ) -> bool:
        """Record a manifest that could not be pinned, with its notice, both or neither.

        Once per ``(kind, key, version_id)``; returns whether it is new.
        """
        ...


class MonthLedger(Protocol):
    """Who may publish a month, and which run speaks for it."""

    def claim(self, period: UsagePeriod, holder: str, now: datetime, lease_seconds: int) -> Claim:
        """Take or renew the right to publish; the same holder keeps its fence.

        Raises
        ------
        MonthBusyError
            Somebody else holds an unexpired claim.
        """
        ...

    def renew(self, claim: Claim, now: datetime, lease_seconds: int) -> Claim:
        """Make one's own claim last again, expired or released as it may be; never take over.

        Whoever takes a month over must also plan it again, since the one before will stop.

        Raises
        ------
        StaleClaimError
            A higher fence was given out since.
        """
        ...

    def release(self, claim: Claim) -> None:
        """Give the right back, unless it was taken or renewed since.

        That is: unless holder, fence or ``expires_at`` differ. A retry renews the claim of the
        attempt before it, which may still be running and must not give it away.
        """
        ...

    def pointer(self, period: UsagePeriod) -> Pointer | None:
        """Return the month's pointer, strongly consistent."""
        ...

    def publish(self, claim: Claim, pointer: Pointer, notices: Sequence[Notice]) -> bool:
        """Move the pointer to its next version and put the notices into the outbox, all or none.

        Returns whether this call did it: the same publication again changes nothing.

        Raises
        ------
        StaleClaimError
            The fence is no longer the month's, or the pointer is not at ``pointer.version - 1``.
        """
        ...

    def stall(self, period: UsagePeriod, holder: str, reason: str, notice: Notice) -> bool:
        """Record that an execution gave up, with its notice, both or neither.

        Once per ``(period, holder)``; returns whether it is new. Nothing but people reads it.
        """
        ...

    def settle(self, pointer: Pointer) -> None:
        """Record that the catalogue shows this version; a later version stays unsettled."""
        ...

    def unsettled(self) -> Sequence[Pointer]:
        """Return the pointers that the catalogue was not seen to follow."""
        ...


class Outbox(Protocol):
    """Notices that wait to be sent: one row per ``event_id``, kept after sending."""

    def put(self, notice: Notice) -> bool:
        """Add a notice once; return whether it is new."""
        ...

    def holds(self, event_id: str) -> bool:
        """Whether a notice was ever added, sent or not; strongly consistent."""
        ...

    def unsent(self) -> Sequence[Notice]:
        """Return the notices not marked as sent."""
        ...

    def mark_sent(self, event_id: str, at: datetime) -> None:
        """Record that the bus took a notice."""
        ...


class Catalog(Protocol):
    """What readers see: for each table the place of a month."""

    def point(self, period: UsagePeriod, run_id: str) -> None:
        """Let every table of the month show this run."""
        ...


class Bus(Protocol):
    """Where notices go."""

    def send(self, notices: Sequence[Notice]) -> Sequence[str]:
        """Send; return the ids that were taken."""
        ...


class Workflow(Protocol):
    """Starts the closing of a month."""

    def start(self, period: UsagePeriod, name: str) -> bool:
        """Start once under a name; return whether it is new."""
        ...


class NowcastWorkflow(Protocol):
    """Starts the closing of a month that AWS has not published."""

    def start_nowcast(self, period: UsagePeriod, name: str, nowcast_id: str) -> bool:
        """Start on a nowcast, once under a name; return whether it is new."""
        ...


class Machine(Protocol):
    """A state machine."""

    def start(self, name: str, told: Mapping[str, Any]) -> bool:
        """Start once under a name; return whether it is new."""
        ...
