"""The carbon export: cells rounded as AWS rounds them, in several versions and deliveries."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from crossfoot.adapters.sample.cur_schema import (
    CARBON_SCHEMA,
    OLD_CARBON_SCHEMA,
    SCOPE_STEMS,
    TOTAL_STEMS,
)
from crossfoot.adapters.sample.deliveries import CarbonDelivery
from crossfoot.adapters.sample.delivery import Execution, Export, write_export_file
from crossfoot.adapters.sample.places import Place
from crossfoot.adapters.sample.skus import BUCKETS
from crossfoot.adapters.sample.truth import Cells, totals_ug
from crossfoot.domain.measures import SCOPES
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.units import (
    EMISSION_UNIT,
    MICROGRAMS_PER_GRAM,
    Float64Array,
    Int64Array,
)

_GRAMS_PER_TONNE: Final = 10**6
_SCOPE_2: Final = (1, 2)
"""Places of location- and market-based scope 2 among the scopes."""


@dataclass(frozen=True, slots=True, eq=False)
class CarbonRows:
    """Rows of one month as AWS has them: texts, and whole grams.

    Parameters
    ----------
    place : tuple of Place
        Region of each row.
    scopes_g, totals_g : ndarray of int64, shape (measure, row)
        Each figure rounded on its own, so totals and scopes differ by a gram now and then. [g]
    """

    account_ids: tuple[str, ...]
    places: tuple[Place, ...]
    products: tuple[str, ...]
    scopes_g: Int64Array
    totals_g: Int64Array


def carbon_rows(
    cells: Cells,
    account_ids: tuple[str, ...],
    places: tuple[Place, ...],
    delivery: CarbonDelivery,
) -> CarbonRows:
    """Return the rows of one delivery; an empty one has none."""
    kept = np.zeros(len(cells), np.bool_) if delivery.is_empty else np.ones(len(cells), np.bool_)
    factor = np.full((len(SCOPES), 1), delivery.factor)
    factor[_SCOPE_2, :] *= delivery.scope_2_factor
    scopes = np.rint(cells.scopes_ug[:, kept] * factor).astype(np.int64)
    totals = totals_ug(scopes, has_scope_3=delivery.has_scopes)
    scopes_g, totals_g = _grams(scopes), _grams(totals)
    if delivery.has_negative:
        # negative revenue gave a few accounts negative estimates before v3.0.1
        scopes_g[:, 0] = -abs(scopes_g[:, 0]) - 1
        totals_g[:, 0] = totals_ug(scopes_g[:, :1])[:, 0]
    return CarbonRows(
        tuple(account_ids[n] for n in cells.account[kept]),
        tuple(places[n] for n in cells.place[kept]),
        tuple(str(BUCKETS[n]) for n in cells.bucket[kept]),
        scopes_g,
        totals_g,
    )


def _grams(amount_ug: Int64Array) -> Int64Array:
    return np.rint(amount_ug / MICROGRAMS_PER_GRAM).astype(np.int64)


def carbon_table(
    rows: CarbonRows, payer_account_id: str, period: UsagePeriod, delivery: CarbonDelivery
) -> pa.Table:
    """Return the rows with the columns of the export. [t CO2e]."""
    n_rows = len(rows.account_ids)
    columns: dict[str, pa.Array] = {
        "last_refresh_timestamp": _instants(delivery.delivered_at - timedelta(hours=3), n_rows),
        "location": pa.array([place.carbon_location for place in rows.places], pa.string()),
        "model_version": pa.array([delivery.model_version] * n_rows, pa.string()),
        "payer_account_id": pa.array([payer_account_id] * n_rows, pa.string()),
        "product_code": pa.array(rows.products, pa.string()),
        "region_code": pa.array(_region_codes(rows), pa.string()),
        "usage_account_id": pa.array(rows.account_ids, pa.string()),
        "usage_period_start": _instants(period.start, n_rows),
        "usage_period_end": _instants(period.end, n_rows),
    }
    units = pa.array([EMISSION_UNIT] * n_rows, pa.string())
    grams = zip((*SCOPE_STEMS, *TOTAL_STEMS), (*rows.scopes_g, *rows.totals_g), strict=True)
    for stem, amount in grams:
        columns[f"total_{stem}_emissions_unit"] = units
        columns[f"total_{stem}_emissions_value"] = pa.array(_tonnes(amount))
    schema = CARBON_SCHEMA if delivery.has_scopes else OLD_CARBON_SCHEMA
    return pa.table([columns[name] for name in schema.names], schema=schema)


def _tonnes(amount_g: Int64Array) -> Float64Array:
    return amount_g / _GRAMS_PER_TONNE


def _region_codes(rows: CarbonRows) -> list[str | None]:
    """Spell the global place in the two ways that are allowed: not at all, and ``Global``."""
    codes = {0: None, 1: "Global"}
    return [
        codes[int(account) % 2] if place.code == "global" else place.code
        for place, account in zip(rows.places, rows.account_ids, strict=True)
    ]


def _instants(instant: datetime, n_rows: int) -> pa.Array:
    return pa.array(np.full(n_rows, instant.replace(tzinfo=None), "datetime64[us]"))


def write_carbon(
    export: Export, period: UsagePeriod, delivery: CarbonDelivery, rows: CarbonRows, salt: int
) -> list[Path]:
    """Write one delivery with its manifest; return its data files."""
    partition = f"carbon_model_version={delivery.model_version}/usage_period={period}"
    execution = Execution.of(
        delivery.delivered_at, salt, period.year * 12 + period.start.month, is_new=delivery.is_new
    )
    path = export.data_path(partition, execution, 1)
    table = carbon_table(rows, export.payer_account_id, period, delivery)
    write_export_file(table, path, execution)
    export.finish(partition, period, execution, [path])
    return [path]
