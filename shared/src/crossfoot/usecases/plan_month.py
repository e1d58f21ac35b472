"""Plan a month: read what is new, choose AWS's figure and the usage, and name the run."""

from dataclasses import dataclass, replace
from enum import StrEnum

from crossfoot.domain.deliveries import Claim, Pointer
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.plans import MonthPlan
from crossfoot.usecases.choose_inputs import ChooseInputs, ChosenInputs
from crossfoot.usecases.close_months import identity_of
from crossfoot.usecases.deployment_ports import (
    LEASE_SECONDS,
    MonthLedger,
    PolicySource,
    PolicyVersion,
)
from crossfoot.usecases.describe_run import digest_of
from crossfoot.usecases.ports import Clock
from crossfoot.usecases.read_carbon import ReadCarbon


class Outcome(StrEnum):
    """What there is to do for a month."""

    BUILD = "build"
    UNCHANGED = "unchanged"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class PlannedMonth:
    """What there is to do, and the plan if there is something to build.

    ``n_quarantined`` counts the carbon deliveries that were put aside on the way.
    """

    outcome: Outcome
    plan: MonthPlan | None = None
    n_quarantined: int = 0


class PlanMonth:
    """Decide once, before anything is built, what one execution builds.

    Parameters
    ----------
    read_carbon : ReadCarbon
        Reads what is new.
    choose : ChooseInputs
        Says what a month is made of.
    months, policies, clock
        See ``deployment_ports`` and ``ports``.
    """

    def __init__(
        self,
        read_carbon: ReadCarbon,
        choose: ChooseInputs,
        months: MonthLedger,
        *,
        policies: PolicySource,
        clock: Clock,
    ) -> None:
        self._read_carbon = read_carbon
        self._choose = choose
        self._months = months
        self._policies = policies
        self._clock = clock

    def run(self, period: UsagePeriod, holder: str) -> PlannedMonth:
        """Claim the month and plan it; where there is nothing to build, the claim is given back.

        Safe to repeat: the same holder keeps its claim, and the same inputs name the same run.

        Raises
        ------
        MonthBusyError
            Somebody else is closing the month: to be tried again later.
        """
        claim = self._months.claim(period, holder, self._clock.now(), LEASE_SECONDS)
        n_quarantined = self._read_carbon.run(period)
        inputs = self._choose.run(period)
        if inputs is None:
            planned = self._given_back(claim, Outcome.WAITING)
        else:
            planned = self._planned(claim, inputs)
        return replace(planned, n_quarantined=n_quarantined)

    def _planned(self, claim: Claim, inputs: ChosenInputs) -> PlannedMonth:
        policy = self._policies.current(claim.usage_period)
        plan = run_of(claim, inputs, policy, self._months.pointer(claim.usage_period))
        if plan is None:
            return self._given_back(claim, Outcome.UNCHANGED)
        return PlannedMonth(Outcome.BUILD, plan)

    def _given_back(self, claim: Claim, outcome: Outcome) -> PlannedMonth:
        self._months.release(claim)
        return PlannedMonth(outcome)


def run_of(
    claim: Claim, inputs: ChosenInputs, policy: PolicyVersion, before: Pointer | None
) -> MonthPlan | None:
    """Return the run of these inputs under this policy; ``None`` where it speaks already."""
    identity = identity_of(inputs.label, inputs.origin, policy.digest)
    if before is not None and before.identity == identity:
        return None
    return MonthPlan(
        usage_period=claim.usage_period,
        run_id=run_id_of(identity, before),
        identity=identity,
        delivery_id=inputs.label.delivery_id,
        model_version=inputs.label.model_version.text,
        payer_account_id=inputs.label.payer_account_id,
        usage_digest=inputs.usage_digest,
        previous_run_id=None if before is None else before.run_id,
        policy_digest=policy.digest,
        accounts_version=policy.accounts_version,
        holder=claim.holder,
        fence=claim.fence,
        inventory_digest=inputs.inventory_digest,
    )


def run_id_of(identity: str, before: Pointer | None) -> str:
    """Name a run by its identity and, if it replaces another one, by that one.

    What a run holds depends on both: it tells what it restates. A month that returns to an
    earlier figure is therefore a run of its own, and no two contents ever share a folder.
    """
    if before is None:
        return f"r-{identity[:16]}"
    return f"r-{digest_of({'identity': identity, 'after': before.run_id})[:16]}"
