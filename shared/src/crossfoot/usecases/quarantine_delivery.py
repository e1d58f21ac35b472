"""Give up an execution that failed: say what is at fault, and free the month."""

from contextlib import suppress
from dataclasses import dataclass, replace

from crossfoot.domain import errors
from crossfoot.domain.deliveries import Claim, ExportKind, KnownDelivery
from crossfoot.domain.errors import ConfigurationError, InputError, StaleClaimError
from crossfoot.domain.notices import Failure, delivery_quarantined, run_stalled
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.plans import MonthPlan
from crossfoot.usecases.deployment_ports import LEASE_SECONDS, DeliveryLedger, MonthLedger
from crossfoot.usecases.ports import Clock
from crossfoot.usecases.send_notices import SendNotices
from crossfoot.usecases.start_month import StartMonth

_UNREADABLE = ("HIVE_BAD_DATA", "HIVE_CURSOR_ERROR", "HIVE_PARTITION_SCHEMA_MISMATCH")
"""What Athena says of a file that is not what the table expects; its error has no name of ours."""


@dataclass(frozen=True, slots=True)
class QuarantineReceipt:
    """What was put aside: ``usage`` with its digest, or the ``run``; and what was started next.

    ``published`` where nothing was: the run speaks for its month already.
    """

    usage_period: str
    subject: str
    digest: str | None = None
    execution: str | None = None


class QuarantineDelivery:
    """Decide what a failed execution means for its inputs.

    A usage delivery that cannot be read is quarantined, and the month is closed from what is
    left. Whatever else fails is the run's own: its deliveries stay good, so that a replay heals
    it once the cause is mended.

    Parameters
    ----------
    ledger, months, clock
        See ``deployment_ports`` and ``ports``.
    start, post
        Start a month; send notices.
    """

    def __init__(
        self,
        ledger: DeliveryLedger,
        months: MonthLedger,
        *,
        start: StartMonth,
        post: SendNotices,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._months = months
        self._start = start
        self._post = post
        self._clock = clock

    def run(
        self, period: UsagePeriod, holder: str, plan: MonthPlan | None, failure: Failure
    ) -> QuarantineReceipt:
        """Record the failure once, give the month back, and go on with what is good.

        A run that its month's pointer names is published, whatever failed after it: that is
        recorded nowhere as a failure.

        ``plan`` is ``None`` where the execution failed before it had one; its claim then lapses.
        """
        if plan is not None and self._is_published(plan):
            # what failed came after the pointer: the catalogue is FinishPublications' to mend,
            # and the claim is left to lapse, since an attempt may still be pointing
            self._post.run()
            return QuarantineReceipt(period.text, "published")
        usage = self._usage_at_fault(plan, failure)
        if usage is None:
            run_id = None if plan is None else plan.run_id
            notice = run_stalled(period, holder, run_id, failure, self._clock.now())
            self._months.stall(period, holder, failure.reason, notice)
        else:
            notice = delivery_quarantined(usage, failure, self._clock.now())
            self._ledger.mark_quarantined(usage, failure.reason, notice)
        if plan is not None:
            self._release(plan)
        receipt = QuarantineReceipt(period.text, "run")
        if usage is not None:
            started = self._start.run(period, without=usage.digest)
            receipt = replace(
                receipt, subject="usage", digest=usage.digest, execution=started.execution
            )
        self._post.run()
        return receipt

    def _usage_at_fault(self, plan: MonthPlan | None, failure: Failure) -> KnownDelivery | None:
        """Return the usage that the plan named; its carbon was read to the last row before."""
        if plan is None or not _is_of_an_input(failure):
            return None
        return next(
            (
                known
                for known in self._ledger.deliveries(plan.usage_period)
                if known.kind is ExportKind.USAGE and known.digest == plan.usage_digest
            ),
            None,
        )

    def _is_published(self, plan: MonthPlan) -> bool:
        pointer = self._months.pointer(plan.usage_period)
        return pointer is not None and pointer.run_id == plan.run_id

    def _release(self, plan: MonthPlan) -> None:
        """Give the month back, unless the run was published while the failure was recorded."""
        if self._is_published(plan):
            return
        now = self._clock.now()
        claim = Claim(plan.usage_period, plan.holder, plan.fence, now)
        with suppress(StaleClaimError):
            self._months.release(self._months.renew(claim, now, LEASE_SECONDS))


def _is_of_an_input(failure: Failure) -> bool:
    error = getattr(errors, failure.error, None)
    if isinstance(error, type) and issubclass(error, InputError):
        return not issubclass(error, ConfigurationError)
    return any(word in failure.message for word in _UNREADABLE)
