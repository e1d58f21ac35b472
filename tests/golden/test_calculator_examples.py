"""Published jobs, hand-made instances and servers, by the calculators' own functions."""

import numpy as np
import pytest

from crossfoot.engine.impact_figures import Electricity, Given, data_centre_of, exact, use_phase
from crossfoot.engine.instance_impact import impacts_of_instance
from crossfoot.engine.job import Job, Processors, impacts_of_job
from crossfoot.engine.sci import embodied_share, intensity
from crossfoot.engine.server_impact import Chips, Server, impacts_of_server
from crossfoot.factors.places import place

GRAMS = 1000.0
FOUR_YEARS_HOURS = 35040.0
RAW = Electricity(grid=Given("given/intensity", 98, "gCO2e/kWh"))


def test_a_job_of_green_algorithms() -> None:
    """T-GA-1: 12 h, 12 cores of 7.5 W, 64 GB, PUE 1.67, 475.9 g: 2.28 kWh, 1.09 kg, 4.33 km."""
    job = Job(hours=12, cores=Processors(12, 7.5), memory_gb=64)
    found = impacts_of_job(
        job,
        Electricity(
            grid=Given("given/intensity", 475.9, "gCO2e/kWh"), pue=Given("given/pue", 1.67, "1")
        ),
    )
    impacts = found.calculation.impacts
    cores, memory = found.calculation.components

    assert impacts.energy_kwh is not None
    assert impacts.ghg_use_kgco2e is not None
    assert impacts.energy_kwh[0] == pytest.approx(2.2813536, rel=1e-9)
    assert GRAMS * impacts.ghg_use_kgco2e[0] == pytest.approx(1085.6962, rel=1e-6)
    assert found.equivalences["car_km_united_states"][0] == pytest.approx(4.33, rel=0.005)
    # the first release took 950 g for a month of a tree
    assert found.equivalences["tree_months"][0] * 917 / 950 == pytest.approx(1.14, rel=0.005)
    assert cores.impacts.energy_kwh is not None
    assert memory.impacts.energy_kwh is not None
    assert cores.impacts.energy_kwh[0] / impacts.energy_kwh[0] == pytest.approx(0.791, rel=0.005)
    assert memory.impacts.energy_kwh[0] / impacts.energy_kwh[0] == pytest.approx(0.209, rel=0.005)


@pytest.mark.parametrize(
    ("kilowatt_hours", "grams_per_kwh", "grams"),
    [(0.000041, 82, 0.003357), (0.040940, 107.49, 4.400445)],
)
def test_a_training_of_carbontracker(
    kilowatt_hours: float, grams_per_kwh: float, grams: float
) -> None:
    """T-CT: measured, and predicted; the source rounds its energy."""
    grid = Electricity(grid=Given("given/intensity", grams_per_kwh, "gCO2e/kWh"))
    found = use_phase(exact(kilowatt_hours), grid).ghg_use_kgco2e

    assert found is not None
    assert GRAMS * found[0] == pytest.approx(grams, rel=0.005)


@pytest.mark.parametrize(
    ("kilograms", "grams"), [(1000, 28.538812785), (1100, 31.392694064), (1300, 37.100456621)]
)
def test_the_embodied_share_of_sci(kilograms: float, grams: float) -> None:
    """T-SCI-1: a server of 1, 2 and 4 vCPUs, an hour of four years, all of it."""
    share = embodied_share(exact(kilograms), 1, exact(FOUR_YEARS_HOURS))

    assert GRAMS * share[0] == pytest.approx(grams, rel=1e-9)
    assert share[1] == share[0] == share[2]


def test_the_intensity_of_sci() -> None:
    """T-SCI-1: 5.02 over 100 users is 0.0502."""
    assert intensity(exact(5), exact(0.02), 100)[0] == pytest.approx(0.0502, rel=1e-9)


def test_an_instance_of_boaviztapi() -> None:
    """T-BVP-2: a1.2xlarge for an hour: 4.3116 g to make; 22.59 W and 2.214 g lie in our range."""
    found = impacts_of_instance("a1.2xlarge", 1, 50, RAW)
    impacts = found.calculation.impacts

    assert impacts.ghg_embodied_kgco2e is not None
    assert impacts.ghg_use_kgco2e is not None
    assert GRAMS * impacts.ghg_embodied_kgco2e[0] == pytest.approx(4.3116, rel=1e-4)
    assert found.watts[1] < 22.59 < found.watts[2]
    assert GRAMS * impacts.ghg_use_kgco2e[1] < 2.214 < GRAMS * impacts.ghg_use_kgco2e[2]
    assert found.watts[0] == pytest.approx(25.4, rel=0.005)


def test_an_instance_by_hand() -> None:
    """Watts x hours x PUE, then grid, primary energy, minerals; water at the site and away."""
    ireland = place("eu-west-1")
    found = impacts_of_instance("c5.2xlarge", 730, 50, data_centre_of(ireland))
    impacts = found.calculation.impacts
    it_kwh = found.watts[0] * 730 / 1000
    kwh = it_kwh * ireland.pue.value
    values = [
        figure[0]
        for figure in (
            *(impacts.energy_kwh, impacts.ghg_use_kgco2e, impacts.pe_use_mj),
            *(impacts.adp_use_kgsbeq, impacts.water_l),
        )
        if figure is not None
    ]

    assert found.watts[0] == pytest.approx(53.1, rel=0.005)
    assert values == pytest.approx(
        [
            kwh,
            kwh * ireland.grid_life_cycle.value / 1000,
            kwh * ireland.pe_mj_per_kwh.value,
            kwh * ireland.adp_kgsbeq_per_kwh.value,
            it_kwh * ireland.wue.value + kwh * ireland.water_of_generation.value,
        ],
        rel=1e-9,
    )


def test_a_server_is_twice_its_half() -> None:
    """T-BVP-2: the host of a1.2xlarge by its components is twice 226.616 kg, 4.3116 g an hour."""
    host = Server(cpus=((1, 456.0),), rams=(Chips(2, 16, 1.24436),), power_supplies=((2, 2.99),))
    whole = impacts_of_server(host, Electricity()).impacts.ghg_embodied_kgco2e
    half = impacts_of_instance("a1.2xlarge", 1, 50, RAW).calculation.impacts.ghg_embodied_kgco2e

    assert whole is not None
    assert half is not None
    assert whole[0] / 2 == pytest.approx(226.616, rel=1e-5)
    assert half[0] == pytest.approx(whole[0] / 2 / 52560, rel=1e-9)


@pytest.mark.parametrize(
    ("watts", "grams_per_kwh", "kilowatt_hours", "tonnes"),
    [
        # one vCPU at 1 % between 0.71 and 3.46 W, two copies
        (2 * (0.71 + 0.01 * (3.46 - 0.71)), 415.755, 0.001674125, 6.960258e-7),
        (350, 928, 0.39725, 0.000368648),
    ],
)
def test_an_hour_of_cloud_carbon_footprint(
    watts: float, grams_per_kwh: float, kilowatt_hours: float, tonnes: float
) -> None:
    """T-CCF-1 and 2: an hour at the watts, PUE 1.135, and the grid."""
    electricity = Electricity(
        grid=Given("given/intensity", grams_per_kwh, "gCO2e/kWh"),
        pue=Given("given/pue", 1.135, "1"),
    )
    found = impacts_of_job(Job(hours=1, cores=Processors(1, watts)), electricity).calculation

    assert found.impacts.energy_kwh is not None
    assert found.impacts.ghg_use_kgco2e is not None
    assert found.impacts.energy_kwh[0] == pytest.approx(kilowatt_hours, rel=1e-9)
    assert found.impacts.ghg_use_kgco2e[0] / 1000 == pytest.approx(tonnes, rel=1e-6)


def test_a_machine_with_accelerators_draws_their_power() -> None:
    """p4d.24xlarge at half load: near 3.8 kW, not 0.7."""
    found = impacts_of_instance("p4d.24xlarge", 1, 50, RAW)
    parts = {part.name: part.impacts.energy_kwh for part in found.calculation.components}

    assert found.watts[0] == pytest.approx(3781.8, rel=0.005)
    assert parts["accelerators"] is not None
    assert parts["accelerators"][0] > 2


def test_a_server_by_hand() -> None:
    """Two processors, four modules, four drives, two hard disks, two supplies, a rack, 150 W."""
    server = Server(
        cpus=((2, 456.0),),
        rams=(Chips(4, 32, 1.24436),),
        ssds=(Chips(4, 1000, 48.5),),
        hdds=2,
        power_supplies=((2, 2.99),),
        years=4,
        watts=150,
    )
    found = impacts_of_server(server, Electricity(grid=Given("given/intensity", 380, "gCO2e/kWh")))
    parts = {
        part.name: part.impacts.ghg_embodied_kgco2e[0]
        for part in found.components
        if part.impacts.ghg_embodied_kgco2e is not None
    }
    by_hand = {
        "cpu 2 x 456 mm2": 2 * (456 * 0.0197 + 9.14),
        "ram 4 x 32 GB": 4 * (32 / 1.24436 * 2.2 + 5.22),
        "ssd 4 x 1000 GB": 4 * (1000 / 48.5 * 2.2 + 6.34),
        "hdd 2": 2 * 31.11,
        "psu 2 x 2.99 kg": 2 * 2.99 * 24.3,
        "mainboard": 66.1,
        "assembly": 6.68,
        "case rack": 150,
    }
    impacts = found.impacts

    assert parts == pytest.approx(by_hand, rel=1e-9)
    assert impacts.ghg_embodied_kgco2e is not None
    assert impacts.ghg_embodied_kgco2e[0] == pytest.approx(sum(by_hand.values()), rel=1e-9)
    assert impacts.energy_kwh is not None
    np.testing.assert_allclose(impacts.energy_kwh, 5256, rtol=1e-12)
    assert impacts.ghg_use_kgco2e is not None
    # T-DV's use phase: 150 W for four years at 0.38 kg
    assert impacts.ghg_use_kgco2e[0] == pytest.approx(1997.28, rel=1e-9)


def test_a_blade_by_hand() -> None:
    """The case is the blade and a sixteenth of its chassis: kg CO2e, MJ, kg Sb."""
    (_, _, case) = impacts_of_server(Server(is_blade=True), Electricity()).components
    figures = (
        *(case.impacts.ghg_embodied_kgco2e, case.impacts.pe_embodied_mj),
        case.impacts.adp_embodied_kgsbeq,
    )

    assert [figure[0] for figure in figures if figure is not None] == pytest.approx(
        [30.9 + 880 / 16, 435 + 12700 / 16, 0.000672 + 0.432 / 16], rel=1e-9
    )
