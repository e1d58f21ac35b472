"""The estimate's worked figures of the methodology page, and published ones by usage models."""

import numpy as np
import pytest

from crossfoot.domain.impacts import CRITERIA, Criterion
from crossfoot.engine.estimate import Estimates, UsageParts, estimate
from crossfoot.factors.places import place

PUE = place("eu-west-1", 2025).pue.value


def hundred_hours(**known: float) -> Estimates:
    """Return an m5.large at 30 % for a hundred hours in Ireland in 2025."""
    unknown = {name: np.full(1, np.nan) for name in ("measured_kwh", "measured_hours")}
    return estimate(
        UsageParts(
            model=np.zeros(1, dtype=np.int64),
            model_names=("machine:m5.large",),
            region=np.zeros(1, dtype=np.int64),
            regions=("eu-west-1",),
            amount=np.full(1, 100.0),
            load_percent=np.full(1, 30.0),
            grid_g_per_kwh=np.full(1, np.nan),
            on_demand_usd=np.full(1, np.nan),
            year=2025,
            **unknown | {name: np.full(1, value) for name, value in known.items()},
        )
    )


def figure(found: Estimates, criterion: Criterion) -> list[float]:
    """Return value, low and high."""
    return list(found.figures[CRITERIA.index(criterion), :, 0])


def test_the_energy_of_a_hundred_hours() -> None:
    """F-14: 10.55 W at 30 %, 1.171 kWh at the meter."""
    value, _, _ = figure(hundred_hours(), Criterion.ENERGY)

    assert value / PUE == pytest.approx(1.055, abs=5e-4)
    assert value == pytest.approx(1.171, abs=5e-4)


@pytest.mark.parametrize(
    ("criterion", "printed"),
    [
        (Criterion.GHG_USE, 0.3004),
        (Criterion.PE_USE, 15.08),
        (Criterion.WATER_GENERATION, 1.730),
        (Criterion.WATER_SITE, 0.032),
        (Criterion.GHG_EMBODIED, 0.0458),
        (Criterion.PE_EMBODIED, 0.603),
        (Criterion.ADP_EMBODIED, 6.1e-6),
    ],
)
def test_what_a_hundred_hours_cost(criterion: Criterion, printed: float) -> None:
    """F-16 and F-17, as they are printed."""
    assert figure(hundred_hours(), criterion)[0] == pytest.approx(printed, rel=0.015)


def test_the_range_of_a_hundred_hours() -> None:
    """F-18: 0.095 to 0.430 kg CO2e around 0.300."""
    found = figure(hundred_hours(), Criterion.GHG_USE)

    assert found == pytest.approx([0.300, 0.095, 0.430], abs=6e-4)


def test_a_measurement_of_sixty_hours() -> None:
    """F-19: 0.9 kWh, and forty hours by the model, are 1.467 kWh at the meter."""
    found = hundred_hours(measured_kwh=0.9, measured_hours=60.0)

    assert figure(found, Criterion.ENERGY)[0] == pytest.approx(1.467, abs=5e-4)
    assert found.modelled_kwh[0] == pytest.approx(1.171, abs=5e-4)


def test_the_idle_part_of_a_hundred_hours() -> None:
    """F-19: 0.343 kWh, 29 % of the energy."""
    found = hundred_hours()

    assert found.idle[0, 0] == pytest.approx(0.343, abs=5e-4)
    assert found.idle[0, 0] / found.figures[0, 0, 0] == pytest.approx(0.29, abs=5e-3)
