"""Figures with bounds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfoot.engine.ranges import independent_product, inverse
from crossfoot.factors.factor import Boundary, Factor, combined

positive = st.floats(min_value=1e-6, max_value=1e6)
figures = st.lists(positive, min_size=3, max_size=3).map(
    lambda numbers: np.array([sorted(numbers)[position] for position in (1, 0, 2)])
)


def test_relative_ranges_add_in_quadrature() -> None:
    """Twice and three times: exp of the hypotenuse of their logarithms."""
    product = independent_product([1.0, 0.5, 2.0], [10.0, 10 / 3, 30.0])
    spread = math.exp(math.hypot(math.log(2), math.log(3)))

    assert product == pytest.approx([10.0, 10 / spread, 10 * spread])


@given(one=figures, other=figures)
def test_arrays_are_as_single_factors(one: np.ndarray, other: np.ndarray) -> None:
    """The same as ``combined`` of two factors."""
    parts = [
        Factor(name, *bounds, "1", Boundary.COUNT, "world", 2025, "s", "l")
        for name, bounds in (("one", one), ("other", other))
    ]
    single = combined("product", unit="1", times=parts)

    found = independent_product(one, other)
    assert found.tolist() == pytest.approx([single.value, single.low, single.high])


def test_nothing_stays_nothing() -> None:
    """A value of zero has no range, and a low of zero remains."""
    assert independent_product([0.0, 0.0, 0.0], [2.0, 1.0, 3.0]).tolist() == [0, 0, 0]
    assert independent_product([1.0, 0.0, 2.0], [2.0, 1.0, 3.0])[1] == 0


def test_an_inverse_changes_its_bounds() -> None:
    """What is long at most is small at least."""
    assert inverse([2.0, 1.0, 4.0]).tolist() == [0.5, 0.25, 1.0]
