"""Services that are no machines: storage, compute by the vCPU and gigabyte, data transfer.

Energy is electricity at the device, without the site's overhead. How the figures and their ranges
come about: ``docs/factors.md``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from crossfoot.factors.factor import Boundary, Factor, combined, factor_of, factors_of

MEDIA: Final = ("hdd", "ssd")


class Architecture(StrEnum):
    """Of a vCPU whose machine is not known."""

    X86 = "x86"
    ARM = "arm"


@dataclass(frozen=True, slots=True)
class Embodied:
    """What making the hardware costs, per unit that the owner of this names."""

    gwp_kgco2e: Factor
    pe_mj: Factor
    adp_kgsbeq: Factor

    @classmethod
    def of(cls, table: str, subject: str, prefix: str = "embodied") -> Self:
        """Return the three figures of a subject."""
        return cls(*(factor_of(table, subject, f"{prefix}-{it}") for it in ("gwp", "pe", "adp")))


@dataclass(frozen=True, slots=True)
class StorageFactors:
    """A class of storage, per terabyte that the customer keeps; its copies are counted in.

    ``hdd_share`` is the part on disks, the rest on solid state drives.
    """

    name: str
    hdd_share: Factor
    replication: Factor
    energy_wh_per_tb_hour: Factor
    embodied_per_tb_hour: Embodied


@dataclass(frozen=True, slots=True, eq=False)
class StorageTable:
    """All classes at once; each array has the shape (classes, 3): value, low, high."""

    names: tuple[str, ...]
    energy_wh_per_tb_hour: NDArray[np.float64]
    gwp_kgco2e_per_tb_hour: NDArray[np.float64]
    pe_mj_per_tb_hour: NDArray[np.float64]
    adp_kgsbeq_per_tb_hour: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ComputeRates:
    """A vCPU at a load, and a gigabyte of memory: watts, and what an hour of each embodies."""

    vcpu_power_w: Factor
    memory_power_w_per_gb: Factor
    vcpu_embodied_per_hour: Embodied
    memory_embodied_per_gb_hour: Embodied


@dataclass(frozen=True, slots=True)
class ComputeUnit:
    """How much of a machine an hour of a unit of a service takes."""

    name: str
    vcpus: Factor
    memory_gb: Factor


@dataclass(frozen=True, slots=True)
class TransferFactors:
    """Moving a gigabyte."""

    name: str
    energy_kwh_per_gb: Factor
    embodied_per_gb: Embodied


@cache
def storage(name: str) -> StorageFactors:
    """Return a class of storage, such as ``ebs-gp3`` or ``s3-standard``.

    Raises
    ------
    UnknownFactorError
        If there is no such class.
    """
    share = factor_of("storage", name, "hdd-share")
    copies = factor_of("storage", name, "replication")
    lifetime = factor_of("storage", "drive", "lifetime")

    def per_hour(quantity: str, unit: str) -> Factor:
        return combined(
            f"storage/{name}/{quantity}",
            unit=unit,
            times=(_on_media(name, quantity, share), copies),
            over=(lifetime,),
        )

    return StorageFactors(
        name=name,
        hdd_share=share,
        replication=copies,
        energy_wh_per_tb_hour=combined(
            f"storage/{name}/energy",
            unit="Wh/(TB*h)",
            times=(_on_media(name, "energy", share), copies),
        ),
        embodied_per_tb_hour=Embodied(
            gwp_kgco2e=per_hour("embodied-gwp", "kgCO2e/(TB*h)"),
            pe_mj=per_hour("embodied-pe", "MJ/(TB*h)"),
            adp_kgsbeq=per_hour("embodied-adp", "kgSbe/(TB*h)"),
        ),
    )


@cache
def storages() -> StorageTable:
    """Return every class of storage as arrays; they are shared, so they cannot be written to."""
    names = _subjects("storage", "replication")
    found = [storage(name) for name in names]
    return StorageTable(
        names=names,
        energy_wh_per_tb_hour=_column([it.energy_wh_per_tb_hour for it in found]),
        gwp_kgco2e_per_tb_hour=_column([it.embodied_per_tb_hour.gwp_kgco2e for it in found]),
        pe_mj_per_tb_hour=_column([it.embodied_per_tb_hour.pe_mj for it in found]),
        adp_kgsbeq_per_tb_hour=_column([it.embodied_per_tb_hour.adp_kgsbeq for it in found]),
    )


@cache
def compute_rates(
    architecture: Architecture = Architecture.X86, load: float | None = None
) -> ComputeRates:
    """Return what a vCPU and a gigabyte take where no machine is known: Lambda, Fargate and such.

    Parameters
    ----------
    architecture : Architecture
        Of the processor; Graviton is ``arm``.
    load : float, optional
        Share of the vCPU that is busy, 0 to 1; the fleet's with its range where unknown.
    """
    return ComputeRates(
        vcpu_power_w=_vcpu_power(architecture, load),
        memory_power_w_per_gb=factor_of("serverless", "memory", "power"),
        vcpu_embodied_per_hour=Embodied.of("serverless", "vcpu"),
        memory_embodied_per_gb_hour=Embodied.of("serverless", "memory"),
    )


@cache
def compute_unit(name: str) -> ComputeUnit:
    """Return what a unit of a service takes, such as ``nat-gateway`` or ``aurora-capacity-unit``.

    Raises
    ------
    UnknownFactorError
        If there is no such unit.
    """
    return ComputeUnit(
        name=name,
        vcpus=factor_of("serverless", name, "vcpus"),
        memory_gb=factor_of("serverless", name, "memory"),
    )


def compute_units() -> tuple[str, ...]:
    """Return the names of the units of services."""
    return _subjects("serverless", "vcpus")


@cache
def transfer(name: str) -> TransferFactors:
    """Return a way of data: ``same-zone``, ``between-zones``, ``between-regions``, ``internet``.

    ``cdn`` is what CloudFront sends to viewers.

    Raises
    ------
    UnknownFactorError
        If there is no such way.
    """
    return TransferFactors(
        name=name,
        energy_kwh_per_gb=factor_of("network", name, "energy"),
        embodied_per_gb=Embodied.of("network", name),
    )


def transfers() -> tuple[str, ...]:
    """Return the names of the ways of data."""
    return _subjects("network", "energy")


def _on_media(name: str, quantity: str, share: Factor) -> Factor:
    """Mix the media by the share on disks; the range is that of every mix that the share allows."""
    hdd, ssd = (factor_of("storage", medium, quantity) for medium in MEDIA)
    used = [(hdd, share.high), (ssd, 1.0 - share.low)]
    ends = (share.low, share.high)
    return Factor(
        id=f"storage/{name}/{quantity}-of-media",
        value=share.value * hdd.value + (1.0 - share.value) * ssd.value,
        low=min(end * hdd.low + (1.0 - end) * ssd.low for end in ends),
        high=max(end * hdd.high + (1.0 - end) * ssd.high for end in ends),
        unit=hdd.unit,
        boundary=hdd.boundary,
        geography=hdd.geography,
        year=max(hdd.year, ssd.year),
        source="; ".join(dict.fromkeys(it.source for it, part in used if part > 0)),
        licence="; ".join(dict.fromkeys(it.licence for it, part in used if part > 0)),
    )


def _vcpu_power(architecture: Architecture, load: float | None) -> Factor:
    """Return a straight line between idle and full load, as Cloud Carbon Footprint has it."""
    idle = factor_of("serverless", architecture, "idle")
    full = factor_of("serverless", architecture, "max")
    fleet = factor_of("serverless", "fleet", "load")
    value, low, high = (fleet.value, fleet.low, fleet.high) if load is None else (load,) * 3
    return Factor(
        id=f"serverless/{architecture}/power-line",
        value=idle.value + value * (full.value - idle.value),
        low=idle.low + low * (full.low - idle.low),
        high=idle.high + high * (full.high - idle.high),
        unit="W/vCPU",
        boundary=Boundary.USE,
        geography=idle.geography,
        year=idle.year,
        source=idle.source,
        licence=idle.licence,
    )


def _subjects(table: str, quantity: str) -> tuple[str, ...]:
    rows: Mapping[tuple[str, str], Factor] = factors_of(table)
    return tuple(subject for subject, its_quantity in rows if its_quantity == quantity)


def _column(found: Sequence[Factor]) -> NDArray[np.float64]:
    column = np.array([(it.value, it.low, it.high) for it in found])
    column.setflags(write=False)
    return column
