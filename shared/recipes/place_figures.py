"""Figures of places that no reference copy holds, and the assumptions that bound them.

Every figure is a published fact; where it is from is written beside it.
"""

from typing import Final, NamedTuple

SAME_GRID: Final = {
    # The grid of a Region that the copy does not list, as another cloud's Region there has it.
    "me-west-1": ("gcp", "me-central2"),
    "sa-west-1": ("gcp", "southamerica-west1"),
    "eusc-de-east-1": ("gcp", "europe-west10"),  # Berlin, beside Brandenburg
}

SUBDIVISIONS: Final = {
    # Ember gives the United States and India by state.
    "us-east-1": "US-VA",
    "us-east-2": "US-OH",
    "us-west-1": "US-CA",
    "us-west-2": "US-OR",
    "us-gov-east-1": "US-OH",
    "us-gov-west-1": "US-OR",
    "ap-south-1": "IN-MH",
    "ap-south-2": "IN-TG",
}

EMBER_EARLIER: Final = {
    # Ember's yearly national figures before 2025; Hong Kong's, Bahrain's newest are of 2023.
    "AU": {2024: 553.8},
    "AE": {2024: 467.5},
    "BH": {2023: 902.24},
    "BR": {2024: 106.1},
    "CA": {2024: 185.0},
    "CH": {2024: 36.7},
    "DE": {2024: 342.1},
    "ES": {2024: 146.2},
    "FR": {2024: 44.2},
    "GB": {2024: 215.8},
    "HK": {2023: 682.0},
    "ID": {2023: 682.0},
    "IE": {2024: 279.8},
    "IL": {2023: 567.3},
    "IT": {2024: 287.8},
    "JP": {2024: 483.7},
    "KR": {2024: 415.7},
    "MX": {2024: 483.1},
    "MY": {2024: 604.4},
    "NZ": {2024: 120.1},
    "SE": {2024: 35.9},
    "SG": {2024: 498.7},
    "TH": {2024: 555.4},
    "TW": {2023: 635.2},
    "ZA": {2024: 713.9},
}

EMBER_NOT_USED: Final = ("ap-east-1", "me-south-1")
"""Hong Kong has China's value in the copy; Bahrain's is that of 2023, repeated."""

OTHER_INTENSITIES: Final = {
    # Published figures of others that bound a Region whose national mean is far from its own grid.
    "me-south-1": (488.0, 490.0),  # Electricity Maps 2025; BoaviztAPI 2.5.0
    "ca-central-1": (41.0,),  # Quebec in Electricity Maps 2025
    "ca-west-1": (540.0,),  # Alberta, consumption intensity in Canada's inventory of 2023
    "ap-northeast-3": (370.0,),  # Kansai in Electricity Maps 2025
}

NOTES: Final = {
    "ap-east-1": "; Hong Kong's own, not China's",
    "me-south-1": "; an outlier: others publish 488 to 732, which is the range",
    "ca-central-1": "; of Canada: Quebec's own grid is far below, which the range holds",
    "ca-west-1": "; of Canada: Alberta's own grid is far above, which the range holds",
}

DOUBT_COUNTRY: Final = 0.10
"""A country's figure: revisions, and trade across its borders."""
DOUBT_STATE: Final = 0.25
"""A state's figure: it is of production, and power crosses state lines."""
DOUBT_DIRECT: Final = 0.05
DOUBT_PUE: Final = 0.02
DOUBT_WUE: Final = 0.2
DOUBT_WATER: Final = 0.3

EDGE_MIX: Final = {
    "us-east-1": 0.20,
    "us-east-2": 0.10,
    "us-west-2": 0.10,
    "eu-central-1": 0.10,
    "eu-west-1": 0.06,
    "eu-west-2": 0.06,
    "eu-west-3": 0.04,
    "eu-south-1": 0.04,
    "ap-northeast-1": 0.06,
    "ap-south-1": 0.06,
    "ap-southeast-1": 0.04,
    "ap-southeast-2": 0.04,
    "sa-east-1": 0.05,
    "me-central-1": 0.03,
    "af-south-1": 0.02,
}
EDGE_SOURCE: Final = "our assumption after where AWS lists its edge locations"
EDGE_DOUBT: Final = 1.3


class Direct(NamedTuple):
    """A direct intensity, g/kWh."""

    value: float
    zone: str
    year: int
    source: str
    licence: str


_KG_PER_POUND: Final = 0.45359237


def _egrid(pounds_per_mwh: float, zone: str) -> Direct:
    source = f"EPA eGRID2023 rev 2, summary tables, {pounds_per_mwh:g} lb CO2e/MWh"
    return Direct(pounds_per_mwh * _KG_PER_POUND, f"eGRID {zone}", 2023, source, "US public domain")


def _eea(value: float, zone: str) -> Direct:
    source = "EEA, greenhouse gas intensity of electricity generation, as listed by Cloud Carbon "
    return Direct(value, zone, 2020, f"{source}Footprint b7a049c7", "CC BY 4.0")


DIRECT: Final = {
    "us-east-1": _egrid(596.3, "SRVC"),
    "us-east-2": _egrid(916.1, "RFCW"),
    "us-west-1": _egrid(429.983, "CAMX"),
    "us-west-2": _egrid(635.3, "NWPP"),
    "us-gov-east-1": _egrid(916.1, "RFCW"),
    "us-gov-west-1": _egrid(635.3, "NWPP"),
    "eu-central-1": _eea(311.0, "DE"),
    "eusc-de-east-1": _eea(311.0, "DE"),
    "eu-west-1": _eea(278.6, "IE"),
    "eu-west-2": _eea(225.0, "GB"),
    "eu-west-3": _eea(51.1, "FR"),
    "eu-north-1": _eea(8.8, "SE"),
    # The copy's own row: no later figure was at hand.
    "eu-south-1": Direct(
        233.0,
        "IT",
        2019,
        "EEA, as listed by cloud-carbon-footprint/ccf-coefficients b0032d9",
        "CC BY 4.0",
    ),
}

AWS_SITE: Final = (
    "AWS, PUE and WUE of its data centres as published by year; range from the published years "
    "and areas, our assumption"
)
PUE_GLOBAL: Final = {2023: 1.15, 2024: 1.15, 2025: 1.14}
WUE_GLOBAL: Final = {2021: 0.25, 2022: 0.19, 2023: 0.18, 2024: 0.15, 2025: 0.12}
PUE_WORLD: Final = (1.04, 1.50)
WUE_WORLD: Final = (0.01, 2.75)
PUE_2023: Final = {
    "us-east-1": 1.15,
    "us-east-2": 1.12,
    "us-west-1": 1.17,
    "us-west-2": 1.13,
    "ca-central-1": 1.22,
    "sa-east-1": 1.18,
    "ap-northeast-1": 1.32,
    "ap-southeast-1": 1.30,
    "ap-southeast-2": 1.15,
    "ap-southeast-4": 1.08,
    "ap-south-1": 1.44,
    "ap-south-2": 1.50,
    "ap-southeast-3": 1.35,
    "eu-west-1": 1.10,
    "eu-central-1": 1.33,
    "eu-north-1": 1.12,
    "eu-south-2": 1.11,
    "af-south-1": 1.24,
    "me-central-1": 1.36,
    "me-south-1": 1.32,
    "cn-northwest-1": 1.26,
}
PUE_2024: Final = {"ap-southeast-2": 1.16, "ap-southeast-4": 1.07}
"""Published by AWS, missing in the copy."""

AREA_PATTERNS: Final = {
    "Europe": "eu-.+",
    "Middle East": "me-.+",
    "North America": "us-.+",
    "Asia Pacific": "ap-.+",
    "China": "cn-.+",
}
AREA_ROWS: Final = ("il-central-1",)
"""Listed in the copy under its code, but with the figure of its area."""
PUE_AREAS: Final = {
    "Europe": (1.04, 1.35),
    "Middle East": (1.25, 1.36),
    "North America": (1.05, 1.22),
    "Asia Pacific": (1.07, 1.50),
    "China": (1.20, 1.30),
    "world": PUE_WORLD,
}
WUE_AREAS: Final = {
    "Europe": (0.01, 0.24),
    "North America": (0.04, 0.51),
    "Asia Pacific": (0.02, 2.75),
}
_AREA_OF: Final = {
    "us": "North America",
    "ca": "North America",
    "mx": "North America",
    "eu": "Europe",
    "eusc": "Europe",
    "me": "Middle East",
    "il": "Middle East",
    "ap": "Asia Pacific",
    "cn": "China",
    "sa": "world",
    "af": "world",
}


class _Areas(dict[str, str]):
    """The area of a Region, from the first part of its code."""

    def __missing__(self, region: str) -> str:
        return _AREA_OF[region.split("-", maxsplit=1)[0]]


AREAS: Final = _Areas()

BUILDING: Final = {
    # Per kilowatt hour of hardware; buildings and technical equipment.
    "embodied-gwp": (0.02265, "kgCO2e/kWh"),
    "embodied-pe": (0.574, "MJ/kWh"),
    "embodied-adp": (1.016e-6, "kgSbe/kWh"),
}

EWIF_ZONES: Final = {
    "us-east-1": "eGRID SRVC",
    "us-east-2": "eGRID RFCW",
    "us-west-1": "eGRID CAMX",
    "us-west-2": "eGRID NWPP",
    "us-gov-east-1": "eGRID RFCW",
    "us-gov-west-1": "eGRID NWPP",
}
STRESS: Final = {"me-south-1": 4.0}
"""WRI's country ranking of 2023 names Bahrain first."""

ELECTRICITY: Final = {
    # value, low, high; a quarter either way for a country's primary energy, twice for minerals.
    "FR": {"primary-energy": (11.289, 8.47, 14.11), "adp": (4.85798e-8, 2.43e-8, 9.72e-8)},
    "US": {"primary-energy": (11.358, 8.52, 14.2), "adp": (9.85548e-8, 4.93e-8, 1.971e-7)},
    # From the energy in a kilowatt hour itself to a steam plant of 25 % and its losses.
    "Europe": {"primary-energy": (12.873, 3.6, 15.0), "adp": (6.42317e-8, 2.14e-8, 1.927e-7)},
    # ... to a plant of 20 %; minerals four times either way.
    "world": {"primary-energy": (9.988, 3.6, 18.0), "adp": (7.37708e-8, 1.84e-8, 2.951e-7)},
}


def wider_zone(region: str) -> str:
    """Return the zone whose figures stand in for a Region of a country without its own."""
    return "Europe" if region.startswith("eu") else "world"
