"""Weigh the usage of a silent month by cell: survey its lines, classify them, ask for sums."""

from collections.abc import Callable

from crossfoot.domain.deliveries import ExportKind
from crossfoot.domain.errors import InputError
from crossfoot.domain.looks import SilentMonth
from crossfoot.domain.notices import Failure, delivery_quarantined
from crossfoot.usecases.deployment_ports import DeliveryLedger
from crossfoot.usecases.nowcast_ports import SilentUsage
from crossfoot.usecases.pipeline_ports import Query
from crossfoot.usecases.ports import Clock
from crossfoot.usecases.roll_up_usage import Survey
from crossfoot.usecases.send_notices import SendNotices


class WeighSilentMonth:
    """Prepare the sums in two steps; Athena runs after each of them.

    A delivery that cannot be trusted is quarantined, as it would be by the closing of the month;
    the answer is then ``None``, and the month waits for the next delivery.

    Parameters
    ----------
    usage, deliveries, clock
        See ``nowcast_ports``, ``deployment_ports`` and ``ports``.
    post : SendNotices
        Sends notices.
    new_attempt : callable
        Names an attempt; no two have the same name.
    """

    def __init__(
        self,
        usage: SilentUsage,
        deliveries: DeliveryLedger,
        *,
        post: SendNotices,
        clock: Clock,
        new_attempt: Callable[[], str],
    ) -> None:
        self._usage = usage
        self._deliveries = deliveries
        self._post = post
        self._clock = clock
        self._new_attempt = new_attempt

    def survey(self, month: SilentMonth) -> Survey | None:
        """Bring the pinned usage to where Athena reads it, and say what to ask of it."""
        try:
            self._usage.bring(month)
        except InputError as error:
            self._quarantine(month, error)
            return None
        attempt = self._new_attempt()
        return Survey(attempt, self._usage.questions(month, attempt))

    def classify(self, month: SilentMonth, attempt: str) -> Query | None:
        """Classify every kind of line, and say how they are weighed."""
        try:
            self._usage.accounts(month, attempt)
            self._usage.classify(month, attempt)
        except InputError as error:
            self._quarantine(month, error)
            return None
        return self._usage.weigh(month, attempt)

    def _quarantine(self, month: SilentMonth, error: InputError) -> None:
        failure = Failure(type(error).__name__, str(error))
        for known in self._deliveries.deliveries(month.usage_period):
            if known.kind is ExportKind.USAGE and known.digest == month.usage_digest:
                notice = delivery_quarantined(known, failure, self._clock.now())
                self._deliveries.mark_quarantined(known, failure.reason, notice)
        self._post.run()
