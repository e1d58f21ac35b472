"""Nowcasts as rows of ``nowcasts``, and back."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crossfoot.adapters.arrow_decimals import decimal_from_int64, int64_from_decimal
from crossfoot.domain.cells import texts
from crossfoot.domain.measures import MEASURES, TOTALS, column_of
from crossfoot.domain.nowcasts import CellNames, Grain, NowcastLevel
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.told_months import TOLD_GRAINS, ToldFigures, ToldMonth
from crossfoot.domain.units import BoolArray, Int64Array
from crossfoot.domain.versions import ModelVersion

_NAMES: Final = {
    "usage_account_id": "account",
    "region_code": "region",
    "carbon_service": "service",
}
_LEVELS: Final = {level.text: level.value for level in NowcastLevel}


def told_rows(told: ToldMonth) -> pa.Table:
    """Return the rows of ``nowcasts`` without the two columns that every record has."""
    return pa.concat_tables([_rows(told, grain) for grain in TOLD_GRAINS])


def told_month_in(table: pa.Table) -> ToldMonth:
    """Return the nowcast that ``told_rows`` wrote; other columns do not matter."""
    ((whole),) = table.filter(pc.equal(table["grain"], Grain.ORGANISATION.value)).to_pylist()
    parts = {
        grain: table.filter(pc.equal(table["grain"], grain.value)).combine_chunks()
        for grain in TOLD_GRAINS
    }
    levels = parts[Grain.CELL]["nowcast_level"].to_pylist()
    return ToldMonth(
        usage_period=UsagePeriod(whole["usage_period"]),
        model_version=ModelVersion(whole["model_version"]),
        payer_account_id=whole["payer_account_id"],
        learnt_from=UsagePeriod(whole["learnt_from"]),
        learnt_to=UsagePeriod(whole["learnt_to"]),
        horizon=whole["horizon"],
        is_running=whole["is_running"],
        level=np.array([_LEVELS[level] for level in levels], np.int64),
        unknown_cost_nano=int(whole["unknown_on_demand_cost"].scaleb(9)),
        figures={grain: _figures(part) for grain, part in parts.items()},
    )


def _rows(told: ToldMonth, grain: Grain) -> pa.Table:
    figures = told.figures[grain]
    n_rows = len(figures.names)
    levels: list[str | None] = [None] * n_rows
    if grain is Grain.CELL:
        levels = [NowcastLevel(code).text for code in told.level.tolist()]
    unknown = np.full(n_rows, told.unknown_cost_nano, np.int64)
    return pa.table(
        {
            **{name: pa.repeat(pa.scalar(said), n_rows) for name, said in _said(told).items()},
            "grain": pa.repeat(grain.value, n_rows),
            **{
                column: pa.array(getattr(figures.names, name).tolist(), pa.string())
                for column, name in _NAMES.items()
            },
            "nowcast_level": pa.array(levels, pa.string()),
            **_masses(figures),
            "unknown_on_demand_cost": decimal_from_int64(
                unknown, np.full(n_rows, grain is not Grain.ORGANISATION)
            ),
        }
    )


def _said(told: ToldMonth) -> Mapping[str, Any]:
    return {
        "usage_period": told.usage_period.text,
        "model_version": told.model_version.text,
        "payer_account_id": told.payer_account_id,
        "learnt_from": told.learnt_from.text,
        "learnt_to": told.learnt_to.text,
        "horizon": told.horizon,
        "is_running": told.is_running,
    }


def _masses(figures: ToldFigures) -> dict[str, pa.Array]:
    columns = {
        column_of(measure): decimal_from_int64(
            np.ascontiguousarray(figures.amount_ug[at]), ~figures.is_figure[at]
        )
        for at, measure in enumerate(MEASURES)
    }
    for at, total in enumerate(TOTALS):
        for end, bound in (("low", figures.low_ug), ("high", figures.high_ug)):
            columns[f"{total}_{end}_kgco2e"] = decimal_from_int64(
                np.ascontiguousarray(bound[at]), ~figures.has_range[at]
            )
    return columns


def _figures(table: pa.Table) -> ToldFigures:
    low, high = (
        [_amounts(table, f"{total}_{end}_kgco2e") for total in TOTALS] for end in ("low", "high")
    )
    amounts = [_amounts(table, column_of(measure)) for measure in MEASURES]
    return ToldFigures(
        names=CellNames(*(texts(table[column].to_pylist()) for column in _NAMES)),
        amount_ug=np.stack([amount for amount, _ in amounts]),
        is_figure=np.stack([is_known for _, is_known in amounts]),
        low_ug=np.stack([bound for bound, _ in low]),
        high_ug=np.stack([bound for bound, _ in high]),
        has_range=np.stack([is_known for _, is_known in low]),
    )


def _amounts(table: pa.Table, column: str) -> tuple[Int64Array, BoolArray]:
    is_known = np.asarray(table[column].is_valid()).astype(np.bool_)
    return np.where(is_known, int64_from_decimal(table[column]), 0), is_known
