"""Rebuild the factor tables of services: storage, compute without machines, network, tokens, cost.

``python shared/recipes/services.py REFERENCE [FOLDER]`` reads the reference copies in ``REFERENCE``
and writes the tables into ``FOLDER``, or into the package. How figures and ranges come about is
written in ``docs/factors.md``.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import service_figures as figures
import token_rows
from factor_rows import TABLES, Origin, Row, world_row, write_table
from hardware import HDD_PER_TB, SERVER, SSD_PER_TB, Impacts

UBA = "component constants of UBA TEXTE 94/2021 as given by Simon et al., HotCarbon'24"
CCF = "Cloud Carbon Footprint methodology, ccf-coefficients b0032d9"
OWN = "own assumption"
APACHE = "Apache-2.0"
MEDIUM = Origin(
    "medium by Cloud Carbon Footprint's lists and AWS's documentation; where there is a range, AWS "
    "publishes none",
    OWN,
)


def storage_rows(reference: Path) -> Iterator[Row]:
    """Return the two media, then each class: its medium, and how many copies AWS keeps."""
    for medium, energy, per_tb in (
        ("hdd", figures.HDD_ENERGY, HDD_PER_TB),
        ("ssd", figures.SSD_ENERGY, SSD_PER_TB),
    ):
        origin = Origin(f"{CCF}; range our assumption", APACHE)
        yield world_row(medium, "energy", energy, ("Wh/(TB*h)", "use"), origin)
        yield from _embodied(medium, per_tb, "TB", f"{UBA}; {figures.DRIVES[medium]}")
    six_years = Origin(
        "six years of racks, AWS carbon methodology model 3.0; range our assumption", "fact", 2025
    )
    yield world_row("drive", "lifetime", figures.LIFETIME_HOURS, ("h", "count"), six_years)
    copies = json.loads((reference / "spruce" / "storage.json").read_text())["REPLICATION_FACTORS"]
    for name, made in figures.STORAGE.items():
        yield _replication(name, made, copies)
        yield world_row(name, "hdd-share", made.hdd, ("share", "count"), MEDIUM)


def _replication(name: str, made: figures.Storage, published: Mapping[str, int]) -> Row:
    if isinstance(made.copies, str):
        copies = float(published[made.copies])
        basis = (
            "replication factors of Cloud Carbon Footprint as listed by spruce 8840d3c "
            f"({made.copies}); range our assumption"
        )
        origin = Origin(basis, APACHE)
    else:
        copies = made.copies
        origin = Origin("our assumption after AWS's documentation of the storage class", OWN)
    return world_row(
        name, "replication", (copies, made.low, made.high), ("copies", "count"), origin
    )


def _embodied(subject: str, made: dict[str, Impacts], per: str, source: str) -> Iterator[Row]:
    """Greenhouse gases, primary energy and minerals of making one unit of hardware."""
    for quantity, unit in (("gwp", "kgCO2e"), ("pe", "MJ"), ("adp", "kgSbe")):
        value, low, high = (getattr(made[it], quantity) for it in ("value", "low", "high"))
        measure = (f"{unit}/{per}", "embodied")
        yield world_row(
            subject, f"embodied-{quantity}", (value, low, high), measure, Origin(source, "fact")
        )


def serverless_rows() -> Iterator[Row]:
    """Return a vCPU and a gigabyte wherever they run, and how many a unit of a service takes."""
    for subject, quantity, bounded, source in figures.POWER:
        unit = "W/GB" if subject == "memory" else "W/vCPU"
        yield world_row(subject, quantity, bounded, (unit, "use"), Origin(source, APACHE))
    yield from _embodied("vcpu", SERVER["vcpu"], "(vCPU*h)", f"{UBA}; {figures.SERVER_NOTE}")
    yield from _embodied("memory", SERVER["memory"], "(GB*h)", f"{UBA}; {figures.SERVER_NOTE}")
    half = Origin(f"{CCF}: half where the load is unknown; range our assumption", APACHE)
    yield world_row("fleet", "load", (0.5, 0.1, 0.8), ("share", "count"), half)
    granted = Origin("AWS Lambda documentation, then and now", "fact")
    yield world_row("lambda", "memory-per-vcpu", (1792, 1769, 1792), ("MB/vCPU", "count"), granted)
    for name, unit_of_service in figures.COMPUTE_UNITS.items():
        origin = Origin(unit_of_service.source, unit_of_service.licence)
        yield world_row(name, "vcpus", unit_of_service.vcpus, ("vCPU", "count"), origin)
        yield world_row(name, "memory", unit_of_service.memory_gb, ("GB", "count"), origin)


def network_rows() -> Iterator[Row]:
    """Return electricity of moving a gigabyte by how far it goes, and the network's making."""
    whole = SERVER["whole"]["value"]
    making = Origin(
        "a fifth of the use phase in the world's mix, after Malmodin and Lunden, Sustainability "
        "10(9), 2018; minerals and energy as a server's; our assumption",
        OWN,
        2018,
    )
    for name, (energy, source, licence, year) in figures.NETWORK.items():
        origin = Origin(source, licence, year)
        yield world_row(name, "energy", energy, ("kWh/GB", "use"), origin)
        kilograms = energy[0] * figures.NETWORK_EMBODIED_KG_PER_KWH
        widest = max(5.0, energy[2] / energy[0])
        for quantity, unit, per_kg in (
            ("gwp", "kgCO2e/GB", 1.0),
            ("pe", "MJ/GB", whole.pe / whole.gwp),
            ("adp", "kgSbe/GB", whole.adp / whole.gwp),
        ):
            value = kilograms * per_kg
            bounded = (value, value / 10, value * widest)
            yield world_row(name, f"embodied-{quantity}", bounded, (unit, "embodied"), making)


def cost_rows() -> Iterator[Row]:
    """Return what a dollar of on-demand value stands for, where nothing better is known."""
    origin = Origin(figures.COST_SOURCE, OWN, 2026)
    for quantity, (bounded, unit, boundary) in figures.COST.items():
        yield world_row("default", quantity, bounded, (unit, boundary), origin)


def build(reference: Path, folder: Path) -> None:
    """Write the five tables, and the labels under which models are billed."""
    write_table(folder, "storage.csv", storage_rows(reference))
    write_table(folder, "serverless.csv", serverless_rows())
    write_table(folder, "network.csv", network_rows())
    write_table(folder, "cost_proxies.csv", cost_rows())
    token_rows.build(reference, folder)


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else TABLES)  # noqa: PLR2004
