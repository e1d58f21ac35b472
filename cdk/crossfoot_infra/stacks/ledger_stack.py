"""What is kept: buckets, key, catalogue, ledger table, and where people and tools look."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from crossfoot.domain.columns import CARBON_REPORTED, EMISSIONS, INVENTORY, TABLES
from crossfoot.domain.publication_tables import EMISSIONS_HISTORY, PUBLICATIONS
from crossfoot.domain.records import RECORD_TABLES
from crossfoot.domain.work_columns import WORK_TABLES
from crossfoot_infra.constructs.athena_workspace import AthenaWorkspace
from crossfoot_infra.constructs.buckets import make_buckets
from crossfoot_infra.constructs.data_key import DataKey
from crossfoot_infra.constructs.glue_tables import (
    DailyTable,
    GlueDatabase,
    ProjectedTable,
    PublishedTable,
)
from crossfoot_infra.constructs.glue_views import PublishedView
from crossfoot_infra.constructs.month_ledger import MonthLedger
from crossfoot_infra.constructs.notices import Notices
from crossfoot_infra.constructs.secure_bucket import SecureBucket
from crossfoot_infra.settings import EXPORTS_REGION, DeploymentSettings


class LedgerStack(cdk.Stack):
    """Everything that holds data: protected from deletion, and kept when the stack goes.

    Parameters
    ----------
    settings : DeploymentSettings
        Of the whole deployment.
    view_queries : mapping of str to str
        Query of each published view, by its name, in Athena's dialect.

    Attributes
    ----------
    landing_bucket : Bucket
        AWS delivers here (``LANDING_BUCKET``); new objects go to the default event bus.
    curated_bucket : Bucket
        Immutable runs and kept deliveries (``CURATED_BUCKET``).
    work_bucket : Bucket
        What a run writes on its way, and query results; expires (``WORK_BUCKET``).
    key : Key
        Encrypts everything but the landing and access log buckets; log groups, topics, queues
        and alarms of this account may use it.
    ledger_table : Table
        Claims, pointers, deliveries and outbox (``LEDGER_TABLE``); index ``open``.
    database_name, work_database_name, workgroup_name : str
        ``DATABASE``, ``WORK_DATABASE`` and ``WORKGROUP``.
    event_bus : EventBus
        ``EVENT_BUS``.
    notices_topic : Topic
        Tells people; alarms may publish to it.
    chat_topic : Topic or None
        Chat channels listen to it (``CHAT_TOPIC_ARN``).
    undelivered_notices : Queue
        What the topic did not take; to be watched by an alarm.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: DeploymentSettings,
        view_queries: Mapping[str, str],
    ) -> None:
        super().__init__(
            scope,
            id_,
            description="Crossfoot: the carbon ledger, and all that is kept",
            env=cdk.Environment(account=settings.account, region=settings.region),
            termination_protection=settings.termination_protection,
        )
        self.key = DataKey(self, "Key", name=settings.name)
        buckets = make_buckets(self, key=self.key, settings=settings)
        self.landing_bucket: s3.Bucket = buckets.landing
        self.curated_bucket: s3.Bucket = buckets.curated
        self.work_bucket: s3.Bucket = buckets.work
        _let_exports_in(buckets.landing, settings)
        self.ledger_table = MonthLedger(self, "MonthLedger", name=settings.name, key=self.key)
        self.database_name = settings.database_name
        self.work_database_name = settings.work_database_name
        self._declare_tables(settings, view_queries)
        self._declare_work_tables(settings)
        self.workgroup_name = settings.name
        AthenaWorkspace(
            self,
            "Athena",
            name=settings.name,
            database_name=settings.database_name,
            results=self.work_bucket,
            key=self.key,
            scan_limit_gib=settings.scan_limit_gib,
        )
        notices = self._notices(settings)
        self.event_bus: events.EventBus = notices.bus
        self.notices_topic: sns.Topic = notices.topic
        self.chat_topic: sns.Topic | None = notices.chat_topic
        self.undelivered_notices: sqs.Queue = notices.undelivered
        self._tell_outputs()

    def _notices(self, settings: DeploymentSettings) -> Notices:
        return Notices(
            self,
            "Notices",
            name=settings.name,
            key=self.key,
            archive_days=settings.retention.event_days,
            emails=settings.notice_emails,
            has_chat=settings.chat_topic,
        )

    def _tell_outputs(self) -> None:
        """Tell operators, and the commands that look after a deployment, where things are."""
        outputs = {
            "LandingBucket": self.landing_bucket.bucket_name,
            "CuratedBucket": self.curated_bucket.bucket_name,
            "LedgerTable": self.ledger_table.table_name,
            "KeyArn": self.key.key_arn,
            "Database": self.database_name,
            "Workgroup": self.workgroup_name,
            "EventBus": self.event_bus.event_bus_name,
        }
        if self.chat_topic is not None:
            outputs["ChatTopicArn"] = self.chat_topic.topic_arn
        for name, value in outputs.items():
            # parts of the stack have some of these names
            cdk.CfnOutput(self, f"Told{name}", value=value).override_logical_id(name)

    def _declare_tables(
        self, settings: DeploymentSettings, view_queries: Mapping[str, str]
    ) -> None:
        database = GlueDatabase(
            self, "Database", name=settings.database_name, description="The carbon ledger"
        )
        folders = {CARBON_REPORTED: "deliveries", EMISSIONS_HISTORY: f"tables/{EMISSIONS.name}"}
        for table in (*TABLES, EMISSIONS_HISTORY):
            folder = folders.get(table, f"tables/{table.name}")
            PublishedTable(
                database,
                database=database,
                table=table,
                tag_columns=settings.tag_columns,
                location=f"s3://{settings.bucket_name('curated')}/{folder}/",
            )
        for table in (INVENTORY, *RECORD_TABLES, PUBLICATIONS):
            folder = "inventory" if table is INVENTORY else f"tables/{table.name}"
            DailyTable(
                database,
                database=database,
                table=table,
                location=f"s3://{settings.bucket_name('curated')}/{folder}/",
            )
        for name, query in view_queries.items():
            PublishedView(
                database,
                database=database,
                database_name=settings.database_name,
                name=name,
                query=query,
                tag_columns=settings.tag_columns,
            )

    def _declare_work_tables(self, settings: DeploymentSettings) -> None:
        database = GlueDatabase(
            self,
            "WorkDatabase",
            name=settings.work_database_name,
            description="What a run of the pipeline reads on its way",
        )
        for work_table in WORK_TABLES:
            ProjectedTable(
                database,
                database=database,
                work_table=work_table,
                tag_columns=settings.tag_columns,
                bucket_name=settings.bucket_name("curated" if work_table.is_curated else "work"),
            )


def _let_exports_in(landing: SecureBucket, settings: DeploymentSettings) -> None:
    """Let Data Exports put objects, for exports of the management account only."""
    payer = settings.payer_account_id
    landing.add_to_resource_policy(
        iam.PolicyStatement(
            sid="DeliverExports",
            principals=[iam.ServicePrincipal("bcm-data-exports.amazonaws.com")],
            actions=["s3:PutObject"],
            # the whole bucket: AWS tries its access with an object outside of the prefixes
            resources=[landing.arn_for_objects("*")],
            conditions={
                "StringEquals": {"aws:SourceAccount": payer},
                "ArnLike": {
                    "aws:SourceArn": f"arn:aws:bcm-data-exports:{EXPORTS_REGION}:{payer}:export/*"
                },
            },
        )
    )
