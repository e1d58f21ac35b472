"""Which zone of Electricity Maps a Region takes its electricity from.

A Region may have several, the nearest first: two balancing areas of which AWS does not say which
one feeds it, or the whole country where the nearer zone's series is not at hand. ``global`` has
none: the edge is everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from crossfoot.factors.reading import rows_of


@dataclass(frozen=True, slots=True)
class GridZone:
    """A zone that feeds a Region; ``is_wider`` where it is more than the Region's own grid."""

    zone: str
    is_wider: bool
    basis: str


@cache
def grid_zones() -> Mapping[str, tuple[GridZone, ...]]:
    """Return the zones of every Region, by code, the nearest first."""
    rows = sorted(rows_of("grid_zones.csv"), key=lambda row: int(row["rank"]))
    zones: dict[str, tuple[GridZone, ...]] = {}
    for row in rows:
        zone = GridZone(row["zone"], row["reach"] == "wider", row["basis"])
        zones[row["region_code"]] = (*zones.get(row["region_code"], ()), zone)
    return MappingProxyType(zones)


@cache
def known_zones() -> frozenset[str]:
    """Return every zone that feeds a Region."""
    return frozenset(zone.zone for zones in grid_zones().values() for zone in zones)
