"""The function that reads carbon and plans a month, put together from the real parts."""

from collections.abc import Callable

from crossfoot.adapters.aws.carbon_reader import S3CarbonReader
from crossfoot.adapters.aws.carbon_shelf import S3CarbonShelf
from crossfoot.adapters.aws.inventory_pins import S3InventoryPins
from crossfoot.adapters.aws.kept_carbon import S3KeptCarbon
from crossfoot.adapters.aws.places import WorkPlaces
from crossfoot.adapters.aws.plans import S3Plans
from crossfoot.adapters.aws.shard_lists import S3ShardLists
from crossfoot.bootstrap.deployed import Answer
from crossfoot.bootstrap.deployed_parts import Ledger
from crossfoot.bootstrap.deployed_policy import DeployedPolicy
from crossfoot.bootstrap.deployed_settings import (
    CatalogSettings,
    LandingSettings,
    LedgerSettings,
    UsageSettings,
    WorkSettings,
)
from crossfoot.domain.period import UsagePeriod
from crossfoot.usecases.choose_inputs import ChooseInputs
from crossfoot.usecases.plan_month import PlanMonth, PlannedMonth
from crossfoot.usecases.plan_nowcast import PlanNowcast
from crossfoot.usecases.read_carbon import ReadCarbon


def ingest_carbon(
    landing: LandingSettings,
    ledger: LedgerSettings,
    *,
    catalog: CatalogSettings,
    work: WorkSettings,
    usage: UsageSettings,
) -> Callable[[str, str, str | None], Answer]:
    """Return what plans a month for a holder, and writes the plan where later steps read it.

    A month is planned of what AWS delivered, or else of the nowcast that is named.
    """
    known = Ledger(ledger)
    plan_month = PlanMonth(
        _read_carbon(known, landing, catalog),
        ChooseInputs(
            known.deliveries,
            S3InventoryPins(known.objects, known.places),
            usage.first_usage_month,
        ),
        known.months,
        policies=DeployedPolicy(known.objects, known.places),
        clock=known.clock,
    )
    plan_nowcast = PlanNowcast(
        known.deliveries,
        S3InventoryPins(known.objects, known.places),
        known.months,
        known.nowcasts,
        carbon=S3KeptCarbon(known.objects, known.places),
        policies=DeployedPolicy(known.objects, known.places),
        clock=known.clock,
    )
    kept = _KeptPlans(known, WorkPlaces(work.work_bucket))

    def plan(usage_period: str, holder: str, nowcast: str | None) -> Answer:
        if nowcast is None:
            planned = plan_month.run(UsagePeriod(usage_period), holder)
        else:
            planned = plan_nowcast.run(UsagePeriod(usage_period), holder, nowcast)
        known.post.run()
        told = {"usage_period": usage_period, "n_quarantined": planned.n_quarantined}
        return {"outcome": planned.outcome.value, **told, **kept.told(planned)}

    return plan


class _KeptPlans:
    """Where plans are written for the steps after, and what those are told of one."""

    def __init__(self, known: Ledger, places: WorkPlaces) -> None:
        self._plans = S3Plans(known.objects, places)
        self._shard_lists = S3ShardLists(known.objects, places)

    def told(self, planned: PlannedMonth) -> Answer:
        """Write the plan, if there is something to build, and return what names it."""
        plan = planned.plan
        if plan is None:
            return {}
        answer: Answer = {
            "run_id": plan.run_id,
            "holder": plan.holder,
            "fence": plan.fence,
            "has_usage": plan.has_usage,
            "usage_digest": plan.usage_digest,
            "plan_uri": self._plans.keep(plan).uri,
        }
        if not plan.has_usage:
            answer["shards_uri"] = self._shard_lists.keep_without_usage(plan.run_id).uri
        return answer


def _read_carbon(known: Ledger, landing: LandingSettings, catalog: CatalogSettings) -> ReadCarbon:
    return ReadCarbon(
        known.deliveries,
        S3CarbonReader(known.objects, landing.payer_account_id),
        S3CarbonShelf(known.objects, known.places, known.catalog(catalog)),
        payer_account_id=landing.payer_account_id,
        clock=known.clock,
    )
