"""Forecasts and targets as records: their rows, their ids, and what was kept last."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Any, Final

from crossfoot.domain.columns import Table
from crossfoot.domain.errors import InvalidAmountError
from crossfoot.domain.forecasts import FORECASTS
from crossfoot.domain.targets import TARGETS, KeptBase
from crossfoot.domain.units import DECIMAL_SCALE, LARGEST_AMOUNT
from crossfoot.engine.forecast import NoProjection
from crossfoot.usecases.forecast_years import ForecastLine, Forecasts
from crossfoot.usecases.judge_targets import Judgement, TargetStanding, YearOutlook

type Row = dict[str, Any]

LAST_BASES: Final = (
    "SELECT target_id, base_exact, recorded_at FROM targets WHERE base_exact IS NOT NULL "
    "ORDER BY recorded_at, record_id"
)
"""Athena and DuckDB both read it; the last row of a target counts."""

_PREFIXES: Final = {FORECASTS.name: "f", TARGETS.name: "t"}
_DIGITS: Final = 6


def newest_query(table: Table) -> str:
    """Return SQL for the id of the record kept last, which Athena and DuckDB both read."""
    return f"SELECT record_id FROM {table.name} ORDER BY recorded_at DESC, record_id DESC LIMIT 1"


def next_record_id(table: Table, rows: Sequence[Row], newest: str | None) -> str:
    """Return the id under which rows are kept: the newest one's again where it says the same.

    Ids are counted, so that a figure that comes back is a record of its own.
    """
    content = json.dumps(rows, sort_keys=True, default=str)
    digest = sha256(content.encode()).hexdigest()[:32]
    if newest is not None and newest.endswith(f"-{digest}"):
        return newest
    number = 0 if newest is None else int(newest.split("-")[1])
    return f"{_PREFIXES[table.name]}-{number + 1:0{_DIGITS}d}-{digest}"


def kept_bases(rows: Sequence[Mapping[str, Any]]) -> dict[str, KeptBase]:
    """Return the last base of each target from the rows of ``LAST_BASES``."""
    return {
        row["target_id"]: KeptBase(Fraction(row["base_exact"]), row["recorded_at"]) for row in rows
    }


def forecast_rows(found: Forecasts) -> list[Row]:
    """Return forecasts as rows of ``forecasts``.

    Raises
    ------
    InvalidAmountError
        A forecast grows beyond what the columns hold.
    """
    return [_forecast(line) for line in found.lines]


def target_rows(found: Judgement) -> list[Row]:
    """Return targets as rows of ``targets``, one for each year looked at."""
    return [_target(each, year) for each in found.standings for year in each.years]


def _forecast(line: ForecastLine) -> Row:
    told = line.projection
    who = {"usage_account_id": line.account, "measure": str(line.measure), "year": line.year}
    if isinstance(told, NoProjection):
        return {**who, "reason": told.reason}
    return {
        **who,
        "forecast_kgco2e": _kilograms(told.amount),
        "low_kgco2e": _kilograms(told.low),
        "high_kgco2e": _kilograms(told.high),
        "published_kgco2e": _kilograms(told.published),
        "forecast_method": str(told.method),
        "known_to": told.known_to.text,
        "n_learnt": told.n_learnt,
        "n_replays": told.n_replays,
    }


def _target(each: TargetStanding, year: YearOutlook) -> Row:
    target, outcome = each.target, year.outcome
    scale = target.selection.scale
    return {
        "target_id": target.target_id,
        "target_name": target.name,
        "measure": str(target.selection.figure),
        "unit": target.unit,
        "path": str(target.path),
        "base_year": each.base_year,
        "target_year": each.target_year,
        "year": year.year,
        "base_exact": None if each.base is None else str(each.base),
        "base_amount": plain(each.base, scale),
        "allowance": plain(year.allowance, scale),
        "forecast": None if outcome is None else plain(outcome.amount, scale),
        "low": None if outcome is None else plain(outcome.low, scale),
        "high": None if outcome is None else plain(outcome.high, scale),
        "miss_probability": None if outcome is None else outcome.chance_above,
        "forecast_method": None if year.method is None else str(year.method),
        "known_to": None if each.known_to is None else each.known_to.text,
        "reason": year.reason,
    }


def plain(amount: Fraction | None, scale: int) -> float | None:
    """Return an amount of smallest units in the unit of its column."""
    return None if amount is None else float(amount / 10**scale)


def _kilograms(amount_ug: int | None) -> Decimal | None:
    if amount_ug is None:
        return None
    if abs(amount_ug) > LARGEST_AMOUNT:
        raise InvalidAmountError(
            "a forecast grows beyond what the columns hold.",
            mend="Look for a month that is beyond all measure.",
        )
    return Decimal(amount_ug).scaleb(-DECIMAL_SCALE)
