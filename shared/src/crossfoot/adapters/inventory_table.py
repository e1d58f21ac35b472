"""Rows of ``inventory`` as Parquet."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from crossfoot.domain.columns import INVENTORY, Column
from crossfoot.domain.inventory import Resource, WorkItem

_ARROW_TYPES: Final = {
    "string": pa.string(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "map<string,string>": pa.map_(pa.string(), pa.string()),
}
_RENAMED: Final = {"resource_kind": "kind"}
_UTILIZATION: Final = frozenset(
    {
        "measured_days",
        "cpu_mean_percent",
        "cpu_p50_percent",
        "cpu_p95_percent",
        "cpu_max_percent",
        "invocation_count",
        "duration_mean_ms",
        "concurrency_max",
    }
)

INVENTORY_SCHEMA: Final = pa.schema(
    [
        pa.field(column.name, _ARROW_TYPES[column.athena_type], nullable=column.is_nullable)
        for column in INVENTORY.columns
    ]
)


def parquet_of(
    collection: str,
    day: date,
    item: WorkItem,
    observed_at: datetime,
    resources: Sequence[Resource],
) -> bytes:
    """Return one account's Region as a Parquet file, ordered by kind and id."""
    return as_parquet(table_of(collection, day, item, observed_at, resources))


def table_of(
    collection: str,
    day: date,
    item: WorkItem,
    observed_at: datetime,
    resources: Sequence[Resource],
) -> pa.Table:
    """Return one account's Region as a table, ordered by kind and id."""
    ordered = sorted(resources, key=lambda each: (each.kind, each.resource_id))
    same = {
        "day": day.isoformat(),
        "observed_at": observed_at,
        "collection_id": collection,
        "usage_account_id": item.account_id,
        "region_code": item.region_code,
    }
    arrays = [
        pa.array(_values(column, same, ordered), type=field.type)
        for column, field in zip(INVENTORY.columns, INVENTORY_SCHEMA, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=INVENTORY_SCHEMA)


def as_parquet(table: pa.Table) -> bytes:
    """Return rows of the inventory as a Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", write_page_checksum=True)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _values(column: Column, same: dict[str, Any], resources: Sequence[Resource]) -> list[Any]:
    if column.name in same:
        return [same[column.name]] * len(resources)
    read = _reader(column.name)
    return [read(resource) for resource in resources]


def _reader(name: str) -> Callable[[Resource], Any]:
    if name == "tags":
        return _tags
    if name in _UTILIZATION:
        return lambda resource: getattr(resource.utilization, name)
    attribute = _RENAMED.get(name, name)
    return lambda resource: getattr(resource, attribute)


def _tags(resource: Resource) -> list[tuple[str, str]] | None:
    return None if resource.tags is None else sorted(resource.tags.items())
