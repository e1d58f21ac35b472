"""The inventory's doors on a whole organization in moto: from the listing to the event."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
import pyarrow.parquet as pq
import pytest
from moto import mock_aws
from pydantic import ValidationError

from collect_inventory import handler as collect_door
from collect_inventory.settings import Settings as CollectSettings
from crossfoot.adapters.aws.inventory_regions import AwsRegions
from crossfoot.adapters.aws.member_account import MemberRole
from crossfoot.bootstrap import deployed_parts
from crossfoot.domain.errors import AccessDeniedError, ConfigurationError
from crossfoot.domain.inventory import RegionAnswers
from list_accounts import handler as list_door
from list_accounts.settings import Settings as ListSettings

ROOT: Final = Path(__file__).parents[2]
EVENTS: Final = ROOT / "events"
REGIONS: Final = ("eu-central-1", "us-east-1")
ENVIRONMENT: Final = {
    "CURATED_BUCKET": "curated",
    "WORK_BUCKET": "work-bucket",
    "LEDGER_TABLE": "ledger",
    "EVENT_BUS": "crossfoot",
    "INVENTORY_ROLE_NAME": "crossfoot-inventory",
    "EXTERNAL_ID": "between-us",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
}


@dataclass
class _Context:
    function_name: str = "inventory"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:inventory"
    aws_request_id: str = "request"


@dataclass
class _Organization:
    """Three accounts; the third refuses its role."""

    shop: str
    platform: str
    refusing: str
    told: Any

    def events(self) -> list[dict[str, Any]]:
        messages = self.told.receive_message(
            QueueUrl=self.told.get_queue_url(QueueName="told")["QueueUrl"],
            MaxNumberOfMessages=10,
        )
        return [json.loads(each["Body"]) for each in messages.get("Messages", [])]


@pytest.fixture
def organization(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Organization]:
    """Start an AWS with an organization, the deployment's buckets, its table and its bus."""
    for name in ("AWS_PROFILE", "AWS_REGION", "ORGANIZATION_ROLE_ARN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    caches = (
        deployed_parts.clients, list_door._work, collect_door._collect, collect_door._conclude,
    )  # fmt: skip
    for each in caches:
        each.cache_clear()
    with mock_aws():
        _deploy()
        made = _Organization(*_accounts(), _listen())
        _narrow_regions(monkeypatch)
        _refuse(monkeypatch, made.refusing)
        yield made
    for each in caches:
        each.cache_clear()


def test_the_doors_collect_an_organization_and_name_who_refused(
    organization: _Organization,
) -> None:
    """List, collect each pair, conclude: rows lie in the curated bucket, one event is told."""
    plan = list_door.lambda_handler({"run": "daily-1"}, _Context())
    items = json.loads(_read("work-bucket", "collections/daily-1/items.json"))
    answers = [
        collect_door.lambda_handler(
            {"step": "collect", "run": "daily-1", "day": plan["day"], **item}, _Context()
        )
        for item in items
    ]
    end = {"step": "conclude", "run": "daily-1", "day": plan["day"]}
    told = [collect_door.lambda_handler(end, _Context()) for _ in range(2)]

    # the management account, the shop and the platform in two Regions, and the one that refuses
    assert (plan["n"], plan["n_accounts"], len(items)) == (7, 4, 7)
    assert plan["items_uri"] == "s3://work-bucket/collections/daily-1/items.json"
    assert {each["outcome"] for each in answers if each["account_id"] == organization.refusing} == {
        "failed"
    }
    assert told[0] == told[1]
    assert (told[0]["n_collected"], told[0]["failed"]) == (3, [organization.refusing])
    (event,) = organization.events()
    assert (event["source"], event["detail-type"]) == ("crossfoot", "Inventory Collected")
    assert event["detail"]["data"]["failed"] == [organization.refusing]


def test_rows_say_where_they_are_from_and_the_list_of_accounts_names_them(
    organization: _Organization,
) -> None:
    """A bucket of a member is a row under its day, account and Region."""
    plan = list_door.lambda_handler({"run": "daily-1"}, _Context())
    request = {"run": "daily-1", "day": plan["day"], "step": "collect"}
    item = {"account_id": organization.shop, "region_code": "eu-central-1"}

    answer = collect_door.lambda_handler(request | item, _Context())

    key = f"inventory/day={plan['day']}/account={organization.shop}/region=eu-central-1.parquet"
    (row,) = pq.read_table(io.BytesIO(_read("curated", key))).to_pylist()
    accounts = _read("curated", "accounts/accounts.csv").decode()
    assert (answer["outcome"], answer["n_resources"], answer["gaps"]) == ("collected", 1, [])
    assert (row["resource_id"], row["usage_account_id"]) == ("shop-data", organization.shop)
    assert f"{organization.shop},shop,/Shops,active," in accounts


def test_figures_are_read_where_they_are_asked_for_and_not_by_default() -> None:
    """A request that says nothing of statistics costs nothing."""
    event = json.loads((EVENTS / "collect_inventory.account.json").read_text())
    silent = {name: value for name, value in event.items() if name != "statistics"}

    asked = [collect_door.REQUEST.validate_python(each) for each in (
        silent, event, event | {"statistics": True},
    )]  # fmt: skip
    assert [getattr(each, "statistics", None) for each in asked] == [False, False, True]


@pytest.mark.usefixtures("organization")
def test_a_second_listing_of_the_same_accounts_writes_no_new_version() -> None:
    """Versions of the list are changes of the organization."""
    for run in ("daily-1", "daily-2"):
        list_door.lambda_handler({"run": run}, _Context())

    versions = boto3.client("s3").list_object_versions(Bucket="curated", Prefix="accounts/")
    assert len(versions["Versions"]) == 1


@pytest.mark.filterwarnings("ignore:No application metrics")  # a refusal counts nothing
@pytest.mark.parametrize(
    "wrong",
    [
        {"run": "../other"},
        {"day": "2026-02-30"},
        {"account_id": "12345678901"},
        {"account_id": "\uff10" * 12},
        {"region_code": "../x"},
        {"step": "everything"},
        {"statistics": "yes"},
        {"surplus": 1},
    ],
    ids=str,
)
def test_wild_input_is_refused_before_anything_is_asked(wrong: dict[str, Any]) -> None:
    """Keys and ARNs are made of these words, so they are checked at the door."""
    event = json.loads((EVENTS / "collect_inventory.account.json").read_text())

    with pytest.raises(ValidationError):
        collect_door.lambda_handler(event | wrong, _Context())


def test_the_sample_events_are_what_the_doors_take() -> None:
    """Whoever wants to try a door finds an event that it accepts."""
    for path in EVENTS.glob("collect_inventory.*.json"):
        collect_door.REQUEST.validate_json(path.read_text())
    list_door.ListRequest.model_validate_json((EVENTS / "list_accounts.daily.json").read_text())


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function without its environment says which variable it misses."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    assert ListSettings.from_environment().organization_role_arn is None
    monkeypatch.delenv("EXTERNAL_ID")

    with pytest.raises(ConfigurationError, match="EXTERNAL_ID"):
        CollectSettings.from_environment()


def test_the_doors_open_without_what_a_lambda_does_not_carry() -> None:
    """Importing a door neither loads DuckDB or a command line, nor makes a client."""
    code = (
        "import sys, boto3\n"
        "def refuse(*_, **__): raise AssertionError('a client at import')\n"
        "boto3.Session.client = refuse\n"
        "import collect_inventory.handler, list_accounts.handler\n"
        "heavy = {'duckdb', 'typer', 'rich', 'jinja2', 'pytz', 'pandas'} & set(sys.modules)\n"
        "sys.exit(' '.join(sorted(heavy)) or 0)\n"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")


def _deploy() -> None:
    s3 = boto3.client("s3")
    for bucket in ("curated", "work-bucket"):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket="curated", VersioningConfiguration={"Status": "Enabled"})
    keys = {"pk": "HASH", "sk": "RANGE"}
    index = {"open_kind": "HASH", "sk": "RANGE"}
    boto3.client("dynamodb").create_table(
        TableName="ledger",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "open_kind")
        ],
        KeySchema=_schema(keys),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "open",
                "KeySchema": _schema(index),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def _schema(keys: dict[str, str]) -> list[Any]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()]


def _listen() -> Any:
    """Put a queue behind the bus, so that what was sent can be read."""
    sqs, events = boto3.client("sqs"), boto3.client("events")
    queue = sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    events.create_event_bus(Name="crossfoot")
    pattern = json.dumps({"source": ["crossfoot"]})
    events.put_rule(Name="all", EventBusName="crossfoot", EventPattern=pattern)
    target = {"Id": "queue", "Arn": arn["Attributes"]["QueueArn"]}
    events.put_targets(Rule="all", EventBusName="crossfoot", Targets=[target])
    return sqs


def _accounts() -> tuple[str, str, str]:
    client = boto3.client("organizations")
    client.create_organization(FeatureSet="ALL")
    (root,) = client.list_roots()["Roots"]
    shops = client.create_organizational_unit(ParentId=root["Id"], Name="Shops")
    shop, platform, refusing = (
        str(made["CreateAccountStatus"]["AccountId"])
        for made in (
            client.create_account(AccountName=name, Email=f"{name}@example.com")
            for name in ("shop", "platform", "refusing")
        )
    )
    client.move_account(
        AccountId=shop,
        SourceParentId=root["Id"],
        DestinationParentId=shops["OrganizationalUnit"]["Id"],
    )
    _fill(shop)
    return shop, platform, refusing


def _fill(account: str) -> None:
    taken = boto3.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/admin", RoleSessionName="fill"
    )["Credentials"]
    boto3.client(
        "s3",
        aws_access_key_id=taken["AccessKeyId"],
        aws_secret_access_key=taken["SecretAccessKey"],
        aws_session_token=taken["SessionToken"],
    ).create_bucket(
        Bucket="shop-data", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )


def _narrow_regions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave two of the Regions that each account answers with, to be quick."""
    ask = AwsRegions.enabled

    def enabled(self: AwsRegions, collection: str, account_ids: Any) -> RegionAnswers:
        answers = ask(self, collection, account_ids)
        two = {
            account: tuple(sorted(set(regions) & set(REGIONS)))
            for account, regions in answers.enabled.items()
        }
        return RegionAnswers(two, answers.refused)

    monkeypatch.setattr(AwsRegions, "enabled", enabled)


def _refuse(monkeypatch: pytest.MonkeyPatch, account: str) -> None:
    take = MemberRole.credentials

    def credentials(self: MemberRole, arn: str, collection: str, policy: str) -> dict[str, str]:
        if f":{account}:" in arn:
            raise AccessDeniedError("taking the role was refused (AccessDenied).", mend="Mend it.")
        return take(self, arn, collection, policy)

    monkeypatch.setattr(MemberRole, "credentials", credentials)


def _read(bucket: str, key: str) -> bytes:
    content: bytes = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return content
