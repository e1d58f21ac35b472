"""The last resort: energy and hardware per dollar of on-demand value, always marked as such."""

from dataclasses import dataclass
from functools import cache

from crossfoot.factors.factor import Factor, factor_of
from crossfoot.factors.services import Embodied


@dataclass(frozen=True, slots=True)
class CostProxy:
    """What a US dollar of public on-demand value stands for."""

    energy_kwh_per_usd: Factor
    embodied_per_usd: Embodied


@cache
def default_cost_proxy() -> CostProxy:
    """Return the stated default, from machines and their prices."""
    return CostProxy(
        energy_kwh_per_usd=factor_of("cost_proxies", "default", "energy"),
        embodied_per_usd=Embodied.of("cost_proxies", "default"),
    )
