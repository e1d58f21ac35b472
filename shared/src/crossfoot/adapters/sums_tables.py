"""Sums over written emissions as tables: what either engine answers, and what the proof reads."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from crossfoot.adapters.arrow_decimals import DECIMAL128, int64_from_decimal
from crossfoot.domain.cells import ReportedCells, texts
from crossfoot.domain.configuration import Redistribution
from crossfoot.domain.measures import MEASURES
from crossfoot.domain.proof import CellSums, PartySums

_CELL_KEYS: Final = ("usage_account_id", "region_code", "carbon_service")
_AMOUNTS: Final = (*(str(measure) for measure in MEASURES), "on_demand", "unblended")

CELL_SUMS: Final = pa.schema(
    [
        *((name, pa.string()) for name in _CELL_KEYS),
        *((name, DECIMAL128) for name in _AMOUNTS),
        ("n_rows", pa.int64()),
    ]
)
"""Answer of ``sum_cells.sql``."""

PARTY_SUMS: Final = pa.schema(
    [("is_pool", pa.bool_()), ("name", pa.string()), *((name, DECIMAL128) for name in _AMOUNTS)]
)
"""Answer of ``sum_parties.sql``."""

POOL_MEMBERS: Final = pa.schema(
    [("member", pa.string()), ("is_account", pa.bool_()), ("pool", pa.string())]
)
"""What ``sum_parties.sql`` joins with."""


def in_order_of_cells(answer: pa.Table) -> pa.Table:
    """Sort an answer of ``sum_cells.sql`` by its keys, nulls last, as the embedded engine does."""
    return answer.sort_by([(name, "ascending") for name in _CELL_KEYS])


def in_order_of_parties(answer: pa.Table) -> pa.Table:
    """Sort an answer of ``sum_parties.sql``: consumers before pools, by name, nulls last."""
    return answer.sort_by([("is_pool", "ascending"), ("name", "ascending")])


def cell_sums_in(answer: pa.Table) -> CellSums:
    """Return the sums by cell, and of the money, in the order of the answer."""
    cells = ReportedCells(
        account=texts(answer["usage_account_id"].to_pylist()),
        region=texts(answer["region_code"].to_pylist()),
        service=texts(answer["carbon_service"].to_pylist()),
        amount_ug=np.vstack([int64_from_decimal(answer[str(m)]) for m in MEASURES]),
        is_reported=np.vstack(
            [np.asarray(answer[str(m)].is_valid()).astype(np.bool_) for m in MEASURES]
        ),
    )
    return CellSums(
        cells,
        on_demand_nano=_total(answer["on_demand"]),
        unblended_nano=_total(answer["unblended"]),
        n_rows=sum(answer["n_rows"].to_pylist()),
    )


def party_sums_in(answer: pa.Table) -> list[PartySums]:
    """Return the sums by shared pool, and by consumer outside of them, in the answer's order."""
    amounts = [int64_from_decimal(answer[str(m)]).tolist() for m in MEASURES]
    valid = [answer[str(m)].is_valid().to_pylist() for m in MEASURES]
    money = [int64_from_decimal(answer[name]).tolist() for name in ("on_demand", "unblended")]
    return [
        PartySums(
            name=name,
            is_pool=is_pool,
            amount_ug=tuple(amounts[m][i] if valid[m][i] else None for m in range(len(MEASURES))),
            on_demand_nano=money[0][i],
            unblended_nano=money[1][i],
        )
        for i, (is_pool, name) in enumerate(
            zip(answer["is_pool"].to_pylist(), answer["name"].to_pylist(), strict=True)
        )
    ]


def pool_members(plan: Redistribution) -> pa.Table:
    """Return the members of all pools: whole accounts, and single resources."""
    rows = [
        (member, is_account, pool.name)
        for pool in plan.pools
        for is_account, members in ((True, pool.accounts), (False, pool.resources))
        for member in members
    ]
    columns: Sequence[Sequence[object]] = list(zip(*rows, strict=True)) or [()] * len(POOL_MEMBERS)
    arrays = [pa.array(c, field.type) for c, field in zip(columns, POOL_MEMBERS, strict=True)]
    return pa.Table.from_arrays(arrays, schema=POOL_MEMBERS)


def _total(column: pa.ChunkedArray) -> int:
    return sum(int64_from_decimal(column).tolist())
