"""The sample's inventory: machines of the usage beside it, most of them with a load."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from crossfoot.adapters.account_directory import read_accounts
from crossfoot.adapters.inventory_loads import LOAD
from crossfoot.adapters.inventory_table import INVENTORY_SCHEMA
from crossfoot.adapters.observations import read_observations
from crossfoot.adapters.sample import SampleReceipt


def _tables(folder: Path) -> list[pa.Table]:
    return [pq.ParquetFile(file).read() for file in sorted(folder.glob("inventory/*/*.parquet"))]


def test_it_has_a_collection_for_each_month_in_the_published_shape(
    organisation: SampleReceipt,
) -> None:
    """The first of the next month looks back on the month."""
    tables = _tables(organisation.out)

    assert [table["day"][0].as_py() for table in tables] == [
        period.end.date().isoformat() for period in organisation.periods
    ]
    assert all(table.schema.equals(INVENTORY_SCHEMA) for table in tables)


def test_its_machines_are_those_that_the_usage_bills(organisation: SampleReceipt) -> None:
    """Ids, accounts and Regions are spelt as the bill spells them."""
    assert organisation.usage is not None
    wanted = ["line_item_resource_id", "line_item_usage_account_id", "product_region_code"]
    billed: set[Any] = set()
    for file in organisation.usage.rglob("*.parquet"):
        rows = pq.ParquetFile(file).read(wanted).to_pydict()
        billed |= set(zip(*rows.values(), strict=True))

    for table in _tables(organisation.out):
        keys = ["resource_id", "usage_account_id", "region_code"]
        rows = table.select(keys).to_pydict()
        assert set(zip(*rows.values(), strict=True)) <= billed


@pytest.mark.parametrize("kind", ["ec2-instance", "rds-instance"])
def test_loads_differ_and_some_machines_have_none(organisation: SampleReceipt, kind: str) -> None:
    """Idle machines and silent ones are what the estimate has to tell apart."""
    table = pa.concat_tables(_tables(organisation.out))
    table = table.filter(pc.equal(table["resource_kind"], kind))
    loads = [load for load in table["cpu_mean_percent"].to_pylist() if load is not None]

    assert len(set(loads)) > 1
    assert all(0 < load <= 100 for load in loads)


def test_a_folder_with_both_serves_as_inventory(organisation: SampleReceipt) -> None:
    """Names come from the list, loads from the collection after the month."""
    assert organisation.inventory is not None
    period = organisation.periods[-1]

    loads = read_observations([organisation.inventory], [], period).loads
    (last,) = _tables(organisation.out)[-1:]

    assert loads.num_rows == last["cpu_mean_percent"].is_valid().to_pylist().count(True)
    assert 0 < loads.num_rows < last.num_rows
    assert loads[LOAD].null_count == 0
    assert read_accounts(organisation.inventory).accounts
