"""Whole numbers as decimals."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfoot.adapters.arrow_decimals import decimal38_from_int64, decimal_from_int64
from crossfoot.domain.errors import InvalidAmountError
from crossfoot.domain.units import LARGEST_AMOUNT

amounts_of_18_digits = st.lists(st.integers(-LARGEST_AMOUNT, LARGEST_AMOUNT))
any_int64 = st.lists(st.integers(-(2**63), 2**63 - 1))


@given(amounts_of_18_digits)
def test_a_decimal_is_the_integer_with_its_point_moved(amounts: list[int]) -> None:
    """Every amount of 18 digits keeps all of them, nine behind the point."""
    decimals = decimal_from_int64(np.array(amounts, dtype=np.int64))

    assert decimals.type == pa.decimal64(18, 9)
    assert decimals.to_pylist() == [Decimal(amount).scaleb(-9) for amount in amounts]


@given(any_int64)
def test_a_wide_decimal_holds_any_int64(amounts: list[int]) -> None:
    """Negative and extreme numbers keep their sign and digits in 128 bits."""
    decimals = decimal38_from_int64(np.array(amounts, dtype=np.int64))

    assert decimals.type == pa.decimal128(38, 9)
    assert decimals.to_pylist() == [Decimal(amount).scaleb(-9) for amount in amounts]


def test_the_integers_are_viewed_and_not_copied() -> None:
    """The decimal's values lie where the integers lie."""
    amounts = np.arange(10, dtype=np.int64)

    assert decimal_from_int64(amounts).buffers()[1].address == amounts.ctypes.data


@pytest.mark.parametrize("convert", [decimal_from_int64, decimal38_from_int64])
def test_masked_amounts_are_null_and_zeros_are_not(convert: object) -> None:
    """Missing is never zero, and zero is never missing."""
    is_null = np.array([True, False, True])

    decimals = convert(np.array([7, 0, 0], dtype=np.int64), is_null)  # type: ignore[operator]

    assert decimals.to_pylist() == [None, Decimal(0), None]
    decimals.validate(full=True)


@pytest.mark.parametrize("amount", [LARGEST_AMOUNT + 1, -LARGEST_AMOUNT - 1, -(2**63)])
def test_more_than_18_digits_are_refused(amount: int) -> None:
    """An amount that DECIMAL(18,9) cannot hold is an error, not another number."""
    with pytest.raises(InvalidAmountError, match="18 digits"):
        decimal_from_int64(np.array([1, amount], dtype=np.int64))


def test_whatever_stands_under_a_mask_may_be_any_number() -> None:
    """Only amounts that are there are checked."""
    amounts = np.array([2**63 - 1, 5], dtype=np.int64)

    decimals = decimal_from_int64(amounts, np.array([True, False]))

    assert decimals.to_pylist() == [None, Decimal("0.000000005")]
