"""What a month's figures are made of: AWS's delivery, the usage, and what tells loads."""

from collections.abc import Iterable
from dataclasses import dataclass

from crossfoot.domain.deliveries import DeliveryState, ExportKind, KnownDelivery
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import DeliveryLabel
from crossfoot.domain.versions import ModelVersion
from crossfoot.usecases.choose_vintage import current_deliveries
from crossfoot.usecases.deployment_ports import DeliveryLedger, Inventories
from crossfoot.usecases.start_month import closes_without_usage, newest_usage


@dataclass(frozen=True, slots=True)
class ChosenInputs:
    """The current carbon delivery, and digests of the usage and the inventory, where there are."""

    label: DeliveryLabel
    usage_digest: str | None = None
    inventory_digest: str | None = None

    @property
    def origin(self) -> dict[str, list[dict[str, str]]]:
        """What the figures rest on beside AWS's, as ``identity_of`` takes it."""
        digests = (self.usage_digest, self.inventory_digest)
        return {"files": [{"sha256": digest} for digest in digests if digest is not None]}


class ChooseInputs:
    """Choose among all that was delivered and collected.

    Parameters
    ----------
    ledger, inventories
        See ``deployment_ports``.
    usage_since : UsagePeriod or None
        First month of the usage export; earlier ones close on carbon alone.
    """

    def __init__(
        self, ledger: DeliveryLedger, inventories: Inventories, usage_since: UsagePeriod | None
    ) -> None:
        self._ledger = ledger
        self._inventories = inventories
        self._usage_since = usage_since

    def run(self, period: UsagePeriod) -> ChosenInputs | None:
        """Return what the month is made of now; ``None`` while something is missing."""
        deliveries = self._ledger.deliveries(period)
        label = current_deliveries(labels_of(deliveries)).get(period)
        usage = newest_usage(deliveries)
        if label is None:
            return None
        if usage is None:
            # loads tell of usage: without any there is nothing to tell
            return ChosenInputs(label) if closes_without_usage(period, self._usage_since) else None
        inventory = self._inventories.pin(period)
        return ChosenInputs(label, usage.digest, None if inventory is None else inventory.digest)


def labels_of(deliveries: Iterable[KnownDelivery]) -> list[DeliveryLabel]:
    """Return the labels of the carbon deliveries that were read."""
    return [
        DeliveryLabel(
            known.delivery_id,
            known.usage_period,
            ModelVersion(known.model_version),
            known.delivered_at,
            known.payer_account_id,
        )
        for known in deliveries
        if known.kind is ExportKind.CARBON
        and known.state is DeliveryState.READ
        and known.delivery_id is not None
        and known.model_version is not None
        and known.payer_account_id is not None
    ]
