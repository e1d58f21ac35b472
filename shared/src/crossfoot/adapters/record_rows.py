"""Rows of a record, under its id and the instant at which it is kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from crossfoot.adapters.parquet_tables import arrow_schema
from crossfoot.domain.columns import Table

type Rows = pa.Table | Sequence[Mapping[str, Any]]
"""A table, or mappings of plain values: text, whole numbers, ``Decimal``, instants, None."""


def record_rows(table: Table, record_id: str, rows: Rows, at: datetime) -> pa.Table:
    """Return rows as the table declares them, with the two columns that every record has.

    Parameters
    ----------
    rows : pyarrow.Table or sequence of mapping
        The other columns, in any order; a ``record_id`` or ``recorded_at`` of theirs is replaced.
        A column that a mapping leaves out is null.

    Raises
    ------
    ValueError
        A column is missing, unknown, of a type that cannot be cast, or null where it may not be.
    """
    schema = arrow_schema(table.columns)
    told = rows if isinstance(rows, pa.Table) else _table(schema, rows)
    own = {
        "record_id": pa.repeat(record_id, told.num_rows),
        "recorded_at": pa.repeat(pa.scalar(at, schema.field("recorded_at").type), told.num_rows),
    }
    given = {name: told[name] for name in told.column_names if name not in own}
    wrong = sorted({*own, *given} ^ {*schema.names})
    if wrong:
        raise ValueError(f"{table.name} is not as declared: {wrong}")
    return pa.table({**own, **given}).select(schema.names).cast(schema)


def _table(schema: pa.Schema, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    unknown = sorted({name for row in rows for name in row} - {*schema.names})
    if unknown:
        raise ValueError(f"rows are not as declared: {unknown}")
    return pa.table(
        {
            name: pa.array([row.get(name) for row in rows], schema.field(name).type)
            for name in schema.names
        }
    )
