"""Zones of Electricity Maps by Region."""

from crossfoot.domain.tables import GLOBAL_REGION
from crossfoot.factors.grid_zones import grid_zones, known_zones
from crossfoot.factors.reading import rows_of
from crossfoot.factors.regions import regions


def test_every_region_has_a_zone_and_the_edge_none() -> None:
    """A new Region without a zone breaks this."""
    assert set(grid_zones()) == set(regions()) - {GLOBAL_REGION}


def test_every_row_says_why_and_ranks_are_whole() -> None:
    """Ranks count from one, each zone once, and every row has its basis."""
    for code, zones in grid_zones().items():
        ranks = sorted(
            int(row["rank"]) for row in rows_of("grid_zones.csv") if row["region_code"] == code
        )
        assert ranks == list(range(1, len(zones) + 1)), code
        assert len({zone.zone for zone in zones}) == len(zones), code
        assert all(zone.basis for zone in zones), code
        assert not zones[0].is_wider, code


def test_a_zone_of_the_country_stands_behind_the_regions_own() -> None:
    """Stockholm takes its price area before all of Sweden."""
    assert [(z.zone, z.is_wider) for z in grid_zones()["eu-north-1"]] == [
        ("SE-SE3", False),
        ("SE", True),
    ]
    assert {"FR", "US-MIDA-PJM", "SE"} <= known_zones()
