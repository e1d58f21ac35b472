"""Read the carbon deliveries of a month that nobody has read yet."""

from crossfoot.domain.deliveries import DeliveryState, ExportKind, KnownDelivery
from crossfoot.domain.errors import ForeignDeliveryError, InputError, UsagePeriodMismatchError
from crossfoot.domain.notices import Failure, delivery_quarantined
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import CarbonDelivery
from crossfoot.usecases.deployment_ports import CarbonReader, CarbonShelf, DeliveryLedger
from crossfoot.usecases.ports import Clock


class ReadCarbon:
    """Read, keep and write down; what cannot be trusted is quarantined and the rest goes on.

    Parameters
    ----------
    ledger, reader, shelf, clock
        See ``deployment_ports`` and ``ports``.
    payer_account_id : str
        Management account of this deployment; a delivery of another one is foreign.
    """

    def __init__(
        self,
        ledger: DeliveryLedger,
        reader: CarbonReader,
        shelf: CarbonShelf,
        *,
        payer_account_id: str,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._reader = reader
        self._shelf = shelf
        self._payer = payer_account_id
        self._clock = clock

    def run(self, period: UsagePeriod) -> int:
        """Read every accepted carbon delivery of a month; return how many were quarantined."""
        return sum(
            not self._is_kept(known)
            for known in self._ledger.deliveries(period)
            if known.kind is ExportKind.CARBON and known.state is DeliveryState.ACCEPTED
        )

    def _is_kept(self, known: KnownDelivery) -> bool:
        """Read one delivery and keep it, or put it aside by name."""
        try:
            delivery = self._read(known)
        except InputError as error:
            failure = Failure(type(error).__name__, str(error))
            notice = delivery_quarantined(known, failure, self._clock.now())
            self._ledger.mark_quarantined(known, failure.reason, notice)
            return False
        self._shelf.keep(delivery)
        self._ledger.mark_read(known, delivery)
        return True

    def _read(self, known: KnownDelivery) -> CarbonDelivery:
        pinned = self._ledger.pinned(known.usage_period, known.kind, known.digest)
        delivery = self._reader.read(pinned)
        if delivery.payer_account_id != self._payer:
            raise ForeignDeliveryError(
                f"is of payer {delivery.payer_account_id}, not of {self._payer}.",
                mend="Deploy Crossfoot for that payer, or deliver its export elsewhere.",
                file=pinned.manifest.key,
            )
        if delivery.usage_period != known.usage_period:
            raise UsagePeriodMismatchError(
                f"has rows of {delivery.usage_period}.",
                mend=f"The folder is of {known.usage_period}; the export writes both.",
                file=pinned.manifest.key,
            )
        return delivery
