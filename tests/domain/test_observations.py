"""A measurement and a utilisation that cannot be are not made."""

import math
from typing import Any

import pytest

from crossfoot.domain.errors import DuplicateRowError
from crossfoot.domain.observations import Measurement, Utilisation, each_once


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


def test_measurements_of_several_places_come_by_resource() -> None:
    """Whatever the order in which the places were named."""
    first = Measurement("i-1", 0.25, 10.0, "codecarbon")
    second = Measurement("i-2", 5.0, None, "kepler")

    assert each_once([second, first]) == each_once([first, second]) == [first, second]


@pytest.mark.parametrize("source", ["codecarbon", "kepler"])
def test_energy_that_two_places_tell_of_is_refused(source: str) -> None:
    """Nobody could tell whether they measured the same hours."""
    told = [
        Measurement("i-1", 1.0, 1.0, "codecarbon"),
        Measurement("i-1", 1.0, 2.0, source),
    ]

    with pytest.raises(DuplicateRowError, match="i-1"):
        each_once(told)
