"""Errors of a nowcast as rows of ``nowcast_errors``: one row a measure."""

from datetime import datetime

import numpy as np
import pyarrow as pa

from crossfoot.adapters.arrow_decimals import decimal_from_int64
from crossfoot.domain.measures import MEASURES, TOTALS, Measure
from crossfoot.domain.nowcasts import Grain
from crossfoot.domain.tables import CarbonDelivery
from crossfoot.domain.told_months import ToldMonth
from crossfoot.domain.units import BoolArray
from crossfoot.usecases.nowcast_errors import ComparedFigures


def error_rows(
    nowcast_id: str,
    told_at: datetime,
    told: ToldMonth,
    first: CarbonDelivery,
    grain: Grain,
    compared: ComparedFigures,
) -> pa.Table:
    """Return the rows of one grain without the two columns that every record has.

    A row that neither side has a figure for is left out.
    """
    said = {
        "usage_period": told.usage_period.text,
        "grain": grain.value,
        "nowcast_id": nowcast_id,
        "told_at": pa.scalar(told_at, pa.timestamp("us", tz="UTC")),
        "horizon": told.horizon,
        "is_running": told.is_running,
        "told_model_version": told.model_version.text,
        "delivery_id": first.delivery_id,
        "model_version": first.model_version.text,
    }
    parts = [_of_measure(compared, measure) for measure in MEASURES]
    rows = pa.concat_tables(parts)
    return pa.table(
        {
            **{name: pa.repeat(pa.scalar(value), rows.num_rows) for name, value in said.items()},
            **{name: rows[name] for name in rows.column_names},
        }
    )


def _of_measure(compared: ComparedFigures, measure: Measure) -> pa.Table:
    told, at = compared.told, MEASURES.index(measure)
    is_told, is_published = told.is_figure[at], compared.is_published[at]
    has_both = is_told & is_published
    error_ug = told.amount_ug[at] - compared.published_ug[at]
    bounds, has_held = _range(compared, measure)
    table = pa.table(
        {
            "usage_account_id": pa.array(told.names.account.tolist(), pa.string()),
            "region_code": pa.array(told.names.region.tolist(), pa.string()),
            "carbon_service": pa.array(told.names.service.tolist(), pa.string()),
            "measure": pa.repeat(pa.scalar(measure.value), len(told.names)),
            "told_kgco2e": decimal_from_int64(told.amount_ug[at], ~is_told),
            **bounds,
            "published_kgco2e": decimal_from_int64(compared.published_ug[at], ~is_published),
            "error_kgco2e": decimal_from_int64(error_ug, ~has_both),
            "has_held": has_held,
        }
    )
    return table.filter(pa.array(is_told | is_published))


def _range(compared: ComparedFigures, measure: Measure) -> tuple[dict[str, pa.Array], pa.Array]:
    told, n_rows = compared.told, len(compared.told.names)
    if measure not in TOTALS:
        nothing = decimal_from_int64(np.zeros(n_rows, np.int64), np.ones(n_rows, np.bool_))
        return {"low_kgco2e": nothing, "high_kgco2e": nothing}, pa.nulls(n_rows, pa.bool_())
    total, at = TOTALS.index(measure), MEASURES.index(measure)
    has_range: BoolArray = told.has_range[total]
    bounds = {
        f"{end}_kgco2e": decimal_from_int64(np.ascontiguousarray(bound[total]), ~has_range)
        for end, bound in (("low", told.low_ug), ("high", told.high_ug))
    }
    published = compared.published_ug[at]
    holds = (told.low_ug[total] <= published) & (published <= told.high_ug[total])
    return bounds, pa.array(holds, mask=~(has_range & compared.is_published[at]))
