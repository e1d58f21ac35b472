"""Start the closing of a month, once for each set of deliveries."""

from collections.abc import Iterable
from dataclasses import dataclass

from crossfoot.domain.deliveries import DeliveryState, ExportKind, KnownDelivery
from crossfoot.domain.period import UsagePeriod
from crossfoot.usecases.deployment_ports import DeliveryLedger, Workflow
from crossfoot.usecases.describe_run import digest_of


@dataclass(frozen=True, slots=True)
class StartReceipt:
    """Name of the execution, ``None`` while the month is not ready; whether it is new."""

    execution: str | None
    is_started: bool


class StartMonth:
    """Start the closing of a month that has what it needs.

    Parameters
    ----------
    ledger, workflow
        See ``deployment_ports``.
    usage_since : UsagePeriod or None
        First month of the usage export; earlier ones close on carbon alone.
    code_digest : str
        Name of the deployed code: the same deliveries under new code are a new execution.
    """

    def __init__(
        self,
        ledger: DeliveryLedger,
        workflow: Workflow,
        *,
        usage_since: UsagePeriod | None,
        code_digest: str,
    ) -> None:
        self._ledger = ledger
        self._workflow = workflow
        self._usage_since = usage_since
        self._code_digest = code_digest

    def run(self, period: UsagePeriod, *, without: str | None = None) -> StartReceipt:
        """Start if the month is ready; the same set of deliveries has the same name.

        ``without`` is the digest of a delivery that has just been given up: what is left may have
        been started before, but was then hidden by that delivery.
        """
        deliveries = [*self._ledger.deliveries(period)]
        if not is_ready(deliveries, period, self._usage_since):
            return StartReceipt(None, is_started=False)
        name = self._name(period, good(deliveries), without)
        return StartReceipt(name, self._workflow.start(period, name))

    def _name(
        self, period: UsagePeriod, deliveries: Iterable[KnownDelivery], without: str | None
    ) -> str:
        """Return at most 80 characters; the workflow service remembers names for 90 days."""
        document = {
            "deliveries": sorted(each.digest for each in deliveries),
            "code": self._code_digest,
        }
        if without is not None:
            document["without"] = without
        return f"close-{period}-{digest_of(document)[:24]}"


def good(deliveries: Iterable[KnownDelivery]) -> list[KnownDelivery]:
    """Return the deliveries that nothing is known against."""
    return [each for each in deliveries if each.state is not DeliveryState.QUARANTINED]


def newest_usage(deliveries: Iterable[KnownDelivery]) -> KnownDelivery | None:
    """Return the good usage delivery that AWS wrote last; the digest decides between equals."""
    usage = (each for each in good(deliveries) if each.kind is ExportKind.USAGE)
    return max(usage, key=lambda each: (each.delivered_at, each.digest), default=None)


def closes_without_usage(period: UsagePeriod, usage_since: UsagePeriod | None) -> bool:
    """Whether a month is older than the usage export, so that no usage will come."""
    return usage_since is not None and period < usage_since


def is_ready(
    deliveries: Iterable[KnownDelivery], period: UsagePeriod, usage_since: UsagePeriod | None
) -> bool:
    """Whether carbon is there, and usage unless none will come."""
    kinds = {each.kind for each in good(deliveries)}
    has_usage = ExportKind.USAGE in kinds or closes_without_usage(period, usage_since)
    return ExportKind.CARBON in kinds and has_usage
