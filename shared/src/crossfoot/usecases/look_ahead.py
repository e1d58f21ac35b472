"""Look ahead: which months have usage that AWS has reported nothing of."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crossfoot.domain.deliveries import ExportKind
from crossfoot.domain.errors import StorageError
from crossfoot.domain.looks import Look, SilentMonth
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.publications import Publications
from crossfoot.usecases.carbon_history import months_after
from crossfoot.usecases.deployment_ports import DeliveryLedger
from crossfoot.usecases.describe_run import digest_of
from crossfoot.usecases.nowcast_ports import PublishedNow
from crossfoot.usecases.ports import Clock
from crossfoot.usecases.start_month import good, newest_usage

_DIGITS = 16


class Outcome(StrEnum):
    """What comes of a look ahead."""

    LOOK = "look"
    NOTHING = "nothing"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Seen:
    """What comes next, and the look where there is anything to be done."""

    outcome: Outcome
    look: Look | None = None


class LookAhead:
    """Find the silent months.

    Parameters
    ----------
    published, deliveries, clock
        See ``nowcast_ports``, ``deployment_ports`` and ``ports``.
    new_attempt : callable
        Names a look; no two have the same name.
    """

    def __init__(
        self,
        published: PublishedNow,
        deliveries: DeliveryLedger,
        *,
        clock: Clock,
        new_attempt: Callable[[], str],
    ) -> None:
        self._published = published
        self._deliveries = deliveries
        self._clock = clock
        self._new_attempt = new_attempt

    def run(self, started_at: datetime) -> Seen:
        """Return the months to nowcast.

        Each publication starts a look of its own, so that of many at once only the last one need
        do anything: one that began before a later publication leaves it to that one's look.

        Raises
        ------
        StorageError
            The catalogue does not show yet what is published; to be tried again.
        """
        seen = self._published.current()
        if any(pointer.published_at > started_at for pointer in seen.months):
            return Seen(Outcome.SUPERSEDED)
        now = self._clock.now()
        silent = tuple(silent_months(seen, self._deliveries, now))
        if not silent:
            return Seen(Outcome.NOTHING)
        if not all(pointer.is_settled for pointer in seen.months):
            raise StorageError(
                "the catalogue does not show yet what is published.", mend="It is tried again."
            )
        return Seen(Outcome.LOOK, Look(self._new_attempt(), now, silent, seen.published))


def is_wanted(
    period: UsagePeriod, seen: Publications, deliveries: DeliveryLedger, now: datetime
) -> bool:
    """Whether the publication of a month leaves anything to a look ahead.

    A month that was nowcast is to be judged; months that are silent are to be told again.
    """
    was_nowcast = any(pointer.usage_period == period for pointer in seen.nowcasts)
    return was_nowcast or any(True for _ in silent_months(seen, deliveries, now))


def silent_months(
    seen: Publications, deliveries: DeliveryLedger, now: datetime
) -> Iterator[SilentMonth]:
    """Yield months after the last published one whose usage is there and whose carbon is not.

    A month whose carbon has come is about to be published.
    """
    if not seen.months:
        return
    period, running = months_after(max(seen.published), 1), UsagePeriod.containing(now)
    while period <= running:
        known = [*deliveries.deliveries(period)]
        usage = newest_usage(known)
        if usage is not None and ExportKind.CARBON not in {each.kind for each in good(known)}:
            yield SilentMonth(period, usage.digest, _work_name(period, usage.digest))
        period = months_after(period, 1)


def _work_name(period: UsagePeriod, usage_digest: str) -> str:
    document = {"usage_period": period.text, "usage": usage_digest, "for": "look-ahead"}
    return f"r-{digest_of(document)[:_DIGITS]}"
