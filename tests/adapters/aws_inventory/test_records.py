"""What a collection leaves in the buckets."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import boto3
import pyarrow.parquet as pq
import pytest

from crossfoot.adapters.account_directory import read_accounts
from crossfoot.adapters.aws.inventory_files import S3InventoryFiles
from crossfoot.adapters.aws.inventory_records import S3AccountList, S3CollectionRecords
from crossfoot.adapters.aws.places import CuratedPlaces, WorkPlaces
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.domain.columns import INVENTORY
from crossfoot.domain.inventory import (
    AccountState,
    Gap,
    GapKind,
    ListedAccount,
    Outcome,
    Receipt,
    Resource,
    ResourceKind,
    Utilization,
    WorkItem,
)
from crossfoot.usecases.keep_accounts import keep_accounts

DAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
ITEM = WorkItem("000000000002", "eu-central-1")
KEY = "inventory/day=2026-11-22/account=000000000002/region=eu-central-1.parquet"
SHOP = ListedAccount("000000000002", 'shop, "west"', "/Shops", AccountState.ACTIVE)
GONE = ListedAccount("000000000001", "gone", None, AccountState.INACTIVE)


@pytest.fixture
def s3(aws: boto3.Session) -> Any:
    """Return S3 with both buckets, the kept one versioned."""
    client = aws.client("s3")
    client.create_bucket(Bucket="curated")
    client.create_bucket(Bucket="work-bucket")
    client.put_bucket_versioning(Bucket="curated", VersioningConfiguration={"Status": "Enabled"})
    return client


def test_the_list_of_accounts_has_a_version_exactly_where_it_changed(s3: Any) -> None:
    """The same accounts in another order are the same list; a moved account is a new one."""
    accounts = S3AccountList(S3Objects(s3), CuratedPlaces("curated"))
    moved = replace(SHOP, ou_path="/Old shops")

    saved = [
        accounts.save(keep_accounts(accounts.stays(), listed, DAY))
        for listed in ([SHOP, GONE], [GONE, SHOP], [GONE, moved])
    ]

    versions = s3.list_object_versions(Bucket="curated", Prefix="accounts/")["Versions"]
    assert saved == [True, False, True]
    assert len(versions) == 2


def test_a_list_of_an_earlier_release_is_continued(s3: Any) -> None:
    """It tells no days: what is still so was so ever since it joined, the rest until today."""
    listed = replace(SHOP, joined=date(2024, 2, 1))
    body = b"account_id,account_name,ou_path\n000000000001,gone,\n000000000002,store,/Shops\n"
    s3.put_object(Bucket="curated", Key="accounts/accounts.csv", Body=body)
    accounts = S3AccountList(S3Objects(s3), CuratedPlaces("curated"))

    accounts.save(keep_accounts(accounts.stays(), [listed, GONE], DAY))

    (gone,), (before, after) = accounts.stays().values()
    assert (gone.valid_from, gone.valid_to, gone.state) == (None, None, "inactive")
    assert (before.account.name, before.valid_from, before.valid_to) == ("store", None, DAY)
    assert (after.account.name, after.valid_from, after.valid_to) == ('shop, "west"', DAY, None)


def test_the_list_of_accounts_is_what_the_command_line_reads(s3: Any, tmp_path: Path) -> None:
    """A synced list names accounts, closed ones too; an unknown unit is none."""
    accounts = S3AccountList(S3Objects(s3), CuratedPlaces("curated"))
    accounts.save(keep_accounts({}, [SHOP, GONE], DAY))
    file = tmp_path / "accounts.csv"
    file.write_bytes(s3.get_object(Bucket="curated", Key="accounts/accounts.csv")["Body"].read())

    directory = read_accounts(file)

    assert directory.get("000000000002").name == 'shop, "west"'
    assert directory.get("000000000002").ou_path == "/Shops"
    assert (directory.get("000000000001").name, directory.get("000000000001").ou_path) == (
        "gone",
        None,
    )


def test_work_and_receipts_come_back_as_they_were_written(s3: Any) -> None:
    """A receipt written twice is one; a collection that never began has neither."""
    records = S3CollectionRecords(S3Objects(s3), WorkPlaces("work-bucket"))
    receipt = Receipt(
        ITEM, Outcome.PARTIAL, 3, (Gap("rds", GapKind.DENIED, "AccessDenied"),), None, None
    )

    uri = records.save_items("daily-1", [ITEM])
    records.save_receipt("daily-1", receipt)
    records.save_receipt("daily-1", receipt)

    assert uri == "s3://work-bucket/collections/daily-1/items.json"
    assert records.items("daily-1") == [ITEM]
    assert records.receipts("daily-1") == [receipt]
    assert (records.items("daily-2"), records.receipts("daily-2")) == ([], [])


def test_more_receipts_than_one_listing_holds_are_all_read(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3 lists objects by the page: here five, and 1,000 in truth."""
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "5")
    records = S3CollectionRecords(S3Objects(s3), WorkPlaces("work-bucket"))
    for number in range(23):
        item = WorkItem(f"{number:012d}", "us-east-1")
        records.save_receipt("daily-1", Receipt(item, Outcome.COLLECTED))

    assert len(records.receipts("daily-1")) == 23


def test_a_file_has_the_declared_columns_and_nulls_where_nobody_knows(s3: Any) -> None:
    """Names, order and types are those of the declaration; missing is null, and never zero."""
    files = S3InventoryFiles(S3Objects(s3), CuratedPlaces("curated"))

    files.write("daily-1", DAY, ITEM, NOW, [_bucket("b", None), _bucket("a", {"team": "x"})])

    table = pq.read_table(io.BytesIO(_read(s3)))
    first, second = table.to_pylist()
    assert table.column_names == [column.name for column in INVENTORY.columns]
    assert (first["resource_id"], first["tags"]) == ("a", [("team", "x")])
    assert (second["tags"], second["storage_gib"], second["measured_days"]) == (None, None, None)
    assert (first["day"], first["observed_at"]) == ("2026-11-22", NOW)
    assert (first["usage_account_id"], first["region_code"]) == ("000000000002", "eu-central-1")


def test_a_later_collection_of_the_day_takes_the_place_of_an_earlier_one(s3: Any) -> None:
    """One object at a time is current, the earlier stays as a version; empty replaces full."""
    files = S3InventoryFiles(S3Objects(s3), CuratedPlaces("curated"))

    files.write("daily-1", DAY, ITEM, NOW, [_bucket("a", {})])
    files.write("daily-2", DAY, ITEM, NOW, [])

    versions = s3.list_object_versions(Bucket="curated", Prefix=KEY)["Versions"]
    assert pq.read_table(io.BytesIO(_read(s3))).num_rows == 0
    assert len(versions) == 2


def test_a_region_with_nothing_in_it_leaves_no_object(s3: Any) -> None:
    """Most Regions of most accounts are empty, and small files are dear to read."""
    S3InventoryFiles(S3Objects(s3), CuratedPlaces("curated")).write("d", DAY, ITEM, NOW, [])

    assert "Contents" not in s3.list_objects_v2(Bucket="curated")


def test_what_is_measured_is_written_as_it_was_measured(s3: Any) -> None:
    """Utilization lies beside its resource, unrounded."""
    measured = Resource(
        service_code="AmazonEC2", kind=ResourceKind.EC2_INSTANCE, resource_id="i-1",
        utilization=Utilization(measured_days=2, cpu_mean_percent=12.5),
    )  # fmt: skip

    S3InventoryFiles(S3Objects(s3), CuratedPlaces("curated")).write("d", DAY, ITEM, NOW, [measured])

    (row,) = pq.read_table(io.BytesIO(_read(s3))).to_pylist()
    assert (row["measured_days"], row["cpu_mean_percent"], row["cpu_max_percent"]) == (
        2, 12.5, None,
    )  # fmt: skip


def _bucket(name: str, tags: dict[str, str] | None) -> Resource:
    return Resource(
        service_code="AmazonS3", kind=ResourceKind.S3_BUCKET, resource_id=name, tags=tags
    )


def _read(s3: Any) -> bytes:
    content: bytes = s3.get_object(Bucket="curated", Key=KEY)["Body"].read()
    return content
