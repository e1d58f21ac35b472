"""The writer of published tables."""

import hashlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crossfoot.adapters import parquet_tables
from crossfoot.adapters.arrow_decimals import decimal_from_int64
from crossfoot.adapters.parquet_tables import TableWriter, arrow_schema
from crossfoot.domain.columns import EMISSIONS, RECONCILIATION, TABLES, Table
from crossfoot.domain.errors import WarehouseError
from crossfoot.domain.units import LARGEST_AMOUNT

type MakeRows = Callable[..., pa.Table]


def _written(path: Path, table: Table, *batches: pa.Table, tags: tuple[str, ...] = ()) -> Path:
    with TableWriter(path, table, tags) as writer:
        for batch in batches:
            writer.write(batch)
    return path


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_is_written_as_declared(
    table: Table, tmp_path: Path, make_rows: MakeRows
) -> None:
    """Names, order, types, nullability, unit and meaning in the file are the declaration's."""
    path = _written(tmp_path / "part.parquet", table, make_rows(table, 3))

    schema = pq.read_schema(path)
    assert schema.equals(arrow_schema(table.columns), check_metadata=False)
    for column in table.columns:
        field = schema.field(column.name)
        assert field.nullable is column.is_nullable
        assert field.metadata[b"meaning"].decode() == column.meaning
        assert field.metadata.get(b"unit", b"").decode() == column.unit


def test_a_mass_is_an_integer_on_disk(tmp_path: Path, make_rows: MakeRows) -> None:
    """Parquet stores DECIMAL(18,9) as INT64, compressed with Zstandard, with a page index."""
    path = _written(tmp_path / "part.parquet", EMISSIONS, make_rows(EMISSIONS, 3))

    parquet = pq.ParquetFile(path)
    position = parquet.schema_arrow.names.index("scope_1_kgco2e")
    column = parquet.schema.column(position)
    chunk = parquet.metadata.row_group(0).column(position)
    assert column.physical_type == "INT64"
    assert (column.logical_type.type, column.precision, column.scale) == ("DECIMAL", 18, 9)
    assert chunk.compression == "ZSTD"
    assert chunk.has_column_index
    assert chunk.has_offset_index


def test_duckdb_sums_exactly_where_floats_would_not(tmp_path: Path, make_rows: MakeRows) -> None:
    """A huge amount, its opposite and a microgram add up to the microgram."""
    amounts = np.array([LARGEST_AMOUNT, 1, -LARGEST_AMOUNT], dtype=np.int64)
    rows = make_rows(EMISSIONS, 3, scope_1_kgco2e=decimal_from_int64(amounts))
    path = _written(tmp_path / "part.parquet", EMISSIONS, rows)

    answer = duckdb.sql(
        "SELECT SUM(scope_1_kgco2e), ANY_VALUE(TYPEOF(scope_1_kgco2e)) FROM read_parquet($path)",
        params={"path": str(path)},
    ).fetchall()

    assert answer == [(Decimal("0.000000001"), "DECIMAL(18,9)")]


def test_equal_rows_give_equal_bytes_however_they_are_cut(
    tmp_path: Path, make_rows: MakeRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One table, single rows or record batches: the same file, row groups included."""
    monkeypatch.setattr(parquet_tables, "ROW_GROUP_ROWS", 100)
    rows = make_rows(EMISSIONS, 250, scope_1_kgco2e=decimal_from_int64(np.arange(250)))
    cuts = {
        "whole": [rows],
        "rows": [rows.slice(row, 1) for row in range(250)],
        "batches": rows.to_batches(max_chunksize=77),
    }

    digests = {
        hashlib.sha256(_written(tmp_path / name, EMISSIONS, *cut).read_bytes()).hexdigest()
        for name, cut in cuts.items()
    }

    assert len(digests) == 1
    groups = pq.ParquetFile(tmp_path / "rows").metadata
    assert [groups.row_group(i).num_rows for i in range(3)] == [100, 100, 50]


def test_long_texts_end_a_row_group_early(
    tmp_path: Path, make_rows: MakeRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is pending never grows far beyond its budget of bytes, and no row is lost."""
    monkeypatch.setattr(parquet_tables, "_ROW_GROUP_BYTES", 100_000)
    rows = make_rows(EMISSIONS, 5, resource_id="x" * 30_000)

    path = _written(tmp_path / "part.parquet", EMISSIONS, *[rows] * 4)

    metadata = pq.ParquetFile(path).metadata
    assert (metadata.num_rows, metadata.num_row_groups) == (20, 4)


def test_columns_are_taken_by_name_and_cast(tmp_path: Path, make_rows: MakeRows) -> None:
    """Another order and dictionary-coded texts are the same table."""
    rows = make_rows(EMISSIONS, 3)
    coded = rows.set_column(
        rows.column_names.index("region_code"),
        "region_code",
        rows["region_code"].dictionary_encode(),
    )

    path = _written(tmp_path / "part.parquet", EMISSIONS, coded.select(rows.column_names[::-1]))

    assert pq.read_table(path).equals(rows)


def test_an_empty_table_keeps_its_schema(tmp_path: Path) -> None:
    """A table without rows is a file without rows, not a missing file."""
    path = _written(tmp_path / "part.parquet", RECONCILIATION)

    assert pq.read_table(path).num_rows == 0
    assert pq.read_schema(path).names == [column.name for column in RECONCILIATION.columns]


def test_tags_stand_in_their_place(tmp_path: Path, make_rows: MakeRows) -> None:
    """Tag columns follow the usage family."""
    tags = ("tag_team", "tag_env")
    path = _written(tmp_path / "p", EMISSIONS, make_rows(EMISSIONS, 1, tags), tags=tags)

    names = pq.read_schema(path).names
    assert names[names.index("usage_family") + 1 :][:2] == ["tag_team", "tag_env"]


def test_a_table_that_is_not_as_declared_is_refused(tmp_path: Path, make_rows: MakeRows) -> None:
    """A missing column, a stranger, a null where none may be and a wrong type are errors."""
    rows = make_rows(EMISSIONS, 2)
    nullable = pa.schema([field.with_nullable(True) for field in rows.schema])
    hole = pa.nulls(2, pa.string())
    wrong = {
        "missing": rows.drop_columns(["status"]),
        "stranger": rows.append_column("surprise", hole),
        "null": rows.cast(nullable).set_column(0, "usage_period", hole),
        "type": rows.drop_columns(["on_demand_cost"]).append_column(
            "on_demand_cost", pa.array(["much", "more"])
        ),
    }
    with TableWriter(tmp_path / "part.parquet", EMISSIONS, ()) as writer:
        for table in wrong.values():
            with pytest.raises(ValueError, match="emissions is not as declared"):
                writer.write(table)


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    """A second writer of the same path fails."""
    _written(tmp_path / "part.parquet", RECONCILIATION)

    with pytest.raises(WarehouseError, match="exists"):
        TableWriter(tmp_path / "part.parquet", RECONCILIATION, ())


@pytest.mark.parametrize(
    "text",
    [
        'it\'s "quoted"',
        "a\nb\r\nc",
        "x" * 10_000,
        "'; DROP TABLE emissions;--",
        "",
        "\x00",
        "\u202eé",
    ],
)
def test_hostile_texts_survive(tmp_path: Path, make_rows: MakeRows, text: str) -> None:
    """The file keeps the raw value, whatever it is."""
    rows = make_rows(EMISSIONS, 2, resource_id=text)

    path = _written(tmp_path / "part.parquet", EMISSIONS, rows)

    assert pq.read_table(path)["resource_id"].to_pylist() == [text, text]
