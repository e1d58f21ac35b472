"""How a mass is written: exactly for tables, and in a readable unit for the eye."""

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Final

NOT_REPORTED: Final = "not reported"
_STEPS: Final = (
    (Decimal(1000), "t", Decimal(1000)),
    (Decimal(1), "kg", Decimal(1)),
    (Decimal("0.001"), "g", Decimal("0.001")),
    (Decimal("0.000001"), "mg", Decimal("0.000001")),
)
_MICROGRAM: Final = Decimal("0.000000001")


def exact(amount: Decimal | None) -> str | None:
    """Write a decimal without exponent and without trailing zeros; ``None`` stays ``None``."""
    if amount is None:
        return None
    text = format(amount, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def grouped_kilograms(amount: Decimal | None) -> tuple[str, str]:
    """Return an exact mass as the part that is read and the rest of its nine digits. [kg]."""
    if amount is None:
        return NOT_REPORTED, ""
    text = f"{rounded(amount, 9):,f}"
    return text[:-6], text[-6:]


def readable(mass_kgco2e: Decimal | None) -> tuple[str, str]:
    """Return a mass in three digits or more with its unit: t, kg, g, mg or micrograms. [kg]."""
    if mass_kgco2e is None:
        return NOT_REPORTED, ""
    if mass_kgco2e == 0:
        return "0", "kg"
    for threshold, unit, size in _STEPS:
        if abs(mass_kgco2e) >= threshold:
            return _three_digits(mass_kgco2e / size), unit
    return _three_digits(mass_kgco2e / _MICROGRAM), "µg"


def significant(amount: Decimal | None, digits: int = 4) -> str:
    """Return an estimate in so many digits; with an exponent where it would be mostly zeros."""
    if amount is None:
        return "no estimate"
    if amount == 0:
        return "0"
    whole_digits = amount.adjusted() + 1
    if whole_digits <= -digits:
        return f"{amount:.{digits - 1}e}"
    return f"{rounded(amount, max(0, digits - whole_digits)):,f}"


def change_percent(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    """Return the change in per cent of ``before``, or ``None`` where there is nothing to compare.

    ``before`` of zero or below has no meaningful percentage. [%]
    """
    if now is None or before is None or before <= 0:
        return None
    return rounded((now - before) / before * 100, 1)


def _three_digits(amount: Decimal) -> str:
    whole_digits = len(str(int(abs(amount))))
    return f"{rounded(amount, max(0, 3 - whole_digits)):,f}"


def rounded(amount: Decimal, places: int) -> Decimal:
    """Return an amount with so many places after the point, however large it is."""
    with localcontext() as context:
        context.prec = 60
        return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
