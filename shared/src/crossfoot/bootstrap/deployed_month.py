"""The functions that build a month between its plan and its proof, put together from real parts.

As in ``deployed``: every function takes settings, makes no call to AWS, and returns what the door
calls.
"""

import secrets
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from crossfoot.adapters.aws.athena_usage import AthenaUsage
from crossfoot.adapters.aws.inventory_pins import S3InventoryPins
from crossfoot.adapters.aws.kept_carbon import S3KeptCarbon
from crossfoot.adapters.aws.kept_inventory import S3KeptInventory
from crossfoot.adapters.aws.pins import S3Pins
from crossfoot.adapters.aws.places import CuratedPlaces, WorkPlaces
from crossfoot.adapters.aws.plans import S3Plans
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.adapters.aws.shard_room import S3ShardRoom
from crossfoot.adapters.aws.usage_copies import UsageCopies
from crossfoot.adapters.aws.written_run import S3WrittenRun
from crossfoot.bootstrap.deployed_parts import clients
from crossfoot.bootstrap.deployed_policy import DeployedPolicy, configuration
from crossfoot.bootstrap.deployed_settings import EnvironmentSettings, WorkSettings
from crossfoot.domain.errors import RunContentError
from crossfoot.domain.plans import MonthPlan
from crossfoot.domain.usage_contract import CUR_2, FOCUS
from crossfoot.usecases.allocate_shard import AllocateShard
from crossfoot.usecases.describe_run import Policy
from crossfoot.usecases.estimate_shard import EstimateShard
from crossfoot.usecases.pipeline_ports import Query
from crossfoot.usecases.reconcile_month import ReconcileMonth
from crossfoot.usecases.roll_up_usage import RollUpUsage

type Answer = dict[str, Any]

CONTRACTS: Final = {"cur2": CUR_2, "focus": FOCUS}
_ATTEMPT_BYTES: Final = 6


class RunSettings(WorkSettings):
    """Where plans and answers lie, and where a run is written."""

    curated_bucket: Annotated[str, Field(min_length=1)]


class UsageFormatSettings(EnvironmentSettings):
    """How the usage export is delivered."""

    usage_format: Literal["cur2", "focus"] = "cur2"


class _Parts:
    """What all four functions read: plans, kept carbon and the policy of a plan."""

    def __init__(self, settings: RunSettings) -> None:
        self.objects = S3Objects(clients().s3)
        self.curated = CuratedPlaces(settings.curated_bucket)
        self.work = WorkPlaces(settings.work_bucket)
        self.plans = S3Plans(self.objects, self.work)
        self.carbon = S3KeptCarbon(self.objects, self.curated)
        self.pins = S3Pins(self.objects, self.curated)
        self.inventory_pins = S3InventoryPins(self.objects, self.curated)
        self.policies = DeployedPolicy(self.objects, self.curated)

    def policy_of(self, plan: MonthPlan) -> Policy:
        """Return the policy that the run was planned under.

        Raises
        ------
        RunContentError
            The deployment has another one by now: half of a run each would be of neither.
        """
        policy = self.policies.at(plan.accounts_version, plan.usage_period)
        if policy.digest() != plan.policy_digest:
            raise RunContentError(
                f"{plan.run_id} was planned under another configuration or version of Crossfoot.",
                mend="Replay the month; it is planned again.",
            )
        return policy


def survey_usage(settings: RunSettings, usage_format: UsageFormatSettings) -> Callable[..., Answer]:
    """Return what brings the usage of a plan, and says what to ask of it."""
    parts, work = _roll_up_parts(settings, usage_format)

    def survey(plan_uri: str) -> Answer:
        asked = work.survey(parts.plans.read(plan_uri))
        return {"attempt": asked.attempt, "queries": _told(asked.queries)}

    return survey


def classify_usage(
    settings: RunSettings, usage_format: UsageFormatSettings
) -> Callable[..., Answer]:
    """Return what classifies the surveyed usage of a plan, and words its roll-up."""
    parts, work = _roll_up_parts(settings, usage_format)

    def classify(plan_uri: str, attempt: str) -> Answer:
        order = work.classify(parts.plans.read(plan_uri), attempt)
        return {
            "sql": order.query.sql,
            "shards_uri": order.shards_uri,
            "n_shards": order.n_shards,
            "other_payers": list(order.other_payers),
        }

    return classify


def allocate_emissions(settings: RunSettings) -> Callable[..., Answer]:
    """Return what allocates one shard of a plan."""
    parts = _Parts(settings)

    def allocate(plan_uri: str, shard: int, rollup_uri: str | None) -> Answer:
        plan = parts.plans.read(plan_uri)
        policy = parts.policy_of(plan)
        work = AllocateShard(_room(parts, policy), parts.carbon, policy.configuration.method)
        receipt = work.run(plan, shard, rollup_uri)
        counted = ("entries", "usage_rows")
        return {"shard": shard, **{name: receipt.counts.get(name, 0) for name in counted}}

    return allocate


def estimate_impacts(settings: RunSettings) -> Callable[..., Answer]:
    """Return what estimates one shard of a plan, beside the grams that AWS reports."""
    parts = _Parts(settings)

    def estimate(plan_uri: str, shard: int, rollup_uri: str | None) -> Answer:
        plan = parts.plans.read(plan_uri)
        policy = parts.policy_of(plan)
        receipt = EstimateShard(_room(parts, policy)).run(plan, shard, rollup_uri)
        return {
            "shard": shard,
            "factor_set": policy.factor_set,
            "n_rows": receipt.n_rows,
            "unknown_regions": list(receipt.unknown_regions),
        }

    return estimate


def prepare_proof(settings: RunSettings) -> Callable[..., Answer]:
    """Return what says how the written run of a plan is read back."""
    parts = _Parts(settings)

    def prepare(plan_uri: str) -> Answer:
        plan = parts.plans.read(plan_uri)
        asked = _reconcile(parts, plan).prepare(plan)
        return {"attempt": asked.attempt, "queries": _told(asked.queries)}

    return prepare


def prove_run(settings: RunSettings) -> Callable[..., Answer]:
    """Return what proves the written run of a plan, and makes it whole."""
    parts = _Parts(settings)

    def prove(plan_uri: str, attempt: str) -> Answer:
        plan = parts.plans.read(plan_uri)
        proven = _reconcile(parts, plan).prove(plan, attempt)
        return {"manifest_uri": proven.manifest_uri, "n_checks": proven.n_checks}

    return prove


def _roll_up_parts(
    settings: RunSettings, usage_format: UsageFormatSettings
) -> tuple[_Parts, RollUpUsage]:
    parts = _Parts(settings)
    usage = AthenaUsage(
        parts.objects,
        UsageCopies(clients().s3, parts.work),
        parts.pins,
        parts.work,
        contract=CONTRACTS[usage_format.usage_format],
        tags=configuration().tags,
    )
    return parts, RollUpUsage(usage, parts.carbon, _new_attempt)


def _room(parts: _Parts, policy: Policy) -> S3ShardRoom:
    inventory = S3KeptInventory(parts.objects, parts.inventory_pins)
    return S3ShardRoom(parts.objects, parts.curated, parts.work, inventory=inventory, policy=policy)


def _reconcile(parts: _Parts, plan: MonthPlan) -> ReconcileMonth:
    policy = parts.policy_of(plan)
    run = S3WrittenRun(parts.objects, parts.pins, parts.curated, parts.work, policy)
    return ReconcileMonth(run, parts.carbon, policy, parts.policies, _new_attempt)


def _new_attempt() -> str:
    return secrets.token_hex(_ATTEMPT_BYTES)


def _told(queries: Sequence[Query]) -> list[Answer]:
    return [{"name": query.name, "sql": query.sql} for query in queries]
