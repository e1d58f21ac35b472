"""Finish what crashed executions left: catalogues that do not follow, notices that wait."""

from dataclasses import dataclass

from crossfoot.domain.deliveries import Pointer
from crossfoot.domain.errors import MonthBusyError, StorageError
from crossfoot.usecases.deployment_ports import LEASE_SECONDS, MonthLedger, Workflow
from crossfoot.usecases.follow_nowcast import FollowNowcast
from crossfoot.usecases.follow_pointer import FollowPointer
from crossfoot.usecases.ports import Clock
from crossfoot.usecases.send_notices import SendNotices


@dataclass(frozen=True, slots=True)
class FinishReceipt:
    """Months that the catalogue follows now, months left for the next time, notices sent."""

    settled: tuple[str, ...]
    left: tuple[str, ...]
    n_sent: int


class FinishPublications:
    """Settle what is unsettled and send what is unsent; runs on a schedule.

    Parameters
    ----------
    months, workflow, clock
        See ``deployment_ports`` and ``ports``.
    follow, post
        Let the catalogue follow the pointer; send notices.
    """

    def __init__(
        self,
        months: MonthLedger,
        workflow: Workflow,
        *,
        follow: FollowPointer | FollowNowcast,
        post: SendNotices,
        clock: Clock,
    ) -> None:
        self._months = months
        self._workflow = workflow
        self._follow = follow
        self._post = post
        self._clock = clock

    def run(self, holder: str) -> FinishReceipt:
        """Finish every month that nobody holds; ``holder`` names this one call."""
        settled: list[str] = []
        left: list[str] = []
        for pointer in self._months.unsettled():
            (settled if self._finished(pointer, holder) else left).append(pointer.usage_period.text)
        return FinishReceipt(tuple(settled), tuple(left), self._post.run())

    def _finished(self, seen: Pointer, holder: str) -> bool:
        """Finish one month; a month that cannot be finished now does not hold the others up."""
        try:
            self._finish(seen, holder)
        except (MonthBusyError, StorageError):
            return False
        return True

    def _finish(self, seen: Pointer, holder: str) -> None:
        period = seen.usage_period
        claim = self._months.claim(period, holder, self._clock.now(), LEASE_SECONDS)
        # an execution that let its claim lapse will stop now: somebody has to plan in its place
        self._workflow.start(period, f"finish-{period}-{claim.fence}")
        pointer = self._months.pointer(period)
        if pointer is not None and not pointer.is_settled:
            self._follow.run(pointer)
        self._months.release(claim)
