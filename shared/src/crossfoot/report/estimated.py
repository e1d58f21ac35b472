"""What the report says of the estimate: beside AWS's figures, never in them. SQL in, rows out.

Estimated masses are use and embodied together unless a name says which. Low and high are plain
sums over rows, as if every factor were off to the same side: an outer bound. [kg CO2e]
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from crossfoot.domain.columns import IMPACTS
from crossfoot.domain.impacts import BOUNDS, Basis
from crossfoot.report.aggregates import ALL_PERIODS, ESTIMATED, PUBLISHED, added
from crossfoot.report.breakdowns import NAMED, REST, ByPeriod, by_period
from crossfoot.report.source import ReportSource

TOP_ACCOUNTS: Final = 12
TOP_MACHINES: Final = 20
TOP_ESTIMATED: Final = 20
ALL_NAMES: Final = 1000

_SUMMED: Final = tuple(
    column.name
    for column in IMPACTS.columns
    if column.athena_type.startswith("decimal") and column.name != "cpu_load_percent"
)
_REPORTED: Final = ("reported_use", "reported_embodied", "reported_total")


@dataclass(frozen=True, slots=True)
class Bounds:
    """An estimated figure with its range; ``None`` where nothing was estimated."""

    value: Decimal | None
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True, slots=True)
class EstimatedPeriod:
    """Both sides of one period that has an estimate, and what the estimate rests on.

    ``sums`` holds each amount of ``impacts`` by its column, and AWS's location-based Scope 1 and 2,
    Scope 3 and total. ``ghg_of_known_load`` is of machines whose load was measured: what
    ``idle`` is a part of.
    """

    period: str
    n_rows: int
    n_physical_rows: int
    ghg_of_known_load: Decimal | None
    sums: Mapping[str, Decimal | None]

    def figure(self, criterion: str) -> Bounds:
        """Return a criterion by its column, such as ``energy_kwh``."""
        return Bounds(*(self.sums[f"{criterion}{bound}"] for bound in BOUNDS))

    @property
    def total(self) -> Bounds:
        """Greenhouse gases of use and hardware together."""
        use, embodied = self.figure("ghg_use_kgco2e"), self.figure("ghg_embodied_kgco2e")
        return Bounds(
            added((use.value, embodied.value)),
            added((use.low, embodied.low)),
            added((use.high, embodied.high)),
        )

    @property
    def idle(self) -> Decimal | None:
        """Greenhouse gases of machines that ran and did nothing, hardware included."""
        return added((self.sums["idle_ghg_use_kgco2e"], self.sums["idle_ghg_embodied_kgco2e"]))


@dataclass(frozen=True, slots=True)
class Beside:
    """One name with both sides: AWS's location-based total, and the estimate. [kg CO2e]."""

    kind: str
    name: str | None
    n_names: int
    reported: Decimal | None
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True, slots=True)
class Rested:
    """What a part of the estimate rests on: its rows and its value. [currency], [kg CO2e]."""

    basis: str
    currency: str | None
    n_rows: int
    on_demand_cost: Decimal
    energy_kwh: Decimal | None
    ghg: Decimal | None


@dataclass(frozen=True, slots=True)
class IdleMachine:
    """A machine with a measured load, and what it took while it did nothing. [kg CO2e]."""

    account: str
    account_name: str | None
    region: str
    resource: str | None
    models: str | None
    load_percent: Decimal | None
    idle_energy_kwh: Decimal | None
    idle_ghg: Decimal | None
    ghg: Decimal | None


@dataclass(frozen=True, slots=True)
class EstimatedResource:
    """One of the largest resources by estimate, with what was allocated to it. [kg CO2e]."""

    account: str
    account_name: str | None
    region: str
    service: str | None
    resource: str | None
    basis: str | None
    models: str | None
    energy_kwh: Decimal | None
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    reported: Decimal | None


_GHG: Final = {
    "value": "(ghg_use_kgco2e + ghg_embodied_kgco2e)",
    "low": "(ghg_use_kgco2e_low + ghg_embodied_kgco2e_low)",
    "high": "(ghg_use_kgco2e_high + ghg_embodied_kgco2e_high)",
}
_PHYSICAL: Final = ", ".join(f"'{basis.text}'" for basis in Basis if basis.is_physical)
_ESTIMATED_PERIODS: Final = "usage_period IN (SELECT DISTINCT usage_period FROM impacts)"
_KEY: Final = "usage_account_id AS account, region_code AS region, resource_id AS resource"


def estimated_periods(source: ReportSource) -> tuple[EstimatedPeriod, ...]:
    """Return every period that has an estimate, as time goes; none in an older warehouse."""
    sums = ", ".join(f"sum({name}) AS {name}" for name in _SUMMED)
    estimated = source.rows(
        f"SELECT usage_period AS period, count(*) AS n_rows, {sums},"
        f" count(*) FILTER (WHERE estimate_basis IN ({_PHYSICAL})) AS n_physical_rows,"
        f" sum({_GHG['value']}) FILTER (WHERE idle_ghg_use_kgco2e IS NOT NULL) AS known_load"
        f" FROM {ESTIMATED} GROUP BY usage_period ORDER BY usage_period"
    )
    reported = source.rows(
        "SELECT usage_period AS period, sum(scope_1_kgco2e + scope_2_lbm_kgco2e) AS reported_use,"
        " sum(scope_3_lbm_kgco2e) AS reported_embodied, sum(total_lbm_kgco2e) AS reported_total"
        f" FROM emissions WHERE {PUBLISHED} AND {_ESTIMATED_PERIODS} GROUP BY usage_period"
    )
    known = {row["period"]: row for row in reported}
    return tuple(_period_of(row, known.get(row["period"], {})) for row in estimated)


def span_of(periods: Sequence[EstimatedPeriod]) -> EstimatedPeriod:
    """Return all periods that have an estimate as one, under the name of the whole span.

    What AWS did not report in one of them, as scopes of old months, is not reported of the span:
    else fewer months of one side would stand beside more of the other.
    """
    reported = {
        name: None if None in parts else added(parts)
        for name in _REPORTED
        for parts in [[each.sums[name] for each in periods]]
    }
    return EstimatedPeriod(
        period=ALL_PERIODS,
        n_rows=sum(each.n_rows for each in periods),
        n_physical_rows=sum(each.n_physical_rows for each in periods),
        ghg_of_known_load=added(each.ghg_of_known_load for each in periods),
        sums={name: added(each.sums[name] for each in periods) for name in _SUMMED} | reported,
    )


def ratio(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """Return a part of a whole, or ``None`` where there is nothing to compare with."""
    return None if part is None or whole is None or whole <= 0 else part / whole


def beside_by(source: ReportSource, column: str, top: int = ALL_NAMES) -> ByPeriod[Beside]:
    """Return both sides by a column of both tables, the largest first.

    Periods without an estimate are left out on both sides, so that a sum over periods compares
    the same months.
    """
    ends = ", ".join(f"sum({end}) AS {end}" for end in ("reported", "value", "low", "high"))
    weight = "greatest(coalesce(reported, 0), coalesce(value, 0))"
    rows = source.rows(
        f"WITH base AS MATERIALIZED (SELECT period, name, {ends} FROM ("
        f" SELECT usage_period AS period, {column} AS name, sum(total_lbm_kgco2e) AS reported,"
        " NULL AS value, NULL AS low, NULL AS high FROM emissions"
        f" WHERE {PUBLISHED} AND {_ESTIMATED_PERIODS} GROUP BY ALL"
        f" UNION ALL SELECT usage_period, {column}, NULL, sum({_GHG['value']}),"
        f" sum({_GHG['low']}), sum({_GHG['high']}) FROM {ESTIMATED} GROUP BY ALL) GROUP BY ALL),"
        f" both_spans AS (SELECT * FROM base UNION ALL SELECT '{ALL_PERIODS}', name, {ends}"
        " FROM base GROUP BY ALL),"
        " placed AS (SELECT *, row_number() OVER (PARTITION BY period ORDER BY"
        f" {weight} DESC, name) <= {top} AS is_kept FROM both_spans),"
        f" shown AS (SELECT period, CASE WHEN is_kept THEN '{NAMED}' ELSE '{REST}' END AS kind,"
        f" CASE WHEN is_kept THEN name END AS name, count(*) AS n_names, {ends} FROM placed"
        " GROUP BY ALL)"
        f" SELECT * FROM shown ORDER BY period, kind = '{REST}', {weight} DESC, name"
    )
    return by_period(rows, Beside)


def account_names(source: ReportSource) -> Mapping[str, str]:
    """Return what people call the accounts, where it is known."""
    rows = source.rows(
        f"SELECT usage_account_id AS account, max(account_name) AS name FROM {ESTIMATED}"
        " WHERE account_name IS NOT NULL GROUP BY usage_account_id"
    )
    return {row["account"]: row["name"] for row in rows}


def rested_on(source: ReportSource) -> ByPeriod[Rested]:
    """Return what the estimate rests on, by basis and currency."""
    costs = " + ".join(
        f"coalesce({name}_on_demand_cost, 0)"
        for name in ("physical", "proxy", "carried", "unmodelled")
    )
    sums = ("n_rows", "on_demand_cost", "energy_kwh", "ghg")
    again = ", ".join(f"sum({name}) AS {name}" for name in sums)
    rows = source.rows(
        "WITH base AS MATERIALIZED (SELECT usage_period AS period, estimate_basis AS basis,"
        f" currency_code AS currency, count(*) AS n_rows, sum({costs}) AS on_demand_cost,"
        f" sum(energy_kwh) AS energy_kwh, sum({_GHG['value']}) AS ghg"
        f" FROM {ESTIMATED} GROUP BY ALL)"
        f" SELECT * FROM base UNION ALL SELECT '{ALL_PERIODS}', basis, currency, {again} FROM base"
        " GROUP BY ALL ORDER BY period, on_demand_cost DESC, basis, currency"
    )
    return by_period(rows, Rested)


def idle_machines(source: ReportSource, periods: Iterable[str]) -> ByPeriod[IdleMachine]:
    """Return the machines whose idle part weighs most. A query a period bounds the memory."""
    idle = "(idle_ghg_use_kgco2e + idle_ghg_embodied_kgco2e)"
    select = (
        f"SELECT {_KEY}, max(account_name) AS account_name, max(estimate_models) AS models,"
        " CASE WHEN count(DISTINCT cpu_load_percent) = 1 THEN max(cpu_load_percent) END"
        f" AS load_percent, sum(idle_energy_kwh) AS idle_energy_kwh, sum({idle}) AS idle_ghg,"
        f" sum({_GHG['value']}) AS ghg FROM {ESTIMATED} WHERE {idle} > 0%s GROUP BY ALL"
        f" ORDER BY idle_ghg DESC, account, resource, region LIMIT {TOP_MACHINES}"
    )
    return {
        period: tuple(IdleMachine(**row) for row in _of_period(source, select, period))
        for period in periods
    }


def largest(source: ReportSource, periods: Iterable[str]) -> ByPeriod[EstimatedResource]:
    """Return the largest resources by estimate, with what was allocated to them."""
    key = f"{_KEY}, service_code AS service"
    select = (
        f"WITH top AS (SELECT {key}, max(account_name) AS account_name, CASE WHEN"
        " min(estimate_basis) = max(estimate_basis) THEN max(estimate_basis) ELSE 'several' END"
        " AS basis, CASE WHEN min(estimate_models) = max(estimate_models) THEN"
        " max(estimate_models) ELSE min(estimate_models) || ', ' || max(estimate_models) END AS"
        f" models, sum(energy_kwh) AS energy_kwh, sum({_GHG['value']}) AS value,"
        f" sum({_GHG['low']}) AS low, sum({_GHG['high']}) AS high FROM {ESTIMATED}"
        " WHERE resource_id IS NOT NULL%s GROUP BY ALL"
        f" ORDER BY value DESC NULLS LAST, account, resource, region, service LIMIT"
        f" {TOP_ESTIMATED}), placed AS (SELECT {key}, sum(total_lbm_kgco2e) AS reported"
        f" FROM emissions WHERE {PUBLISHED} AND {_ESTIMATED_PERIODS} AND resource_id IN"
        " (SELECT resource FROM top)%s GROUP BY ALL)"
        " SELECT top.*, placed.reported FROM top LEFT JOIN placed ON placed.account = top.account"
        " AND placed.region = top.region AND placed.resource = top.resource"
        " AND placed.service IS NOT DISTINCT FROM top.service"
        " ORDER BY value DESC NULLS LAST, account, resource, region, service"
    )
    return {
        period: tuple(EstimatedResource(**row) for row in _of_period(source, select, period))
        for period in periods
    }


def _of_period(source: ReportSource, select: str, period: str) -> list[dict[str, Any]]:
    """Run a query for one period, or for all; ``%s`` marks where the period is asked for."""
    n_places = select.count("%s")
    if period == ALL_PERIODS:
        return source.rows(select.replace("%s", ""))
    return source.rows(select.replace("%s", " AND usage_period = ?"), (period,) * n_places)


def _period_of(estimated: dict[str, Any], reported: dict[str, Any]) -> EstimatedPeriod:
    sums = {name: estimated[name] for name in _SUMMED}
    return EstimatedPeriod(
        period=estimated["period"],
        n_rows=int(estimated["n_rows"]),
        n_physical_rows=int(estimated["n_physical_rows"]),
        ghg_of_known_load=estimated["known_load"],
        sums=sums | {name: reported.get(name) for name in _REPORTED},
    )
