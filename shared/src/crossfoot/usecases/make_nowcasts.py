"""Make the nowcasts of a look ahead, keep them, and let each be placed in the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from crossfoot.domain.errors import UnknownFigureError
from crossfoot.domain.looks import Look
from crossfoot.domain.tables import DeliveryLabel
from crossfoot.usecases.choose_inputs import labels_of
from crossfoot.usecases.choose_vintage import current_deliveries
from crossfoot.usecases.deployment_ports import DeliveryLedger, MonthLedger, NowcastWorkflow
from crossfoot.usecases.nowcast_months import Nowcast, NowcastReceipt, nowcast_months
from crossfoot.usecases.nowcast_ports import AskedHistory, NowcastShelf, PublishedNow
from crossfoot.usecases.ports import Clock
from crossfoot.usecases.tell_month import nowcast_id, told_month


class MadeOutcome(StrEnum):
    """What became of a look ahead."""

    MADE = "made"
    UNKNOWN = "unknown"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Made:
    """The nowcasts that were kept, by month; a reason where none could be made."""

    outcome: MadeOutcome
    nowcasts: Mapping[str, str]
    reason: str | None = None


class MakeNowcasts:
    """Nowcast the silent months whose usage was weighed.

    Parameters
    ----------
    published, deliveries, nowcasts, clock
        See ``nowcast_ports``, ``deployment_ports`` and ``ports``; ``nowcasts`` holds the pointers
        of nowcasts.
    history : AskedHistory
        What was ever published.
    shelf : NowcastShelf
        Keeps nowcasts.
    workflow : NowcastWorkflow
        Places them.
    """

    def __init__(  # noqa: PLR0913 - what there is, and where it goes
        self,
        published: PublishedNow,
        deliveries: DeliveryLedger,
        nowcasts: MonthLedger,
        *,
        history: AskedHistory,
        shelf: NowcastShelf,
        workflow: NowcastWorkflow,
        clock: Clock,
    ) -> None:
        self._published = published
        self._deliveries = deliveries
        self._nowcasts = nowcasts
        self._history = history
        self._shelf = shelf
        self._workflow = workflow
        self._clock = clock

    def run(self, look: Look, attempt: str, weighed: Mapping[str, str]) -> Made:
        """Make, keep and start; safe to repeat.

        Parameters
        ----------
        attempt : str
            Names the answers about the history.
        weighed : mapping of str to str
            By silent month, the attempt that weighed its usage.
        """
        labels = self._labels(look)
        history = self._history.opened(look, attempt, labels, weighed)
        # equal pointers before and after: what Athena read in between was all of one moment
        if self._published.current().published != look.published:
            return Made(MadeOutcome.SUPERSEDED, {})
        try:
            receipt = nowcast_months(history, self._clock.now())
        except UnknownFigureError as error:
            return Made(MadeOutcome.UNKNOWN, {}, str(error))
        payer = current_deliveries(labels)[max(look.published)].payer_account_id
        made = {
            each.month.usage_period.text: self._keep(receipt, each, payer)
            for each in receipt.months
        }
        for each in receipt.months:
            period = each.month.usage_period
            # named after the look: a closing that failed is tried again by the next one
            name = f"nowcast-{period}-{look.attempt}"
            self._workflow.start_nowcast(period, name, made[period.text])
        return Made(MadeOutcome.MADE, made)

    def _labels(self, look: Look) -> list[DeliveryLabel]:
        every = (
            each
            for period in sorted(look.published)
            for each in self._deliveries.deliveries(period)
        )
        return labels_of(every)

    def _keep(self, receipt: NowcastReceipt, each: Nowcast, payer: str) -> str:
        told = told_month(receipt, each, payer)
        pointer = self._nowcasts.pointer(told.usage_period)
        current = None if pointer is None else pointer.delivery_id
        name = nowcast_id(told, current, self._shelf.holds)
        self._shelf.keep(name, told, self._clock.now())
        return name


def weighed_months(months: Sequence[Mapping[str, str | None]]) -> dict[str, str]:
    """Return, by month, the attempt that weighed it; months that failed are left out."""
    return {
        str(each["usage_period"]): attempt
        for each in months
        if (attempt := each["attempt"]) is not None
    }
