"""The functions of a deployment: each door's work, put together from the real parts.

Every function here takes settings, makes no call to AWS, and returns what the door calls: plain
values in, small JSON out. What reads tables is put together elsewhere: loading Arrow takes a door
half of its cold start.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from crossfoot.adapters.aws.chat_topic import SnsChatTopic
from crossfoot.adapters.aws.deployed_year_figures import DeployedYearFigures
from crossfoot.adapters.aws.landing import S3Landing
from crossfoot.adapters.aws.places import WorkPlaces
from crossfoot.adapters.aws.plans import S3Plans
from crossfoot.bootstrap.deployed_parts import Ledger, clients, workflow
from crossfoot.bootstrap.deployed_policy import base_year, thresholds
from crossfoot.bootstrap.deployed_settings import (
    CatalogSettings,
    ChatSettings,
    LandingSettings,
    LedgerSettings,
    SequelSettings,
    WorkflowSettings,
    WorkSettings,
)
from crossfoot.domain.errors import ForeignDeliveryError
from crossfoot.domain.notices import Failure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.statuses import Status
from crossfoot.usecases.accept_delivery import AcceptDelivery
from crossfoot.usecases.finish_publications import FinishPublications
from crossfoot.usecases.measure_base_year import MeasureBaseYear
from crossfoot.usecases.publish_period import PublishPeriod
from crossfoot.usecases.quarantine_delivery import QuarantineDelivery
from crossfoot.usecases.report_late_data import ReportLateData
from crossfoot.usecases.tell_chat import TellChat
from crossfoot.usecases.watch_thresholds import WatchThresholds

type Answer = dict[str, Any]


def accept_delivery(
    landing: LandingSettings, ledger: LedgerSettings, month: WorkflowSettings
) -> Callable[..., Answer]:
    """Return what takes in a manifest: ``bucket``, ``key``, ``version_id``, ``is_last_chance``."""
    known = Ledger(ledger)
    accept = AcceptDelivery(
        S3Landing(known.objects, landing.landing_bucket, landing.prefixes),
        known.deliveries,
        start=known.start(month),
        post=known.post,
        clock=known.clock,
    )

    def work(*, manifest: dict[str, Any]) -> Answer:
        kind = landing.kind_of(manifest["bucket"], manifest["key"])
        take_in = accept.give_up if manifest["is_last_chance"] else accept.run
        return asdict(take_in(kind, manifest["key"], manifest["version_id"]))

    return work


def publish_period(
    ledger: LedgerSettings, catalog: CatalogSettings, work: WorkSettings
) -> Callable[[str, str], Answer]:
    """Return what publishes the run of a plan, whose proof wrote the manifest at a place."""
    known = Ledger(ledger)
    rule, figures = base_year(), DeployedYearFigures(known.months, known.runs)
    publish = {
        Status.PUBLISHED: PublishPeriod(
            known.months,
            known.runs,
            follow=known.follow(catalog),
            post=known.post,
            clock=known.clock,
            base_year=None if rule is None else MeasureBaseYear(rule, figures),
        ),
        Status.NOWCAST: PublishPeriod(
            known.nowcasts,
            known.runs,
            follow=known.follow_nowcast(catalog),
            post=known.post,
            clock=known.clock,
        ),
    }
    plans = S3Plans(known.objects, WorkPlaces(work.work_bucket))

    def publish_run(plan_uri: str, manifest_uri: str) -> Answer:
        plan = plans.read(plan_uri)
        if manifest_uri != known.places.run_manifest(plan.usage_period, plan.run_id).uri:
            raise ForeignDeliveryError(
                f"{manifest_uri[:200]!r} is not the manifest of run {plan.run_id}.",
                mend="Replay the month; its own steps hand on the places.",
            )
        manifest = known.runs.manifest(plan.usage_period, plan.run_id)
        return {**asdict(publish[plan.status].run(plan, manifest)), "status": plan.status.value}

    return publish_run


def watch_thresholds(ledger: LedgerSettings, sequels: SequelSettings) -> Callable[[str], Answer]:
    """Return what compares a published month with what the user allows, and starts the sequels."""
    known = Ledger(ledger)
    watch = WatchThresholds(
        known.months,
        known.runs,
        known.outbox,
        post=known.post,
        thresholds=thresholds(),
        clock=known.clock,
    )
    start = known.sequels(sequels)

    def watch_month(usage_period: str) -> Answer:
        watched = watch.run(UsagePeriod(usage_period))
        return {**asdict(watched), "n_started": start.run(UsagePeriod(usage_period))}

    return watch_month


def quarantine_delivery(
    ledger: LedgerSettings, month: WorkflowSettings, work: WorkSettings
) -> Callable[[str, str, str | None, Failure], Answer]:
    """Return what gives up an execution: month, holder, place of its plan if any, and why."""
    known = Ledger(ledger)
    quarantine = {
        status: QuarantineDelivery(
            known.deliveries,
            months,
            start=known.start(month),
            post=known.post,
            clock=known.clock,
        )
        for status, months in (
            (Status.PUBLISHED, known.months),
            (Status.NOWCAST, known.nowcasts),
        )
    }
    plans = S3Plans(known.objects, WorkPlaces(work.work_bucket))

    def give_up(usage_period: str, holder: str, plan_uri: str | None, failure: Failure) -> Answer:
        plan = None if plan_uri is None else plans.read(plan_uri)
        status = Status.PUBLISHED if plan is None else plan.status
        return asdict(quarantine[status].run(UsagePeriod(usage_period), holder, plan, failure))

    return give_up


def finish_publications(
    ledger: LedgerSettings, catalog: CatalogSettings, month: WorkflowSettings
) -> Callable[[str], Answer]:
    """Return what finishes all that a crash left of publications and nowcasts, for a holder."""
    known = Ledger(ledger)
    finish = [
        FinishPublications(
            months, workflow(month), follow=follow, post=known.post, clock=known.clock
        )
        for months, follow in (
            (known.months, known.follow(catalog)),
            (known.nowcasts, known.follow_nowcast(catalog)),
        )
    ]

    def finish_all(holder: str) -> Answer:
        receipts = [each.run(holder) for each in finish]
        return {
            "settled": [month for receipt in receipts for month in receipt.settled],
            "left": [month for receipt in receipts for month in receipt.left],
            "n_sent": sum(receipt.n_sent for receipt in receipts),
        }

    return finish_all


def report_late_data(ledger: LedgerSettings) -> Callable[[], Answer]:
    """Return what tells once that last month's carbon is late."""
    known = Ledger(ledger)
    report = ReportLateData(known.deliveries, known.outbox, post=known.post, clock=known.clock)
    return lambda: asdict(report.run())


def tell_chat(chat: ChatSettings) -> Callable[[str, dict[str, Any]], Answer]:
    """Return what says an event in chat: its type, and its detail."""
    tell = TellChat(SnsChatTopic(clients().sns, chat.chat_topic_arn))
    return lambda detail_type, detail: asdict(tell.run(detail_type, detail))
