"""The difference of two months: exact for anything, and right where the answer is known."""

from collections.abc import Mapping
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfoot.domain.cells import ReportedCells, texts
from crossfoot.domain.errors import InvalidAmountError
from crossfoot.domain.history import Effect, MonthDifference, MonthFigures
from crossfoot.engine.month_difference import _settled, _share, month_difference

type Key = tuple[str, str, str | None]
type Month = Mapping[Key, tuple[int | None, int]]

KEYS = st.tuples(
    st.sampled_from(["1", "2", "3"]),
    st.sampled_from(["eu", "us"]),
    st.sampled_from(["EC2", "S3", None]),
)
AMOUNTS = st.none() | st.integers(-(10**17), 10**17) | st.integers(-3, 3)
VALUES = st.just(0) | st.integers(-5, 10**17)
MONTHS = st.dictionaries(KEYS, st.tuples(AMOUNTS, VALUES), max_size=10)
A, B = ("1", "eu", "EC2"), ("1", "eu", "S3")


def figures(month: Month) -> MonthFigures:
    """Return a month in columns: emissions and value of usage by cell."""
    columns = [texts([key[part] for key in month]) for part in range(3)]
    amounts = [amount for amount, _ in month.values()]
    cells = ReportedCells(
        columns[0], columns[1], columns[2],
        np.array([[it or 0 for it in amounts]], np.int64).reshape(1, -1),
        np.array([[it is not None for it in amounts]], np.bool_).reshape(1, -1),
    )  # fmt: skip
    return MonthFigures(cells, np.array([value for _, value in month.values()], np.int64))


def effects(split: MonthDifference, cell: int = 0) -> dict[Effect, int]:
    """Return the effects on a cell that are not zero."""
    named = zip(Effect, split.effect_ug[:, cell].tolist(), strict=True)
    return {effect: amount for effect, amount in named if amount}


def rows_of(split: MonthDifference) -> dict[Key, list[int]]:
    """Return the effects by cell."""
    keys = zip(split.account, split.region, split.service, strict=True)
    return dict(zip(keys, split.effect_ug.T.tolist(), strict=True))


@given(MONTHS, MONTHS)
def test_the_effects_sum_to_the_difference_of_every_cell(before: Month, after: Month) -> None:
    """As whole numbers, for any months: zeros, negative amounts, missing usage and cells."""
    split = month_difference(figures(before), figures(after))

    for key, amounts in rows_of(split).items():
        ends = [month.get(key, (None, 0))[0] or 0 for month in (before, after)]
        assert sum(amounts) == ends[1] - ends[0]


@given(MONTHS, MONTHS, MONTHS)
def test_the_effects_sum_with_a_change_of_method_too(
    before: Month, after: Month, old: Month
) -> None:
    """Whatever the second month was by the first one's method, nothing is lost."""
    one_method = (figures(before).cells, figures(old).cells)
    split = month_difference(figures(before), figures(after), one_method)

    assert (split.effect_ug.sum(axis=0) == split.after_ug - split.before_ug).all()
    method = list(Effect).index(Effect.METHOD)
    for key, amounts in rows_of(split).items():
        whole = amounts[:2]
        told = (after.get(key, (0, 0))[0] or 0) - (old.get(key, (0, 0))[0] or 0)
        assert amounts[method] == told or any(whole) or not amounts[method]


@given(MONTHS, MONTHS)
def test_the_way_back_has_the_opposite_effects(before: Month, after: Month) -> None:
    """Nothing depends on which month comes first; new accounts become departed ones."""
    there = month_difference(figures(before), figures(after))
    back = month_difference(figures(after), figures(before))
    swapped = back.effect_ug.copy()
    swapped[[0, 1]] = swapped[[1, 0]]

    assert (there.effect_ug == -swapped).all()


POSITIVE = st.integers(1, 10**15)


@given(POSITIVE, POSITIVE, POSITIVE, POSITIVE, st.integers(0, 10**15), st.integers(0, 10**15))
def test_each_effect_is_within_a_microgram_of_its_exact_share(
    e0: int, u0: int, e1: int, u1: int, other_0: int, other_1: int
) -> None:
    """The logarithmic mean with ninety digits, and no remainder is hidden in the last effect."""
    before, after = {A: (e0, u0), B: (0, other_0)}, {A: (e1, u1), B: (0, other_1)}
    split = rows_of(month_difference(figures(before), figures(after)))[A]
    shares = [Fraction(u0, u0 + other_0), Fraction(u1, u1 + other_1)]
    rates = [Fraction(e0, u0), Fraction(e1, u1)]
    factors = [[Fraction(u0 + other_0), Fraction(u1 + other_1)], shares, rates]
    with localcontext(prec=90):
        mean = Decimal(e1 - e0) / _ln(Fraction(e1, e0)) if e1 != e0 else Decimal(e0)
        exact = [mean * _ln(factor[1] / factor[0]) for factor in factors]

        assert all(abs(got - want) <= 1 for got, want in zip(split[2:5], exact, strict=True))


SIGNED = st.integers(-(10**18), 10**18).filter(bool)
WIDE = st.integers(1, 10**18) | st.integers(1, 50)


@given(SIGNED, WIDE, WIDE, WIDE, st.booleans())
def test_the_fast_path_never_shows(
    amount: int, other: int, before: int, after: int, is_near: bool
) -> None:
    """What is estimated in floats and what is settled in decimals are the same whole number."""
    sign = -1 if amount < 0 else 1
    amounts = amount, amount + sign * (other % 7) if is_near else sign * other

    assert _share(amounts, (before, after)) == _settled(amounts, (before, after))


def _ln(ratio: Fraction) -> Decimal:
    return Decimal(ratio.numerator).ln() - Decimal(ratio.denominator).ln()


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        # twice the usage of everything, nothing else
        ({A: (100, 10), B: (30, 10)}, {A: (200, 20), B: (60, 20)}, {Effect.USAGE_VOLUME: 100}),
        # the same value of usage, moved from one bucket to the other
        ({A: (100, 10), B: (0, 10)}, {A: (200, 20), B: (0, 0)}, {Effect.MIX: 100}),
        # the same usage, and AWS reports more for it
        ({A: (100, 10), B: (30, 10)}, {A: (140, 10), B: (30, 10)}, {Effect.INTENSITY: 40}),
        # a first usage of the bucket is mix, not intensity
        ({A: (None, 0), B: (30, 20)}, {A: (50, 10), B: (15, 10)}, {Effect.MIX: 50}),
        # usage that AWS reported nothing for, and now does
        ({A: (None, 10), B: (30, 10)}, {A: (50, 10), B: (30, 10)}, {Effect.INTENSITY: 50}),
        # emissions without usage of their own follow the account's usage
        ({A: (100, 0), B: (30, 10)}, {A: (200, 0), B: (60, 20)}, {Effect.USAGE_VOLUME: 100}),
        # the account begins to use: all of it is volume
        ({A: (0, 0)}, {A: (50, 10)}, {Effect.USAGE_VOLUME: 50}),
        # the account has gone, and what it had with it
        ({A: (100, 10), ("2", "eu", "S3"): (1, 5)}, {("2", "eu", "S3"): (1, 5)},
         {Effect.DEPARTED_ACCOUNTS: -100}),
        # the account is new
        ({("2", "eu", "S3"): (1, 5)}, {A: (100, 10), ("2", "eu", "S3"): (1, 5)},
         {Effect.NEW_ACCOUNTS: 100}),
        # an account that used nothing in one month follows the organisation's usage
        ({A: (100, 0), ("2", "eu", "S3"): (1, 5)}, {A: (200, 1), ("2", "eu", "S3"): (2, 9)},
         {Effect.USAGE_VOLUME: 100}),
    ],
)  # fmt: skip
def test_a_known_difference_is_told_as_what_it_is(
    before: Month, after: Month, told: dict[Effect, int]
) -> None:
    """One thing changes, and all of the first cell's difference is its effect."""
    assert effects(month_difference(figures(before), figures(after))) == told


def test_a_change_of_method_is_set_apart() -> None:
    """Twice by the new method, and a tenth more by the old one: both are told."""
    old = figures({A: (110, 10)}).cells
    split = month_difference(
        figures({A: (100, 10)}), figures({A: (220, 10)}), (figures({A: (100, 10)}).cells, old)
    )

    assert effects(split) == {Effect.INTENSITY: 10, Effect.METHOD: 110}


def test_a_worked_example_of_all_three() -> None:
    """1000 ug at half of 20 units become 3300 ug at two thirds of 30 units.

    L = 2300 / ln 3.3 = 1926.42; volume L ln 1.5 = 781.09, mix L ln(4/3) = 554.19, intensity
    L ln 1.65 = 964.71; running sums 781.09, 1335.29, 2300 round to 781, 1335, 2300.
    """
    split = month_difference(
        figures({A: (1000, 10), B: (0, 10)}), figures({A: (3300, 20), B: (0, 10)})
    )

    assert effects(split) == {
        Effect.USAGE_VOLUME: 781, Effect.MIX: 554, Effect.INTENSITY: 965
    }  # fmt: skip


def test_an_effect_beyond_all_measure_is_refused() -> None:
    """The largest figure at a trillionth of the usage: a named error, not a number that wrapped."""
    most = 10**18 - 1
    with pytest.raises(InvalidAmountError, match="more than 18 digits"):
        month_difference(figures({A: (most, 1)}), figures({A: (most, most)}))
