"""Rebuild the factor tables of places: grid, site, water and electricity's other impacts.

``python shared/recipes/places.py REFERENCE [FOLDER]`` reads the reference copies in ``REFERENCE``
and writes the tables into ``FOLDER``, or into the package. How figures and ranges come about is
written in ``docs/factors.md``.
"""

import statistics
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import place_figures as figures
from factor_rows import TABLES, Row, read_cells, write_table

REGIONS = [row["region_code"] for row in read_cells(TABLES / "regions.csv")]
OWN = [region for region in REGIONS if region != "global"]
COUNTRIES = {row["region_code"]: row["country"] for row in read_cells(TABLES / "regions.csv")}
WORLD = "world (stand-in)"
EMBER = "Ember yearly electricity data"


class Reference:
    """The reference copies, by Region code."""

    def __init__(self, folder: Path) -> None:
        spruce = folder / "spruce"
        ember = read_cells(spruce / "ember_co2_intensity.csv", ["provider", "region", "value"])
        self.ember = _by_region(ember, "value")
        self.water = _by_region(read_cells(spruce / "wcf.csv"), "wcf")
        self.stress = _by_region(read_cells(spruce / "water-stress.csv"), "water_stress_cat")
        self.site = read_cells(spruce / "aws-pue-wue.csv", ["area", "pattern", "pue", "wue"])
        grid = read_cells(folder / "ccf-coefficients" / "grid-emissions-factors-aws.csv")
        self.direct = {
            row["Region"]: (1e6 * float(row["CO2e (metric ton/kWh)"]), row["Source"])
            for row in grid
        }


def _by_region(rows: list[Mapping[str, str]], column: str) -> dict[str, float]:
    """Figures of AWS Regions, and of the Regions that another cloud's stand in the same grid."""
    cells = {(row["provider"], row["region"]): float(row[column]) for row in rows}
    found = {region: value for (provider, region), value in cells.items() if provider == "aws"}
    for region, same_grid in figures.SAME_GRID.items():
        if same_grid in cells and region not in found:
            found[region] = cells[same_grid]
    return found


def grid_rows(reference: Reference) -> Iterator[Row]:
    """Life-cycle intensity by year, direct intensity where open data exist, and the edge's mix."""
    rows = [row for region in OWN for row in _region_grid(region, reference)]
    yield from rows
    newest = {row.subject: row for row in sorted(rows, key=lambda r: r.year) if _is_cycle(row)}
    mix = [(share, newest[region]) for region, share in figures.EDGE_MIX.items()]
    yield Row(
        subject="global",
        quantity="life-cycle-2025",
        value=sum(share * row.value for share, row in mix),
        low=sum(share * row.low for share, row in mix) / figures.EDGE_DOUBT,
        high=sum(share * row.high for share, row in mix) * figures.EDGE_DOUBT,
        unit="gCO2e/kWh",
        boundary="life-cycle",
        geography="edge mix",
        year=2025,
        source=f"{EMBER} 2025, mix of Regions by {figures.EDGE_SOURCE}",
        licence="CC BY 4.0",
    )


def _is_cycle(row: Row) -> bool:
    return row.boundary == "life-cycle"


def _region_grid(region: str, reference: Reference) -> Iterator[Row]:
    zone = figures.SUBDIVISIONS.get(region, COUNTRIES[region])
    by_year = dict(figures.EMBER_EARLIER.get(COUNTRIES[region], {}))
    if region in figures.SUBDIVISIONS:
        by_year = {}
    if region not in figures.EMBER_NOT_USED:
        by_year[2025] = reference.ember[region]
    others = [*by_year.values(), *figures.OTHER_INTENSITIES.get(region, ())]
    # A direct figure of another source bounds only the high side: a life cycle is never below it.
    above = [reference.direct[region][0]] if region in reference.direct else []
    doubt = figures.DOUBT_STATE if region in figures.SUBDIVISIONS else figures.DOUBT_COUNTRY
    for year, value in sorted(by_year.items()):
        yield Row(
            subject=region,
            quantity=f"life-cycle-{year}",
            value=value,
            low=min(*others, value * (1 - doubt)),
            high=max(*others, *above, value * (1 + doubt)),
            unit="gCO2e/kWh",
            boundary="life-cycle",
            geography=zone,
            year=year,
            source=f"{EMBER} {year}{figures.NOTES.get(region, '')}",
            licence="CC BY 4.0",
        )
    yield from _direct(region, reference)


def _direct(region: str, reference: Reference) -> Iterator[Row]:
    found = figures.DIRECT.get(region)
    if found is None:
        return
    older = [reference.direct[region][0]] if region in reference.direct else []
    doubt = figures.DOUBT_DIRECT
    yield Row(
        subject=region,
        quantity=f"direct-{found.year}",
        value=found.value,
        low=min(*older, found.value * (1 - doubt), found.value),
        high=max(*older, found.value * (1 + doubt), found.value),
        unit="gCO2e/kWh",
        boundary="direct",
        geography=found.zone,
        year=found.year,
        source=found.source,
        licence=found.licence,
    )


def facility_rows(reference: Reference) -> Iterator[Row]:
    """PUE and WUE by year, own or of the area, and what the buildings embody."""
    for region in OWN:
        yield from _pue(region, reference)
        yield _wue(region, reference)
    for year, value in figures.PUE_GLOBAL.items():
        yield _site("global", f"pue-{year}", value, figures.PUE_WORLD, "world", year)
    for year, value in figures.WUE_GLOBAL.items():
        yield _site("global", f"wue-{year}", value, figures.WUE_WORLD, "world", year)
    for quantity, (value, unit) in figures.BUILDING.items():
        yield Row(
            subject="building",
            quantity=quantity,
            value=value,
            low=value / 2,
            high=value * 2,
            unit=unit,
            boundary="embodied",
            geography="FR",
            year=2022,
            source="ADEME and ARCEP figures as given by Simon et al., BoaviztAPI, HotCarbon'24, "
            "equation 8; range our assumption",
            licence="fact",
        )


def _pue(region: str, reference: Reference) -> Iterator[Row]:
    own = {2023: figures.PUE_2023.get(region), 2024: figures.PUE_2024.get(region)}
    area = figures.AREAS[region]
    for row in reference.site:
        if row["pattern"] == region and row["pue"] and region not in figures.AREA_ROWS:
            own[2024] = float(row["pue"])
    known = {year: value for year, value in own.items() if value is not None}
    for year, value in known.items():
        low = max(1.0, min(known.values()) * (1 - figures.DOUBT_PUE))
        bounds = (low, max(known.values()) * (1 + figures.DOUBT_PUE))
        yield _site(region, f"pue-{year}", value, bounds, region, year)
    if not known:
        value, bounds = _area_value(area, "pue", reference), figures.PUE_AREAS[area]
        yield _site(region, "pue-2024", value, bounds, f"{area} (stand-in)", 2024)


def _wue(region: str, reference: Reference) -> Row:
    area = figures.AREAS[region]
    for row in reference.site:
        if row["pattern"] == region and row["wue"]:
            value = float(row["wue"])
            bounds = (value * (1 - figures.DOUBT_WUE), value * (1 + figures.DOUBT_WUE))
            return _site(region, "wue-2024", value, bounds, region, 2024)
    bounds = figures.WUE_AREAS.get(area, figures.WUE_WORLD)
    geography = f"{area if area in figures.WUE_AREAS else 'world'} (stand-in)"
    return _site(region, "wue-2024", _area_value(area, "wue", reference), bounds, geography, 2024)


def _area_value(area: str, column: str, reference: Reference) -> float:
    sample = figures.AREA_PATTERNS.get(area)
    for row in reference.site:
        if row["pattern"] == sample and row[column]:
            return float(row[column])
    return (figures.PUE_GLOBAL if column == "pue" else figures.WUE_GLOBAL)[2024]


def _site(
    subject: str,
    quantity: str,
    value: float,
    bounds: tuple[float, float],
    geography: str,
    year: int,
) -> Row:
    return Row(
        subject=subject,
        quantity=quantity,
        value=value,
        low=bounds[0],
        high=bounds[1],
        unit="1" if quantity.startswith("pue") else "L/kWh",
        boundary="site",
        geography=geography,
        year=year,
        source=figures.AWS_SITE,
        licence="fact",
    )


def water_rows(reference: Reference) -> Iterator[Row]:
    """Water that power stations consume, and how scarce water is at the Region."""
    values = {region: reference.water.get(region) for region in OWN}
    known = [value for value in values.values() if value is not None]
    for region, value in values.items():
        doubt = figures.DOUBT_WATER
        bounds = (value * (1 - doubt), value * (1 + doubt)) if value else (min(known), max(known))
        zone = figures.EWIF_ZONES.get(region, COUNTRIES[region])
        central = value or statistics.median(known)
        yield _generation(region, central, bounds, zone if value else WORLD)
        stress = {**reference.stress, **figures.STRESS}.get(region)
        if stress is not None:
            yield _stress(region, stress)
    mix = [(share, values[region]) for region, share in figures.EDGE_MIX.items()]
    litres = sum(share * (value or statistics.median(known)) for share, value in mix)
    yield _generation("global", litres, (min(known), max(known)), "edge mix")


def _generation(region: str, value: float, bounds: tuple[float, float], geography: str) -> Row:
    return Row(
        subject=region,
        quantity="generation-2020",
        value=value,
        low=bounds[0],
        high=bounds[1],
        unit="L/kWh",
        boundary="direct",
        geography=geography,
        year=2020,
        source="WRI, Guidance for calculating water use embedded in purchased electricity, "
        "consumption factors; range our assumption",
        licence="CC BY 4.0",
    )


def _stress(region: str, category: float) -> Row:
    return Row(
        subject=region,
        quantity="stress-2023",
        value=category,
        low=max(0.0, category - 1),
        high=min(4.0, category + 1),
        unit="category 0-4",
        boundary="site",
        geography=region if region not in figures.STRESS else COUNTRIES[region],
        year=2023,
        source="WRI Aqueduct 4.0, baseline water stress, category; range one category",
        licence="CC BY 4.0",
    )


def electricity_rows() -> Iterator[Row]:
    """Primary energy and minerals of a kilowatt hour, own where published, else a stand-in."""
    for region in REGIONS:
        country = COUNTRIES[region]
        zone = country if country in figures.ELECTRICITY else figures.wider_zone(region)
        geography = zone if zone == country or region == "global" else f"{zone} (stand-in)"
        for quantity, unit in (("primary-energy", "MJ/kWh"), ("adp", "kgSbe/kWh")):
            value, low, high = figures.ELECTRICITY[zone][quantity]
            yield Row(
                subject=region,
                quantity=f"{quantity}-2011",
                value=value,
                low=low,
                high=high,
                unit=unit,
                boundary="life-cycle",
                geography=geography,
                year=2011,
                source="electricity factors of BoaviztAPI 2.5.0 as published, vintages mixed: "
                "indicative; range our assumption",
                licence="fact",
            )


def build(reference_folder: Path, folder: Path) -> None:
    """Write the four tables."""
    reference = Reference(reference_folder)
    write_table(folder, "grid_intensity.csv", grid_rows(reference))
    write_table(folder, "facility.csv", facility_rows(reference))
    write_table(folder, "water.csv", water_rows(reference))
    write_table(folder, "electricity_impacts.csv", electricity_rows())


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else TABLES)  # noqa: PLR2004
