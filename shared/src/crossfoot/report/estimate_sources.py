"""Where the figures of the estimate come from: factors by table and by Region, with their sources.

The factors are those of the installed factor set; rows of another one say so by its name.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from crossfoot.domain.errors import UnknownFactorError
from crossfoot.engine.model_factors import factors_of_model, factors_of_place
from crossfoot.factors.factor import Factor
from crossfoot.report.aggregates import ESTIMATED
from crossfoot.report.source import ReportSource

SEPARATOR: Final = ", "
"""Between the models of a row that has several."""

_BOTH: Final = "energy and hardware"
_TABLES: Final = {
    "processors": ("Power of processors and memory; area of silicon", _BOTH),
    "accelerators": ("Power and making of GPUs and other accelerators", _BOTH),
    "components": ("Making of servers, their lifetime, assumed load", _BOTH),
    "serverless": ("Virtual processors and memory where no machine is known", _BOTH),
    "storage": ("Storage: media, copies, drives", _BOTH),
    "network": ("Data transfer", _BOTH),
    "tokens": ("Tokens of language models", _BOTH),
    "cost_proxies": ("Proxy by on-demand value", _BOTH),
    "grid_intensity": ("Greenhouse gases of electricity", "greenhouse gases of use"),
    "facility": ("The site: PUE and WUE", "energy, and all that follows from it"),
    "water": ("Water of power stations", "water"),
    "electricity_impacts": (
        "Primary energy and minerals of electricity",
        "primary energy and minerals of use",
    ),
}
"""What the tables of the factor set say, and for which figures; in the order of the page."""


@dataclass(frozen=True, slots=True)
class SourceOfFigures:
    """A source, with what it tells for which figures, and how many factors are from it."""

    what: str
    figures: str
    source: str
    licence: str
    years: str
    n_factors: int


@dataclass(frozen=True, slots=True)
class PlaceSources:
    """A Region and the factors of its electricity and site."""

    region: str
    factors: tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class EstimateSources:
    """What stands behind the estimate of a warehouse.

    ``unknown_models`` have no factor in the installed factor set, ``unknown_regions`` no place.
    """

    factor_sets: tuple[str, ...]
    sources: tuple[SourceOfFigures, ...]
    places: tuple[PlaceSources, ...]
    unknown_models: tuple[str, ...]
    unknown_regions: tuple[str, ...]


def estimate_sources(source: ReportSource) -> EstimateSources:
    """Return the factors and sources behind everything that the warehouse estimates."""
    models, unknown = _models(source)
    places = _places(source)
    known = tuple(place for place in places if place.factors)
    return EstimateSources(
        factor_sets=_names(source, "factor_set", ""),
        sources=_by_source([*models, *(it for place in known for it in place.factors)]),
        places=known,
        unknown_models=unknown,
        unknown_regions=tuple(place.region for place in places if not place.factors),
    )


def _models(source: ReportSource) -> tuple[list[Factor], tuple[str, ...]]:
    found: list[Factor] = []
    unknown: list[str] = []
    names = f"unnest(string_split(estimate_models, '{SEPARATOR}'))"
    for name in _names(source, names, "WHERE estimate_models IS NOT NULL"):
        try:
            found += factors_of_model(name)
        except UnknownFactorError:
            unknown.append(name)
    return found, tuple(unknown)


def _places(source: ReportSource) -> tuple[PlaceSources, ...]:
    rows = source.rows(
        f"SELECT region_code AS region, max(usage_period) AS latest FROM {ESTIMATED}"
        " GROUP BY region_code ORDER BY region_code"
    )
    return tuple(
        PlaceSources(row["region"], factors_of_place(row["region"], int(row["latest"][:4])))
        for row in rows
    )


def _names(source: ReportSource, column: str, where: str) -> tuple[str, ...]:
    rows = source.rows(f"SELECT DISTINCT {column} AS name FROM {ESTIMATED} {where} ORDER BY name")
    return tuple(row["name"] for row in rows)


def _by_source(factors: Iterable[Factor]) -> tuple[SourceOfFigures, ...]:
    grouped: defaultdict[tuple[str, str, str], dict[str, Factor]] = defaultdict(dict)
    for factor in factors:
        table = factor.id.partition("/")[0]
        grouped[table, factor.source, factor.licence][factor.id] = factor
    order = {table: at for at, table in enumerate(_TABLES)}
    return tuple(
        SourceOfFigures(
            what=_TABLES.get(table, (table, _BOTH))[0],
            figures=_TABLES.get(table, (table, _BOTH))[1],
            source=source,
            licence=licence,
            years=_years([factor.year for factor in found.values()]),
            n_factors=len(found),
        )
        for (table, source, licence), found in sorted(
            grouped.items(), key=lambda group: (order.get(group[0][0], len(order)), group[0])
        )
    )


def _years(years: Sequence[int]) -> str:
    first, last = min(years), max(years)
    return str(first) if first == last else f"{first} to {last}"
