"""What is kept: buckets, key, catalogue, ledger table, workgroup, bus."""

import base64
import json
from collections.abc import Iterable
from typing import Any

import duckdb
import pytest
import sqlglot

from crossfoot.adapters.warehouse_views import VIEW_NAMES, view_query
from crossfoot.domain.columns import INVENTORY, TABLES, Table
from crossfoot.domain.publication_tables import EMISSIONS_HISTORY, PUBLICATIONS
from crossfoot.domain.records import RECORD_TABLES
from crossfoot.domain.work_columns import WORK_TABLES
from crossfoot_infra.constructs.athena_workspace import saved_queries
from crossfoot_infra.constructs.glue_views import view_columns

BUCKET = "AWS::S3::Bucket"
GLUE_TABLE = "AWS::Glue::Table"
TAGS = ("tag_team", "tag_cost_center")


def _named(buckets: Iterable[dict[str, Any]], purpose: str) -> dict[str, Any]:
    (found,) = (each for each in buckets if each["BucketName"].startswith(f"crossfoot-{purpose}-"))
    return found


def _bucket(synthesised: Any, purpose: str) -> dict[str, Any]:
    return _named(synthesised.properties("Ledger", BUCKET), purpose)


def _table(synthesised: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = (
        each["TableInput"]
        for each in synthesised.properties("Ledger", GLUE_TABLE)
        if each["TableInput"]["Name"] == name
    )
    return found


def _rules(bucket: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}


def test_what_holds_data_is_kept_when_the_stack_goes(deployment: Any) -> None:
    """Buckets, key, ledger, catalogue and archive stay, whether removed or replaced."""
    kinds = {
        BUCKET: 4,
        "AWS::KMS::Key": 1,
        "AWS::DynamoDB::Table": 1,
        "AWS::Glue::Database": 2,
        "AWS::Events::Archive": 1,
    }
    for kind, number in kinds.items():
        found = deployment.resources("Ledger", kind).values()
        assert len(found) == number
        assert {each["DeletionPolicy"] for each in found} == {"Retain"}, kind
        assert {each["UpdateReplacePolicy"] for each in found} == {"Retain"}, kind


def test_published_tables_are_kept_and_work_tables_are_not(deployment: Any) -> None:
    """The partitions of a published table say which run speaks for a month."""
    kept = {
        each["Properties"]["TableInput"]["Name"]
        for each in deployment.resources("Ledger", GLUE_TABLE).values()
        if each.get("DeletionPolicy") == "Retain"
    }

    assert kept == {table.name for table in (*TABLES, EMISSIONS_HISTORY)}


def test_the_stack_is_protected_from_deletion(deployment: Any) -> None:
    """Deleting the stack that holds the data takes two deliberate steps."""
    assert deployment.stacks["Ledger"]["properties"]["terminationProtection"]


@pytest.mark.parametrize("purpose", ["landing", "curated", "work", "access-logs"])
def test_a_bucket_is_private_versioned_and_without_acls(deployment: Any, purpose: str) -> None:
    """Every bucket blocks public access in all four ways, keeps versions and ignores ACLs."""
    bucket = _bucket(deployment, purpose)

    assert bucket["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert "AbortIncompleteMultipartUpload" in _rules(bucket)["abandoned-uploads"]


@pytest.mark.parametrize("purpose", ["curated", "work"])
def test_what_we_derive_is_under_our_key(deployment: Any, purpose: str) -> None:
    """Curated and work objects are encrypted with the deployment's key, by a bucket key."""
    (key,) = deployment.resources("Ledger", "AWS::KMS::Key")
    encryption = _bucket(deployment, purpose)["BucketEncryption"]
    (rule,) = encryption["ServerSideEncryptionConfiguration"]

    assert rule["ServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": {"Fn::GetAtt": [key, "Arn"]},
    }
    assert rule["BucketKeyEnabled"]


@pytest.mark.parametrize("purpose", ["landing", "access-logs"])
def test_what_aws_writes_is_under_its_own_keys(deployment: Any, purpose: str) -> None:
    """Where AWS delivers by itself S3's keys encrypt: nothing fails silently for want of ours."""
    (rule,) = _bucket(deployment, purpose)["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_every_request_is_logged_but_those_to_the_logs(deployment: Any) -> None:
    """Three buckets log to the fourth, each under its own name."""
    (logs,) = (
        name
        for name, each in deployment.resources("Ledger", BUCKET).items()
        if "access-logs" in each["Properties"]["BucketName"]
    )
    for purpose in ("landing", "curated", "work"):
        assert _bucket(deployment, purpose)["LoggingConfiguration"] == {
            "DestinationBucketName": {"Ref": logs},
            "LogFilePrefix": f"{purpose}/",
        }
    assert "LoggingConfiguration" not in _bucket(deployment, "access-logs")


def test_the_landing_bucket_announces_objects_without_a_function(deployment: Any) -> None:
    """Notifications are the bucket's own property; no function of the CDK's changes it."""
    landing = _bucket(deployment, "landing")

    assert landing["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {"EventBridgeEnabled": True}
    }
    assert not deployment.resources("Ledger", "AWS::Lambda::Function")


def test_runs_rest_in_cheaper_classes_and_answer_as_before(deployment: Any) -> None:
    """After a month what nobody reads moves, without a wait or a fee for reading it again."""
    (rule,) = (rule for rule in _rules(_bucket(deployment, "curated")).values() if "Prefix" in rule)

    assert rule["Prefix"] == "tables/"
    assert rule["Transitions"] == [{"StorageClass": "INTELLIGENT_TIERING", "TransitionInDays": 30}]


def test_nothing_that_is_current_expires_where_it_is_kept(deployment: Any) -> None:
    """In the landing and curated buckets only versions that were written over expire."""
    landing, curated = (_rules(_bucket(deployment, each)) for each in ("landing", "curated"))

    assert all("ExpirationInDays" not in rule for rule in (*landing.values(), *curated.values()))
    assert landing["usage-written-over"]["Prefix"] == "usage/"
    assert landing["usage-written-over"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 14}
    assert curated["superseded"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 400}


def test_what_a_run_leaves_behind_expires(deployment: Any) -> None:
    """The work bucket, with query results in it, empties itself; access logs go after a while."""
    work, logs = (_rules(_bucket(deployment, each)) for each in ("work", "access-logs"))

    assert work["work"]["ExpirationInDays"] == 14
    assert work["work"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    assert logs["access-logs"]["ExpirationInDays"] == 400


def test_object_lock_is_a_choice(deployment: Any, with_focus: Any) -> None:
    """Off unless chosen; then every version of a curated object is locked for the days set."""
    assert "ObjectLockEnabled" not in _bucket(deployment, "curated")
    locked = _bucket(with_focus, "curated")
    assert locked["ObjectLockEnabled"]
    assert locked["ObjectLockConfiguration"]["Rule"] == {
        "DefaultRetention": {"Days": 30, "Mode": "GOVERNANCE"}
    }


def test_the_ledger_table_can_be_restored_and_not_deleted(deployment: Any) -> None:
    """Point-in-time recovery, our key, deletion protection, expiry of passing items."""
    table = deployment.one("Ledger", "AWS::DynamoDB::Table")

    assert table["TableName"] == "crossfoot"
    assert table["DeletionProtectionEnabled"]
    assert table["PointInTimeRecoverySpecification"] == {
        "PointInTimeRecoveryEnabled": True,
        "RecoveryPeriodInDays": 35,
    }
    assert table["SSESpecification"]["SSEType"] == "KMS"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expiration", "Enabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_unfinished_work_is_found_by_an_index(deployment: Any) -> None:
    """The sparse index ``open`` holds what waits to be settled or sent, whole."""
    table = deployment.one("Ledger", "AWS::DynamoDB::Table")
    (index,) = table["GlobalSecondaryIndexes"]

    assert index["IndexName"] == "open"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["open_kind", "sk"]
    assert index["Projection"] == {"ProjectionType": "ALL"}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_glue_knows_the_published_columns(deployment: Any, table: Any) -> None:
    """Names, types and order are the declared ones; partition keys are taken out of the list."""
    found = _table(deployment, table.name)
    keys = ["usage_period", *(["delivery_id"] if table.name == "carbon_reported" else [])]
    storage = found["StorageDescriptor"]

    assert [key["Name"] for key in found["PartitionKeys"]] == keys
    assert {key["Type"] for key in found["PartitionKeys"]} == {"string"}
    assert [(column["Name"], column["Type"]) for column in storage["Columns"]] == [
        (column.name, column.athena_type)
        for column in table.with_tags(TAGS)
        if column.name not in keys
    ]
    folder = "deliveries" if table.name == "carbon_reported" else f"tables/{table.name}"
    assert storage["Location"] == f"s3://crossfoot-curated-111122223333-us-east-1/{folder}/"
    assert "projection.enabled" not in found["Parameters"]


@pytest.mark.parametrize("work", WORK_TABLES, ids=lambda work: work.table.name)
def test_work_tables_find_their_folder_by_the_query(deployment: Any, work: Any) -> None:
    """Every key is injected by the query, so nothing is ever registered for a run."""
    found = _table(deployment, work.table.name)
    bucket = "curated" if work.is_curated else "work"
    template = f"s3://crossfoot-{bucket}-111122223333-us-east-1/{work.location}"

    assert [key["Name"] for key in found["PartitionKeys"]] == list(work.keys)
    assert found["Parameters"]["projection.enabled"] == "true"
    assert found["Parameters"]["storage.location.template"] == template
    for key in work.keys:
        assert found["Parameters"][f"projection.{key}.type"] == "injected"
        assert f"${{{key}}}" in template
    assert [column["Name"] for column in found["StorageDescriptor"]["Columns"]] == [
        column.name for column in work.table.with_tags(TAGS)
    ]


def test_the_inventory_grows_by_a_folder_a_day(deployment: Any) -> None:
    """A day is found by its folder, with every account and Region below it."""
    found = _table(deployment, "inventory")
    folder = "s3://crossfoot-curated-111122223333-us-east-1/inventory/"

    assert [key["Name"] for key in found["PartitionKeys"]] == ["day"]
    assert found["Parameters"]["projection.day.type"] == "date"
    assert found["Parameters"]["projection.day.range"].endswith(",NOW")
    assert found["Parameters"]["storage.location.template"] == f"{folder}day=${{day}}/"
    assert [
        (column["Name"], column["Type"]) for column in found["StorageDescriptor"]["Columns"]
    ] == [(column.name, column.athena_type) for column in INVENTORY.columns[1:]]


def test_the_history_shows_the_files_of_the_ledger_run_by_run(deployment: Any) -> None:
    """No row is written twice: every run that was ever published stays a partition."""
    found, ledger = (_table(deployment, name) for name in ("emissions_history", "emissions"))

    assert [key["Name"] for key in found["PartitionKeys"]] == ["usage_period", "run_id"]
    assert found["StorageDescriptor"]["Location"] == ledger["StorageDescriptor"]["Location"]
    assert {column["Name"] for column in ledger["StorageDescriptor"]["Columns"]} - {
        column["Name"] for column in found["StorageDescriptor"]["Columns"]
    } == {"run_id"}


@pytest.mark.parametrize("table", [*RECORD_TABLES, PUBLICATIONS], ids=lambda table: table.name)
def test_records_grow_by_a_folder_a_day(deployment: Any, table: Table) -> None:
    """Every table of records has its days, and the columns that it declares."""
    found = _table(deployment, table.name)
    folder = f"s3://crossfoot-curated-111122223333-us-east-1/tables/{table.name}/"

    assert [key["Name"] for key in found["PartitionKeys"]] == ["day"]
    assert found["Parameters"]["storage.location.template"] == f"{folder}day=${{day}}/"
    assert [
        (column["Name"], column["Type"]) for column in found["StorageDescriptor"]["Columns"]
    ] == [(column.name, column.athena_type) for column in table.columns]


@pytest.mark.parametrize("name", VIEW_NAMES)
def test_a_view_is_the_same_query_as_in_the_warehouse(deployment: Any, name: str) -> None:
    """Athena is told the query that the command line uses, for the configured tags."""
    found = _table(deployment, name)
    encoded = found["ViewOriginalText"].removeprefix("/* Presto View: ").removesuffix(" */")
    view = json.loads(base64.b64decode(encoded))

    assert found["TableType"] == "VIRTUAL_VIEW"
    assert found["Parameters"]["presto_view"] == "true"
    assert view["originalSql"] == view_query(name, TAGS, "athena")
    assert view["schema"] == "crossfoot"
    assert [column["name"] for column in view["columns"]] == [
        column["Name"] for column in found["StorageDescriptor"]["Columns"]
    ]


@pytest.mark.parametrize("tags", [(), ("tag_team",), TAGS], ids=len)
@pytest.mark.parametrize("name", VIEW_NAMES)
def test_the_columns_of_a_view_are_those_that_an_engine_finds(
    name: str, tags: tuple[str, ...]
) -> None:
    """The types that are worked out at synthesis are the ones that the query really gives."""
    described = _engine(tags).execute(f"DESCRIBE {view_query(name, tags, 'duckdb')}").fetchall()
    spelled = {"varchar": "string", "map(varchar, varchar)": "map<string,string>"}
    found = {column.lower(): kind.lower() for column, kind, *_ in described}

    assert view_columns(view_query(name, tags, "athena"), tags) == {
        column: spelled.get(kind, kind) for column, kind in found.items()
    }


def test_the_workgroup_cannot_be_left(deployment: Any) -> None:
    """Its settings are enforced: result place, key, owner, scan limit, engine and metrics."""
    group = deployment.one("Ledger", "AWS::Athena::WorkGroup")
    settings = group["WorkGroupConfiguration"]
    (key,) = deployment.resources("Ledger", "AWS::KMS::Key")

    assert group["Name"] == "crossfoot"
    assert settings["EnforceWorkGroupConfiguration"]
    assert settings["BytesScannedCutoffPerQuery"] == 1 << 40
    assert settings["PublishCloudWatchMetricsEnabled"]
    assert settings["EngineVersion"] == {"SelectedEngineVersion": "Athena engine version 3"}
    result = settings["ResultConfiguration"]
    assert result["EncryptionConfiguration"] == {
        "EncryptionOption": "SSE_KMS",
        "KmsKey": {"Fn::GetAtt": [key, "Arn"]},
    }
    assert result["ExpectedBucketOwner"] == "111122223333"
    assert json.dumps(result["OutputLocation"]).endswith('"/athena/"]]}')


def test_the_saved_queries_are_in_the_workgroup(deployment: Any) -> None:
    """Each question is saved with what it answers, in our workgroup and database."""
    saved = {
        each["Name"]: each for each in deployment.properties("Ledger", "AWS::Athena::NamedQuery")
    }

    assert set(saved) == {query.name for query in saved_queries()}
    assert {"cross_foot_proof", "top_movers", "unallocated", "freshness"} <= set(saved)
    assert {each["Database"] for each in saved.values()} == {"crossfoot"}
    assert all(each["Description"] and each["WorkGroup"] for each in saved.values())


@pytest.mark.parametrize("query", tuple(saved_queries()), ids=lambda query: query.name)
def test_a_saved_query_runs_over_the_published_tables(query: Any) -> None:
    """Every saved query reads columns that exist, whatever tags are configured."""
    statement = sqlglot.transpile(query.sql, read="athena", write="duckdb")[0]

    assert _engine(()).execute(statement).fetchall() == []
    assert query.sql.startswith(f"-- {query.description}\n")


def test_events_are_kept_for_replay_and_told_to_people(deployment: Any) -> None:
    """The bus has an archive of our own events; rules tell people, with a place for failures."""
    archive = deployment.one("Ledger", "AWS::Events::Archive")
    rules = deployment.properties("Ledger", "AWS::Events::Rule")

    assert archive["RetentionDays"] == 400
    assert archive["EventPattern"] == {"source": ["crossfoot"]}
    assert {tuple(rule["EventPattern"]["detail-type"]) for rule in rules} == {
        (
            "Emissions Period Published",
            "Emissions Period Restated",
            "Delivery Quarantined",
            "Emissions Data Late",
            "Emission Threshold Breached",
            "Carbon Sources Disagree",
        ),
        ("Inventory Collected",),
    }
    for rule in rules:
        (target,) = rule["Targets"]
        assert {"Arn", "RoleArn", "DeadLetterConfig"} <= set(target)


def test_people_are_told_by_mail(deployment: Any) -> None:
    """Every address of the settings is subscribed to its topic; chat has its own, encrypted too."""
    subscriptions = deployment.properties("Ledger", "AWS::SNS::Subscription")

    assert [(each["Protocol"], each["Endpoint"]) for each in subscriptions] == [
        ("email", "carbon@example.com")
    ]
    topics = {
        each["TopicName"]: each for each in deployment.properties("Ledger", "AWS::SNS::Topic")
    }
    assert topics.keys() == {"crossfoot-notices", "crossfoot-chat"}
    assert all(each["KmsMasterKeyId"] for each in topics.values())


def test_chat_is_told_only_where_the_settings_say_so(with_focus: Any) -> None:
    """Without the setting there is neither its topic nor its function."""
    topics = with_focus.properties("Ledger", "AWS::SNS::Topic")
    functions = with_focus.properties("Pipeline", "AWS::Lambda::Function")

    assert [each["TopicName"] for each in topics] == ["crossfoot-notices"]
    assert not [each for each in functions if each["Handler"].startswith("tell_chat.")]


def _engine(tags: tuple[str, ...]) -> duckdb.DuckDBPyConnection:
    """Return an engine with every published table, empty."""
    connection = duckdb.connect()
    for table in (*TABLES, *RECORD_TABLES):
        columns = ", ".join(
            f"{column.name} {column.athena_type.replace('string', 'varchar')}"
            for column in table.with_tags(tags)
        )
        connection.execute(f"CREATE TABLE {table.name} ({columns})")
    return connection
