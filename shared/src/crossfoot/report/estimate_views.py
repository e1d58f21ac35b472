"""The estimate as the page's script reads it: reported and estimated in columns of their own.

An estimate is written with four digits; its exact decimal goes along for the download.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from crossfoot.domain.impacts import UNITS, Basis, Criterion
from crossfoot.report import estimated
from crossfoot.report.breakdowns import NAMED, NONE, REST, ByPeriod
from crossfoot.report.charts import COUNT_COLUMN, Row, text_column, view
from crossfoot.report.estimate_sources import EstimateSources, estimate_sources
from crossfoot.report.estimated import (
    Beside,
    Bounds,
    EstimatedPeriod,
    EstimatedResource,
    IdleMachine,
    Rested,
    ratio,
)
from crossfoot.report.mass import exact, rounded
from crossfoot.report.source import ReportSource

_REPORTED_COLUMN: Final = {"label": "Reported LBM, kg CO₂e", "type": "mass"}
_RATIO_COLUMN: Final = {"label": "Estimate / reported", "type": "ratio", "none": "none"}
_MAKING: Final = "making the hardware, by its part and its lifetime"
_CRITERIA: Final = {
    Criterion.ENERGY: ("Electricity, PUE included", "power at the load, hours, PUE"),
    Criterion.GHG_USE: ("Greenhouse gases of use", "electricity, life cycle of the grid"),
    Criterion.GHG_EMBODIED: ("Greenhouse gases of hardware", _MAKING),
    Criterion.PE_USE: ("Primary energy of use", "electricity, how it is made"),
    Criterion.PE_EMBODIED: ("Primary energy of hardware", _MAKING),
    Criterion.ADP_USE: ("Minerals of use", "electricity, how it is made"),
    Criterion.ADP_EMBODIED: ("Minerals of hardware", _MAKING),
    Criterion.WATER_SITE: ("Water evaporated at the site", "energy of the hardware, WUE"),
    Criterion.WATER_GENERATION: ("Water consumed by power stations", "electricity, its water"),
}
"""Label of each criterion, and what it follows from; in the order of ``CRITERIA``."""
BASIS_LABELS: Final = {
    Basis.MEASURED.text: "Measured energy",
    Basis.LISTED.text: "Machine, type listed",
    Basis.SERVICE.text: "Service, by the unit billed",
    Basis.ESTIMATED.text: "Machine, from its family or size",
    Basis.PROXY.text: "Proxy by on-demand value",
    Basis.CARRIED.text: "Carried by another line: zero",
    Basis.UNKNOWN_REGION.text: "Region unknown: no figure",
    Basis.NONE.text: "No model: no figure",
}
_WITHOUT_FIGURE: Final = frozenset({Basis.UNKNOWN_REGION.text, Basis.NONE.text})
_PERCENT: Final = Decimal(100)
_RATIO_PLACES: Final = 3
_SHARE_PLACES: Final = 1


@dataclass(frozen=True, slots=True)
class EstimateSection:
    """All that the section needs; ``periods`` is empty where nothing was estimated."""

    periods: tuple[EstimatedPeriod, ...]
    views: Mapping[str, dict[str, Any]]
    sources: EstimateSources

    def figures(self) -> dict[str, dict[str, Any]]:
        """Return both sides of each period and of the span, for the two cards."""
        if not self.periods:
            return {}
        spans = (*self.periods, estimated.span_of(self.periods))
        return {span.period: _card(span) for span in spans}


def estimate_section(source: ReportSource) -> EstimateSection:
    """Ask the warehouse for both sides; without an estimate nothing more is asked."""
    periods = estimated.estimated_periods(source)
    if not periods:
        nothing = EstimateSources((), (), (), (), ())
        return EstimateSection((), {}, nothing)
    spans = (*periods, estimated.span_of(periods))
    names = [span.period for span in spans]
    accounts = estimated.account_names(source)
    by_account = estimated.beside_by(source, "usage_account_id", estimated.TOP_ACCOUNTS)
    by_region = estimated.beside_by(source, "region_code")
    by_bucket = estimated.beside_by(source, "carbon_service")
    return EstimateSection(
        periods=periods,
        views={
            "beside": beside_view("Account", by_account, accounts),
            "beside-regions": beside_view("Region", by_region, {}),
            "beside-buckets": beside_view("AWS service", by_bucket, {}),
            "criteria": criteria_view(spans),
            "coverage": coverage_view(estimated.rested_on(source)),
            "estimated": resource_view(estimated.largest(source, names)),
            "idle": idle_view(estimated.idle_machines(source, names)),
        },
        sources=estimate_sources(source),
    )


def beside_view(label: str, sides: ByPeriod[Beside], names: Mapping[str, str]) -> dict[str, Any]:
    """Return reported and estimated by a name; their columns are summed apart, never together."""
    columns = (text_column(label), _REPORTED_COLUMN, *_estimate_columns(), _RATIO_COLUMN)
    rows: dict[str, list[Row]] = {
        period: [
            [
                one.kind,
                _name_of(one, names),
                exact(one.reported),
                *map(exact, (one.value, one.low, one.high)),
                ratio_text(one.value, one.reported),
            ]
            for one in found
        ]
        for period, found in sides.items()
    }
    return view(columns, rows, (1, 2, 3, 4))


def criteria_view(periods: Sequence[EstimatedPeriod]) -> dict[str, Any]:
    """Return every criterion of a period with its range and unit."""
    ends = ("Estimate", "Low", "High")
    numbers = map(_figure_column, ends)
    columns = (text_column("Criterion"), *numbers, text_column("Unit"), text_column("From"))
    rows: dict[str, list[Row]] = {
        period.period: [
            [NAMED, label, *_bounds(period.figure(each)), UNITS[each], source]
            for each, (label, source) in _CRITERIA.items()
        ]
        for period in periods
    }
    return view(columns, rows)


def coverage_view(bases: ByPeriod[Rested]) -> dict[str, Any]:
    """Return what the estimate rests on, with its share by rows and by value."""
    columns = (
        text_column("Rests on"),
        COUNT_COLUMN,
        {"label": "Share of rows", "type": "percent"},
        {"label": "On-demand value", "type": "money"},
        text_column("Currency"),
        {"label": "Share of value", "type": "percent"},
        _figure_column("Energy, kWh"),
        _figure_column("Estimate, kg CO₂e"),
    )
    rows = {period: _coverage_rows(found) for period, found in bases.items()}
    is_one_currency = len({one.currency for found in bases.values() for one in found}) == 1
    return view(columns, rows, (1, 3) if is_one_currency else (1,))


def idle_view(machines: ByPeriod[IdleMachine]) -> dict[str, Any]:
    """Return machines that did nothing for a part of their time, the heaviest first."""
    columns = (
        *map(text_column, ("Machine", "Account", "Region", "Model")),
        {"label": "Mean load", "type": "percent", "none": "none, or several"},
        _figure_column("Idle energy, kWh"),
        _figure_column("Idle, kg CO₂e"),
        {"label": "Idle share", "type": "percent"},
    )
    rows: dict[str, list[Row]] = {
        period: [
            [
                NAMED if one.resource else NONE,
                one.resource or "No resource id",
                _account(one.account, one.account_name),
                one.region,
                one.models,
                _rounded(one.load_percent, _SHARE_PLACES),
                exact(one.idle_energy_kwh),
                exact(one.idle_ghg),
                share_text(one.idle_ghg, one.ghg),
            ]
            for one in found
        ]
        for period, found in machines.items()
    }
    return view(columns, rows)


def resource_view(resources: ByPeriod[EstimatedResource]) -> dict[str, Any]:
    """Return the largest resources by estimate, with their models and what was allocated."""
    labels = ("Resource", "Account", "Region", "Service", "Rests on", "Model")
    columns = (
        *map(text_column, labels),
        _figure_column("Energy, kWh"),
        *_estimate_columns(),
        {**_REPORTED_COLUMN, "label": "Allocated LBM, kg CO₂e", "none": "nothing"},
    )
    rows: dict[str, list[Row]] = {
        period: [
            [
                NAMED,
                one.resource,
                _account(one.account, one.account_name),
                one.region,
                one.service,
                BASIS_LABELS.get(one.basis or "", one.basis),
                one.models,
                *map(exact, (one.energy_kwh, one.value, one.low, one.high, one.reported)),
            ]
            for one in found
        ]
        for period, found in resources.items()
    }
    return view(columns, rows)


def ratio_text(value: Decimal | None, reported: Decimal | None) -> str | None:
    """Return how many times AWS's figure the estimate is."""
    return _rounded(ratio(value, reported), _RATIO_PLACES)


def share_text(part: Decimal | None, whole: Decimal | None) -> str | None:
    """Return a part in per cent of a whole."""
    share = ratio(part, whole)
    return None if share is None else _rounded(share * _PERCENT, _SHARE_PLACES)


def covered_by_cost(period: EstimatedPeriod) -> Decimal | None:
    """Return the share of the on-demand value that has a physical model, 0 to 1."""
    costs = ("physical", "proxy", "carried", "unmodelled")
    amounts = [period.sums[f"{cost}_on_demand_cost"] or Decimal(0) for cost in costs]
    return ratio(amounts[0], sum(amounts, Decimal(0)))


def _card(span: EstimatedPeriod) -> dict[str, Any]:
    use, embodied = span.figure("ghg_use_kgco2e"), span.figure("ghg_embodied_kgco2e")
    reported = {part: span.sums[f"reported_{part}"] for part in ("use", "embodied", "total")}
    covered = covered_by_cost(span)
    return {
        "reported": {part: exact(amount) for part, amount in reported.items()},
        "estimated": {
            part: _bounds(figure)
            for part, figure in (("use", use), ("embodied", embodied), ("total", span.total))
        },
        "ratios": {
            "use": ratio_text(use.value, reported["use"]),
            "embodied": ratio_text(embodied.value, reported["embodied"]),
            "total": ratio_text(span.total.value, reported["total"]),
            "low": ratio_text(span.total.low, reported["total"]),
            "high": ratio_text(span.total.high, reported["total"]),
        },
        "byCost": None if covered is None else _rounded(covered * _PERCENT, _SHARE_PLACES),
        "byRows": share_text(Decimal(span.n_physical_rows), Decimal(span.n_rows)),
        "idle": exact(span.idle),
        "idleShare": share_text(span.idle, span.ghg_of_known_load),
        "knownLoadShare": share_text(span.ghg_of_known_load, span.total.value),
    }


def _coverage_rows(found: Sequence[Rested]) -> list[Row]:
    n_rows = sum(one.n_rows for one in found)
    value: dict[str | None, Decimal] = {}
    for one in found:
        value[one.currency] = value.get(one.currency, Decimal(0)) + one.on_demand_cost
    return [
        [
            NONE if one.basis in _WITHOUT_FIGURE else NAMED,
            BASIS_LABELS.get(one.basis, one.basis),
            one.n_rows,
            share_text(Decimal(one.n_rows), Decimal(n_rows)),
            exact(one.on_demand_cost),
            one.currency,
            share_text(one.on_demand_cost, value[one.currency]),
            exact(one.energy_kwh),
            exact(one.ghg),
        ]
        for one in found
    ]


def _name_of(one: Beside, names: Mapping[str, str]) -> str:
    if one.kind == REST:
        return f"Other ({one.n_names:,} smaller)"
    return _account(one.name, names.get(one.name)) if one.name else "Not given"


def _account(account: str, name: str | None) -> str:
    return f"{name} ({account})" if name else account


def _estimate_columns() -> tuple[dict[str, str], ...]:
    return tuple(
        _figure_column(label) for label in ("Estimate, kg CO₂e", "Low, kg CO₂e", "High, kg CO₂e")
    )


def _figure_column(label: str) -> dict[str, str]:
    return {"label": label, "type": "figure", "none": "no estimate"}


def _bounds(figure: Bounds) -> list[str | None]:
    return [exact(end) for end in (figure.value, figure.low, figure.high)]


def _rounded(amount: Decimal | None, places: int) -> str | None:
    return None if amount is None else exact(rounded(amount, places))
