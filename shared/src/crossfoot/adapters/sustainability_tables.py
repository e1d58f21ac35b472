"""Water and cross-checks as rows of their records."""

import numpy as np
import pyarrow as pa

from crossfoot.adapters.arrow_decimals import decimal38_from_int64, decimal_from_int64
from crossfoot.adapters.ledger_tables import COST_KEY
from crossfoot.adapters.water_usage import CodedWaterYear
from crossfoot.domain.carbon_sources import Difference, MonthOfMeasure
from crossfoot.domain.sustainability import Unspread, WaterAnswer
from crossfoot.domain.units import Int64Array
from crossfoot.engine.shapes import AllocationLevel, UnallocatedReason
from crossfoot.engine.water import WaterSpread
from crossfoot.usecases.compare_carbon_sources import SourceComparison
from crossfoot.usecases.sustainability_ports import SpreadName

WATER_KEY = "estimated-water"
UNSPREAD = "unspread"


def water_rows(answer: WaterAnswer, content_digest: str) -> pa.Table:
    """Return a vintage as the rows of ``water_reported``."""
    n_rows = len(answer)
    sources = [answer.sources[index] for index in answer.source.tolist()]
    return pa.table(
        {
            "content_digest": _all(content_digest, n_rows),
            "asked_at": _all(answer.asked_at, n_rows),
            "water_year": _all(answer.year.text, n_rows),
            "covered_until": _all(answer.covered_until, n_rows),
            "model_version": _all(answer.model_version.text, n_rows),
            "usage_account_id": _texts(answer.account.tolist()),
            "region_code": _texts(answer.region.tolist()),
            "carbon_service": _texts(answer.service.tolist()),
            "product_code": _texts(answer.product_code.tolist()),
            "water_withdrawal_m3": decimal_from_int64(answer.amount_ul),
            "source_path": _texts([source.path for source in sources]),
            "source_sha256": _texts([source.sha256 for source in sources]),
        }
    )


def spread_rows(
    answer: WaterAnswer, coded: CodedWaterYear, spread: WaterSpread, name: SpreadName
) -> pa.Table:
    """Return a part of a spread as the rows of ``water_allocated``."""
    cell = coded.chosen[spread.cell]
    # no row at all takes nulls, which is what an index that is null gives
    row = pa.array(spread.row, mask=spread.row < 0)
    labels = {
        label: coded.labels[label].take(row)
        for label in ("usage_period", "run_id", "service_code", "resource_id", "usage_family")
    }
    levels = [AllocationLevel(code) for code in spread.level.tolist()]
    keys = [_key(*pair) for pair in zip(levels, spread.reason.tolist(), strict=True)]
    of_entry = spread.cell.tolist()
    return pa.table(
        {
            **_of_year(answer, name, cell),
            **labels,
            "allocation_key": _texts([keys[at] for at in of_entry]),
            "allocation_level": _texts([levels[at].text for at in of_entry]),
            "water_withdrawal_m3": decimal_from_int64(spread.amount_ul),
        }
    )


def unspread_rows(answer: WaterAnswer, reason: Unspread, name: SpreadName) -> pa.Table:
    """Return a year that lies on no month: AWS's cells as they are, and why."""
    n_rows = len(answer)
    nothing = pa.nulls(n_rows, pa.string())
    labels = ("usage_period", "run_id", "service_code", "resource_id", "usage_family")
    return pa.table(
        {
            **_of_year(answer, name, np.arange(n_rows)),
            **dict.fromkeys(labels, nothing),
            "allocation_key": _all(str(reason), n_rows),
            "allocation_level": _all(UNSPREAD, n_rows),
            "water_withdrawal_m3": decimal_from_int64(answer.amount_ul),
        }
    )


def check_rows(comparison: SourceComparison, content_digest: str) -> pa.Table:
    """Return a comparison as the rows of ``carbon_cross_check``: measures, then differences."""
    found: list[MonthOfMeasure | Difference] = [*comparison.measures, *comparison.differences]
    months = [each if isinstance(each, MonthOfMeasure) else None for each in found]
    cells = [each if isinstance(each, Difference) else None for each in found]
    n_rows = len(found)
    return pa.table(
        {
            "content_digest": _all(content_digest, n_rows),
            "asked_at": _all(comparison.asked_at, n_rows),
            "usage_period": _all(comparison.usage_period.text, n_rows),
            "model_version": _all(comparison.model_version.text, n_rows),
            "delivery_id": _texts([comparison.delivery_id] * n_rows),
            "usage_account_id": _texts([None if each is None else each.account for each in cells]),
            "region_code": _texts([None if each is None else each.region for each in cells]),
            "carbon_service": _texts([None if each is None else each.service for each in cells]),
            "measure": _texts([str(each.measure) for each in found]),
            "finding": _texts([str(each.finding) for each in found]),
            "api_kgco2e": _kilograms([each.api_ug for each in found]),
            "export_kgco2e": _kilograms([each.export_ug for each in found]),
            "cell_count": pa.array(
                [None if each is None else each.n_cells for each in months], pa.int64()
            ),
            "differing_count": pa.array(
                [None if each is None else each.n_differing for each in months], pa.int64()
            ),
        }
    )


def _of_year(answer: WaterAnswer, name: SpreadName, cell: Int64Array) -> dict[str, pa.Array]:
    return {
        "spread_id": _all(name.spread_id, len(cell)),
        "content_digest": _all(name.record.content_digest, len(cell)),
        "water_year": _all(answer.year.text, len(cell)),
        "model_version": _all(answer.model_version.text, len(cell)),
        "water_record_id": _all(name.water_record_id, len(cell)),
        "usage_account_id": _texts(answer.account[cell].tolist()),
        "region_code": _texts(answer.region[cell].tolist()),
        "carbon_service": _texts(answer.service[cell].tolist()),
    }


def _key(level: AllocationLevel, reason: int) -> str:
    if level is AllocationLevel.UNALLOCATED:
        return UnallocatedReason(reason).text
    return WATER_KEY if level is AllocationLevel.SERVICE_KEY else COST_KEY


def _kilograms(amounts_ug: list[int | None]) -> pa.Array:
    is_null = np.array([amount is None for amount in amounts_ug], np.bool_)
    return decimal38_from_int64(np.array([amount or 0 for amount in amounts_ug], np.int64), is_null)


def _counts(values: list[int | None]) -> pa.Array:
    return pa.array(values, pa.int64())


def _texts(values: list[str | None]) -> pa.Array:
    return pa.array(values, pa.string())


def _all(value: object, n_rows: int) -> pa.Array:
    return pa.repeat(pa.scalar(value), n_rows)
