"""What the report says of each period: totals, proof, vintages, money. SQL in, dataclasses out.

Nothing here is pulled by resource: each answer has a row per period, check or kind of line.
Masses stay the exact decimals of the warehouse. [kg CO2e]
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from crossfoot.domain.measures import MEASURES, column_of
from crossfoot.domain.period import UsagePeriod
from crossfoot.report.source import ReportSource

ALL_PERIODS: Final = "all"
BASES: Final = ("lbm", "mbm")

PUBLISHED: Final = "status = 'published'"
"""A nowcast is an estimate: it is listed on its own and in no total."""

ESTIMATED: Final = (
    "(SELECT * FROM impacts WHERE usage_period IN"
    f" (SELECT usage_period FROM emissions WHERE {PUBLISHED} GROUP BY usage_period))"
)
"""The estimate of the months that AWS has published, so that both sides are of the same months."""


@dataclass(frozen=True, slots=True)
class BasisTotals:
    """One series, location-based or market-based, of one period. [kg CO2e].

    ``unsplit`` is the part of the total whose rows came without scopes. ``None`` says that AWS
    reported nothing, which is not zero.
    """

    scope_1: Decimal | None
    scope_2: Decimal | None
    scope_3: Decimal | None
    unsplit: Decimal | None
    total: Decimal | None


@dataclass(frozen=True, slots=True)
class PeriodTotals:
    """The published figures of one period, in both series, and how many rows carry them."""

    period: str
    lbm: BasisTotals
    mbm: BasisTotals
    n_rows: int
    n_accounts: int

    def of(self, basis: str) -> BasisTotals:
        """Return the series of a basis, ``lbm`` or ``mbm``."""
        return self.lbm if basis == "lbm" else self.mbm


@dataclass(frozen=True, slots=True)
class ProofLine:
    """All checks of one name and measure in one period, both sides summed. [unit]."""

    period: str
    check_name: str
    measure: str
    unit: str
    n_checks: int
    n_proven: int
    expected: Decimal
    actual: Decimal
    difference: Decimal


@dataclass(frozen=True, slots=True)
class LineType:
    """Usage lines of one type and billing entity in one period, with their money."""

    period: str
    line_item_type: str
    billing_entity: str
    is_included: bool
    reason: str
    currency: str
    n_lines: int
    on_demand_cost: Decimal | None
    unblended_cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Vintage:
    """One delivery of one period by AWS, as it was reported then. [kg CO2e]."""

    period: str
    delivery_id: str
    model_version: str
    delivered_at: str
    n_rows: int
    total_lbm: Decimal | None
    total_mbm: Decimal | None


@dataclass(frozen=True, slots=True)
class Restatement:
    """A published period that was published again: totals of the rows that changed. [kg CO2e]."""

    period: str
    restated_at: str
    cause: str
    previous_model_version: str
    model_version: str
    measure: str
    n_rows: int
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True, slots=True)
class PublishedRun:
    """The run behind a published period."""

    period: str
    run_id: str
    model_version: str
    method: str
    n_rows: int


@dataclass(frozen=True, slots=True)
class Nowcast:
    """The estimate of a period that AWS has not reported yet, and its 90 % range. [kg CO2e].

    ``learnt`` and ``made_at`` say from which months and when; ``is_running`` that the period was
    not over then. Without a record of it only the totals are known.
    """

    period: str
    total_lbm: Decimal | None
    total_mbm: Decimal | None
    range_lbm: tuple[Decimal | None, Decimal | None] = (None, None)
    range_mbm: tuple[Decimal | None, Decimal | None] = (None, None)
    learnt: str = ""
    made_at: str = ""
    is_running: bool = False


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything that the report says by period."""

    totals: tuple[PeriodTotals, ...]
    proof: tuple[ProofLine, ...]
    lines: tuple[LineType, ...]
    vintages: tuple[Vintage, ...]
    restatements: tuple[Restatement, ...]
    runs: tuple[PublishedRun, ...]
    nowcasts: tuple[Nowcast, ...]

    @property
    def periods(self) -> tuple[str, ...]:
        """Published periods, as time goes."""
        return tuple(total.period for total in self.totals)


def read_ledger(source: ReportSource) -> Ledger:
    """Ask for everything that the report says by period."""
    return Ledger(
        totals=_totals(source),
        proof=_proof(source),
        lines=_lines(source),
        vintages=_vintages(source),
        restatements=_restatements(source),
        runs=_runs(source),
        nowcasts=_nowcasts(source),
    )


def span_totals(totals: Sequence[PeriodTotals], basis: str) -> BasisTotals:
    """Return the sum over all periods of one series; a part that no period has stays ``None``."""
    parts = [total.of(basis) for total in totals]
    return BasisTotals(
        scope_1=added(part.scope_1 for part in parts),
        scope_2=added(part.scope_2 for part in parts),
        scope_3=added(part.scope_3 for part in parts),
        unsplit=added(part.unsplit for part in parts),
        total=added(part.total for part in parts),
    )


def added(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum of what is there, or ``None`` where nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def missing_months(periods: Sequence[str]) -> tuple[str, ...]:
    """Return the months between the first and the last one that have no figure.

    A month inside a year that was reported as a whole is not missing.
    """
    known = [UsagePeriod(period) for period in periods]
    months = [period for period in known if period.is_month]
    years = {period.year for period in known if not period.is_month}
    if not months:
        return ()
    expected = []
    month = months[0]
    while month < months[-1]:
        expected.append(month)
        month = UsagePeriod.containing(month.end)
    return tuple(m.text for m in expected if m not in known and m.year not in years)


def _totals(source: ReportSource) -> tuple[PeriodTotals, ...]:
    sums = ", ".join(f"sum({column_of(m)}) AS {m.value}" for m in MEASURES)
    unsplit = ", ".join(_unsplit_sql(basis) for basis in BASES)
    rows = source.rows(
        f"SELECT usage_period, {sums}, {unsplit}, count(*) AS n_rows,"
        " count(DISTINCT usage_account_id) AS n_accounts"
        f" FROM emissions WHERE {PUBLISHED} GROUP BY usage_period ORDER BY usage_period"
    )
    return tuple(
        PeriodTotals(
            row["usage_period"],
            _basis_of(row, "lbm"),
            _basis_of(row, "mbm"),
            int(row["n_rows"]),
            int(row["n_accounts"]),
        )
        for row in rows
    )


def _unsplit_sql(basis: str) -> str:
    parts = ("scope_1_kgco2e", f"scope_2_{basis}_kgco2e", f"scope_3_{basis}_kgco2e")
    known = " - ".join(f"coalesce({part}, 0)" for part in parts)
    lacking = " OR ".join(f"{part} IS NULL" for part in parts)
    return f"sum(total_{basis}_kgco2e - {known}) FILTER (WHERE {lacking}) AS unsplit_{basis}"


def _basis_of(row: dict[str, Any], basis: str) -> BasisTotals:
    return BasisTotals(
        scope_1=row["scope_1"],
        scope_2=row[f"scope_2_{basis}"],
        scope_3=row[f"scope_3_{basis}"],
        unsplit=row[f"unsplit_{basis}"],
        total=row[f"total_{basis}"],
    )


def _proof(source: ReportSource) -> tuple[ProofLine, ...]:
    rows = source.rows(
        "SELECT usage_period, check_name, measure, unit, count(*) AS n_checks,"
        " count(*) FILTER (WHERE is_proven) AS n_proven, sum(expected_amount) AS expected,"
        " sum(actual_amount) AS actual, sum(difference) AS difference"
        " FROM reconciliation GROUP BY usage_period, check_name, measure, unit"
        " ORDER BY usage_period, check_name, measure, unit"
    )
    return tuple(
        ProofLine(
            row["usage_period"],
            row["check_name"],
            row["measure"],
            row["unit"],
            int(row["n_checks"]),
            int(row["n_proven"]),
            row["expected"],
            row["actual"],
            row["difference"],
        )
        for row in rows
    )


def _lines(source: ReportSource) -> tuple[LineType, ...]:
    rows = source.rows(
        "SELECT usage_period, line_item_type, billing_entity, is_included, reason, currency_code,"
        " sum(line_count) AS n_lines, sum(on_demand_cost) AS on_demand_cost,"
        " sum(unblended_cost) AS unblended_cost FROM usage_lines GROUP BY ALL"
        " ORDER BY usage_period, is_included DESC, line_item_type, billing_entity, reason"
    )
    return tuple(
        LineType(
            row["usage_period"],
            _text(row["line_item_type"]),
            _text(row["billing_entity"]),
            bool(row["is_included"]),
            _text(row["reason"]),
            _text(row["currency_code"]),
            int(row["n_lines"] or 0),
            row["on_demand_cost"],
            row["unblended_cost"],
        )
        for row in rows
    )


def _vintages(source: ReportSource) -> tuple[Vintage, ...]:
    rows = source.rows(
        "SELECT usage_period, delivery_id, model_version, delivered_at, count(*) AS n_rows,"
        " sum(total_lbm_kgco2e) AS total_lbm, sum(total_mbm_kgco2e) AS total_mbm"
        " FROM carbon_reported GROUP BY usage_period, delivery_id, model_version, delivered_at"
        " ORDER BY usage_period, delivered_at, delivery_id"
    )
    return tuple(
        Vintage(
            row["usage_period"],
            row["delivery_id"],
            row["model_version"],
            _instant(row["delivered_at"]),
            int(row["n_rows"]),
            row["total_lbm"],
            row["total_mbm"],
        )
        for row in rows
    )


def _restatements(source: ReportSource) -> tuple[Restatement, ...]:
    rows = source.rows(
        "SELECT usage_period, restated_at, cause, previous_model_version, model_version, measure,"
        " count(*) AS n_rows, sum(before_kgco2e) AS before, sum(after_kgco2e) AS after"
        " FROM restatements WHERE measure IN ('total_lbm', 'total_mbm')"
        " GROUP BY usage_period, restated_at, cause, previous_model_version, model_version, measure"
        " ORDER BY usage_period, restated_at, measure, cause"
    )
    return tuple(
        Restatement(
            row["usage_period"],
            _instant(row["restated_at"]),
            _text(row["cause"]),
            _text(row["previous_model_version"]),
            _text(row["model_version"]),
            row["measure"],
            int(row["n_rows"]),
            row["before"],
            row["after"],
        )
        for row in rows
    )


def _runs(source: ReportSource) -> tuple[PublishedRun, ...]:
    rows = source.rows(
        "SELECT usage_period, run_id, model_version, allocation_method, count(*) AS n_rows"
        f" FROM emissions WHERE {PUBLISHED}"
        " GROUP BY usage_period, run_id, model_version, allocation_method"
        " ORDER BY usage_period, run_id, model_version, allocation_method"
    )
    return tuple(
        PublishedRun(
            row["usage_period"],
            row["run_id"],
            _text(row["model_version"]),
            row["allocation_method"],
            int(row["n_rows"]),
        )
        for row in rows
    )


def _nowcasts(source: ReportSource) -> tuple[Nowcast, ...]:
    """Return what is told of silent periods; the record that was kept last has the range."""
    rows = source.rows(
        "WITH told AS (SELECT * FROM nowcasts WHERE grain = 'organisation' QUALIFY row_number()"
        " OVER (PARTITION BY usage_period ORDER BY recorded_at DESC, record_id) = 1),"
        " placed AS (SELECT usage_period, sum(total_lbm_kgco2e) AS total_lbm,"
        f" sum(total_mbm_kgco2e) AS total_mbm FROM emissions WHERE NOT ({PUBLISHED})"
        " GROUP BY usage_period)"
        " SELECT * FROM placed LEFT JOIN told USING (usage_period) ORDER BY usage_period"
    )
    return tuple(
        Nowcast(
            row["usage_period"],
            row["total_lbm"],
            row["total_mbm"],
            (row["total_lbm_low_kgco2e"], row["total_lbm_high_kgco2e"]),
            (row["total_mbm_low_kgco2e"], row["total_mbm_high_kgco2e"]),
            "" if row["learnt_from"] is None else f"{row['learnt_from']} to {row['learnt_to']}",
            _instant(row["recorded_at"]),
            bool(row["is_running"]),
        )
        for row in rows
    )


def _instant(value: datetime | None) -> str:
    return "not recorded" if value is None else f"{value:%Y-%m-%d %H:%M} UTC"


def _text(value: object) -> str:
    return "not given" if value is None or value == "" else str(value)
