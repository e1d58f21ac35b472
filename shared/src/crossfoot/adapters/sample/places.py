"""The Regions of the sample world.

The grid and price figures are round numbers of a make-believe world, of the right order of
magnitude; they are no factor data and nothing but the sample reads them.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Place:
    """A Region, or the one global place.

    Parameters
    ----------
    prefix
        What usage types start with, such as ``EUC1-``; empty for us-east-1.
    new_prefix
        What usage types of newer services start with: us-east-1 has ``USE1-`` there.
    usage_location, carbon_location
        Long names; the two exports spell European Regions differently.
    grid_kg_per_kwh
        Location-based grid intensity. [kg CO2e/kWh]
    market_share
        Market-based over location-based scope 2; 0 where energy is matched. [1]
    """

    code: str
    prefix: str
    new_prefix: str
    usage_location: str
    carbon_location: str
    grid_kg_per_kwh: float
    market_share: float
    price_factor: float


_ROWS: Final = """
us-east-1||USE1-|US East (N. Virginia)|US East (N. Virginia)|0.36|0|1
eu-central-1|EUC1-|EUC1-|EU (Frankfurt)|Europe (Frankfurt)|0.33|0|1.14
eu-west-1|EU-|EUW1-|EU (Ireland)|Europe (Ireland)|0.29|0|1.1
us-west-2|USW2-|USW2-|US West (Oregon)|US West (Oregon)|0.25|0|1
eu-north-1|EUN1-|EUN1-|EU (Stockholm)|Europe (Stockholm)|0.03|0|1.04
ap-southeast-1|APS1-|APS1-|Asia Pacific (Singapore)|Asia Pacific (Singapore)|0.47|0.8|1.22
us-east-2|USE2-|USE2-|US East (Ohio)|US East (Ohio)|0.41|0|1
ap-northeast-1|APN1-|APN1-|Asia Pacific (Tokyo)|Asia Pacific (Tokyo)|0.46|0.6|1.25
ap-southeast-2|APS2-|APS2-|Asia Pacific (Sydney)|Asia Pacific (Sydney)|0.6|0.4|1.24
sa-east-1|SAE1-|SAE1-|South America (Sao Paulo)|South America (Sao Paulo)|0.1|0.2|1.55
eu-west-2|EUW2-|EUW2-|EU (London)|Europe (London)|0.21|0|1.15
ca-central-1|CAN1-|CAN1-|Canada (Central)|Canada (Central)|0.02|0|1.1
ap-south-1|APS3-|APS3-|Asia Pacific (Mumbai)|Asia Pacific (Mumbai)|0.71|0|1.04
eu-west-3|EUW3-|EUW3-|EU (Paris)|Europe (Paris)|0.05|0|1.16
us-west-1|USW1-|USW1-|US West (N. California)|US West (N. California)|0.23|0|1.18
ap-northeast-2|APN2-|APN2-|Asia Pacific (Seoul)|Asia Pacific (Seoul)|0.43|0.9|1.22
ap-northeast-3|APN3-|APN3-|Asia Pacific (Osaka)|Asia Pacific (Osaka)|0.4|0.6|1.25
ap-southeast-3|APS4-|APS4-|Asia Pacific (Jakarta)|Asia Pacific (Jakarta)|0.68|0.9|1.22
ap-east-1|APE1-|APE1-|Asia Pacific (Hong Kong)|Asia Pacific (Hong Kong)|0.66|0.9|1.35
eu-south-1|EUS1-|EUS1-|EU (Milan)|Europe (Milan)|0.29|0|1.17
eu-south-2|EUS2-|EUS2-|EU (Spain)|Europe (Spain)|0.15|0|1.1
eu-central-2|EUC2-|EUC2-|EU (Zurich)|Europe (Zurich)|0.04|0|1.25
me-south-1|MES1-|MES1-|Middle East (Bahrain)|Middle East (Bahrain)|0.62|1|1.21
me-central-1|MEC1-|MEC1-|Middle East (UAE)|Middle East (UAE)|0.4|1|1.21
af-south-1|AFS1-|AFS1-|Africa (Cape Town)|Africa (Cape Town)|0.9|0.7|1.32
il-central-1|ILC1-|ILC1-|Israel (Tel Aviv)|Israel (Tel Aviv)|0.5|1|1.2
global|Global-|Global-|Any|Global|0.3|0.1|1
"""


def _place(row: str) -> Place:
    code, prefix, new_prefix, usage, carbon, grid, market, price = row.split("|")
    return Place(code, prefix, new_prefix, usage, carbon, float(grid), float(market), float(price))


PLACES: Final = tuple(_place(row) for row in _ROWS.strip().splitlines())
GLOBAL: Final = len(PLACES) - 1
"""Index of the global place."""
N_REGIONS: Final = len(PLACES) - 1


def place_of(region_code: str | None) -> Place:
    """Return the Region of that code; an unknown one looks like us-east-1 under its own name."""
    text = (region_code or "").lower()
    if text in {"", "global", "any"}:
        return PLACES[GLOBAL]
    known = {place.code: place for place in PLACES}.get(text)
    return known or Place(text, f"{text}-", f"{text}-", text, text, 0.36, 0.0, 1.0)
