"""Figures per functional unit of a year (docs/methodology.md, F-23)."""

from dataclasses import dataclass
from fractions import Fraction
from math import floor, hypot

from crossfoot.engine.forecast import Spread, YearProjection


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a year comes to, in smallest units, or in smallest units per functional unit.

    ``low`` and ``high`` are the 90 % range, and ``chance_above`` the probability of a larger
    figure; all None where too few errors of the past are known.
    """

    amount: Fraction
    low: Fraction | None
    high: Fraction | None
    chance_above: float | None


def outcome_of(year: YearProjection, allowance: Fraction | None) -> Outcome:
    """Return a year's figure, and the chance that it is above an allowance."""
    # whole amounts are above an allowance where they are above its whole part
    chance = None if allowance is None else year.chance_above(floor(allowance))
    low, high = (None if end is None else Fraction(end) for end in (year.low, year.high))
    return Outcome(Fraction(year.amount), low, high, chance)


def outcome_per_unit(
    year: YearProjection, units: YearProjection, allowance: Fraction | None
) -> Outcome:
    """Return a year's figure per unit, taking the errors of both as independent.

    Parameters
    ----------
    year : YearProjection
        The figure. [smallest unit]
    units : YearProjection
        What is counted; its sum is positive. [10^-6 unit]
    allowance : Fraction or None
        What is allowed per unit. [smallest unit per unit]
    """
    amount = Fraction(year.amount * 10**6, units.amount)
    if year.is_firm and units.is_firm:
        chance = None if allowance is None else float(amount > allowance)
        return Outcome(amount, amount, amount, chance)
    parts = [each for each in (year, units) if not each.is_firm]
    spreads = [each.spread for each in parts if each.spread is not None]
    if len(spreads) < len(parts) or amount <= 0:
        return Outcome(amount, None, None, None)
    # relative to the whole: what is published of a year cannot come out elsewhere
    scales = [
        spread.scale * spread.open_amount / each.amount
        for each, spread in zip(parts, spreads, strict=True)
    ]
    whole = Spread(float(amount), hypot(*scales), min(each.n_degrees for each in spreads))
    ends = float(amount) / whole.factor, float(amount) * whole.factor
    chance = None if allowance is None else whole.chance_above(float(allowance))
    return Outcome(amount, Fraction(ends[0]), Fraction(ends[1]), chance)
