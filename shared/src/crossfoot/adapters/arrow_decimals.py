"""Whole numbers become decimals by moving the point: the same 64 bits, another type."""

from typing import Final

import numpy as np
import pyarrow as pa

from crossfoot.domain.errors import InvalidAmountError
from crossfoot.domain.units import (
    DECIMAL_PRECISION,
    DECIMAL_SCALE,
    LARGEST_AMOUNT,
    BoolArray,
    Int64Array,
)

DECIMAL64: Final = pa.decimal64(DECIMAL_PRECISION, DECIMAL_SCALE)
MINERALS64: Final = pa.decimal64(DECIMAL_PRECISION, 15)
DECIMAL128: Final = pa.decimal128(38, DECIMAL_SCALE)
_SIGN_SHIFT: Final = 63


def decimal_from_int64(
    amounts: Int64Array, is_null: BoolArray | None = None, as_type: pa.DataType = DECIMAL64
) -> pa.Array:
    """View whole nano-units or micrograms as ``DECIMAL(18,9)``, without a copy.

    Parameters
    ----------
    amounts : ndarray of int64, shape (row,)
        Micrograms or nano-units. The array keeps owning the memory: do not change it afterwards.
    is_null : ndarray of bool, shape (row,), optional
        True where there is no amount, whatever number stands there.
    as_type : pyarrow.DataType
        Another decimal of 18 digits; the amounts are then in units of its last digit.

    Returns
    -------
    pyarrow.Array
        ``decimal64(18, 9)``: kilograms or units.

    Raises
    ------
    InvalidAmountError
        An amount has more than 18 digits.
    """
    _check_digits(amounts, is_null)
    values = pa.py_buffer(np.ascontiguousarray(amounts, dtype=np.int64))
    return pa.Array.from_buffers(as_type, len(amounts), [_validity(is_null), values])


def decimal38_from_int64(amounts: Int64Array, is_null: BoolArray | None = None) -> pa.Array:
    """Widen whole nano-units or micrograms to ``DECIMAL(38,9)``, for sums of many amounts.

    Parameters
    ----------
    amounts : ndarray of int64, shape (row,)
        Micrograms or nano-units; any int64.
    is_null : ndarray of bool, shape (row,), optional
        True where there is no amount.
    """
    words = np.empty((len(amounts), 2), dtype="<i8")
    words[:, 0] = amounts
    words[:, 1] = np.asarray(amounts, dtype=np.int64) >> _SIGN_SHIFT
    return pa.Array.from_buffers(
        DECIMAL128, len(amounts), [_validity(is_null), pa.py_buffer(words)]
    )


def _validity(is_null: BoolArray | None) -> pa.Buffer | None:
    if is_null is None or not is_null.any():
        return None
    return pa.py_buffer(np.packbits(~is_null, bitorder="little"))


def _check_digits(amounts: Int64Array, is_null: BoolArray | None) -> None:
    # min and max, not abs: the smallest int64 has no absolute value
    for extreme in (np.min, np.max):
        if len(amounts) and abs(int(extreme(amounts))) > LARGEST_AMOUNT:
            break
    else:
        return
    known = amounts if is_null is None else amounts[~is_null]
    beyond = (known > LARGEST_AMOUNT) | (known < -LARGEST_AMOUNT)
    if beyond.any():
        raise InvalidAmountError(
            f"{int(known[beyond][0])} has more than {DECIMAL_PRECISION} digits.",
            mend="No published figure may reach 10^9 kilograms or units; check the input's unit.",
        )


def int64_from_decimal(column: pa.Array | pa.ChunkedArray) -> Int64Array:
    """Return the whole numbers behind decimals of nine digits after the point; 0 where null.

    Raises
    ------
    InvalidAmountError
        An amount does not fit into 64 bits.
    """
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_null(array.type):
        return np.zeros(len(array), np.int64)
    array = array.cast(DECIMAL128)
    words = np.frombuffer(array.buffers()[1], np.int64).reshape(-1, 2)
    words = words[array.offset : array.offset + len(array)]
    is_null = np.asarray(array.is_null())
    low, high = words[:, 0], words[:, 1]
    if np.any((low >> _SIGN_SHIFT != high) & ~is_null):
        raise InvalidAmountError(
            "a sum has more digits than 64 bits hold.",
            mend="Close the month for fewer accounts at a time.",
        )
    return np.where(is_null, 0, low)
