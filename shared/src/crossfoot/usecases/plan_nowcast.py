"""Plan the closing of a silent month on a nowcast."""

from crossfoot.domain.deliveries import Claim
from crossfoot.domain.errors import ForeignDeliveryError
from crossfoot.domain.period import UsagePeriod
from crossfoot.usecases.choose_inputs import ChosenInputs
from crossfoot.usecases.deployment_ports import (
    LEASE_SECONDS,
    DeliveryLedger,
    Inventories,
    MonthLedger,
    PolicySource,
)
from crossfoot.usecases.pipeline_ports import KeptCarbon
from crossfoot.usecases.plan_month import Outcome, PlannedMonth, run_of
from crossfoot.usecases.ports import Clock
from crossfoot.usecases.start_month import newest_usage


class PlanNowcast:
    """Decide once what one execution builds of a nowcast.

    Parameters
    ----------
    deliveries, inventories, months, nowcasts, policies, clock
        See ``deployment_ports`` and ``ports``; ``nowcasts`` holds the pointers of nowcasts.
    carbon : KeptCarbon
        Reads nowcasts.
    """

    def __init__(  # noqa: PLR0913 - what a month is made of, and who may publish it
        self,
        deliveries: DeliveryLedger,
        inventories: Inventories,
        months: MonthLedger,
        nowcasts: MonthLedger,
        *,
        carbon: KeptCarbon,
        policies: PolicySource,
        clock: Clock,
    ) -> None:
        self._deliveries = deliveries
        self._inventories = inventories
        self._months = months
        self._nowcasts = nowcasts
        self._carbon = carbon
        self._policies = policies
        self._clock = clock

    def run(self, period: UsagePeriod, holder: str, nowcast_id: str) -> PlannedMonth:
        """Claim the month and plan it; the claim is given back where there is nothing to build.

        There is nothing to build of a month that AWS has published, or whose usage was
        quarantined since.

        Raises
        ------
        MonthBusyError
            Somebody else is closing the month: to be tried again later.
        """
        claim = self._months.claim(period, holder, self._clock.now(), LEASE_SECONDS)
        if self._months.pointer(period) is not None:
            return self._given_back(claim, Outcome.UNCHANGED)
        inputs = self._inputs(period, nowcast_id)
        if inputs is None:
            return self._given_back(claim, Outcome.WAITING)
        return self._planned(claim, inputs)

    def _inputs(self, period: UsagePeriod, nowcast_id: str) -> ChosenInputs | None:
        label = self._carbon.delivery(nowcast_id).label
        if label.usage_period != period:
            raise ForeignDeliveryError(
                f"{nowcast_id} is a nowcast of {label.usage_period}, not of {period}.",
                mend="Start look-ahead again; it names the nowcast of each month.",
            )
        usage = newest_usage(self._deliveries.deliveries(period))
        if usage is None:
            return None
        inventory = self._inventories.pin(period)
        return ChosenInputs(label, usage.digest, None if inventory is None else inventory.digest)

    def _planned(self, claim: Claim, inputs: ChosenInputs) -> PlannedMonth:
        policy = self._policies.current(claim.usage_period)
        before = self._nowcasts.pointer(claim.usage_period)
        plan = run_of(claim, inputs, policy, before)
        if plan is None:
            return self._given_back(claim, Outcome.UNCHANGED)
        return PlannedMonth(Outcome.BUILD, plan)

    def _given_back(self, claim: Claim, outcome: Outcome) -> PlannedMonth:
        self._months.release(claim)
        return PlannedMonth(outcome)
