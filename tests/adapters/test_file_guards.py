"""Hostile and broken files are refused by name, before they can do harm."""

import gzip
import resource
import struct
from collections import deque
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crossfoot.adapters.csv_tables import read_header, read_text_table
from crossfoot.adapters.file_guards import (
    CARBON_BUDGET,
    USAGE_BUDGET,
    InputBudget,
    decoding,
    fingerprint,
    inflated_size,
    open_csv_gz,
    open_parquet,
)
from crossfoot.domain.errors import (
    DuplicateColumnError,
    InputNotFoundError,
    OversizedInputError,
    UnreadableFileError,
)


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    """Return a small, sound Parquet file."""
    path = tmp_path / "sound.parquet"
    pq.write_table(
        pa.table({"a": list(range(1000)), "b": [f"text {i}" for i in range(1000)]}),
        path,
        write_page_checksum=True,
        compression="none",
        use_dictionary=False,
    )
    return path


def test_fingerprint_is_of_the_bytes(tmp_path: Path) -> None:
    """The digest is the one that sha256sum prints."""
    path = tmp_path / "abc"
    path.write_bytes(b"abc")

    found = fingerprint(path)

    assert found.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert (found.size, found.path) == (3, str(path))


def test_a_sound_file_is_opened(parquet: Path) -> None:
    """The guards stop nothing genuine."""
    with open_parquet(parquet, CARBON_BUDGET, read_dictionary=["B", "absent"]) as opened:
        table = opened.read()

    assert table.num_rows == 1000
    assert pa.types.is_dictionary(table.schema.field("b").type)


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    """Not an OSError of Python's."""
    with pytest.raises(InputNotFoundError):
        open_parquet(tmp_path / "nothing.parquet", CARBON_BUDGET)
    with pytest.raises(InputNotFoundError):
        fingerprint(tmp_path / "nothing.parquet")


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda data: data[:0], "empty"),
        (lambda data: data[:4], "truncated"),
        (lambda data: b"PK\x03\x04" + data, "not Parquet"),
        (lambda data: data[:-100], "truncated"),
        (lambda data: data[:-8] + struct.pack("<I", 1 << 30) + b"PAR1", "longer than the file"),
        (lambda data: data[:-200] + b"\xff" * 192 + data[-8:], "decoded"),
        (lambda data: data[:-4] + b"PARE", "encrypted"),
    ],
)
def test_broken_parquet_is_unreadable(parquet: Path, damage, problem: str) -> None:  # noqa: ANN001
    """Bad magic, cut off, or a footer that is none."""
    parquet.write_bytes(damage(parquet.read_bytes()))

    with pytest.raises(UnreadableFileError, match=problem) as caught:
        open_parquet(parquet, CARBON_BUDGET)
    assert caught.value.file == str(parquet)


def test_a_wrong_page_checksum_is_unreadable(parquet: Path) -> None:
    """One flipped bit of data is found while decoding."""
    data = bytearray(parquet.read_bytes())
    data[200] ^= 1
    parquet.write_bytes(data)

    with (
        open_parquet(parquet, CARBON_BUDGET) as opened,
        pytest.raises(UnreadableFileError),
        decoding(parquet),
    ):
        opened.read()


def test_a_bomb_of_equal_rows_is_refused_by_its_row_count(tmp_path: Path) -> None:
    """Fifty million equal rows take a few hundred kilobytes, and declare no more than that."""
    path = tmp_path / "bomb.parquet"
    batch = pa.table({"a": pa.array([1.0]).take(pa.array([0] * 1_000_000))})
    with pq.ParquetWriter(path, batch.schema, compression="zstd") as writer:
        for _ in range(50):
            writer.write_table(batch)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(OversizedInputError, match="50,000,000 rows"):
        open_parquet(path, USAGE_BUDGET)
    assert path.stat().st_size < 2_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB


def test_a_bomb_that_inflates_is_refused_by_its_declared_size(tmp_path: Path) -> None:
    """A hundred megabytes of zeros in one page."""
    path = tmp_path / "bomb.parquet"
    table = pa.table({"a": pa.array([b"\x00" * 100_000] * 1000)})
    pq.write_table(table, path, compression="zstd", use_dictionary=False)

    with pytest.raises(OversizedInputError, match="inflates"):
        open_parquet(path, USAGE_BUDGET)


def test_too_many_rows_or_columns_are_refused(tmp_path: Path, parquet: Path) -> None:
    """Both limits are read from the footer."""
    wide = tmp_path / "wide.parquet"
    pq.write_table(pa.table({f"c{i}": [1] for i in range(1001)}), wide)

    with pytest.raises(OversizedInputError, match="1,001 columns"):
        open_parquet(wide, CARBON_BUDGET)
    with pytest.raises(OversizedInputError, match="1,000 rows"):
        open_parquet(parquet, InputBudget(rows=999))


def test_a_footer_with_a_text_beyond_measure_is_refused(tmp_path: Path) -> None:
    """The limit of Thrift strings is ours, not the library's."""
    path = tmp_path / "long.parquet"
    pq.write_table(pa.table({"a": [1]}).replace_schema_metadata({"x": "y" * (17 << 20)}), path)

    with pytest.raises(OversizedInputError):
        open_parquet(path, CARBON_BUDGET)


@pytest.mark.parametrize("names", [["a", "a"], ["usage", "Usage"]])
def test_twin_columns_are_refused(tmp_path: Path, names: list[str]) -> None:
    """Equal, or equal but for case, in Parquet as in CSV."""
    path, text = tmp_path / "twins.parquet", tmp_path / "twins.csv"
    pq.write_table(pa.table([pa.array([1]), pa.array([2])], names=names), path)
    text.write_text(",".join(names) + "\n1,2\n")

    with pytest.raises(DuplicateColumnError) as caught:
        open_parquet(path, CARBON_BUDGET)
    assert caught.value.column == names[1]
    with pytest.raises(DuplicateColumnError):
        read_header(text, CARBON_BUDGET)


def test_a_gzip_bomb_is_refused_without_holding_it(tmp_path: Path) -> None:
    """Three hundred megabytes of zeros in three hundred kilobytes."""
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb") as stream:
        for _ in range(300):
            stream.write(bytes(1 << 20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(OversizedInputError, match="inflates"):
        inflated_size(path, USAGE_BUDGET)
    with open_csv_gz(path, USAGE_BUDGET) as stream, pytest.raises(OversizedInputError):
        deque(iter(lambda: stream.read(1 << 16), b""), maxlen=0)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # KiB


def test_a_gzip_bomb_is_refused_while_it_is_parsed(tmp_path: Path) -> None:
    """The budget's error passes through the CSV reader unchanged."""
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb") as stream:
        stream.write(b"a,b\n")
        for _ in range(100):
            stream.write((b"1," + b"2" * 1022 + b"\n") * 1024)

    with pytest.raises(OversizedInputError, match="inflates"):
        read_text_table(path, USAGE_BUDGET)


def test_the_absolute_cap_holds_for_any_ratio(tmp_path: Path) -> None:
    """A budget of ten bytes is spent after ten bytes."""
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"0123456789"))

    assert inflated_size(path, InputBudget(inflated_bytes=10)) == 10
    with pytest.raises(OversizedInputError):
        inflated_size(path, InputBudget(inflated_bytes=9))


@pytest.mark.parametrize("data", [b"no gzip", gzip.compress(b"a,b\n" * 999, mtime=0)[:-12]])
def test_broken_gzip_is_unreadable(tmp_path: Path, data: bytes) -> None:
    """Not gzip at all, or cut off."""
    path = tmp_path / "broken.csv.gz"
    path.write_bytes(data)

    with pytest.raises(UnreadableFileError):
        read_text_table(path, CARBON_BUDGET)


def test_text_survives_marks_and_line_breaks(tmp_path: Path) -> None:
    """A byte order mark, CRLF, quotes, line breaks inside them, and zeros in front."""
    path = tmp_path / "excel.csv"
    path.write_bytes(b'\xef\xbb\xbfid,text\r\n0012,"two\r\nlines, ""quoted"""\r\n0013,\r\n\r\n')

    assert read_text_table(path, CARBON_BUDGET).to_pydict() == {
        "id": ["0012", "0013"],
        "text": ['two\r\nlines, "quoted"', None],
    }


@pytest.mark.parametrize(("data", "names"), [(b"", ()), (b"\n\n", ()), (b"a,b", ("a", "b"))])
def test_a_csv_without_rows_is_an_empty_table(
    tmp_path: Path, data: bytes, names: tuple[str, ...]
) -> None:
    """Zero bytes, blank lines, or a header alone."""
    path = tmp_path / "empty.csv"
    path.write_bytes(data)

    table = read_text_table(path, CARBON_BUDGET)

    assert (table.num_rows, tuple(table.column_names)) == (0, names)


@pytest.mark.parametrize("data", [b"a,b\n\xff,1\n", b"\xff\xfea\x00", b"a,b\n1\n", b"a,b\n1,2,3\n"])
def test_csv_that_is_none_is_unreadable(tmp_path: Path, data: bytes) -> None:
    """Not UTF-8, or lines of another length than the header."""
    path = tmp_path / "bad.csv"
    path.write_bytes(data)

    with pytest.raises(UnreadableFileError):
        read_text_table(path, CARBON_BUDGET)


def test_csv_keeps_to_the_budget_of_rows_and_columns(tmp_path: Path) -> None:
    """As Parquet does; a header without end is one, too."""
    rows, wide, endless = (tmp_path / f"{name}.csv" for name in ("rows", "wide", "endless"))
    rows.write_text("a\n" + "1\n" * 11)
    wide.write_text(",".join(f"c{i}" for i in range(1001)))
    endless.write_text("a" * (2 << 20))

    for path in (rows, wide, endless):
        with pytest.raises((OversizedInputError, UnreadableFileError)):
            read_text_table(path, InputBudget(rows=10))
