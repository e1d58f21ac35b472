"""A year's cells and usage as arrays: numbered together, in an order that no engine decides."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from crossfoot.adapters.arrow_columns import one_chunk, whole
from crossfoot.adapters.sustainability_sql import USAGE_KEYS
from crossfoot.domain.sustainability import WaterAnswer
from crossfoot.domain.units import Int64Array
from crossfoot.engine.water import WaterCells, WaterUsage

USAGE_SCHEMA: Final = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in USAGE_KEYS),
        pa.field("water_nl", pa.int64()),
        pa.field("on_demand_nano", pa.int64()),
    ]
)
"""What ``year_usage_query`` answers, without its shard."""

_CELL: Final = ("usage_account_id", "region_code", "carbon_service")
_ORDER: Final = (*_CELL, *(name for name in USAGE_KEYS if name not in _CELL))


@dataclass(frozen=True, slots=True, eq=False)
class CodedWaterYear:
    """A part of a year, as the use case spreads it; implements ``CodedYear``.

    Parameters
    ----------
    cells : WaterCells
    usage : WaterUsage
    chosen : ndarray of int64, shape (cell,)
        Index of each cell in the answer.
    labels : pyarrow.Table
        The usage's text columns, a row each.
    """

    cells: WaterCells
    usage: WaterUsage
    chosen: Int64Array
    labels: pa.Table


def coded_water_year(answer: WaterAnswer, usage: pa.Table, digits: str) -> CodedWaterYear:
    """Return the cells of accounts whose last digit is one of some, and usage, numbered.

    Parameters
    ----------
    usage : pyarrow.Table
        As ``USAGE_SCHEMA``, in any order; of these accounts and perhaps of others.
    """
    chosen = np.flatnonzero([account[-1] in digits for account in answer.account])
    at_end = [(name, "ascending") for name in _ORDER]
    usage = usage.sort_by(at_end).combine_chunks()
    of_cells, of_usage = [], []
    for name, values in zip(_CELL, (answer.account, answer.region, answer.service), strict=True):
        cell_codes, usage_codes = _codes(values[chosen].tolist(), usage[name])
        of_cells.append(cell_codes)
        of_usage.append(usage_codes)
    amount_ul = answer.amount_ul[chosen]
    return CodedWaterYear(
        cells=WaterCells(of_cells[0], of_cells[1], of_cells[2], amount_ul),
        usage=WaterUsage(
            of_usage[0],
            of_usage[1],
            of_usage[2],
            whole(usage, "water_nl"),
            whole(usage, "on_demand_nano"),
        ),
        chosen=chosen,
        labels=usage.select(USAGE_KEYS),
    )


def _codes(cells: list[str | None], column: pa.ChunkedArray) -> tuple[Int64Array, Int64Array]:
    """Return codes of both in the order of the texts, nothing last."""
    encoded = one_chunk(column).dictionary_encode(null_encoding="encode")
    words: list[str | None] = encoded.dictionary.to_pylist()
    spelled = sorted({*words, *cells}, key=lambda word: (word is None, word or ""))
    rank = {word: code for code, word in enumerate(spelled)}
    of_word = np.array([rank[word] for word in words], np.int64)
    of_cells = np.array([rank[word] for word in cells], np.int64)
    return of_cells, of_word[np.asarray(encoded.indices, dtype=np.int64)]
