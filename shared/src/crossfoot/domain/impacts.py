"""Words of the estimate: its criteria, what a row's figures rest on, and what was observed.

Everything here is bottom-up, from usage and open factors. It stands beside AWS's figures and is
never added to them.
"""

from enum import IntEnum, StrEnum
from typing import Final


class Criterion(StrEnum):
    """One figure of a resource's impact; the value is the published column of its best estimate.

    Energy is at the meter of the site, PUE included. Greenhouse gases of use are life-cycle and
    location-based. Water is told apart: evaporated at the site, and by the power stations.
    """

    ENERGY = "energy_kwh"
    GHG_USE = "ghg_use_kgco2e"
    GHG_EMBODIED = "ghg_embodied_kgco2e"
    PE_USE = "pe_use_mj"
    PE_EMBODIED = "pe_embodied_mj"
    ADP_USE = "adp_use_kgsbeq"
    ADP_EMBODIED = "adp_embodied_kgsbeq"
    WATER_SITE = "water_site_l"
    WATER_GENERATION = "water_generation_l"


CRITERIA: Final = tuple(Criterion)
"""In the order of axis 0 of every array of figures."""

UNITS: Final = {
    Criterion.ENERGY: "kWh",
    Criterion.GHG_USE: "kg CO2e",
    Criterion.GHG_EMBODIED: "kg CO2e",
    Criterion.PE_USE: "MJ",
    Criterion.PE_EMBODIED: "MJ",
    Criterion.ADP_USE: "kg Sb eq",
    Criterion.ADP_EMBODIED: "kg Sb eq",
    Criterion.WATER_SITE: "l",
    Criterion.WATER_GENERATION: "l",
}

BOUNDS: Final = ("", "_low", "_high")
"""Suffixes of a criterion's three columns, in the order of axis 1: value, low, high."""

IDLE_CRITERIA: Final = (Criterion.ENERGY, Criterion.GHG_USE, Criterion.GHG_EMBODIED)
"""Criteria whose idle part is published, as ``idle_`` and the criterion's column."""


class Basis(IntEnum):
    """What a row's figures rest on; the smaller, the nearer to the thing itself.

    A row of several parts has the basis of its weakest part that counts.
    """

    MEASURED = 0
    """Energy that was measured, and the model of the machine for all else."""
    LISTED = 1
    """A machine whose type is in the factor set."""
    SERVICE = 2
    """Storage, functions, data transfer, tokens: by the unit that is billed."""
    ESTIMATED = 3
    """A machine whose type is not listed: from its family or its size."""
    PROXY = 4
    """On-demand value alone: marked, and with the widest range."""
    CARRIED = 5
    """No hardware of its own: another line of the bill carries it, and this one is zero."""
    UNKNOWN_REGION = 6
    """There are no factors for the Region: no figure."""
    NONE = 7
    """Nothing is known of it, not even a value in US dollars: no figure."""

    @property
    def text(self) -> str:
        """The published spelling, such as ``cost-proxy``."""
        return _SPELLINGS[self]

    @property
    def is_physical(self) -> bool:
        """Whether the figures come from an amount of something physical."""
        return self in _PHYSICAL


_SPELLINGS: Final = {
    Basis.MEASURED: "measured",
    Basis.LISTED: "machine-listed",
    Basis.SERVICE: "service-model",
    Basis.ESTIMATED: "machine-estimated",
    Basis.PROXY: "cost-proxy",
    Basis.CARRIED: "carried-elsewhere",
    Basis.UNKNOWN_REGION: "unknown-region",
    Basis.NONE: "no-model",
}
_PHYSICAL: Final = frozenset({Basis.MEASURED, Basis.LISTED, Basis.SERVICE, Basis.ESTIMATED})
