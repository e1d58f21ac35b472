"""A measurement and a utilisation that cannot be are not made."""

import math
from typing import Any

import pytest

from crossfoot.domain.errors import DuplicateRowError, InvalidAmountError
from crossfoot.domain.observations import Measurement, Utilisation, merged
from crossfoot.domain.period import UsagePeriod

SEPTEMBER = UsagePeriod("2026-09")


@pytest.mark.parametrize(
    ("resource_id", "energy_kwh", "hours"),
    [
        ("", 1.0, None),
        ("i-1", -0.1, None),
        ("i-1", math.nan, None),
        ("i-1", math.inf, None),
        ("i-1", 1.0, 0.0),
        ("i-1", 1.0, math.nan),
    ],
)
def test_a_measurement_has_a_resource_and_finite_figures(
    resource_id: str, energy_kwh: float, hours: Any
) -> None:
    """What no instrument can have told is a mistake of the reader."""
    with pytest.raises(ValueError, match=r"i-1|resource|measured"):
        Measurement(resource_id, energy_kwh, hours, "codecarbon")


@pytest.mark.parametrize(
    ("resource_id", "load", "days"),
    [("", 1.0, 1), ("i-1", -1.0, 1), ("i-1", 100.1, 1), ("i-1", math.nan, 1), ("i-1", 5.0, 0)],
)
def test_a_utilisation_is_a_percentage_of_days_with_data(
    resource_id: str, load: float, days: int
) -> None:
    """A load of no day is not zero: it is not there."""
    with pytest.raises(ValueError, match=r"i-1|resource|measured"):
        Utilisation(resource_id, load, days)


def test_measurements_of_one_resource_add_up() -> None:
    """Two jobs on one machine are two files, and one resource."""
    told = [
        Measurement("i-2", 5.0, None, "kepler"),
        Measurement("i-1", 0.25, 10.0, "codecarbon"),
        Measurement("i-1", 0.5, 20.0, "codecarbon"),
    ]

    assert merged(told, SEPTEMBER) == [
        Measurement("i-1", 0.75, 30.0, "codecarbon"),
        Measurement("i-2", 5.0, None, "kepler"),
    ]


@pytest.mark.parametrize(
    ("hours", "source"), [((1.0, 2.0), "kepler"), ((None, 2.0), "codecarbon"), ((None, None), "")]
)
def test_energy_that_two_tell_of_is_refused(hours: tuple[Any, Any], source: str) -> None:
    """Two instruments on one machine measured the same energy, and so did two of all hours."""
    told = [
        Measurement("i-1", 1.0, hours[0], "codecarbon"),
        Measurement("i-1", 1.0, hours[1], source or "codecarbon"),
    ]

    with pytest.raises(DuplicateRowError, match="i-1"):
        merged(told, SEPTEMBER)


def test_more_hours_than_the_month_has_are_refused() -> None:
    """Measurements that overlap would count twice."""
    told = [Measurement("i-1", 1.0, 400.0, "codecarbon")] * 2

    with pytest.raises(InvalidAmountError, match="800"):
        merged(told, SEPTEMBER)
    assert merged(told[:1], SEPTEMBER) == told[:1]
