"""Parts of rows: the roll-up tells the models of a resource apart, the ledger's key does not."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crossfoot.adapters.arrow_columns import coded, flags, is_null, known, one_chunk, whole
from crossfoot.domain.units import Int64Array
from crossfoot.engine.estimate import UsageParts

MODEL_TEXTS: Final = ("model_name", "model_unit")
"""Texts in which the parts of one row differ."""

ESTIMATED_CURRENCY: Final = "USD"
"""The proxy by cost is per US dollar; other currencies have no proxy."""


def first_parts(parts: pa.Table, names: Sequence[str]) -> Int64Array:
    """Return the first part of each row: where one of the columns named changes."""
    n_parts = parts.num_rows
    if not n_parts:
        return np.zeros(0, np.int64)
    changes = np.zeros(n_parts - 1, np.bool_)
    for name in names:
        codes = _null_is_a_word(parts[name])
        changes |= codes[1:] != codes[:-1]
    return np.append(0, np.flatnonzero(changes) + 1)


def _null_is_a_word(column: pa.ChunkedArray) -> Int64Array:
    encoded = one_chunk(column).dictionary_encode(null_encoding="encode")
    return np.asarray(encoded.indices, dtype=np.int64)


def rows_of(parts: pa.Table, starts: Int64Array, amounts: Sequence[str]) -> pa.Table:
    """Return the rows that parts sum to: their texts, and sums of their amounts."""
    if len(starts) == parts.num_rows:
        return parts
    rows = parts.take(pa.array(starts))
    for name in amounts:
        known = np.logical_or.reduceat(~is_null(parts, name), starts)
        summed = np.add.reduceat(whole(parts, name), starts)
        at = rows.schema.get_field_index(name)
        rows = rows.set_column(at, name, pa.array(summed, mask=~known))
    return rows


def engine_parts(parts: pa.Table, year: int) -> UsageParts:
    """Return the parts as the engine estimates them."""
    model, model_names = coded(parts["model_name"])
    region, regions = coded(parts["region_code"])
    is_dollar = flags(pc.equal(parts["currency_code"], ESTIMATED_CURRENCY))
    return UsageParts(
        model=model,
        model_names=model_names,
        region=region,
        regions=regions,
        amount=known(parts, "model_nano"),
        load_percent=known(parts, "load_nano_percent"),
        measured_kwh=known(parts, "measured_nano_kwh"),
        measured_hours=known(parts, "measured_nano_hours"),
        grid_g_per_kwh=known(parts, "grid_nano_g_per_kwh"),
        on_demand_usd=np.where(is_dollar, known(parts, "on_demand_nano"), np.nan),
        year=year,
    )


def models_of(names: pa.ChunkedArray, starts: Int64Array) -> pa.Array:
    """Return the names of each row's models; null where it has none."""
    column = one_chunk(names)
    if len(starts) == len(column):
        return column
    joined = column.take(pa.array(starts)).to_pylist()
    n_parts = np.diff(starts, append=len(column))
    for row in np.flatnonzero(n_parts > 1).tolist():
        own = column.slice(starts[row], n_parts[row]).to_pylist()
        joined[row] = ", ".join(name for name in own if name is not None)
    return pa.array(joined, pa.string())
