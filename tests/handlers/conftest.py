"""AWS in memory, the environment of every door, and the doors themselves."""

import importlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from moto import mock_aws

from crossfoot.adapters.aws.places import CuratedPlaces, WorkPlaces
from crossfoot.adapters.aws.plans import S3Plans
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.bootstrap import deployed_parts, deployed_policy
from crossfoot.domain.columns import TABLES
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.plans import MonthPlan
from crossfoot.domain.publication_tables import EMISSIONS_HISTORY

EVENTS: Final = Path(__file__).parents[2] / "events"
MARCH: Final = UsagePeriod("2026-03")
RUN: Final = "r-00112233445566aa"
HOLDER: Final = "close-2026-03-0f3a5c7e9b1d2f4a6c8e0b1d"
STATE_MACHINE: Final = "arn:aws:states:us-east-1:111122223333:stateMachine:crossfoot-close-month"
ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "MOTO_ACCOUNT_ID": "111122223333",
    "LANDING_BUCKET": "landing-bucket",
    "CURATED_BUCKET": "curated-bucket",
    "WORK_BUCKET": "work-bucket",
    "LEDGER_TABLE": "ledger",
    "DATABASE": "crossfoot",
    "EVENT_BUS": "crossfoot",
    "CLOSE_MONTH_ARN": STATE_MACHINE,
    "PAYER_ACCOUNT_ID": "111122223333",
    "CARBON_PREFIX": "carbon",
    "USAGE_PREFIX": "usage",
    "USAGE_FORMAT": "cur2",
    "USAGE_SINCE": "2026-01",
    "CHAT_TOPIC_ARN": "arn:aws:sns:us-east-1:111122223333:crossfoot-chat",
}


@dataclass(frozen=True)
class CallContext:
    """What Lambda tells a handler of the call."""

    function_name: str = "crossfoot-door"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:111122223333:function:crossfoot-door"
    aws_request_id: str = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """Return what is left of the time."""
        return 60_000


class Doors:
    """Calls handlers with the samples of ``events/``, as AWS would."""

    def __init__(self) -> None:
        clients = deployed_parts.clients()
        self.s3: Any = clients.s3
        self.step_functions: Any = clients.step_functions
        self.dynamodb: Any = clients.dynamodb

    @staticmethod
    def sample(name: str) -> dict[str, Any]:
        """Return ``events/<name>.json``."""
        document: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
        return document

    def call(self, name: str) -> Any:
        """Call the door of a sample with it."""
        return self.hand(name.partition(".")[0], self.announced(self.sample(name)))

    @staticmethod
    def hand(door: str, event: dict[str, Any]) -> Any:
        """Call a door with an event."""
        return importlib.import_module(f"{door}.handler").lambda_handler(event, CallContext())

    def announced(self, event: dict[str, Any]) -> dict[str, Any]:
        """Put the versions that lie in the landing bucket in place of a sample's."""
        versions = self.s3.list_object_versions(Bucket="landing-bucket").get("Versions", [])
        latest = {each["Key"]: each["VersionId"] for each in versions if each["IsLatest"]}
        for record in event.get("Records", []):
            body = json.loads(record["body"])
            told = body.get("detail", {}).get("object", {})
            key = told.get("key", "").replace("%3D", "=")
            told["version-id"] = latest.get(key, told.get("version-id"))
            record["body"] = json.dumps(body)
        return event

    def deliver(self, name: str, content: bytes = b"rows") -> None:
        """Put what the manifests of a sample tell of: one file each, then the manifest."""
        for record in self.sample(name)["Records"]:
            key = json.loads(record["body"])["detail"]["object"]["key"].replace("%3D", "=")
            folder = key.replace("/metadata/", "/data/").rpartition("/")[0]
            file = f"{folder}/part-00001.snappy.parquet"
            self.s3.put_object(Bucket="landing-bucket", Key=file, Body=content)
            self.put_manifest(key, f"s3://landing-bucket/{file}")

    def put_manifest(self, key: str, *files: str) -> None:
        """Put a manifest that lists files, whether they are there or not."""
        manifest = json.dumps({"executionId": "e-1", "dataFiles": files})
        self.s3.put_object(Bucket="landing-bucket", Key=key, Body=manifest.encode())

    def plan(self, **changes: Any) -> MonthPlan:
        """Write the plan that the samples name."""
        plan = MonthPlan(
            **{
                "usage_period": MARCH,
                "run_id": RUN,
                "identity": "00112233445566aa",
                "delivery_id": "d-00112233445566aa",
                "model_version": "v3.0.1",
                "payer_account_id": "111122223333",
                "usage_digest": "0" * 32,
                "previous_run_id": None,
                "policy_digest": "p",
                "accounts_version": None,
                "holder": HOLDER,
                "fence": 1,
                **changes,
            }
        )
        S3Plans(S3Objects(self.s3), WorkPlaces("work-bucket")).keep(plan)
        return plan

    def claim(self) -> None:
        """Hold the month as the plan's execution does."""
        ledger = deployed_parts.Ledger(_ledger_settings())
        ledger.months.claim(MARCH, HOLDER, datetime.now(UTC), 1800)

    def put_manifest_of_run(self) -> None:
        """Write the manifest that the proof of the run would have written."""
        place = CuratedPlaces("curated-bucket").run_manifest(MARCH, RUN)
        manifest = {
            "run_id": RUN,
            "identity": "00112233445566aa",
            "n_checks": 12,
            "reported_ug": {"total_mbm": 2_000_000_000_000},
            "usage_period": "2026-03",
        }
        self.s3.put_object(Bucket=place.bucket, Key=place.key, Body=json.dumps(manifest).encode())

    @staticmethod
    def create_catalog() -> None:
        """Create the tables that people query, as the stacks do."""
        glue = deployed_parts.clients().glue
        glue.create_database(DatabaseInput={"Name": "crossfoot"})
        for table in (*TABLES, EMISSIONS_HISTORY):
            keys = [{"Name": "usage_period", "Type": "string"}]
            columns = [{"Name": "run_id", "Type": "string"}]
            glue.create_table(
                DatabaseName="crossfoot",
                TableInput={
                    "Name": table.name,
                    "PartitionKeys": keys,
                    "StorageDescriptor": {"Columns": columns, "Location": "s3://curated-bucket/"},
                },
            )

    def executions(self) -> list[str]:
        """Return the names of the months' executions."""
        answer = self.step_functions.list_executions(stateMachineArn=STATE_MACHINE)
        return [each["name"] for each in answer["executions"]]

    def notices(self) -> list[str]:
        """Return the kinds of the notices in the outbox."""
        rows = self.dynamodb.scan(TableName="ledger")["Items"]
        return sorted(row["detail_type"]["S"] for row in rows if row["pk"]["S"] == "outbox")


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> Iterator[Doors]:
    """Return the doors of a new deployment in memory, without a configuration of the user's."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        _forget()
        _deploy()
        yield Doors()
        _forget()


def _forget() -> None:
    """Begin as a cold start does, but for the clients, which are slow to make."""
    sys.modules.pop("crossfoot_policy", None)
    deployed_policy.configuration.cache_clear()
    deployed_policy.thresholds.cache_clear()
    deployed_policy.threshold_rules.cache_clear()
    deployed_policy.targets.cache_clear()
    deployed_policy.fiscal_year.cache_clear()
    importlib.import_module("accept_delivery.once").accept_once.cache_clear()
    for door in (
        "ingest_carbon",
        "publish_period",
        "watch_thresholds",
        "quarantine_delivery",
        "finish_publications",
        "report_late_data",
        "judge_rules",
        "tell_chat",
    ):
        importlib.import_module(f"{door}.handler")._work.cache_clear()


def _ledger_settings() -> Any:
    return importlib.import_module("report_late_data.settings").Settings.from_environment()


def _deploy() -> None:
    clients = deployed_parts.clients()
    s3 = clients.s3
    for bucket in ("landing-bucket", "curated-bucket", "work-bucket"):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket="landing-bucket", VersioningConfiguration={"Status": "Enabled"})
    _create_ledger()
    clients.events.create_event_bus(Name="crossfoot")
    clients.step_functions.create_state_machine(
        name="crossfoot-close-month",
        definition='{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}',
        roleArn="arn:aws:iam::111122223333:role/close-month",
    )


def _create_ledger() -> None:
    names = ("pk", "sk", "open_kind")
    deployed_parts.clients().dynamodb.create_table(
        TableName="ledger",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "open",
                "KeySchema": [
                    {"AttributeName": "open_kind", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
