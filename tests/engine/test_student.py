from math import erf, inf, isclose, sqrt

import pytest

from crossfoot.engine.student import probability_below, quantile_95

TABLE = {1: 6.314, 2: 2.920, 3: 2.353, 4: 2.132, 7: 1.895, 18: 1.734, 30: 1.697, inf: 1.645}


@pytest.mark.parametrize(("degrees", "quantile"), TABLE.items())
def test_quantiles_are_those_of_the_tables(degrees: float, quantile: float) -> None:
    """The 95 % quantile is the one that any statistical table prints."""
    assert quantile_95(degrees) == pytest.approx(quantile, abs=5e-4)


@pytest.mark.parametrize("degrees", [1, 2, 3, 8, 21, 500, 501, inf])
def test_the_distribution_is_symmetric_and_grows(degrees: float) -> None:
    """A half lies below zero, as much below -t as above t, and no more below less."""
    ends = [probability_below(t, degrees) for t in (-3, -1, 0, 1, 3)]

    assert ends == sorted(ends)
    assert ends[2] == 0.5
    assert isclose(ends[0], 1 - ends[4])


def test_many_degrees_are_nearly_normal() -> None:
    """Where the closed form ends, it is the normal distribution to three digits."""
    assert probability_below(1.3, 500) == pytest.approx(0.5 * (1 + erf(1.3 / sqrt(2))), abs=1e-3)
