"""Report that AWS's carbon of last month is late."""

from dataclasses import dataclass
from datetime import UTC, timedelta
from enum import StrEnum
from typing import Final

from crossfoot.domain.deliveries import DeliveryState, ExportKind
from crossfoot.domain.notices import data_late
from crossfoot.domain.period import UsagePeriod
from crossfoot.usecases.deployment_ports import DeliveryLedger, Outbox
from crossfoot.usecases.ports import Clock
from crossfoot.usecases.send_notices import SendNotices
from crossfoot.usecases.start_month import good

LAST_DAY: Final = 23
"""Day of the following month by which a month's carbon has to be there, UTC.

AWS publishes a month between the 15th and the 21st of the next one.
"""


class Lateness(StrEnum):
    """What is known of a month whose carbon was not read."""

    NOT_DELIVERED = "not-delivered"
    QUARANTINED = "quarantined"
    NOT_READ = "not-read"


@dataclass(frozen=True, slots=True)
class LateReceipt:
    """The month that was looked at; why it is late, if it is; whether that is news."""

    usage_period: str
    reason: str | None = None
    is_new: bool = False


class ReportLateData:
    """Tell people once that last month's carbon is missing; runs on a schedule.

    Parameters
    ----------
    ledger, outbox, clock
        See ``deployment_ports`` and ``ports``.
    post : SendNotices
        Sends notices.
    """

    def __init__(
        self, ledger: DeliveryLedger, outbox: Outbox, *, post: SendNotices, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._outbox = outbox
        self._post = post
        self._clock = clock

    def run(self) -> LateReceipt:
        """Look at the month before this one; before the day there is nothing to say."""
        now = self._clock.now().astimezone(UTC)
        period = UsagePeriod.containing(now.replace(day=1) - timedelta(days=1))
        reason = self._lateness(period) if now.day >= LAST_DAY else None
        if reason is None:
            return LateReceipt(period.text)
        is_new = self._outbox.put(data_late(period, reason, now))
        self._post.run()
        return LateReceipt(period.text, reason, is_new)

    def _lateness(self, period: UsagePeriod) -> Lateness | None:
        carbon = [d for d in self._ledger.deliveries(period) if d.kind is ExportKind.CARBON]
        if any(each.state is DeliveryState.READ for each in carbon):
            return None
        if not carbon:
            return Lateness.NOT_DELIVERED
        return Lateness.NOT_READ if good(carbon) else Lateness.QUARANTINED
