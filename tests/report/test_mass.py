"""A mass is written exactly, and readably."""

from decimal import Decimal

import pytest

from crossfoot.report.mass import change_percent, exact, grouped_kilograms, readable, significant


@pytest.mark.parametrize(
    ("mass_kgco2e", "text"),
    [
        ("1234567.1", "1,235 t"),
        ("1000", "1.00 t"),
        ("999.4", "999 kg"),
        ("57.25", "57.2 kg"),
        ("0.0451", "45.1 g"),
        ("0.0000321", "32.1 mg"),
        ("0.000000001", "1.00 µg"),
        ("-2500", "-2.50 t"),
        ("0", "0 kg"),
    ],
)
def test_a_mass_is_shown_in_its_own_unit(mass_kgco2e: str, text: str) -> None:
    """Tonnes from 1,000 kg on, then kilograms, grams and below, in three digits."""
    assert " ".join(readable(Decimal(mass_kgco2e))) == text


def test_a_missing_mass_is_not_a_zero() -> None:
    """What AWS did not report is said to be so."""
    assert readable(None)[0] == "not reported"
    assert grouped_kilograms(None)[0] == "not reported"
    assert exact(None) is None


def test_exact_decimals_keep_every_digit() -> None:
    """No exponent, no float, no trailing zeros."""
    assert exact(Decimal("123456789012345678.000000001")) == "123456789012345678.000000001"
    assert exact(Decimal("1E+3")) == "1000"
    assert exact(Decimal("-0.0")) == "0"
    assert "".join(grouped_kilograms(Decimal("1234.5"))) == "1,234.500000000"


@pytest.mark.parametrize(("now", "before"), [(None, "1"), ("1", None), ("1", "0"), ("1", "-2")])
def test_a_change_needs_something_to_compare_with(now: str | None, before: str | None) -> None:
    """Against nothing, zero or a negative figure there is no percentage."""
    sides = [None if side is None else Decimal(side) for side in (now, before)]

    assert change_percent(*sides) is None


def test_a_change_is_in_per_cent_of_before() -> None:
    """From 8 to 10 is a quarter more."""
    assert change_percent(Decimal(10), Decimal(8)) == Decimal("25.0")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1234567.89", "1,234,568"),
        ("12.3456", "12.35"),
        ("0.00012344", "0.0001234"),
        ("0.0000012344", "1.234e-6"),
        ("0", "0"),
        ("-5.55555", "-5.556"),
        (None, "no estimate"),
    ],
)
def test_an_estimate_has_four_digits(amount: str | None, text: str) -> None:
    """More digits than its range can bear are not shown; what is missing is not a zero."""
    assert significant(None if amount is None else Decimal(amount)) == text
