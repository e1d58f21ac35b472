"""The last resort: energy and hardware per dollar of on-demand value, always marked as such.

The proxy of an organisation comes from what could be modelled in it, so that what could not has
the same mix; the default serves where too little is modelled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crossfoot.factors.factor import Boundary, Factor, factor_of
from crossfoot.factors.services import Embodied

FEWEST_ROWS: Final = 30
"""Modelled rows below which the ratio is a matter of chance: then the default is used."""
LOW_SHARE: Final = 0.05
HIGH_SHARE: Final = 0.95
"""Parts of the modelled value between whose ratios the range lies."""

_UNITS: Final[Mapping[str, tuple[str, Boundary]]] = {
    "energy": ("kWh/USD", Boundary.USE),
    "embodied-gwp": ("kgCO2e/USD", Boundary.EMBODIED),
    "embodied-pe": ("MJ/USD", Boundary.EMBODIED),
    "embodied-adp": ("kgSbe/USD", Boundary.EMBODIED),
}


@dataclass(frozen=True, slots=True)
class CostProxy:
    """What a US dollar of public on-demand value stands for.

    ``n_rows`` counts the modelled rows behind it; 0 is the stated default.
    """

    energy_kwh_per_usd: Factor
    embodied_per_usd: Embodied
    n_rows: int


@dataclass(frozen=True, slots=True, eq=False)
class Modelled:
    """Rows with a physical model, one element each: value in US dollars, energy, hardware.

    Energy is of the hardware, without the site's overhead.
    """

    on_demand_usd: NDArray[np.float64]
    energy_kwh: NDArray[np.float64]
    gwp_kgco2e: NDArray[np.float64]
    pe_mj: NDArray[np.float64]
    adp_kgsbeq: NDArray[np.float64]


@cache
def default_cost_proxy() -> CostProxy:
    """Return the stated default, from machines and their prices."""
    return CostProxy(
        energy_kwh_per_usd=factor_of("cost_proxies", "default", "energy"),
        embodied_per_usd=Embodied.of("cost_proxies", "default"),
        n_rows=0,
    )


def cost_proxy_of(modelled: Modelled) -> CostProxy:
    """Return the proxy that the modelled part of an organisation gives.

    The value is the sum of impacts over the sum of dollars; the range is where 90 % of the modelled
    value lies, from the cheapest in impacts to the dearest. Rows without a positive value or with
    an unknown impact do not count. The default is returned where fewer than ``FEWEST_ROWS`` do.
    """
    amounts = {
        "energy": modelled.energy_kwh,
        "embodied-gwp": modelled.gwp_kgco2e,
        "embodied-pe": modelled.pe_mj,
        "embodied-adp": modelled.adp_kgsbeq,
    }
    usable = modelled.on_demand_usd > 0
    for amount in amounts.values():
        usable &= np.isfinite(amount) & (amount >= 0)
    n_rows = int(np.count_nonzero(usable))
    if n_rows < FEWEST_ROWS:
        return default_cost_proxy()
    dollars = modelled.on_demand_usd[usable]
    found = {name: _ratio(name, amount[usable], dollars) for name, amount in amounts.items()}
    return CostProxy(
        energy_kwh_per_usd=found["energy"],
        embodied_per_usd=Embodied(
            gwp_kgco2e=found["embodied-gwp"],
            pe_mj=found["embodied-pe"],
            adp_kgsbeq=found["embodied-adp"],
        ),
        n_rows=n_rows,
    )


def _ratio(name: str, amount: NDArray[np.float64], dollars: NDArray[np.float64]) -> Factor:
    ratios = amount / dollars
    order = np.argsort(ratios, kind="stable")
    below = np.cumsum(dollars[order]) / dollars.sum()
    value = float(amount.sum() / dollars.sum())
    ends = order[np.minimum(np.searchsorted(below, (LOW_SHARE, HIGH_SHARE)), len(order) - 1)]
    unit, boundary = _UNITS[name]
    default = factor_of("cost_proxies", "default", name)
    return Factor(
        id=f"cost_proxies/modelled/{name}",
        value=value,
        low=min(value, float(ratios[ends[0]])),
        high=max(value, float(ratios[ends[1]])),
        unit=unit,
        boundary=boundary,
        geography="the organisation",
        year=default.year,
        source=f"modelled part of the same organisation and month, {len(order)} rows",
        licence="own figures",
    )
