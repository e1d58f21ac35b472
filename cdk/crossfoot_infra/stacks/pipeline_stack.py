"""What works: functions, state machines, queues, schedules and alarms. It can be thrown away."""

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from crossfoot import __version__
from crossfoot_infra.constructs.alarms import Alarms
from crossfoot_infra.constructs.chat import ChatRule
from crossfoot_infra.constructs.dashboard import Dashboard
from crossfoot_infra.constructs.delivery_queue import DeliveryQueue, EncryptedQueue
from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.layer_shelf import LayerShelf
from crossfoot_infra.constructs.member_accounts import MemberAccounts
from crossfoot_infra.constructs.python_function import FunctionSite, PythonFunction
from crossfoot_infra.constructs.timetable import Timetable
from crossfoot_infra.functions.accept_delivery import AcceptDelivery
from crossfoot_infra.functions.allocate_emissions import AllocateEmissions
from crossfoot_infra.functions.collect_inventory import CollectInventory
from crossfoot_infra.functions.collect_sustainability import CollectSustainability
from crossfoot_infra.functions.estimate_impacts import EstimateImpacts
from crossfoot_infra.functions.finish_publications import FinishPublications
from crossfoot_infra.functions.ingest_carbon import IngestCarbon
from crossfoot_infra.functions.judge_rules import JudgeRules
from crossfoot_infra.functions.list_accounts import ListAccounts
from crossfoot_infra.functions.nowcast_months import NowcastMonths
from crossfoot_infra.functions.publish_period import PublishPeriod
from crossfoot_infra.functions.quarantine_delivery import QuarantineDelivery
from crossfoot_infra.functions.reconcile import Reconcile
from crossfoot_infra.functions.report_late_data import ReportLateData
from crossfoot_infra.functions.roll_up_usage import RollUpUsage
from crossfoot_infra.functions.tell_chat import TellChat
from crossfoot_infra.functions.watch_thresholds import WatchThresholds
from crossfoot_infra.settings import DeploymentSettings
from crossfoot_infra.stacks.appointments import (
    completions,
    inventory_nights,
    judgements,
    looks_ahead,
    looks_at_sustainability,
    reminders,
)
from crossfoot_infra.stacks.ledger_stack import LedgerStack
from crossfoot_infra.stacks.watching import watch_figures, watch_machines
from crossfoot_infra.workflows.close_month import CloseMonth
from crossfoot_infra.workflows.collect_inventory import CollectInventory as InventoryWorkflow
from crossfoot_infra.workflows.collect_sustainability import (
    CollectSustainability as SustainabilityWorkflow,
)
from crossfoot_infra.workflows.look_ahead import LookAhead
from crossfoot_infra.workflows.watch_rules import WatchRules

LAYERS: Final = Path(__file__).parents[3] / "dist" / "layers"
"""Where `make layers` puts the layers."""


class PipelineStack(cdk.Stack):
    """Everything that turns deliveries into published months; it holds nothing that lasts.

    Parameters
    ----------
    settings : DeploymentSettings
        Of the whole deployment.
    ledger : LedgerStack
        What is kept.
    layers_dir : Path
        Where `make layers` has put the layers.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: DeploymentSettings,
        ledger: LedgerStack,
        layers_dir: Path = LAYERS,
    ) -> None:
        super().__init__(
            scope,
            id_,
            description="Crossfoot: closes months as AWS's exports arrive",
            env=cdk.Environment(account=settings.account, region=settings.region),
        )
        self.add_stack_dependency(ledger)
        self._settings = settings
        self._ledger = ledger
        # by its ARN, so that nothing here changes the key's policy over there
        self._key = kms.Key.from_key_arn(self, "Key", ledger.key.key_arn)
        self._dead_letters = EncryptedQueue(
            self, "DeadLetters", queue_name=f"{settings.name}-not-started", key=self._key
        )
        self._deliveries = DeliveryQueue(
            self,
            "Deliveries",
            name=settings.name,
            key=self._key,
            bucket_name=settings.landing_bucket_name,
            prefixes=(settings.exports.carbon_prefix, settings.exports.usage_prefix),
        )
        self._estate = self._make_estate()
        self._site = self._make_site(layers_dir)
        self._members = self._make_members()
        self.functions: list[PythonFunction] = []
        self.look_ahead: LookAhead | None = None
        self.collect_sustainability: SustainabilityWorkflow | None = None
        self._close_months()
        if settings.nowcasts:
            self._look_ahead()
        self._watch_rules()
        self._collect_inventories()
        if settings.sustainability:
            self._collect_sustainability()
        self._finish_and_report()
        self._alarms()
        self._tell_outputs()

    def _make_members(self) -> MemberAccounts:
        settings = self._settings
        return MemberAccounts(
            collector_role_name=settings.collector_role_name,
            directory_role_name=settings.directory_role_name,
            inventory_role_name=settings.inventory_role_name,
            organization_role_arn=settings.organization_role_arn,
        )

    def _make_estate(self) -> Estate:
        settings, ledger = self._settings, self._ledger
        values = self._values()
        # by their names, which we chose: no statement hides behind an export of the other stack
        landing, curated, work = (
            s3.Bucket.from_bucket_name(self, purpose.title(), settings.bucket_name(purpose))
            for purpose in ("landing", "curated", "work")
        )
        return Estate(
            landing=landing,
            curated=curated,
            work=work,
            key=self._key,
            ledger_arn=ledger.ledger_table.table_arn,
            bus=ledger.event_bus,
            workgroup=ledger.workgroup_name,
            database=ledger.database_name,
            work_database=ledger.work_database_name,
            close_month_arn=values["CLOSE_MONTH_ARN"],
            watch_rules_arn=values["WATCH_RULES_ARN"],
            carbon_prefix=settings.exports.carbon_prefix,
            usage_prefix=settings.exports.usage_prefix,
            stack=self,
            values=values,
        )

    def _values(self) -> dict[str, str]:
        """Return the value of every variable that a function may read."""
        settings, ledger = self._settings, self._ledger
        values = {
            "LANDING_BUCKET": settings.bucket_name("landing"),
            "CURATED_BUCKET": settings.bucket_name("curated"),
            "WORK_BUCKET": settings.bucket_name("work"),
            "LEDGER_TABLE": ledger.ledger_table.table_name,
            "DATABASE": ledger.database_name,
            "EVENT_BUS": ledger.event_bus.event_bus_name,
            "CLOSE_MONTH_ARN": self._state_machine_arn("close-month"),
            "WATCH_RULES_ARN": self._state_machine_arn("watch-rules"),
            "PAYER_ACCOUNT_ID": settings.payer_account_id,
            "CARBON_PREFIX": settings.exports.carbon_prefix,
            "USAGE_PREFIX": settings.exports.usage_prefix,
            "USAGE_FORMAT": settings.exports.usage_format.value,
            "USAGE_SINCE": settings.exports.usage_since,
            "INVENTORY_ROLE_NAME": settings.inventory_role_name,
            "EXTERNAL_ID": settings.organization.external_id,
        }
        if settings.nowcasts:
            values["LOOK_AHEAD_ARN"] = self._state_machine_arn("look-ahead")
        if settings.organization_role_arn is not None:
            values["ORGANIZATION_ROLE_ARN"] = settings.organization_role_arn
        if settings.sustainability_role_arn is not None:
            values["SUSTAINABILITY_ROLE_ARN"] = settings.sustainability_role_arn
        return values

    def _make_site(self, layers_dir: Path) -> FunctionSite:
        settings = self._settings
        return FunctionSite(
            name=settings.name,
            architecture=settings.architecture,
            shelf=LayerShelf(self, "Layers", folder=layers_dir, architecture=settings.architecture),
            key=self._key,
            dead_letters=self._dead_letters,
            never=self._estate.keep_what_is_kept(),
            log_days=settings.retention.log_days,
            is_reserved=settings.reserve_concurrency,
            engine_version=__version__,
        )

    def _close_months(self) -> None:
        """Make the functions of a month and their state machine; then let deliveries in."""
        site, estate = self._site, self._estate
        steps: list[PythonFunction] = [
            step(self, site=site, estate=estate)
            for step in (
                IngestCarbon,
                RollUpUsage,
                AllocateEmissions,
                EstimateImpacts,
                Reconcile,
                PublishPeriod,
                WatchThresholds,
                QuarantineDelivery,
            )
        ]
        self.close_month = CloseMonth(
            self,
            name=f"{self._settings.name}-close-month",
            key=self._key,
            log_days=self._settings.retention.log_days,
            estate=estate,
            functions=steps,
        )
        accept = AcceptDelivery(
            self,
            site=site,
            estate=estate,
            deliveries=self._deliveries,
        )
        self._deliveries.feed(accept.function)
        self.functions += [accept, *steps]

    def _look_ahead(self) -> None:
        """Make what nowcasts the months that AWS has not published."""
        nowcast = NowcastMonths(self, site=self._site, estate=self._estate)
        self.look_ahead = LookAhead(
            self,
            name=f"{self._settings.name}-look-ahead",
            key=self._key,
            log_days=self._settings.retention.log_days,
            estate=self._estate,
            nowcast=nowcast,
        )
        self.functions.append(nowcast)

    def _watch_rules(self) -> None:
        """Make what judges thresholds, and tells of them in chat where the settings say so."""
        site, estate, ledger = self._site, self._estate, self._ledger
        judge = JudgeRules(self, site=site, estate=estate)
        self.watch_rules = WatchRules(
            self,
            name=f"{self._settings.name}-watch-rules",
            key=self._key,
            log_days=self._settings.retention.log_days,
            estate=estate,
            judge=judge,
        )
        self.functions.append(judge)
        if ledger.chat_topic is not None:
            topic_arn = ledger.chat_topic.topic_arn
            tell = TellChat(self, site=site, estate=estate, topic_arn=topic_arn)
            ChatRule(
                self,
                "Chat",
                bus=ledger.event_bus,
                tell=tell.function,
                dead_letters=site.dead_letters,
            )
            self.functions.append(tell)

    def _collect_inventories(self) -> None:
        site, estate, members = self._site, self._estate, self._members
        steps: list[PythonFunction] = [
            ListAccounts(self, site=site, estate=estate, members=members),
            CollectInventory(self, site=site, estate=estate, members=members),
        ]
        self.collect_inventory = InventoryWorkflow(
            self,
            name=f"{self._settings.name}-collect-inventory",
            key=self._key,
            log_days=self._settings.retention.log_days,
            estate=estate,
            functions=steps,
        )
        self.functions += steps

    def _collect_sustainability(self) -> None:
        settings = self._settings
        collect = CollectSustainability(
            self,
            site=self._site,
            estate=self._estate,
            role_name=settings.sustainability_collector_name,
            management_role_arn=settings.sustainability_role_arn,
        )
        self.collect_sustainability = SustainabilityWorkflow(
            self,
            name=f"{settings.name}-collect-sustainability",
            key=self._key,
            log_days=settings.retention.log_days,
            estate=self._estate,
            collect=collect,
        )
        self.functions.append(collect)

    def _finish_and_report(self) -> None:
        finish = FinishPublications(self, site=self._site, estate=self._estate)
        report = ReportLateData(self, site=self._site, estate=self._estate)
        Timetable(
            self,
            "Timetable",
            name=self._settings.name,
            key=self._key,
            dead_letters=self._dead_letters,
            appointments=[
                *inventory_nights(self.collect_inventory.machine),
                *([] if self.look_ahead is None else [looks_ahead(self.look_ahead.machine)]),
                *(
                    []
                    if self.collect_sustainability is None
                    else [looks_at_sustainability(self.collect_sustainability.machine)]
                ),
                completions(finish),
                judgements(self.watch_rules.machine),
                reminders(report),
            ],
        )
        self.functions += [finish, report]

    def _alarms(self) -> None:
        ledger = self._ledger
        alarms = Alarms(self, "Alarms", name=self._settings.name, topic=ledger.notices_topic)
        for alarm_id, queue in {
            "dead-letters": self._deliveries.dead_letters,
            "not-started": self._dead_letters,
            "undelivered-notices": ledger.undelivered_notices,
        }.items():
            alarms.watch(
                alarm_id, queue.metric_approximate_number_of_messages_visible(statistic="Maximum")
            )
        optional = {
            "month-not-nowcast": self.look_ahead,
            "sustainability-not-collected": self.collect_sustainability,
        }
        machines = {
            **{name: each.machine for name, each in optional.items() if each is not None},
            "month-not-closed": self.close_month.machine,
            "inventory-not-collected": self.collect_inventory.machine,
            "rules-not-judged": self.watch_rules.machine,
        }
        watch_machines(alarms, machines)
        for each in self.functions:
            alarms.watch_function(each)
        watch_figures(alarms, self.functions, ledger.workgroup_name)
        Dashboard(
            self,
            "Dashboard",
            name=self._settings.name,
            alarms=alarms.all,
            close_month=self.close_month.machine,
            deliveries=self._deliveries.queue,
            functions=self.functions,
        )

    def _tell_outputs(self) -> None:
        outputs = {
            "CloseMonthArn": self.close_month.machine.state_machine_arn,
            "CollectInventoryArn": self.collect_inventory.machine.state_machine_arn,
            "WatchRulesArn": self.watch_rules.machine.state_machine_arn,
            "DeliveriesQueueUrl": self._deliveries.queue.queue_url,
            "DeadLetterQueueUrl": self._deliveries.dead_letters.queue_url,
            "NotStartedQueueUrl": self._dead_letters.queue_url,
        }
        if self.look_ahead is not None:
            outputs["LookAheadArn"] = self.look_ahead.machine.state_machine_arn
        if self.collect_sustainability is not None:
            arn = self.collect_sustainability.machine.state_machine_arn
            outputs["CollectSustainabilityArn"] = arn
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)

    def _state_machine_arn(self, name: str) -> str:
        """Return an ARN before its state machine is there: the name is ours to choose."""
        states = f"arn:{self.partition}:states:{self.region}:{self.account}:stateMachine"
        return f"{states}:{self._settings.name}-{name}"
