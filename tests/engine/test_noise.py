"""What the months before a month let expect, and how rarely noise alone is called a jump."""

from math import exp, log, sqrt

import numpy as np
import pytest

from crossfoot.engine.noise import FEWEST_MONTHS, Expectation, expectation_of

GRAM = 10**6
KILOGRAM = 10**9


def expected(amounts: list[int], n_days: int = 30) -> Expectation | None:
    """Return the expectation after months of thirty days."""
    return expectation_of(amounts, [30] * len(amounts), n_days=n_days, resolution=GRAM)


def test_the_worked_example_of_the_page() -> None:
    """Ten months of 100 kg, up and down by a few percent; the arithmetic of F-24 by hand."""
    kilograms = (100, 104, 98, 101, 103, 97, 102, 99, 105, 100)
    found = expected([each * KILOGRAM for each in kilograms])
    errors = sorted(
        log((now * KILOGRAM + GRAM) / (sorted(before)[1] * KILOGRAM + GRAM))
        for *before, now in zip(
            kilograms, kilograms[1:], kilograms[2:], kilograms[3:], strict=False
        )
    )
    middle = errors[3]
    deviations = sorted(abs(each - middle) for each in errors)

    assert found is not None
    assert found.n_errors == 7
    assert found.spread == pytest.approx(1.4826 * 1.140 * deviations[3])
    assert found.amount == pytest.approx(100 * KILOGRAM * exp(middle), rel=1e-6)
    # Student's t of six degrees of freedom is as rarely above 4.903 as a normal above 3
    reach = 4.903 * sqrt(1 + 1 / 7) * found.spread
    assert found.limit(3.0) == pytest.approx(found.amount * exp(reach), rel=1e-3)


def test_one_month_astray_moves_little() -> None:
    """A month that jumped, or was missing most of its usage, is no measure for the next."""
    steady = [100 * KILOGRAM + at % 3 * KILOGRAM for at in range(14)]
    calm = expected(steady)
    for stray in (500 * KILOGRAM, KILOGRAM):
        found = expected([*steady[:-1], stray])

        assert calm is not None
        assert found is not None
        assert abs(found.amount - calm.amount) < 2 * KILOGRAM


def test_a_month_is_measured_by_its_days() -> None:
    """A day more is no jump."""
    amounts = [30 * KILOGRAM] * FEWEST_MONTHS
    short, long = expected(amounts, n_days=28), expected(amounts, n_days=31)

    assert short is not None
    assert long is not None
    assert (round(short.amount / KILOGRAM), round(long.amount / KILOGRAM)) == (28, 31)


def test_what_always_was_the_same_may_move_by_aws_rounding() -> None:
    """Without noise, a jump is more than as many grams as deviations are asked for."""
    found = expected([KILOGRAM] * FEWEST_MONTHS)

    assert found is not None
    assert found.spread == 0
    assert found.limit(3.0) == found.amount + 3 * GRAM


def test_what_mostly_was_the_same_still_has_noise() -> None:
    """The months that differed do not count for nothing."""
    found = expected([*[KILOGRAM] * 8, 2 * KILOGRAM, *[KILOGRAM] * 6])

    assert found is not None
    assert found.spread > 0


def test_what_emitted_nothing_may_begin_to() -> None:
    """A zero has a place on the scale: the smallest figure that AWS shows."""
    found = expected([0] * FEWEST_MONTHS)

    assert found is not None
    assert (found.amount, found.limit(3.0)) == (0, 3 * GRAM)


def test_too_few_months_and_too_wild_ones_have_no_limit() -> None:
    """Nothing is called a jump where anything may happen."""
    wild = expected([10 ** (3 * (at % 4)) * KILOGRAM for at in range(FEWEST_MONTHS)])

    assert expected([KILOGRAM] * (FEWEST_MONTHS - 1)) is None
    assert wild is not None
    assert wild.limit(3.0) is None


@pytest.mark.parametrize("n_months", [9, 12, 27])
def test_noise_alone_is_rarely_called_a_jump(n_months: int) -> None:
    """At three deviations in under two of a hundred months, however few are known."""
    random = np.random.default_rng(24)
    n_alarms = 0
    for _ in range(400):
        *before, now = (1e12 * np.exp(0.05 * random.standard_normal(n_months + 1))).tolist()
        found = expected([int(each) for each in before])
        limit = None if found is None else found.limit(3.0)
        n_alarms += limit is not None and now > limit

    assert n_alarms <= 8
