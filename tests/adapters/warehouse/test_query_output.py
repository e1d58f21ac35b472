"""Results as a table, CSV, JSON and Parquet."""

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfoot.adapters import query_output
from crossfoot.adapters.query_output import ResultFormat, write_result
from crossfoot.domain.errors import QueryError

texts = st.text(max_size=20)


def _written(result: Any, result_format: ResultFormat, width: int | None = None) -> bytes:
    stream = io.BytesIO()
    write_result(result, result_format, stream, width=width)
    return stream.getvalue()


def _masses(*amounts: str | None) -> pa.Table:
    values = [None if amount is None else Decimal(amount) for amount in amounts]
    return pa.table({"kg": pa.array(values, pa.decimal128(38, 9))})


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_spreadsheet_executes_nothing(start: str) -> None:
    """A text cell or a name that could be a formula starts with an apostrophe."""
    cell = f'{start}HYPERLINK("http://x","y")'
    result = pa.table({cell: [cell]})

    rows = list(csv.reader(io.StringIO(_written(result, "csv").decode(), newline="")))

    assert rows == [[f"'{cell}"], [f"'{cell}"]]


def test_negative_numbers_are_no_formulas() -> None:
    """Only texts are neutralised; a number stays a number."""
    assert _written(_masses("-1.5"), "csv") == b"kg\r\n-1.500000000\r\n"


@given(st.lists(st.tuples(texts, texts)))
def test_any_text_survives_csv(rows: list[tuple[str, str]]) -> None:
    """Quotes, commas and line ends come back as they were, by RFC 4180."""
    result = pa.table({"a": [a for a, _ in rows], "b": [b for _, b in rows]})

    read = list(csv.reader(io.StringIO(_written(result, "csv").decode(), newline="")))

    neutral = [[_neutral(cell) for cell in row] for row in rows]
    assert read == [["a", "b"], *neutral]


def test_csv_tells_null_from_empty_text() -> None:
    """Null is an empty field, an empty text a quoted one."""
    result = pa.table({"a": pa.array([None, ""], pa.string()), "b": [1, 2]})

    assert _written(result, "csv") == b'a,b\r\n,1\r\n"",2\r\n'


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=9, max_value=10**28)))
def test_json_keeps_every_digit(amounts: list[Decimal]) -> None:
    """Decimals are JSON numbers with all digits, which no float would hold."""
    amounts = [amount for amount in amounts if abs(amount) < 10**28]
    result = pa.table({"kg": pa.array(amounts, pa.decimal128(38, 9))})

    read = json.loads(_written(result, "json"), parse_float=Decimal, parse_int=str)

    assert [row["kg"] for row in read] == amounts


def test_small_amounts_are_written_out() -> None:
    """A microgram is 0.000000001, not 1E-9, in every text format."""
    for result_format in ("table", "csv", "json"):
        assert b"0.000000001" in _written(_masses("0.000000001"), result_format)


@given(st.dictionaries(st.text(min_size=1, max_size=5), texts, min_size=1))
def test_any_text_survives_json(row: dict[str, str]) -> None:
    """Hostile keys and values come back as they were."""
    result = pa.Table.from_pylist([row])

    assert json.loads(_written(result, "json")) == [row]


def test_json_of_nothing_is_an_empty_array() -> None:
    """No rows are ``[]``, not an empty file."""
    assert json.loads(_written(_masses(), "json")) == []


def test_json_of_every_type_is_json() -> None:
    """Nested values stay nested; what JSON has no form for becomes text."""
    result = duckdb.sql(
        """SELECT true AS yes, 1.5::DOUBLE AS f, 'nan'::DOUBLE AS nan, NULL AS none,
        [1, NULL] AS l, {'a': 0.1::DECIMAL(3,1)} AS s, MAP {'k': 'v'} AS m, 'ab'::BLOB AS b,
        DATE '2026-01-02' AS d, TIMESTAMP '2026-01-02 03:04:05' AS t, 170::HUGEINT AS h,
        INTERVAL 1 DAY AS i"""
    ).to_arrow_table()

    (row,) = json.loads(_written(result, "json"), parse_float=Decimal)

    assert row["yes"] is True
    assert (row["f"], row["nan"], row["none"]) == (Decimal("1.5"), "nan", None)
    assert (row["l"], row["s"], row["m"]) == ([1, None], {"a": Decimal("0.1")}, [["k", "v"]])
    assert (row["b"], row["d"], row["t"]) == ("6162", "2026-01-02", "2026-01-02T03:04:05")
    assert row["h"] == 170
    assert "days=1" in row["i"]


@pytest.mark.parametrize("result_format", ["json", "parquet"])
def test_two_columns_of_one_name_lose_nothing(result_format: ResultFormat) -> None:
    """Formats that know columns by name refuse two of one name; the others show both."""
    result = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])

    with pytest.raises(QueryError, match="'a'"):
        _written(result, result_format)
    assert _written(result, "csv") == b"a,a\r\n1,2\r\n"


@pytest.mark.parametrize("result_format", ["table", "csv", "json", "parquet"])
def test_a_reader_is_as_good_as_a_table(result_format: ResultFormat) -> None:
    """Streams of several batches give the same output."""
    result = pa.table({"n": list(range(10)), "t": ["x"] * 10})
    reader = pa.RecordBatchReader.from_batches(result.schema, result.to_batches(3))

    streamed = _written(reader, result_format)

    if result_format == "parquet":
        assert pq.read_table(io.BytesIO(streamed)).equals(result)
    else:
        assert streamed == _written(result, result_format)


def test_parquet_keeps_types_and_raw_texts() -> None:
    """Parquet is exact: decimals, texts and times as they are, formulas included."""
    result = pa.table(
        {
            "kg": pa.array([Decimal("0.000000001")], pa.decimal128(38, 9)),
            "text": ["=1+1"],
            "at": pa.array([dt.datetime(2026, 1, 1, tzinfo=dt.UTC)], pa.timestamp("us", "UTC")),
        }
    )

    assert pq.read_table(io.BytesIO(_written(result, "parquet"))).equals(result)


def test_what_parquet_cannot_hold_is_named() -> None:
    """An interval has no Parquet type: the user is told, not shown a traceback."""
    result = duckdb.sql("SELECT INTERVAL 1 DAY AS i").to_arrow_table()

    with pytest.raises(QueryError, match="Parquet cannot hold"):
        _written(result, "parquet")


def test_numbers_stand_to_the_right() -> None:
    """Decimals line up at their last digit; texts stand to the left."""
    result = pa.table({"name": ["a", "bbb"], "kg": pa.array([1, 22222])})

    lines = _written(result, "table").decode().splitlines()

    assert lines[3:5] == ["│ a    │     1 │", "│ bbb  │ 22222 │"]
    assert lines[-1] == "2 rows"


def test_a_piped_table_is_as_wide_as_it_needs() -> None:
    """Without a terminal nothing is folded or cut, however long the cell."""
    text = "x" * 10_000

    assert text in _written(pa.table({"t": [text], "u": [text]}), "table").decode()


def test_a_terminal_s_table_is_folded_and_loses_nothing() -> None:
    """In 40 columns a long cell continues on the next line."""
    text = "0123456789" * 10
    lines = _written(pa.table({"t": [text]}), "table", width=40).decode().splitlines()

    assert max(map(len, lines)) <= 40
    assert "".join(line.strip("│ ") for line in lines[3:-2]) == text


def test_a_terminal_obeys_no_cell() -> None:
    """Escape codes, line ends and text that runs backwards are shown, not obeyed; no markup."""
    cells = ["\x1b[2J", "a\nb", "\u202eevil", "[red]x[/red]"]
    shown = _written(pa.table({"t": cells}), "table").decode()

    assert "\x1b" not in shown
    assert "\u202e" not in shown
    for text in ("\\x1b[2J", "a\\nb", "\\u202eevil", "[red]x[/red]"):
        assert text in shown


def test_a_long_table_says_what_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond its limit the table ends with the number of rows and where to find them."""
    monkeypatch.setattr(query_output, "SHOWN_ROWS", 2)
    shown = _written(pa.table({"n": [101, 102, 103]}), "table").decode()

    assert "102" in shown
    assert "103" not in shown
    assert "first 2 of 3 rows" in shown


def test_one_row_is_one_row() -> None:
    """The count knows its grammar."""
    assert _written(pa.table({"n": [7]}), "table").decode().endswith("\n1 row\n")


def _neutral(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
