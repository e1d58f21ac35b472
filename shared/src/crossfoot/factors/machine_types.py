"""Instance types and the servers that they are cut from.

Facts, not factors: they have no range. Types of managed services are those of EC2 with a prefix or
suffix more, so only what EC2 does not rent is listed beside them (Redshift's nodes).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from crossfoot.factors.reading import rows_of

NO_ACCELERATOR: Final = "none"

FAMILY_ALIASES: Final[Mapping[str, str]] = {
    "dc1": "dc2",
    "ds1": "ds2",
    "om2": "m7g",
    "or1": "r6g",
    "or2": "r7g",
    "x2g": "x2gd",
}
"""Families that only a managed service knows, and EC2's that is closest, by our reading."""


class Curve(StrEnum):
    """How watts follow load."""

    TEADS = "teads-4-point"
    """Straight between 0, 10, 50 and 100 %; processor, memory and the rest apart."""
    LINE = "specpower-line"
    """A straight line from idle to full load, for the whole server with its usual memory."""


@dataclass(frozen=True, slots=True)
class MachineType:
    """One instance type.

    ``server_share`` is the part of the platform that the type takes: its vCPUs, or all of it where
    the type reserves the server. Drives are local ones; GB and memory of accelerators are in all.
    """

    name: str
    family: str
    platform: str
    processor: str
    curve: Curve
    vcpus: float
    server_share: float
    memory_gb: float
    ssds: float
    ssd_gb: float
    hdds: float
    hdd_gb: float
    accelerator: str
    accelerators: float
    accelerator_memory_gb: float
    source: str


@dataclass(frozen=True, slots=True)
class Platform:
    """The server behind a family's sizes; drives' GB are of all of them."""

    name: str
    processor: str
    vcpus: int
    sockets: int
    memory_gb: float
    dimms: int
    ssds: int
    ssd_gb: float
    hdds: int
    hdd_gb: float
    accelerator: str
    accelerators: float
    power_supplies: int
    mainboards: int


@cache
def machine_types() -> Mapping[str, MachineType]:
    """Return every listed type by its name on EC2, such as ``m5.xlarge``."""
    return {
        row["instance_type"]: MachineType(
            name=row["instance_type"],
            family=row["family"],
            platform=row["platform"],
            processor=row["processor"],
            curve=Curve(row["curve"]),
            vcpus=float(row["vcpus"]),
            server_share=float(row["server_share"]),
            memory_gb=float(row["memory_gb"]),
            ssds=float(row["ssds"]),
            ssd_gb=float(row["ssd_gb"]),
            hdds=float(row["hdds"]),
            hdd_gb=float(row["hdd_gb"]),
            accelerator=row["accelerator"],
            accelerators=float(row["accelerators"]),
            accelerator_memory_gb=float(row["accelerator_memory_gb"]),
            source=row["source"],
        )
        for row in rows_of("machine_types.csv")
    }


@cache
def types_by_family() -> Mapping[str, tuple[MachineType, ...]]:
    """Return the listed types of each family, smallest first."""
    families: dict[str, list[MachineType]] = {}
    for machine in machine_types().values():
        families.setdefault(machine.family, []).append(machine)
    return {
        family: tuple(sorted(members, key=lambda machine: (machine.vcpus, machine.memory_gb)))
        for family, members in families.items()
    }


@cache
def platforms() -> Mapping[str, Platform]:
    """Return the servers by the name that the types use."""
    return {
        row["platform"]: Platform(
            name=row["platform"],
            processor=row["processor"],
            vcpus=int(row["vcpus"]),
            sockets=int(row["sockets"]),
            memory_gb=float(row["memory_gb"]),
            dimms=int(row["dimms"]),
            ssds=int(row["ssds"]),
            ssd_gb=float(row["ssd_gb"]),
            hdds=int(row["hdds"]),
            hdd_gb=float(row["hdd_gb"]),
            accelerator=row["accelerator"],
            accelerators=float(row["accelerators"]),
            power_supplies=int(row["power_supplies"]),
            mainboards=int(row["mainboards"]),
        )
        for row in rows_of("platforms.csv")
    }
