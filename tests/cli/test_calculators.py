"""The calculators at the door: keys, ranges, factors, words, and what is refused."""

import json
import math
from typing import Any

import pytest

JOB = ["job", "--hours", "12", "--cores", "12", "--core-power", "7.5", "--memory-gb", "64"]
SERVER = [
    *("server", "--cpu", "2:456", "--ram", "4:32:1.24436", "--ssd", "4:1000", "--psu", "2:2.99"),
    *("--years", "4", "--watts", "150"),
]
INSTANCE = ["instance", "p4d.24xlarge", "--region", "eu-west-1", "--load", "50"]
FIGURES = [
    *("energy_kwh", "ghg_use_kgco2e", "ghg_embodied_kgco2e", "pe_use_mj", "pe_embodied_mj"),
    *("adp_use_kgsbeq", "adp_embodied_kgsbeq", "water_l"),
]
COLUMNS = {
    *("id", "value", "low", "high", "unit"),
    *("boundary", "geography", "year", "source", "licence"),
}


def _answer(crossfoot: Any, *arguments: str) -> dict[str, Any]:
    result = crossfoot(*arguments, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    document: dict[str, Any] = json.loads(result.stdout)
    return document


@pytest.mark.parametrize(
    "arguments",
    [
        [*JOB, "--region", "eu-central-1"],
        [*JOB, "--gpus", "8", "--gpu-power", "400", "--intensity", "475.9"],
        INSTANCE,
        ["instance", "db.r6g.large", "--region", "Europe (Paris)"],
        ["instance", "x9z.large", "--region", "global", "--hours", "730"],
        [*SERVER, "--intensity", "380"],
        [*SERVER, "--hdd", "2", "--case", "blade", "--region", "us-east-1"],
        ["server", "--cpu", "1:300"],
    ],
)
def test_the_contract_of_the_answer(crossfoot: Any, arguments: list[str]) -> None:
    """Eight figures with their range, or null; every factor whole, and each of them once."""
    document = _answer(crossfoot, *arguments)

    assert list(document)[:9] == [*FIGURES, "factors"]
    for name in FIGURES:
        if document[name] is not None:
            assert list(document[name]) == ["value", "low", "high"]
            assert 0 <= document[name]["low"] <= document[name]["value"] <= document[name]["high"]
    for factor in document["factors"]:
        assert set(factor) == COLUMNS
        assert factor["low"] <= factor["value"] <= factor["high"]
        if not factor["id"].startswith("given/"):
            assert None not in factor.values()
    names = [factor["id"] for factor in document["factors"]]
    assert len(names) == len(set(names)) > 0


def test_a_job_of_green_algorithms(crossfoot: Any) -> None:
    """T-GA-1 at the door; what the user gave is among the factors, and there is no water."""
    document = _answer(
        crossfoot, *JOB, "--pue", "1.67", "--intensity", "475.9", "--functional-units", "10"
    )
    given = {each["id"]: each["value"] for each in document["factors"] if each["year"] is None}
    embodied, use = document["ghg_embodied_kgco2e"]["value"], document["ghg_use_kgco2e"]["value"]

    assert document["energy_kwh"]["value"] == pytest.approx(2.2813536, rel=1e-9)
    assert use == pytest.approx(1.0856962, rel=1e-6)
    assert document["equivalences"]["car_km_united_states"]["value"] == pytest.approx(
        4.33, rel=0.01
    )
    assert document["sci_kgco2e"]["value"] == pytest.approx((embodied + use) / 10, rel=1e-9)
    assert given == {"given/intensity": 475.9, "given/pue": 1.67}
    assert [part["name"] for part in document["components"]] == ["cores", "memory"]
    assert document["water_l"] is None
    assert document["pe_use_mj"] is None


@pytest.mark.parametrize(
    ("arguments", "pue"),
    [
        (["--region", "eu-central-1"], 1.35),
        (["--region", "eu-central-1", "--pue", "1.1"], 1.1),
        (["--intensity", "100"], 1.56),
        (["--intensity", "100", "--pue", "1"], 1),
    ],
)
def test_the_overhead_of_the_site(crossfoot: Any, arguments: list[str], pue: float) -> None:
    """What is given, else the Region's, else a usual one; and the answer says which."""
    document = _answer(crossfoot, *JOB, *arguments)

    assert document["energy_kwh"]["value"] == pytest.approx(
        12 * (12 * 7.5 + 64 * 0.3725) / 1000 * pue, rel=1e-9
    )
    basis = "given" if "--pue" in arguments else "default"
    assert document["inputs"]["pue"] == {"value": pue, "unit": "1", "basis": basis}
    assert document["sci_kgco2e"] is None


def test_an_instance_with_accelerators(crossfoot: Any) -> None:
    """Near 3.8 kW at half load, the Region's own figures, and half where no load is given."""
    document = _answer(crossfoot, *INSTANCE)
    unknown = _answer(crossfoot, *INSTANCE[:4])
    names = {factor["id"] for factor in document["factors"]}

    assert document["power_watts"]["value"] == pytest.approx(3781.8, rel=0.005)
    assert document["type_basis"] == "listed"
    assert document["energy_kwh"]["value"] == pytest.approx(3.7818 * 1.11, rel=0.005)
    assert unknown["energy_kwh"]["value"] == document["energy_kwh"]["value"]
    assert unknown["energy_kwh"]["low"] < document["energy_kwh"]["low"]
    assert unknown["inputs"]["load"]["basis"] == "default"
    assert "accelerators/gpu-a100/watts-50" in names
    assert any(name.startswith("grid_intensity/eu-west-1/") for name in names)
    assert all(document[name] is not None for name in FIGURES)


def test_an_unknown_type_is_marked(crossfoot: Any) -> None:
    """Estimated, and both answers say so, with what was taken."""
    arguments = ["instance", "x9z.large", "--region", "eu-west-1"]
    document = _answer(crossfoot, *arguments)
    words = crossfoot(*arguments).stdout

    assert document["type_basis"] == "estimated-from-size"
    assert document["machine"] == "m6i.large"
    assert "x9z" in document["type_note"]
    assert document["ghg_use_kgco2e"]["value"] > 0
    assert "estimated-from-size" in words


def test_a_server_s_parts_are_the_whole(crossfoot: Any) -> None:
    """Each component is listed; without watts there is no use phase, which is not zero."""
    document = _answer(crossfoot, *SERVER, "--intensity", "380")
    unused = _answer(crossfoot, *SERVER[:-2], "--region", "eu-west-3")
    parts = {part["name"]: part["ghg_embodied_kgco2e"]["value"] for part in document["components"]}

    assert list(parts) == [
        *("cpu 2 x 456 mm2", "ram 4 x 32 GB", "ssd 4 x 1000 GB", "psu 2 x 2.99 kg"),
        *("mainboard", "assembly", "case rack"),
    ]
    assert math.fsum(parts.values()) == pytest.approx(document["ghg_embodied_kgco2e"]["value"])
    assert document["energy_kwh"] == {"value": 5256, "low": 5256, "high": 5256}
    assert unused["energy_kwh"] is None
    assert unused["ghg_use_kgco2e"] is None
    assert unused["ghg_embodied_kgco2e"] == document["ghg_embodied_kgco2e"]


@pytest.mark.parametrize("arguments", [[*JOB, "--region", "eu-west-1"], INSTANCE, SERVER])
def test_the_answer_in_words(crossfoot: Any, arguments: list[str]) -> None:
    """Every figure with its range and unit; factors with their source where they are asked for."""
    plain = crossfoot(*arguments)
    named = crossfoot(*arguments, "--factors")

    assert (plain.exit_code, plain.stderr) == (0, "")
    for text in ("value", "low", "high", "kWh", "kg CO2e", "MJ", "kg Sb eq", "Taken: "):
        assert text in plain.stdout
    assert "licence" not in plain.stdout
    assert "licence" in named.stdout
    assert "embodied" in named.stdout


def test_a_figure_of_a_wider_area_is_named(crossfoot: Any) -> None:
    """Ireland has no primary energy of its own: Europe's stands in, and both answers say so."""
    document = _answer(crossfoot, *INSTANCE)
    words = crossfoot(*INSTANCE).stdout
    stand_ins = [it["id"] for it in document["factors"] if "(stand-in)" in str(it["geography"])]

    assert stand_ins
    assert all(f"{name} of " in words for name in stand_ins)


def test_what_has_no_data_is_said_so(crossfoot: Any) -> None:
    """An intensity tells nothing of water: not zero, and not left out."""
    result = crossfoot(*JOB, "--intensity", "100")
    (water,) = (line for line in result.stdout.splitlines() if line.startswith("water"))

    assert water.split() == ["water", "no", "data"]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (JOB, "InvalidArgumentError"),
        ([*JOB, "--region", "eu-west-1", "--intensity", "3"], "InvalidArgumentError"),
        ([*JOB, "--region", "mars-north-1"], "UnknownRegionError"),
        ([*JOB, "--region", ""], "InvalidArgumentError"),
        ([*JOB, "--intensity", "-1"], "InvalidArgumentError"),
        ([*JOB, "--intensity", "1", "--pue", "0.9"], "InvalidArgumentError"),
        ([*JOB, "--intensity", "1", "--core-usage", "80"], "InvalidArgumentError"),
        ([*JOB, "--intensity", "1", "--gpus", "1"], "InvalidArgumentError"),
        ([*JOB, "--intensity", "1", "--gpu-power", "300"], "InvalidArgumentError"),
        ([*JOB, "--intensity", "1", "--functional-units", "0"], "InvalidArgumentError"),
        (["job", "--hours", "1", "--intensity", "1"], "InvalidArgumentError"),
        (["job", "--hours", "nan", "--memory-gb", "1", "--intensity", "1"], "InvalidArgumentError"),
        (["job", "--hours", "-1", "--memory-gb", "1", "--intensity", "1"], "InvalidArgumentError"),
        (["job", "--hours", "inf", "--memory-gb", "1", "--intensity", "1"], "InvalidArgumentError"),
        (["instance", "m5.large", "--region", "mars-north-1"], "UnknownRegionError"),
        (["instance", "m5.large", "--region", " "], "InvalidArgumentError"),
        (["instance", "teapot", "--region", "eu-west-1"], "InvalidArgumentError"),
        (["instance", "", "--region", "eu-west-1"], "InvalidArgumentError"),
        ([*INSTANCE[:4], "--load", "101"], "InvalidArgumentError"),
        ([*INSTANCE[:4], "--load", "nan"], "InvalidArgumentError"),
        ([*INSTANCE, "--hours", "-1"], "InvalidArgumentError"),
        ([*SERVER, "--region", "mars-north-1"], "UnknownRegionError"),
        ([*SERVER, "--region", "eu-west-1", "--intensity", "1"], "InvalidArgumentError"),
        (["server", "--cpu", "2"], "InvalidArgumentError"),
        (["server", "--cpu", "2:456:1"], "InvalidArgumentError"),
        (["server", "--cpu", "0:456"], "InvalidArgumentError"),
        (["server", "--ram", "4:x"], "InvalidArgumentError"),
        (["server", "--ram", "4:32:0"], "InvalidArgumentError"),
        (["server", "--ssd", "1.5:32"], "InvalidArgumentError"),
        (["server", "--ssd", "-1:32"], "InvalidArgumentError"),
        (["server", "--psu", "nan:3"], "InvalidArgumentError"),
        (["server", "--hdd", "-2"], "InvalidArgumentError"),
        (["server", "--case", "tower"], "InvalidArgumentError"),
        (["server", "--years", "0"], "InvalidArgumentError"),
        (["server", "--watts", "-5"], "InvalidArgumentError"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True], ids=["words", "json"])
def test_what_is_wrong_is_named(
    crossfoot: Any, arguments: list[str], name: str, *, as_json: bool
) -> None:
    """Status 2, the error's name on standard error, and nothing on standard output."""
    result = crossfoot(*arguments, *(["--json"] if as_json else []))

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"{name}: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["job"],
        ["job", "--hours", "long"],
        ["job", "--hours", "1", "--cores", "1.5"],
        ["instance"],
        ["instance", "m5.large"],
        ["instance", "m5.large", "c5.large", "--region", "eu-west-1"],
        ["server", "--hdd", "two"],
    ],
)
def test_arguments_of_another_shape_are_status_2(crossfoot: Any, arguments: list[str]) -> None:
    """Missing, of another type, or too many."""
    result = crossfoot(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr
