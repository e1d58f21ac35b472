"""Columns of Arrow tables as NumPy arrays, in the few ways that the engine wants them."""

import numpy as np
import pyarrow as pa

from crossfoot.domain.units import NANOS_PER_UNIT, BoolArray, Float64Array, Int64Array


def whole(table: pa.Table, name: str) -> Int64Array:
    """Return a column of whole numbers; where nothing is known it weighs nothing."""
    column = one_chunk(table[name])
    if column.null_count:
        column = column.fill_null(0)
    return np.asarray(column, dtype=np.int64)


def is_null(table: pa.Table, name: str) -> BoolArray:
    """Return a boolean array that is True where the column has no value."""
    return np.asarray(one_chunk(table[name]).is_null()).astype(np.bool_)


def flags(column: pa.ChunkedArray) -> BoolArray:
    """Return a boolean column; nothing known is False."""
    return np.asarray(one_chunk(column).fill_null(False)).astype(np.bool_)  # noqa: FBT003


def one_chunk(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def coded(column: pa.ChunkedArray) -> tuple[Int64Array, tuple[str, ...]]:
    """Return a text column as codes, -1 where it is null, and what they stand for."""
    encoded = one_chunk(column).dictionary_encode()
    codes = np.asarray(encoded.indices.fill_null(-1), dtype=np.int64)
    return codes, tuple(encoded.dictionary.to_pylist())


def known(table: pa.Table, name: str) -> Float64Array:
    """Return a column of whole numbers in its unit; NaN where nothing is known."""
    return np.where(is_null(table, name), np.nan, whole(table, name) / NANOS_PER_UNIT)
