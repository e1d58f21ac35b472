"""Accept a delivery: pin what its manifest lists, write it down, start the month if it is ready."""

from dataclasses import dataclass
from enum import StrEnum

from crossfoot.domain.deliveries import ExportKind
from crossfoot.domain.errors import IncompleteDeliveryError, InputError
from crossfoot.domain.notices import Failure, manifest_refused
from crossfoot.usecases.deployment_ports import DeliveryLedger, Landing
from crossfoot.usecases.ports import Clock
from crossfoot.usecases.send_notices import SendNotices
from crossfoot.usecases.start_month import StartMonth


class Acceptance(StrEnum):
    """What became of a manifest."""

    ACCEPTED = "accepted"
    KNOWN = "known"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class AcceptReceipt:
    """What became of a manifest, and which execution was started for it, if any."""

    outcome: Acceptance
    usage_period: str | None = None
    digest: str | None = None
    execution: str | None = None
    is_started: bool = False
    reason: str | None = None


class AcceptDelivery:
    """Take in what AWS has delivered.

    Parameters
    ----------
    landing, ledger, clock
        See ``deployment_ports`` and ``ports``.
    start, post
        Start a month; send notices.
    """

    def __init__(
        self,
        landing: Landing,
        ledger: DeliveryLedger,
        *,
        start: StartMonth,
        post: SendNotices,
        clock: Clock,
    ) -> None:
        self._landing = landing
        self._ledger = ledger
        self._start = start
        self._post = post
        self._clock = clock

    def run(self, kind: ExportKind, key: str, version_id: str | None) -> AcceptReceipt:
        """Accept the delivery of a manifest; safe to repeat, in any order.

        Raises
        ------
        IncompleteDeliveryError
            A listed file is not there yet: to be tried again, and given up in the end.
        StorageError
            To be tried again.
        """
        try:
            delivery = self._landing.pin(kind, key, version_id)
        except IncompleteDeliveryError:
            raise
        except InputError as error:
            return self._refused(kind, key, version_id, error)
        is_new = self._ledger.accept(delivery)
        # a repetition starts as well: the one before may have died on the way here
        started = self._start.run(delivery.usage_period)
        return AcceptReceipt(
            Acceptance.ACCEPTED if is_new else Acceptance.KNOWN,
            delivery.usage_period.text,
            delivery.digest,
            started.execution,
            started.is_started,
        )

    def give_up(self, kind: ExportKind, key: str, version_id: str | None) -> AcceptReceipt:
        """Try a last time, and quarantine a delivery that is still incomplete."""
        try:
            return self.run(kind, key, version_id)
        except IncompleteDeliveryError as error:
            return self._refused(kind, key, version_id, error)

    def _refused(
        self, kind: ExportKind, key: str, version_id: str | None, error: InputError
    ) -> AcceptReceipt:
        failure = Failure(type(error).__name__, str(error))
        notice = manifest_refused(kind, key, version_id, failure, self._clock.now())
        self._ledger.refuse(kind, key, version_id, failure.reason, notice)
        self._post.run()
        return AcceptReceipt(Acceptance.QUARANTINED, reason=failure.reason)
