"""What making drives and servers costs the planet, from the components' published constants.

Constants: UBA TEXTE 94/2021, as given by Simon et al., BoaviztAPI, HotCarbon'24. Which hardware AWS
builds in is our assumption.
"""

from typing import Final, NamedTuple, Self

from machine_parts import CONSTANTS


class Impacts(NamedTuple):
    """Greenhouse gases in kg CO2e, primary energy in MJ, minerals in kg Sb."""

    gwp: float
    pe: float
    adp: float

    def times(self, number: float) -> Self:
        """Return the impacts of so many, or of a part."""
        return type(self)(self.gwp * number, self.pe * number, self.adp * number)

    def plus(self, other: "Impacts") -> Self:
        """Return both together."""
        return type(self)(self.gwp + other.gwp, self.pe + other.pe, self.adp + other.adp)


def _made(subject: str, quantity: str) -> Impacts:
    """Return what making one unit of a component's quantity costs."""
    figures, _per = CONSTANTS[subject, quantity]
    return Impacts(*figures)


_RAM_CM2: Final = _made("memory", "die")
_RAM_BASE: Final = _made("memory", "base")
_SSD_CM2: Final = _made("ssd", "die")
_SSD_BASE: Final = _made("ssd", "base")
_HDD: Final = _made("hdd", "base")
_CPU_MM2: Final = _made("processor", "die")
_CPU_BASE: Final = _made("processor", "base")
_PSU_KG: Final = _made("power-supply", "mass")
_BOARD: Final = _made("mainboard", "base")
_ASSEMBLY: Final = _made("assembly", "base")
_RACK_CASE: Final = _made("case-rack", "base")

_RAM_DENSITY: Final = 1.24436  # GB per cm2 of die
_HOURS: Final = 52_560.0  # six years
_HOURS_LONG: Final = 61_320.0  # seven
_HOURS_SHORT: Final = 35_040.0  # four


def dimm(gigabytes: float) -> Impacts:
    """One memory module of average density."""
    return _RAM_CM2.times(gigabytes / _RAM_DENSITY).plus(_RAM_BASE)


def ssd(gigabytes: float, gb_per_cm2: float) -> Impacts:
    """One solid state drive."""
    return _SSD_CM2.times(gigabytes / gb_per_cm2).plus(_SSD_BASE)


def _shell() -> Impacts:
    """Case, board, two power supplies of 2.99 kg and the assembly."""
    return _RACK_CASE.plus(_BOARD).plus(_ASSEMBLY).plus(_PSU_KG.times(2 * 2.99))


def _storage_server() -> Impacts:
    """Everything around the drives: a shell, two processors, four modules of 32 GB."""
    processors = _CPU_MM2.times(694).plus(_CPU_BASE).times(2)
    return _shell().plus(processors).plus(dimm(32).times(4))


HDD_PER_TB: Final = {
    # 14 TB a drive; at best 22 TB; at worst 8 TB, with a share of a server of 36 drives.
    "value": _HDD.times(1 / 14),
    "low": _HDD.times(1 / 22),
    "high": _HDD.plus(_storage_server().times(1 / 36)).times(1 / 8),
}
_DENSE: Final = ssd(3840, 128.0).times(1 / 3.84)
_SPARSE: Final = ssd(3840, 25.0).plus(_storage_server().times(1 / 24)).times(1 / 3.84)
SSD_PER_TB: Final = {
    # 3.84 TB a drive at 48.5 GB per cm2; at best 128; at worst 25, with a share of a server of
    # 24 drives, or what Tannu and Nair found in makers' reports: 160 kg CO2e per TB.
    "value": ssd(3840, 48.5).times(1 / 3.84),
    "low": _DENSE,
    "high": _SPARSE._replace(gwp=max(_SPARSE.gwp, 160.0)),
}

_VCPUS: Final = 96
_MEMORY_GB: Final = 384
_MODULES: Final = dimm(32).times(12)
_BARE: Final = _shell().plus(_CPU_MM2.times(694).plus(_CPU_BASE).times(2))


def _hourly(made: Impacts, units: float) -> dict[str, Impacts]:
    """Return a unit's share of an hour; from half over seven years to twice over four."""
    value = made.times(1 / units)
    return {
        "value": value.times(1 / _HOURS),
        "low": value.times(0.5 / _HOURS_LONG),
        "high": value.times(2.0 / _HOURS_SHORT),
    }


SERVER: Final = {
    # A server of two sockets as m5: 96 vCPU, 384 GB; memory goes with the gigabyte, the rest
    # with the vCPU.
    "vcpu": _hourly(_BARE, _VCPUS),
    "memory": _hourly(_MODULES, _MEMORY_GB),
    "whole": {"value": _BARE.plus(_MODULES)},
}
