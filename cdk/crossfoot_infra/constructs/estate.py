"""What the pipeline works on, and the narrow statements that give a function its part of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from crossfoot.domain.columns import TABLES
from crossfoot.domain.publication_tables import EMISSIONS_HISTORY


@dataclass(frozen=True, slots=True)
class Estate:
    """Everything that is kept, as the functions and state machines see it.

    ``values`` are the values of the environment's names; ``account``, ``region`` and
    ``partition`` are those of the stack.
    """

    landing: s3.IBucket
    curated: s3.IBucket
    work: s3.IBucket
    key: kms.IKey
    ledger_arn: str
    bus: events.IEventBus
    workgroup: str
    database: str
    work_database: str
    close_month_arn: str
    watch_rules_arn: str
    carbon_prefix: str
    usage_prefix: str
    stack: cdk.Stack
    values: Mapping[str, str]

    def environment(self, *names: str) -> dict[str, str]:
        """Return these variables, and those that every function has."""
        return {name: self.values[name] for name in names if name in self.values}

    def read_landing(self, *prefixes: str) -> Iterator[iam.PolicyStatement]:
        """Read the pinned versions of exports, and find out which versions there are."""
        folders = [f"{prefix}/*" for prefix in prefixes]
        yield _allow(
            ["s3:GetObject", "s3:GetObjectVersion"],
            *(self.landing.arn_for_objects(folder) for folder in folders),
        )
        yield _allow(
            ["s3:ListBucket", "s3:ListBucketVersions"],
            self.landing.bucket_arn,
            conditions={"StringLike": {"s3:prefix": folders}},
        )

    def read_curated(self, *prefixes: str) -> Iterator[iam.PolicyStatement]:
        """Read what is kept below the prefixes."""
        yield from self._read(self.curated, prefixes)

    def read_versions(self, *prefixes: str) -> Iterator[iam.PolicyStatement]:
        """Read what is kept below the prefixes, and find out which versions there are."""
        yield from self._read(self.curated, prefixes)
        yield _allow(
            ["s3:ListBucketVersions"],
            self.curated.bucket_arn,
            conditions={"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in prefixes]}},
        )

    def write_curated(self, *prefixes: str) -> Iterator[iam.PolicyStatement]:
        """Write below the prefixes, and never remove: what is there already is compared."""
        yield _allow(["s3:PutObject"], *_objects(self.curated, prefixes))
        yield from self._read(self.curated, prefixes)

    def read_work(self, *prefixes: str) -> Iterator[iam.PolicyStatement]:
        """Read what runs hand on below the prefixes."""
        yield from self._read(self.work, prefixes)

    def write_work(self, *prefixes: str) -> Iterator[iam.PolicyStatement]:
        """Write what a later step reads, in parts where it is large."""
        yield _allow(
            ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
            *_objects(self.work, prefixes),
        )
        yield from self._read(self.work, prefixes)

    def use_ledger(self) -> Iterator[iam.PolicyStatement]:
        """Read and write single items of the ledger, each write under its condition."""
        yield _allow(
            [
                "dynamodb:ConditionCheckItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
            ],
            self.ledger_arn,
        )
        yield self._use_key("dynamodb")

    def read_pointers(self) -> Iterator[iam.PolicyStatement]:
        """Read the pointers of all months at once."""
        yield _allow(["dynamodb:BatchGetItem"], self.ledger_arn)

    def remember_calls(self) -> Iterator[iam.PolicyStatement]:
        """Forget a call's idempotency row where the call has failed."""
        yield _allow(
            ["dynamodb:DeleteItem"],
            self.ledger_arn,
            conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["idempotency#*"]}},
        )

    def find_unfinished(self) -> Iterator[iam.PolicyStatement]:
        """Find what waits to be settled or sent."""
        yield _allow(["dynamodb:Query"], f"{self.ledger_arn}/index/open")

    def move_partitions(self) -> Iterator[iam.PolicyStatement]:
        """Register and move the partitions of our own tables; no table is made or altered."""
        yield _allow(
            [
                "glue:BatchCreatePartition",
                "glue:CreatePartition",
                "glue:GetPartition",
                "glue:GetPartitions",
                "glue:GetTable",
                "glue:UpdatePartition",
            ],
            *self.catalog(self.database, *(table.name for table in (*TABLES, EMISSIONS_HISTORY))),
        )

    def keep_publications(self) -> Iterator[iam.PolicyStatement]:
        """Write down every publication for ever."""
        yield from self.write_curated("records/publications/", "tables/publications/")

    def send_events(self) -> Iterator[iam.PolicyStatement]:
        """Send our own events to our own bus."""
        yield _allow(
            ["events:PutEvents"],
            self.bus.event_bus_arn,
            conditions={"StringEquals": {"events:source": "crossfoot"}},
        )

    def close_months(self) -> Iterator[iam.PolicyStatement]:
        """Start the closing of a month, once under each name."""
        yield _allow(["states:StartExecution"], self.close_month_arn)

    def look_ahead(self) -> Iterator[iam.PolicyStatement]:
        """Start a look ahead where one is wanted; nothing where nowcasts are switched off."""
        if "LOOK_AHEAD_ARN" in self.values:
            yield _allow(["states:StartExecution"], self.values["LOOK_AHEAD_ARN"])
            yield from self.read_pointers()

    def watch_rules(self) -> Iterator[iam.PolicyStatement]:
        """Start the judgement of thresholds, once under each name."""
        yield _allow(["states:StartExecution"], self.watch_rules_arn)

    def publish_to(self, topic_arn: str) -> Iterator[iam.PolicyStatement]:
        """Publish to one topic that the key encrypts."""
        yield _allow(["sns:Publish"], topic_arn)
        yield self._use_key("sns")

    def locate(self) -> Iterator[iam.PolicyStatement]:
        """Let Athena find the Region of the buckets that its queries touch."""
        yield _allow(["s3:GetBucketLocation"], self.curated.bucket_arn, self.work.bucket_arn)
        yield _allow(["s3:ListBucketMultipartUploads"], self.work.bucket_arn)

    def query(self) -> Iterator[iam.PolicyStatement]:
        """Ask Athena within our workgroup, over our two databases."""
        yield _allow(
            [
                "athena:GetQueryExecution",
                "athena:GetQueryResults",
                "athena:StartQueryExecution",
                "athena:StopQueryExecution",
            ],
            self.arn("athena", f"workgroup/{self.workgroup}"),
        )
        yield _allow(["athena:GetDataCatalog"], self.arn("athena", "datacatalog/AwsDataCatalog"))
        yield _allow(
            [
                "glue:GetDatabase",
                "glue:GetPartition",
                "glue:GetPartitions",
                "glue:BatchGetPartition",
                "glue:GetTable",
                "glue:GetTables",
            ],
            *self.catalog(self.database, "*"),
            *self.catalog(self.work_database, "*")[1:],
        )
        # Athena looks this one up first, whatever the query names
        yield _allow(["glue:GetDatabase"], self.arn("glue", "database/default"))

    def catalog(self, database: str, *tables: str) -> list[str]:
        """Return the ARNs that an action on these tables of a database is checked against."""
        return [
            self.arn("glue", "catalog"),
            self.arn("glue", f"database/{database}"),
            *(self.arn("glue", f"table/{database}/{table}") for table in tables),
        ]

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of something of this account and Region."""
        stack = self.stack
        return f"arn:{stack.partition}:{service}:{stack.region}:{stack.account}:{resource}"

    def keep_what_is_kept(self) -> iam.PolicyStatement:
        """Refuse to remove or unlock anything that is kept, whatever else is allowed."""
        return iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=[
                "s3:BypassGovernanceRetention",
                "s3:DeleteObject",
                "s3:DeleteObjectVersion",
                "s3:PutObjectRetention",
            ],
            resources=[self.curated.arn_for_objects("*")],
        )

    def _read(self, bucket: s3.IBucket, prefixes: tuple[str, ...]) -> Iterator[iam.PolicyStatement]:
        yield _allow(["s3:GetObject", "s3:GetObjectVersion"], *_objects(bucket, prefixes))
        # without the right to list, a missing object would look like a refusal
        yield _allow(
            ["s3:ListBucket"],
            bucket.bucket_arn,
            conditions={"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in prefixes]}},
        )
        yield self._use_key("s3")

    def _use_key(self, service: str) -> iam.PolicyStatement:
        """Use the key, through one service only."""
        return _allow(
            ["kms:Decrypt", "kms:GenerateDataKey"],
            self.key.key_arn,
            conditions={
                "StringEquals": {"kms:ViaService": f"{service}.{self.stack.region}.amazonaws.com"}
            },
        )


def _objects(bucket: s3.IBucket, prefixes: tuple[str, ...]) -> list[str]:
    return [bucket.arn_for_objects(f"{prefix}*") for prefix in prefixes]


def _allow(
    actions: list[str], *resources: str, conditions: Mapping[str, object] | None = None
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=actions, resources=list(resources), conditions=dict(conditions or {})
    )
