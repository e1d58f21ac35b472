"""The tables of machines: complete, rebuilt by their recipe, and true to the copies."""

import csv
import json
import math
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from crossfoot.engine.machines_estimated import Basis, machine_of
from crossfoot.engine.power import power_curves
from crossfoot.factors.factor import Boundary, factors_of
from crossfoot.factors.machine_types import Curve, machine_types, platforms, types_by_family

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "shared/src/crossfoot/factors"
REFERENCE = ROOT.parent / "shared" / "data"
COPIES = REFERENCE / "ccf-coefficients"
FACTOR_TABLES = ("processors", "accelerators", "components")
FACT_TABLES = {"machine_types": "instance_type", "platforms": "platform"}
HEADER = [
    *("subject", "quantity", "value", "low", "high", "unit"),
    *("boundary", "geography", "year", "source", "licence"),
]
UNITS = {
    *("W/vCPU", "W/GB", "W/unit", "GB/socket", "mm2/socket"),
    *("GB/unit", "cm2/unit", "kg/unit", "unit", "mm2", "mm2/GB", "mm", "1/cm2", "GB/cm2"),
    *("h", "%", "ratio", "kgCO2e/kWh", "MJ/kWh", "kgSbe/kWh"),
    *(
        f"{impact}/{per}"
        for impact in ("kgCO2e", "MJ", "kgSbe")
        for per in ("mm2", "cm2", "unit", "kg")
    ),
}

needs_copies = pytest.mark.skipif(
    not COPIES.is_dir(), reason="the reference copies are not beside us"
)


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file as text."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def number(text: str) -> float:
    """Read a number with a decimal comma."""
    return float(text.replace(",", ".").replace(" ", ""))


@pytest.mark.parametrize("table", FACTOR_TABLES)
def test_every_factor_is_complete(table: str) -> None:
    """No cell is empty; a unit and a boundary that we know; a year; low, value, high in order."""
    for row in rows_of(FOLDER / f"{table}.csv"):
        assert list(row) == HEADER
        assert all(row[column].strip() for column in HEADER), row
        value, low, high = (float(row[column]) for column in ("value", "low", "high"))
        assert math.isfinite(high), row
        assert 0 <= low <= value <= high, row
        assert row["unit"] in UNITS, row
        assert row["boundary"] in set(Boundary), row
        assert 2000 <= int(row["year"]) <= 2026, row


@pytest.mark.parametrize("table", FACTOR_TABLES)
def test_a_subject_has_a_quantity_once(table: str) -> None:
    """Two figures for one thing would depend on their order."""
    rows = rows_of(FOLDER / f"{table}.csv")

    assert len({(row["subject"], row["quantity"]) for row in rows}) == len(rows)


@pytest.mark.parametrize(("table", "key"), FACT_TABLES.items())
def test_every_fact_is_complete(table: str, key: str) -> None:
    """No cell is empty, and no machine is described twice."""
    rows = rows_of(FOLDER / f"{table}.csv")

    assert all(cell.strip() for row in rows for cell in row.values())
    assert len({row[key] for row in rows}) == len(rows)


def test_a_type_fits_into_its_server() -> None:
    """Share, memory and drives are of a server that has as much, with a processor that we know."""
    for machine in machine_types().values():
        server = platforms()[machine.platform]
        assert 0 < machine.server_share <= 1, machine
        assert 0 < machine.memory_gb <= server.memory_gb, machine
        assert machine.ssd_gb <= server.ssd_gb, machine
        assert machine.hdd_gb <= server.hdd_gb, machine
        assert (machine.processor, "vcpu-50") in factors_of("processors"), machine


def test_the_lineup_is_there() -> None:
    """Over 1,200 types of 180 families and more, with accelerators, drives, Redshift's nodes."""
    assert len(machine_types()) > 1200
    assert len(types_by_family()) > 180
    assert {"ra3.xlplus", "dc2.large", "p6-b300.48xlarge", "trn2.48xlarge"} <= set(machine_types())


@needs_copies
def test_the_recipe_rebuilds_the_tables(tmp_path: Path) -> None:
    """To the byte, from the reference copies."""
    script = ROOT / "shared/recipes/machine_types.py"
    subprocess.run([sys.executable, script, REFERENCE, tmp_path], check=True)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    assert set(written) == {f"{table}.csv" for table in (*FACTOR_TABLES, *FACT_TABLES)}
    assert written == {name: (FOLDER / name).read_bytes() for name in written}


@needs_copies
def test_every_type_of_the_copies_is_listed() -> None:
    """EC2's by name; those of RDS, ElastiCache and OpenSearch by the rule of prefix and suffix."""
    names = {row["Instance type"] for row in rows_of(COPIES / "aws-instances.csv")}
    names |= {row["Instance Type"] for row in rows_of(COPIES / "aws-instances-latest-2026.csv")}

    assert len(names) == 1424
    assert {name for name in names if machine_of(name).basis is not Basis.LISTED} == set()


@needs_copies
def test_teads_watts_are_reproduced() -> None:
    """Package, memory and accelerator of each type of the copy, to its rounding."""
    rows = {row["Instance type"]: row for row in rows_of(COPIES / "aws-instances.csv")}
    names = [name for name in rows if name in machine_types() and name != "t1.micro"]
    curves = power_curves([machine_types()[name] for name in names])
    parts = {"PkgWatt": curves.processor, "RAMWatt": curves.memory, "GPUWatt": curves.accelerator}

    assert len(names) > 400
    for position, name in enumerate(names):
        for column, watts in parts.items():
            if column == "GPUWatt" and rows[name]["Platform GPU Name"] == "N/A":
                continue
            copied = [number(rows[name][f"{column} @ {at}"]) for at in ("Idle", "10%", "50%")]
            np.testing.assert_allclose(
                watts[0, position, :3], copied, rtol=0.01, atol=0.06, err_msg=f"{name} {column}"
            )


@needs_copies
def test_accelerators_have_the_published_watts() -> None:
    """Idle and full load, as the copy of spruce lists them; Teads' own are a decimal finer."""
    copied = json.loads((REFERENCE / "spruce/accelerators.json").read_text())["GPU_INFO"]
    ours = factors_of("accelerators")
    names = {"NVIDIA_H100": "gpu-h100", "NVIDIA_L4": "gpu-l4", "NVIDIA_A100": "gpu-a100"}
    names |= {"NVIDIA_A10G": "gpu-a10g", "NVIDIA_B200": "gpu-b200", "NVIDIA_L40S": "gpu-l40s"}
    names |= {"NVIDIA_T4": "gpu-t4", "NVIDIA_TESLA_V100": "gpu-v100", "NVIDIA_H200": "gpu-h200"}

    for name, subject in names.items():
        idle, full = ours[subject, "watts-0"].value, ours[subject, "watts-100"].value
        assert [idle, full] == pytest.approx([copied[name]["min"], copied[name]["max"]], rel=0.02)


def test_a_broken_line_is_not_used() -> None:
    """SPECpower's mean of EPYC's 5th generation is five times the 4th's: the 4th stands in."""
    fifth, fourth = (
        factors_of("processors")[name, "vcpu-100"] for name in ("epyc-9r45", "epyc-9r14")
    )

    assert fifth.value == fourth.value
    assert "broken" in fifth.source


def test_the_two_kinds_of_curve_are_told_apart() -> None:
    """Teads where it measured the processor or its forerunner, SPECpower's line elsewhere."""
    kinds = {name: machine_types()[name].curve for name in ("m5.xlarge", "c7g.large", "m7i.large")}

    assert kinds == {"m5.xlarge": Curve.TEADS, "c7g.large": Curve.TEADS, "m7i.large": Curve.LINE}


def test_the_comparison_is_up_to_date() -> None:
    """``docs/machines.md`` is what its script computes; each difference over 25 % has a reason."""
    render = runpy.run_path(str(ROOT / "docs" / "build_machines.py"))["render"]

    page = (ROOT / "docs" / "machines.md").read_text(encoding="utf-8")
    assert page == render(), "run: python docs/build_machines.py"
