"""Loads out of the inventory, and where an inventory lies."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crossfoot.adapters.account_directory import read_accounts
from crossfoot.adapters.inventory_loads import LOAD, LOAD_COLUMNS, loads_in, loads_of, read_loads
from crossfoot.adapters.inventory_places import find_inventory
from crossfoot.adapters.inventory_table import parquet_of
from crossfoot.domain.errors import (
    ColumnTypeError,
    InputNotFoundError,
    InvalidAmountError,
    MissingColumnError,
    UnreadableFileError,
)
from crossfoot.domain.inventory import Resource, ResourceKind, Utilization, WorkItem
from crossfoot.domain.period import UsagePeriod

SEPTEMBER = UsagePeriod("2026-09")


def _inventory(path: Path, day: str, **loads: float | None) -> Path:
    """Write one Region of a day as the deployment does; a load of None was not measured."""
    resources = [
        Resource(
            service_code="AmazonEC2",
            kind=ResourceKind.EC2_INSTANCE,
            resource_id=name.replace("_", "-"),
            utilization=Utilization()
            if load is None
            else Utilization(measured_days=30, cpu_mean_percent=load),
        )
        for name, load in loads.items()
    ]
    at = datetime.fromisoformat(day).replace(hour=4, tzinfo=UTC)
    item = WorkItem("111111111111", "eu-west-1")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(parquet_of("c-1", date.fromisoformat(day), item, at, resources))
    return path


def _loads(*paths: Path) -> dict[str, int]:
    table = loads_of([read_loads(path) for path in paths], SEPTEMBER)
    return dict(zip(table["resource_id"].to_pylist(), table[LOAD].to_pylist(), strict=True))


def test_the_newest_collection_of_a_resource_that_has_a_load_counts(tmp_path: Path) -> None:
    """A night without statistics does not hide those of the night before."""
    older = _inventory(tmp_path / "1.parquet", "2026-09-10", i_1=10.0, i_2=20.0)
    newer = _inventory(tmp_path / "2.parquet", "2026-10-01", i_1=30.0)
    blank = _inventory(tmp_path / "3.parquet", "2026-10-02", i_1=None, i_2=None)

    assert _loads(blank, older, newer) == {"i-1": 30 * 10**9, "i-2": 20 * 10**9}


@pytest.mark.parametrize(
    ("day", "tells"),
    [("2026-09-01", False), ("2026-09-02", True), ("2026-10-05", True), ("2026-10-06", False)],
)
def test_a_collection_tells_of_the_thirty_days_before_it(
    tmp_path: Path, day: str, *, tells: bool
) -> None:
    """The first of a month tells of the month before, and five days after it still do."""
    assert bool(_loads(_inventory(tmp_path / "a.parquet", day, i_1=5.0))) is tells


def test_a_load_of_zero_is_a_load(tmp_path: Path) -> None:
    """An idle machine is the one that matters."""
    assert _loads(_inventory(tmp_path / "a.parquet", "2026-10-01", i_1=0.0)) == {"i-1": 0}


@pytest.mark.parametrize("load", [-1.0, 100.5, float("nan"), float("inf")])
def test_a_load_that_is_no_percentage_is_named(tmp_path: Path, load: float) -> None:
    """The message tells file, column and row."""
    path = _inventory(tmp_path / "a.parquet", "2026-10-01", i_1=5.0, i_2=load)

    with pytest.raises(InvalidAmountError, match=r"a\.parquet, column cpu_mean_percent, row 2"):
        read_loads(path)


def test_services_that_exceed_what_they_reserved_are_not_machines() -> None:
    """An ECS service at 170 percent is no mistake, and no machine's load."""
    row = ["2026-10-01", datetime(2026, 10, 1, tzinfo=UTC), "ecs-service", "arn:x", 30, 170.0]
    table = pa.table({name: [value] for name, value in zip(LOAD_COLUMNS, row, strict=True)})

    assert not loads_in(table, "here").num_rows


def test_another_table_is_not_an_inventory(tmp_path: Path) -> None:
    """The column that is missing is named."""
    pq.write_table(pa.table({"day": ["2026-10-01"]}), tmp_path / "a.parquet")

    with pytest.raises(MissingColumnError, match=r"a\.parquet, column observed_at"):
        read_loads(tmp_path / "a.parquet")


def test_a_column_of_another_type_is_named(tmp_path: Path) -> None:
    """A text cannot be a load."""
    path = _inventory(tmp_path / "a.parquet", "2026-10-01", i_1=5.0)
    table = pq.read_table(path)
    at = table.schema.get_field_index("cpu_mean_percent")
    pq.write_table(table.set_column(at, "cpu_mean_percent", pa.array(["much"])), path)

    with pytest.raises(ColumnTypeError, match="column cpu_mean_percent"):
        read_loads(path)


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    """Half a file is no file."""
    path = _inventory(tmp_path / "a.parquet", "2026-10-01", i_1=5.0)
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(UnreadableFileError, match=r"a\.parquet"):
        read_loads(path)


@pytest.mark.parametrize(
    "place",
    [
        "inventory/day=2026-10-01/account=111111111111/region=eu-west-1.parquet",
        "day=2026-10-01/account=111111111111/region=eu-west-1.parquet",
        "october.parquet",
    ],
)
def test_a_folder_has_the_days_wherever_a_deployment_or_a_hand_puts_them(
    tmp_path: Path, place: str
) -> None:
    """A curated bucket, its inventory, or loose files."""
    file = _inventory(tmp_path / place, "2026-10-01", i_1=5.0)

    found = find_inventory(tmp_path)

    assert (found.accounts, found.files) == (None, (file,))
    assert read_accounts(tmp_path).accounts == {}


def test_only_days_that_tell_of_the_month_are_read(tmp_path: Path) -> None:
    """A year of nights is not read for each of its months."""
    september = _inventory(tmp_path / "day=2026-10-01/a.parquet", "2026-10-01", i_1=5.0)
    _inventory(tmp_path / "day=2026-08-01/a.parquet", "2026-08-01", i_1=5.0)
    loose = _inventory(tmp_path / "a.parquet", "2026-08-01", i_1=5.0)

    assert find_inventory(tmp_path).files_of(SEPTEMBER) == (loose, september)


def test_parquet_of_other_tables_beside_the_accounts_is_passed_over(tmp_path: Path) -> None:
    """One folder may hold the exports and the list of accounts."""
    (tmp_path / "accounts.csv").write_text("account_id,account_name\n000000000002,shop\n")
    pq.write_table(pa.table({"line_item_resource_id": ["i-1"]}), tmp_path / "cur.parquet")

    found = find_inventory(tmp_path)

    assert (found.accounts, found.files) == (tmp_path / "accounts.csv", ())


def test_a_folder_with_neither_is_named(tmp_path: Path) -> None:
    """The message says what was looked for."""
    with pytest.raises(InputNotFoundError, match=r"accounts\.csv"):
        find_inventory(tmp_path)


@pytest.mark.parametrize("name", ["gone.parquet", "gone"])
def test_a_place_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    """Whatever it was to be."""
    with pytest.raises(InputNotFoundError, match="gone"):
        read_accounts(tmp_path / name)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """A tree from elsewhere cannot make us read what is not in it."""
    outside = _inventory(tmp_path / "outside.parquet", "2026-10-01", i_1=5.0)
    (tmp_path / "in/day=2026-10-01").mkdir(parents=True)
    (tmp_path / "in/day=2026-10-01/a.parquet").symlink_to(outside)

    with pytest.raises(UnreadableFileError, match="link"):
        find_inventory(tmp_path / "in")
