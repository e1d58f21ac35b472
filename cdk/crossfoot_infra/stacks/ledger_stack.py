"""What is kept: buckets, key, catalogue, ledger table, and where people and tools look."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from crossfoot.domain.columns import TABLES
from crossfoot.domain.work_columns import WORK_TABLES
from crossfoot_infra.constructs.acknowledgements import acknowledge
from crossfoot_infra.constructs.athena_workspace import AthenaWorkspace
from crossfoot_infra.constructs.data_key import DataKey
from crossfoot_infra.constructs.glue_tables import GlueDatabase, ProjectedTable, PublishedTable
from crossfoot_infra.constructs.glue_views import PublishedView
from crossfoot_infra.constructs.month_ledger import MonthLedger
from crossfoot_infra.constructs.notices import Notices
from crossfoot_infra.constructs.secure_bucket import SecureBucket
from crossfoot_infra.settings import EXPORTS_REGION, DeploymentSettings, RetentionSettings

AUDIT_PREFIXES: Final = ("tables/", "runs/", "deliveries/", "deliveries-described/", "pins/")
"""Folders of the curated bucket that are written once and never removed."""

_NO_REPLICATION: Final = "NIST.800.53.R5-S3BucketReplicationEnabled"
_NO_KEY: Final = "NIST.800.53.R5-S3DefaultEncryptionKMS"


@dataclass(frozen=True, slots=True)
class Buckets:
    """The four buckets of a deployment."""

    access_logs: SecureBucket
    landing: SecureBucket
    curated: SecureBucket
    work: SecureBucket


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
        buckets = self._make_buckets(settings)
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
        notices = Notices(
            self,
            "Notices",
            name=settings.name,
            key=self.key,
            archive_days=settings.retention.event_days,
            emails=settings.notice_emails,
        )
        self.event_bus: events.EventBus = notices.bus
        self.notices_topic: sns.Topic = notices.topic
        self.undelivered_notices: sqs.Queue = notices.undelivered

    def _make_buckets(self, settings: DeploymentSettings) -> Buckets:
        keep = settings.retention
        # S3 cannot write its access logs to a bucket under a key of ours
        access_logs = SecureBucket(
            self,
            "AccessLogs",
            bucket_name=settings.bucket_name("access-logs"),
            lifecycle_rules=[_expire("access-logs", keep.access_log_days)],
        )
        # S3's own keys: Data Exports documents no delivery under a key of ours, and AWS could
        # not tell us that it failed. Everything that we derive is under our key.
        landing = SecureBucket(
            self,
            "Landing",
            bucket_name=settings.landing_bucket_name,
            access_logs=access_logs,
            lifecycle_rules=[
                _expire_versions(
                    "usage-written-over",
                    keep.usage_version_days,
                    prefix=f"{settings.exports.usage_prefix}/",
                )
            ],
        )
        landing.announce_objects()
        curated = SecureBucket(
            self,
            "Curated",
            bucket_name=settings.bucket_name("curated"),
            key=self.key,
            access_logs=access_logs,
            lifecycle_rules=[_expire_versions("superseded", keep.superseded_days)],
            lock=_lock(keep),
        )
        curated.refuse_other_keys(self.key)
        curated.refuse_removal(*AUDIT_PREFIXES)
        work = SecureBucket(
            self,
            "Work",
            bucket_name=settings.bucket_name("work"),
            key=self.key,
            access_logs=access_logs,
            lifecycle_rules=[_expire("work", keep.work_days), _expire_versions("work-versions", 1)],
        )
        work.refuse_other_keys(self.key)
        for bucket, reason in (
            (access_logs, "Logs of requests: of use where the requests were made."),
            (landing, "AWS holds the originals and delivers them again."),
            (curated, "Every version is kept and removal refused; another Region is a choice."),
            (work, "A run makes it anew, and it expires."),
        ):
            acknowledge(bucket, {_NO_REPLICATION: reason})
        acknowledge(access_logs, {_NO_KEY: "S3 writes access logs under its own keys only."})
        acknowledge(landing, {_NO_KEY: "Data Exports documents no delivery under other keys."})
        return Buckets(access_logs, landing, curated, work)

    def _declare_tables(
        self, settings: DeploymentSettings, view_queries: Mapping[str, str]
    ) -> None:
        database = GlueDatabase(
            self, "Database", name=settings.database_name, description="The carbon ledger"
        )
        for table in TABLES:
            folder = "deliveries" if table.name == "carbon_reported" else f"tables/{table.name}"
            PublishedTable(
                database,
                database=database,
                table=table,
                tag_columns=settings.tag_columns,
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


def _expire(id_: str, days: int) -> s3.LifecycleRule:
    return s3.LifecycleRule(
        id=id_,
        expiration=cdk.Duration.days(days),
        noncurrent_version_expiration=cdk.Duration.days(1),
    )


def _expire_versions(id_: str, days: int, prefix: str | None = None) -> s3.LifecycleRule:
    return s3.LifecycleRule(
        id=id_, prefix=prefix, noncurrent_version_expiration=cdk.Duration.days(days)
    )


def _lock(keep: RetentionSettings) -> s3.ObjectLockRetention | None:
    days = cdk.Duration.days(keep.lock_days)
    match keep.lock_mode:
        case "governance":
            return s3.ObjectLockRetention.governance(days)
        case "compliance":
            return s3.ObjectLockRetention.compliance(days)
        case "none":
            return None
