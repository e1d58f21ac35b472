"""Watch the thresholds of a published month."""

from collections.abc import Sequence
from dataclasses import dataclass

from crossfoot.domain.deliveries import Pointer
from crossfoot.domain.notices import threshold_crossed, threshold_event_id
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.thresholds import Direction, Threshold
from crossfoot.usecases.deployment_ports import MonthLedger, Outbox, RunShelf
from crossfoot.usecases.ports import Clock
from crossfoot.usecases.send_notices import SendNotices


@dataclass(frozen=True, slots=True)
class WatchReceipt:
    """What was found in the published month.

    ``version`` is the one that was looked at, ``None`` for an unpublished month; ``n_crossed``
    counts the crossings that are told for the first time.
    """

    usage_period: str
    version: int | None
    n_crossed: int
    n_sent: int


class WatchThresholds:
    """Compare what is published with what the user allows.

    Parameters
    ----------
    months, runs, outbox, clock
        See ``deployment_ports`` and ``ports``.
    post : SendNotices
        Sends notices.
    thresholds : sequence of Threshold
        What the user configured.
    """

    def __init__(
        self,
        months: MonthLedger,
        runs: RunShelf,
        outbox: Outbox,
        *,
        post: SendNotices,
        thresholds: Sequence[Threshold],
        clock: Clock,
    ) -> None:
        self._months = months
        self._runs = runs
        self._outbox = outbox
        self._post = post
        self._thresholds = thresholds
        self._clock = clock

    def run(self, period: UsagePeriod) -> WatchReceipt:
        """Tell of every crossing of the month's published figure, once for each direction."""
        pointer = self._months.pointer(period)
        if pointer is None:
            return WatchReceipt(period.text, None, 0, 0)
        n_crossed = self._watched(pointer)
        # what was published meanwhile may have been watched before our notices were there
        while (current := self._months.pointer(period)) is not None and (
            current.version != pointer.version
        ):
            pointer = current
            n_crossed += self._watched(pointer)
        return WatchReceipt(period.text, pointer.version, n_crossed, self._post.run())

    def _watched(self, pointer: Pointer) -> int:
        if not self._thresholds:
            return 0
        manifest = self._runs.manifest(pointer.usage_period, pointer.run_id)
        reported_ug = manifest["reported_ug"]
        return sum(self._compared(each, pointer, reported_ug) for each in self._thresholds)

    def _compared(
        self, threshold: Threshold, pointer: Pointer, reported_ug: dict[str, int]
    ) -> bool:
        match threshold.is_breached(reported_ug):
            case None:
                return False
            case True:
                direction = Direction.BREACHED
            case False:
                direction = Direction.CLEARED
                breach = threshold_event_id(threshold, pointer.usage_period, Direction.BREACHED)
                if not self._outbox.holds(breach):
                    return False
        amount_ug = reported_ug[threshold.measure]
        return self._outbox.put(
            threshold_crossed(threshold, pointer, amount_ug, direction, self._clock.now())
        )
