"""Answers to the queries of ``history_sql`` as a history, over one numbering of cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crossfoot.adapters.arrow_columns import is_null, one_chunk, whole
from crossfoot.adapters.history_sql import KEYS
from crossfoot.domain.cells import texts
from crossfoot.domain.measures import MEASURES
from crossfoot.domain.nowcasts import CellNames
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import DeliveryLabel
from crossfoot.domain.units import Int64Array
from crossfoot.usecases.carbon_history import CarbonHistory, DeliveredFigures, UsedCells


def history_of(
    labels: Sequence[DeliveryLabel],
    figures: pa.Table,
    usage: pa.Table,
    silent: Mapping[UsagePeriod, pa.Table],
) -> CarbonHistory:
    """Return the history that the answers to the queries of ``history_sql`` tell.

    Parameters
    ----------
    labels : sequence of DeliveryLabel
        Every delivery that has figures.
    figures, usage : pyarrow.Table
        Sorted by delivery, and by month.
    silent : mapping of UsagePeriod to pyarrow.Table
        As ``UsageRollup.cell_weights`` returns it.
    """
    numbered = _Numbered.of([figures, usage, *silent.values()])
    cells = iter(numbered.cells)
    delivered = {
        name: _figures(part, cell)
        for name, part, cell in _parted(figures, "delivery_id", next(cells))
    }
    used = {
        UsagePeriod(name): _used(part, cell)
        for name, part, cell in _parted(usage, "usage_period", next(cells))
    }
    unpublished = {
        period: _used(table, cell)
        for (period, table), cell in zip(silent.items(), cells, strict=True)
    }
    return CarbonHistory(
        names=numbered.names,
        account=numbered.codes[0],
        region=numbered.codes[1],
        service=numbered.codes[2],
        accounts=tuple(name or "" for name in numbered.words[0]),
        services=numbered.words[2],
        labels=tuple(labels),
        figures=delivered,
        usage=used,
        silent=dict(sorted(unpublished.items())),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Numbered:
    """Cells of several tables under one numbering, sorted by their three texts, nulls last.

    ``cells`` is, by table, the number of each row's cell; ``codes`` are those of each part.
    """

    names: CellNames
    codes: tuple[Int64Array, ...]
    words: tuple[tuple[str | None, ...], ...]
    cells: tuple[Int64Array, ...]

    @classmethod
    def of(cls, tables: Sequence[pa.Table]) -> "_Numbered":
        keys = pa.concat_tables([table.select(KEYS) for table in tables])
        columns = [_sorted_codes(keys[name]) for name in KEYS]
        packed = np.zeros(keys.num_rows, np.int64)
        for code, spelled in columns:
            packed = packed * max(len(spelled), 1) + code
        _, first, cell = np.unique(packed, return_index=True, return_inverse=True)
        bounds = np.cumsum([table.num_rows for table in tables])[:-1]
        codes = tuple(code[first] for code, _ in columns)
        words = tuple(each for _, each in columns)
        parts = (
            texts([listed[each] for each in of_part.tolist()])
            for listed, of_part in zip(words, codes, strict=True)
        )
        return cls(CellNames(*parts), codes, words, tuple(np.split(cell, bounds)))


def _sorted_codes(column: pa.ChunkedArray) -> tuple[Int64Array, tuple[str | None, ...]]:
    """Return codes in the order of the texts, nulls last, and what they stand for."""
    encoded = one_chunk(column).dictionary_encode(null_encoding="encode")
    spelled = encoded.dictionary.to_pylist()
    order = sorted(range(len(spelled)), key=lambda at: (spelled[at] is None, spelled[at] or ""))
    rank = np.empty(len(spelled), np.int64)
    rank[order] = np.arange(len(spelled))
    indices = np.asarray(encoded.indices, dtype=np.int64)
    return rank[indices], tuple(spelled[at] for at in order)


def _parted(table: pa.Table, name: str, cell: Int64Array) -> list[tuple[str, pa.Table, Int64Array]]:
    """Return the rows of each value of a sorted column, with their cells."""
    ends = pc.run_end_encode(one_chunk(table[name]))
    parts, start = [], 0
    for value, end in zip(ends.values.to_pylist(), ends.run_ends.to_pylist(), strict=True):
        parts.append((str(value), table.slice(start, end - start), cell[start:end]))
        start = end
    return parts


def _figures(table: pa.Table, cell: Int64Array) -> DeliveredFigures:
    return DeliveredFigures(
        cell,
        np.stack([whole(table, str(measure)) for measure in MEASURES]),
        np.stack([~is_null(table, str(measure)) for measure in MEASURES]),
    )


def _used(table: pa.Table, cell: Int64Array) -> UsedCells:
    return UsedCells(cell, whole(table, "key_nano"), whole(table, "cost_nano"))
