"""`doctor --aws`, `replay` and `backfill` against a small deployment in memory."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.parser.models import S3EventNotificationEventBridgeModel
from botocore.exceptions import ClientError
from moto import mock_aws

from crossfoot import __version__
from crossfoot.adapters.aws.deployment import find_deployment
from crossfoot.adapters.aws.deployment_examination import examine_deployment
from crossfoot.adapters.aws.operations import published_months, send_backfill, start_replay
from crossfoot.domain.errors import DeploymentError
from crossfoot.domain.period import UsagePeriod

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LANDING, CURATED = "landing", "curated"


class FakeExports:
    """Answers for Data Exports, which the stand-in does not know."""

    def __init__(self) -> None:
        self.status = {"StatusCode": "HEALTHY"}

    def get_export(self, **_: str) -> dict[str, Any]:
        """Return the export with its status."""
        return {"ExportStatus": self.status}


class FakeStacks:
    """Answers for CloudFormation: what is asked of it is its outputs."""

    def __init__(self) -> None:
        self.outputs: dict[str, dict[str, str]] = {}

    def describe_stacks(self, **names: str) -> dict[str, Any]:
        """Return a stack, or refuse as CloudFormation does."""
        name = names["StackName"]
        if name not in self.outputs:
            error = {"Code": "ValidationError", "Message": f"Stack with id {name} does not exist"}
            raise ClientError({"Error": error}, "DescribeStacks")  # type: ignore[typeddict-item]
        outputs = [{"OutputKey": k, "OutputValue": v} for k, v in self.outputs[name].items()]
        return {"Stacks": [{"StackStatus": "UPDATE_COMPLETE", "Outputs": outputs}]}

    def get_paginator(self, _: str) -> Any:
        """Return pages without resources."""
        return SimpleNamespace(paginate=lambda **_: [{"StackResourceSummaries": []}])


class Account:
    """An account with a deployment: real shapes, nothing behind them."""

    def __init__(self) -> None:
        self.exports = FakeExports()
        self.stacks = FakeStacks()
        boto3.client("s3").create_bucket(Bucket=LANDING)
        boto3.client("s3").put_bucket_versioning(
            Bucket=LANDING, VersioningConfiguration={"Status": "Enabled"}
        )
        boto3.client("s3").create_bucket(Bucket=CURATED)
        self.collect("2026-11-01")
        self.queue = boto3.client("sqs").create_queue(QueueName="deliveries")["QueueUrl"]
        self.dead = boto3.client("sqs").create_queue(QueueName="dead")["QueueUrl"]
        self.key = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
        self._ledger()
        self._machine()
        self._months("2026-08", "2026-10")
        self.put_policy()
        outputs = {
            "LandingBucket": LANDING,
            "CuratedBucket": CURATED,
            "LedgerTable": "ledger",
            "KeyArn": self.key,
            "Database": "crossfoot",
            "CloseMonthArn": self.machine,
            "DeliveriesQueueUrl": self.queue,
            "DeadLetterQueueUrl": self.dead,
            "CarbonExportArn": "arn:carbon",
            "UsageExportArn": "arn:usage",
        }
        self.stacks.outputs = {
            "CrossfootLedger": outputs,
            "CrossfootExports": {},
            "CrossfootPipeline": {},
        }

    def client(self, service: str) -> Any:
        """Return the client of a service, or what stands in for it."""
        fakes = {"bcm-data-exports": self.exports, "cloudformation": self.stacks}
        return fakes.get(service) or boto3.client(service)  # type: ignore[call-overload]

    def put_policy(self, *, has_conditions: bool = True) -> None:
        """Write the landing bucket's policy."""
        allow: dict[str, Any] = {
            "Effect": "Allow",
            "Principal": {"Service": "bcm-data-exports.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{LANDING}/*",
        }
        if has_conditions:
            allow["Condition"] = {
                "StringEquals": {"aws:SourceAccount": "111111111111"},
                "ArnLike": {"aws:SourceArn": "arn:aws:bcm-data-exports:us-east-1:1:export/*"},
            }
        deny = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{LANDING}/*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow, deny]})
        boto3.client("s3").put_bucket_policy(Bucket=LANDING, Policy=policy)

    def _ledger(self) -> None:
        keys = [("pk", "HASH"), ("sk", "RANGE")]
        names = ("pk", "sk", "open_kind")
        boto3.client("dynamodb").create_table(
            TableName="ledger",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in names],
            KeySchema=[{"AttributeName": n, "KeyType": kind} for n, kind in keys],
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

    def _machine(self) -> None:
        definition = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
        self.machine = boto3.client("stepfunctions").create_state_machine(
            name="close_month",
            definition=json.dumps(definition),
            roleArn="arn:aws:iam::123456789012:role/close-month",
        )["stateMachineArn"]

    def _months(self, *months: str) -> None:
        glue = boto3.client("glue")
        glue.create_database(DatabaseInput={"Name": "crossfoot"})
        for table in ("emissions", "impacts"):
            glue.create_table(
                DatabaseName="crossfoot",
                TableInput={"Name": table, "PartitionKeys": [{"Name": "usage_period"}]},
            )
            for month in months:
                self.show(table, month)

    @staticmethod
    def show(table: str, month: str) -> None:
        """Let a table show a month."""
        boto3.client("glue").create_partition(
            DatabaseName="crossfoot",
            TableName=table,
            PartitionInput={"Values": [month], "StorageDescriptor": {"Location": "s3://x/"}},
        )

    @staticmethod
    def collect(day: str) -> None:
        """Write a day's inventory."""
        key = f"inventory/day={day}/account=111111111111/region=us-east-1.parquet"
        boto3.client("s3").put_object(Bucket=CURATED, Key=key, Body=b"rows")


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Return a deployment in memory."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield Account()


def _ill(account: Account) -> dict[str, str]:
    found = examine_deployment(account.client, NOW)
    return {finding.what: finding.said for finding in found if not finding.is_well}


def test_a_sound_deployment_has_nothing_to_mend_but_its_functions(account: Account) -> None:
    """Every look is well; this account has no functions, which is told as well."""
    assert _ill(account) == {"layers": "none", "engine": f" deployed, {__version__} here"}


def test_an_account_without_a_deployment_is_told_stack_by_stack(account: Account) -> None:
    """Nothing else is looked at, and nothing fails."""
    account.stacks.outputs = {}

    found = examine_deployment(account.client, NOW)

    assert [finding.said for finding in found] == ["is not deployed here"] * 3


def test_an_unhealthy_export_is_named_with_its_reason(account: Account) -> None:
    """AWS's own reason is repeated."""
    account.exports.status = {
        "StatusCode": "UNHEALTHY",
        "StatusReason": "INSUFFICIENT_PERMISSION",
    }

    assert _ill(account)["carbon export"] == "UNHEALTHY: INSUFFICIENT_PERMISSION"


def test_a_policy_without_conditions_is_found(account: Account) -> None:
    """A grant that any account's export could use is not well, though deliveries do arrive."""
    account.put_policy(has_conditions=False)

    assert _ill(account)["delivery conditions"] == "from anybody's exports"


def test_a_policy_that_is_gone_is_one_finding_and_the_rest_is_looked_at(account: Account) -> None:
    """A look that fails does not end the examination."""
    boto3.client("s3").delete_bucket_policy(Bucket=LANDING)
    found = examine_deployment(account.client, NOW)

    assert _ill(account)["permissions"] == "GetBucketPolicy: NoSuchBucketPolicy"
    assert "newest month" in {finding.what for finding in found}


def test_a_disabled_key_dead_letters_and_open_rows_are_found(account: Account) -> None:
    """Each names itself and counts."""
    boto3.client("kms").disable_key(KeyId=account.key)
    boto3.client("sqs").send_message(QueueUrl=account.dead, MessageBody="{}")
    row = {"pk": {"S": "outbox"}, "sk": {"S": "e-1"}, "open_kind": {"S": "notice"}}
    boto3.client("dynamodb").put_item(TableName="ledger", Item=row)
    ill = _ill(account)

    assert ill["encryption key"] == "Disabled"
    assert ill["dead letters"] == "1 waiting"
    assert ill["unsent notices"] == "1"


def test_a_month_without_an_estimate_is_told(account: Account) -> None:
    """What was published before there were estimates is made again by a replay."""
    account.show("emissions", "2026-11")
    assert _ill(account)["newest estimate"] == "2026-10 estimated, 2026-11 published"


def test_loads_are_of_the_first_of_the_month(account: Account) -> None:
    """Another day lists what there is, and tells no loads; before six the first is not over."""
    first = datetime(2026, 12, 1, 5, tzinfo=UTC)
    assert "loads" not in {
        f.what for f in examine_deployment(account.client, first) if not f.is_well
    }
    account.collect("2026-12-02")
    told = {
        f.what: f for f in examine_deployment(account.client, datetime(2026, 12, 9, tzinfo=UTC))
    }
    assert told["loads"].said == "no inventory of 2026-12-01: taken as half load"
    assert not told["loads"].is_well
    assert told["loads"].mend.endswith("#loads-missing.")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 12, 22, tzinfo=UTC), "2026-10"),
        (datetime(2026, 12, 23, tzinfo=UTC), "2026-11"),
        (datetime(2027, 1, 5, tzinfo=UTC), "2026-11"),
    ],
)
def test_a_month_is_expected_from_the_23rd_of_the_next(
    account: Account, now: datetime, expected: str
) -> None:
    """The newest month is compared with the one that AWS has published by then."""
    (found,) = (f for f in examine_deployment(account.client, now) if f.what == "newest month")

    assert found.said == f"2026-10 published, {expected} expected"
    assert found.is_well == (expected == "2026-10")


def test_a_replay_starts_the_closing_of_each_month_asked_for(account: Account) -> None:
    """Every execution has a name of its own, that tells its month."""
    deployment = find_deployment(account.client)
    months = published_months(account.client, deployment)
    names = start_replay(account.client, deployment, months)
    executions = boto3.client("stepfunctions").list_executions(stateMachineArn=account.machine)

    assert [month.text for month in months] == ["2026-08", "2026-10"]
    assert sorted(names) == sorted(e["name"] for e in executions["executions"])
    assert [name[:14] for name in names] == ["replay-2026-08", "replay-2026-10"]


def test_a_backfill_announces_every_current_manifest_as_s3_would(account: Account) -> None:
    """Data files, overwritten manifests and deleted ones are not announced."""
    s3 = boto3.client("s3")
    s3.delete_bucket_policy(Bucket=LANDING)  # the stand-in denies without reading the condition
    for number in range(12):
        s3.put_object(Bucket=LANDING, Key=f"carbon/x/metadata/m={number}/x-Manifest.json", Body="1")
    s3.put_object(Bucket=LANDING, Key="carbon/x/metadata/m=0/x-Manifest.json", Body="2")
    s3.put_object(Bucket=LANDING, Key="carbon/x/data/m=0/x-00001.parquet", Body="3")
    s3.delete_object(Bucket=LANDING, Key="carbon/x/metadata/m=1/x-Manifest.json")
    n_sent = send_backfill(account.client, find_deployment(account.client))
    sqs, bodies = boto3.client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=account.queue, MaxNumberOfMessages=10).get(
        "Messages"
    ):
        bodies += [json.loads(message["Body"]) for message in messages]
    events = [S3EventNotificationEventBridgeModel.model_validate(body) for body in bodies]
    keys = {event.detail.object.key for event in events}

    assert n_sent == len(events) == 11
    assert keys == {
        f"carbon/x/metadata/m={number}/x-Manifest.json" for number in range(12) if number != 1
    }


def test_an_output_that_no_stack_tells_is_named(account: Account) -> None:
    """What is asked of half a deployment fails by name."""
    with pytest.raises(DeploymentError, match="no stack tells its EventBus"):
        find_deployment(account.client).output("EventBus")


def test_a_month_is_a_month() -> None:
    """What an operator types is checked before anything is started."""
    with pytest.raises(Exception, match="2026-13"):
        UsagePeriod("2026-13")
