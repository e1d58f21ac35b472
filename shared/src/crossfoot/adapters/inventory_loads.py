"""Loads of machines, out of the inventory's statistics."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from crossfoot.adapters.file_guards import InputBudget, decoding, open_parquet
from crossfoot.adapters.inventory_table import INVENTORY_SCHEMA
from crossfoot.domain.errors import ColumnTypeError, InvalidAmountError, MissingColumnError
from crossfoot.domain.inventory import ResourceKind
from crossfoot.domain.observations import FULL_LOAD_PERCENT
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.units import NANOS_PER_UNIT

LOAD: Final = "load_nano_percent"
"""Mean load of all processors, in billionths of a percent."""

INVENTORY_BUDGET: Final = InputBudget(rows=50_000_000, inflated_bytes=64 << 30)

DAYS_AFTER: Final = 5
"""Days after a month whose collections are still mostly of it: each looks back on 30 days."""

LOAD_COLUMNS: Final = (
    "day",
    "observed_at",
    "resource_kind",
    "resource_id",
    "measured_days",
    "cpu_mean_percent",
)
"""All that is read of the inventory."""

_MACHINES: Final = pa.array([ResourceKind.EC2_INSTANCE, ResourceKind.RDS_INSTANCE], pa.string())
"""An ECS service is measured against what it reserved, and may be above 100 percent."""

_SCHEMA: Final = pa.schema([INVENTORY_SCHEMA.field(name) for name in LOAD_COLUMNS])
_MEND: Final = "Give the inventory as it was collected."


def read_loads(path: Path) -> pa.Table:
    """Read the columns of ``LOAD_COLUMNS`` of the inventory's Parquet file; rows with a load.

    Raises
    ------
    InputNotFoundError, UnreadableFileError, OversizedInputError, DuplicateColumnError
        As ``open_parquet`` raises them.
    MissingColumnError, ColumnTypeError
        The file is not of the inventory.
    InvalidAmountError
        A load that is not within 0 and 100 percent.
    """
    with open_parquet(path, INVENTORY_BUDGET) as file:
        _require_columns(file.schema_arrow, path)
        with decoding(path):
            return loads_in(file.read(list(LOAD_COLUMNS)), str(path))


def loads_in(inventory: pa.Table, place: str) -> pa.Table:
    """Return the rows of machines that have a load; ``place`` is what errors call the table.

    Raises
    ------
    ColumnTypeError, InvalidAmountError
        As ``read_loads`` raises them.
    """
    table = _cast(inventory.select(LOAD_COLUMNS), place)
    load = table["cpu_mean_percent"]
    fits = pc.and_(pc.greater_equal(load, 0.0), pc.less_equal(load, FULL_LOAD_PERCENT))
    is_machine = pc.is_in(table["resource_kind"], _MACHINES)
    odd = pc.index(pc.and_(is_machine, pc.invert(fits)), True).as_py()
    if odd >= 0:
        raise InvalidAmountError(
            f"{load[odd].as_py()} is not a load.",
            mend="Give percent of all processors, between 0 and 100, or leave it out.",
            file=place,
            column="cpu_mean_percent",
            row=odd + 1,
        )
    has_data = pc.greater(pc.fill_null(table["measured_days"], 0), 0)
    has_load = pc.and_(load.is_valid(), table["resource_id"].is_valid())
    return table.filter(pc.and_(pc.and_(is_machine, has_data), has_load))


def loads_of(tables: Iterable[pa.Table], period: UsagePeriod) -> pa.Table:
    """Return the newest load of each resource that tells of a month, for ``Observations``.

    Parameters
    ----------
    tables : iterable of Table
        As ``loads_in`` and ``read_loads`` return them.
    period : UsagePeriod
        Collections count from its second day, since each tells of the 30 days before it.

    Returns
    -------
    Table
        ``resource_id`` and ``load_nano_percent``, by resource. [1e-9 %]
    """
    first, last = days_that_tell(period)
    table = pa.concat_tables([_SCHEMA.empty_table(), *tables])
    tells = pc.and_(pc.greater_equal(table["day"], first), pc.less_equal(table["day"], last))
    order = [
        ("resource_id", "ascending"),
        ("day", "descending"),
        ("observed_at", "descending"),
        ("cpu_mean_percent", "ascending"),
    ]
    found = table.filter(tells).sort_by(order).combine_chunks()
    ids = found["resource_id"]
    newest = found.filter(_is_first(ids.combine_chunks()))
    load = pc.round(pc.multiply(newest["cpu_mean_percent"], float(NANOS_PER_UNIT)))
    return pa.table({"resource_id": newest["resource_id"], LOAD: load.cast(pa.int64())})


def days_that_tell(period: UsagePeriod) -> tuple[str, str]:
    """Return the first and the last day whose collection tells of a month, as YYYY-MM-DD."""
    first = period.start + timedelta(days=1)
    last = period.end + timedelta(days=DAYS_AFTER - 1)
    return first.date().isoformat(), last.date().isoformat()


def is_inventory(path: Path) -> bool:
    """Whether a Parquet file has the inventory's columns; raises as ``read_loads`` does."""
    with open_parquet(path, INVENTORY_BUDGET) as file:
        return set(LOAD_COLUMNS) <= set(file.schema_arrow.names)


def _is_first(sorted_ids: pa.Array) -> pa.Array:
    if not len(sorted_ids):
        return pa.array([], pa.bool_())
    others = pc.not_equal(sorted_ids[1:], sorted_ids[:-1])
    return pa.concat_arrays([pa.array([True]), others])


def _require_columns(schema: pa.Schema, path: Path) -> None:
    for name in LOAD_COLUMNS:
        if name not in schema.names:
            raise MissingColumnError(
                "a column of the inventory is missing.",
                mend=_MEND,
                file=str(path),
                column=name,
            )


def _cast(table: pa.Table, place: str) -> pa.Table:
    columns = []
    for field in _SCHEMA:
        try:
            columns.append(table[field.name].cast(field.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise ColumnTypeError(
                f"is {table[field.name].type} and not {field.type}.",
                mend=_MEND,
                file=place,
                column=field.name,
            ) from error
    return pa.Table.from_arrays(columns, schema=_SCHEMA.remove_metadata())
