"""Instance families and the sizes that do not follow their family's rule.

Facts of AWS's instance documentation; every row carries its source.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from crossfoot.factors.reading import rows_of

DEFAULT_FAMILY: Final = "default"


@dataclass(frozen=True, slots=True)
class InstanceFamily:
    """One family and the server it runs on.

    ``server_units`` is the normalised size of the whole server as AWS sells it (m5: 24xlarge, 192),
    which is also that of ``metal`` and of a dedicated host.
    """

    family: str
    platform: str
    server_vcpus: int
    server_sockets: int
    server_units: float
    memory_gb_per_vcpu: float
    server_ssds: int
    server_hdds: int
    accelerator: str
    server_accelerators: float


@dataclass(frozen=True, slots=True)
class InstanceSize:
    """One size that its family's rule does not give. ``accelerators`` is 0 without any."""

    vcpus: float
    memory_gb: float
    accelerators: float


@cache
def instance_families() -> Mapping[str, InstanceFamily]:
    """Return the families by name; ``default`` stands in for an unknown one."""
    return {
        row["family"]: InstanceFamily(
            family=row["family"],
            platform=row["platform"],
            server_vcpus=int(row["server_vcpus"]),
            server_sockets=int(row["server_sockets"]),
            server_units=float(row["server_units"]),
            memory_gb_per_vcpu=float(row["memory_gb_per_vcpu"]),
            server_ssds=int(row["server_ssds"]),
            server_hdds=int(row["server_hdds"]),
            accelerator=row["accelerator"],
            server_accelerators=float(row["server_accelerators"]),
        )
        for row in rows_of("instance_families.csv")
    }


@cache
def instance_sizes() -> Mapping[str, InstanceSize]:
    """Return the exceptions by instance type, such as ``t3.nano`` or ``g5.12xlarge``."""
    return {
        row["instance_type"]: InstanceSize(
            vcpus=float(row["vcpus"]),
            memory_gb=float(row["memory_gb"]),
            accelerators=float(row["accelerators"] or 0),
        )
        for row in rows_of("instance_sizes.csv")
    }
