"""Water of calendar years: what AWS withdrew, and beside it what we estimate. SQL in, rows out."""

from dataclasses import dataclass
from decimal import Decimal

from crossfoot.report.aggregates import ESTIMATED
from crossfoot.report.source import ReportSource


@dataclass(frozen=True, slots=True)
class WaterYear:
    """Both numbers of one year, never to be added; None where there is none. [m3].

    ``reported`` is withdrawal, of AWS's newest answer; ``n_vintages`` is how often the answer
    changed. ``site`` is what evaporates at the site, ``generation`` what power stations consume;
    both are of the ``n_months`` of the year that are published. ``is_spread`` says that the
    newest answer lies on months and resources.
    """

    year: str
    reported: Decimal
    model_version: str
    covered_until: str
    n_vintages: int
    is_spread: bool
    site: Decimal | None
    generation: Decimal | None
    n_months: int


def water_years(source: ReportSource) -> tuple[WaterYear, ...]:
    """Return every year that AWS reported water for, in order."""
    rows = source.rows(
        "WITH answers AS (SELECT water_year, record_id, max(recorded_at) AS recorded_at,"
        " sum(water_withdrawal_m3) AS reported, max(model_version) AS model_version,"
        " min(covered_until) AS covered_until FROM water_reported GROUP BY ALL),"
        " numbered AS (SELECT *, count(*) OVER (PARTITION BY water_year) AS n_vintages FROM answers"
        " QUALIFY row_number() OVER (PARTITION BY water_year"
        " ORDER BY recorded_at DESC, record_id) = 1),"
        " spread AS (SELECT water_record_id AS record_id, count(usage_period) > 0 AS is_spread"
        " FROM water_allocated GROUP BY ALL),"
        " ours AS (SELECT usage_period[1:4] AS water_year, sum(water_site_l) / 1000 AS site,"
        " sum(water_generation_l) / 1000 AS generation,"
        f" count(DISTINCT usage_period) AS n_months FROM {ESTIMATED} GROUP BY ALL)"
        " SELECT numbered.*, spread.is_spread, ours.site, ours.generation, ours.n_months"
        " FROM numbered LEFT JOIN spread USING (record_id) LEFT JOIN ours USING (water_year)"
        " ORDER BY water_year"
    )
    return tuple(
        WaterYear(
            year=row["water_year"],
            reported=row["reported"],
            model_version=row["model_version"],
            covered_until=f"{row['covered_until']:%Y-%m-%d}",
            n_vintages=row["n_vintages"],
            is_spread=bool(row["is_spread"]),
            site=_cubic_metres(row["site"]),
            generation=_cubic_metres(row["generation"]),
            n_months=row["n_months"] or 0,
        )
        for row in rows
    )


def _cubic_metres(estimate: Decimal | float | None) -> Decimal | None:
    return None if estimate is None else Decimal(estimate).quantize(Decimal("1e-12"))
