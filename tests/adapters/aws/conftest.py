"""AWS as moto keeps it in memory, with our buckets, table, catalogue and clients."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import RLock
from typing import Any, Final

import boto3
import numpy as np
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from crossfoot.adapters.aws.carbon_shelf import S3CarbonShelf
from crossfoot.adapters.aws.dynamo_deliveries import DynamoDeliveryLedger
from crossfoot.adapters.aws.dynamo_months import DynamoMonthLedger
from crossfoot.adapters.aws.dynamo_outbox import DynamoOutbox
from crossfoot.adapters.aws.dynamo_table import DynamoTable
from crossfoot.adapters.aws.glue_catalog import GlueCatalog
from crossfoot.adapters.aws.landing import S3Landing
from crossfoot.adapters.aws.pins import S3Pins
from crossfoot.adapters.aws.places import CuratedPlaces
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.domain.columns import CARBON_REPORTED, TABLES
from crossfoot.domain.deliveries import ExportKind, Notice, PinnedDelivery, PinnedFile
from crossfoot.domain.measures import MEASURES
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.publication_tables import EMISSIONS_HISTORY
from crossfoot.domain.tables import CarbonDelivery, ReportedCarbon, SourceFile
from crossfoot.domain.versions import ModelVersion

LANDING: Final = "landing-bucket"
CURATED: Final = "curated-bucket"
DATABASE: Final = "crossfoot"
MARCH: Final = UsagePeriod("2026-03")
PAYER: Final = "000000000001"
NOW: Final = datetime(2026, 4, 20, 12, tzinfo=UTC)

type Fault = Callable[..., None]


@dataclass(frozen=True)
class World:
    """Clients of one account in moto, and our adapters over them.

    moto checks a condition and writes in two steps of one Python process, where AWS does both in
    one: a lock around every call restores that.
    """

    s3: Any
    dynamodb: Any
    glue: Any
    events: Any
    step_functions: Any
    faults: list[tuple[str, str]]

    @property
    def objects(self) -> S3Objects:
        """Objects of S3."""
        return S3Objects(self.s3)

    @property
    def places(self) -> CuratedPlaces:
        """Keys of the curated bucket."""
        return CuratedPlaces(CURATED)

    @property
    def table(self) -> DynamoTable:
        """The ledger's table."""
        return DynamoTable(self.dynamodb, "ledger")

    @property
    def landing(self) -> S3Landing:
        """The landing bucket."""
        prefixes = {ExportKind.CARBON: "carbon", ExportKind.USAGE: "usage"}
        return S3Landing(self.objects, LANDING, prefixes)

    @property
    def catalog(self) -> GlueCatalog:
        """The catalogue."""
        return GlueCatalog(self.glue, self.objects, self.places, DATABASE)

    @property
    def shelf(self) -> S3CarbonShelf:
        """Kept carbon deliveries."""
        return S3CarbonShelf(self.objects, self.places, self.catalog)

    @property
    def outbox(self) -> DynamoOutbox:
        """The outbox, as a process sees it that wrote nothing yet."""
        return DynamoOutbox(self.table)

    @property
    def months(self) -> DynamoMonthLedger:
        """Claims and pointers."""
        return DynamoMonthLedger(self.table, self.outbox)

    @property
    def deliveries(self) -> DynamoDeliveryLedger:
        """Deliveries."""
        return DynamoDeliveryLedger(self.table, S3Pins(self.objects, self.places), self.outbox)

    def put(self, key: str, body: bytes, bucket: str = LANDING) -> str:
        """Write an object and return its version."""
        return str(self.s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"])

    def fault(self, service: str, operation: str, error: Exception | Mapping[str, Any]) -> None:
        """Let every call of an operation fail: as AWS would answer, or with no answer at all."""

        def fail(**_: Any) -> None:
            raise error if isinstance(error, Exception) else ClientError(error, operation)

        events = getattr(self, service).meta.events
        events.register_first(
            f"before-parameter-build.*.{operation}", fail, unique_id=f"fault-{operation}"
        )
        self.faults.append((service, operation))

    def mend(self, service: str, operation: str) -> None:
        """Let an operation succeed again."""
        events = getattr(self, service).meta.events
        events.unregister(f"before-parameter-build.*.{operation}", unique_id=f"fault-{operation}")
        self.faults.remove((service, operation))


@pytest.fixture(scope="session")
def clients() -> World:
    """Return clients that only ever see moto; making them takes longer than most tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        services = ("s3", "dynamodb", "glue", "events", "stepfunctions")
        clients = World(*map(_client, services), faults=[])
    _serialise(clients.s3)
    _serialise(clients.dynamodb)
    return clients


@pytest.fixture
def world(clients: World) -> Iterator[World]:
    """Return an account with the stacks' buckets, table, tables and partitions."""
    with mock_aws():
        for bucket in (LANDING, CURATED):
            clients.s3.create_bucket(Bucket=bucket)
            clients.s3.put_bucket_versioning(
                Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
            )
        _make_table(clients.dynamodb)
        _make_database(clients.glue)
        yield clients
        while clients.faults:
            clients.mend(*clients.faults[-1])


def _client(service: str) -> Any:
    make: Any = boto3.client
    return make(service, config=Config(retries={"total_max_attempts": 1}))


def _serialise(client: Any) -> None:
    lock, inner = RLock(), client._make_api_call

    def one_at_a_time(operation: str, parameters: Any) -> Any:
        with lock:
            return inner(operation, parameters)

    client._make_api_call = one_at_a_time


def _make_table(dynamodb: Any) -> None:
    def key(name: str, kind: str) -> dict[str, str]:
        return {"AttributeName": name, "KeyType": kind}

    dynamodb.create_table(
        TableName="ledger",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[key("pk", "HASH"), key("sk", "RANGE")],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "open_kind")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "open",
                "KeySchema": [key("open_kind", "HASH"), key("sk", "RANGE")],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )


def _make_database(glue: Any) -> None:
    glue.create_database(DatabaseInput={"Name": DATABASE})
    second = {CARBON_REPORTED: ["delivery_id"], EMISSIONS_HISTORY: ["run_id"]}
    for table in (*TABLES, EMISSIONS_HISTORY):
        keys = ["usage_period", *second.get(table, [])]
        columns = [
            {"Name": column.name, "Type": column.athena_type}
            for column in table.columns
            if column.name not in keys
        ]
        glue.create_table(
            DatabaseName=DATABASE,
            TableInput={
                "Name": table.name,
                "PartitionKeys": [{"Name": key, "Type": "string"} for key in keys],
                "StorageDescriptor": {
                    "Columns": columns,
                    "Location": f"s3://{CURATED}/tables/{table.name}/",
                    "SerdeInfo": {"SerializationLibrary": "ParquetHiveSerDe"},
                },
            },
        )


class Made:
    """Makes what the tests hand over."""

    @staticmethod
    def notice(event_id: str = "e-1", **data: Any) -> Notice:
        """Return a notice."""
        return Notice(event_id, "Emissions Period Published", {"metadata": {"n": 1}, "data": data})

    @staticmethod
    def pinned(*keys: str, version: str = "v1", at: datetime = NOW) -> PinnedDelivery:
        """Return a pinned carbon delivery of March."""
        files = tuple(PinnedFile(key, version, "etag", 3) for key in keys)
        return PinnedDelivery(
            kind=ExportKind.CARBON,
            usage_period=MARCH,
            bucket=LANDING,
            partition="carbon_model_version=v3.0.1/usage_period=2026-03",
            execution_id=None,
            delivered_at=at,
            manifest=PinnedFile("carbon/export/metadata/m-Manifest.json", "v1", "etag", 3),
            files=files,
        )

    @staticmethod
    def carbon_delivery(path: str = "s3://landing-bucket/carbon/a.parquet") -> CarbonDelivery:
        """Return a carbon delivery of March with two rows."""

        def text(*values: str | None) -> Any:
            array = np.empty(len(values), dtype=object)
            array[:] = values
            return array

        amounts = np.arange(2 * len(MEASURES), dtype=np.int64).reshape(len(MEASURES), 2)
        rows = ReportedCarbon(
            usage_account_id=text("000000000001", "000000000002"),
            region_code=text("eu-central-1", "global"),
            location=text("Europe (Frankfurt)", None),
            product_code=text("AmazonEC2", "AmazonCloudFront"),
            carbon_service=text("AmazonEC2", "AmazonCloudFront"),
            region=text("eu-central-1", "global"),
            amount_ug=amounts,
            is_reported=np.ones_like(amounts, dtype=np.bool_),
            last_refresh=np.array(["2026-04-20T05:06:07", "NaT"], dtype="datetime64[us]"),
            source_file=np.zeros(2, dtype=np.int64),
            source_row=np.array([1, 2], dtype=np.int64),
        )
        return CarbonDelivery(
            delivery_id="d-0123456789abcdef",
            usage_period=MARCH,
            model_version=ModelVersion("v3.0.1"),
            delivered_at=NOW,
            payer_account_id=PAYER,
            files=(SourceFile(path, 100, "ab" * 32),),
            rows=rows,
        )

    @staticmethod
    def without_rows(delivery: CarbonDelivery) -> CarbonDelivery:
        """Return a delivery as AWS makes it of a month without emissions."""
        nothing: dict[str, Any] = {
            name: getattr(delivery.rows, name)[..., :0]
            for name in delivery.rows.__dataclass_fields__
        }
        return replace(delivery, rows=ReportedCarbon(**nothing))


@pytest.fixture
def made() -> Made:
    """Return the makers."""
    return Made()
