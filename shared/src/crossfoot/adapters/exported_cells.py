"""What the carbon export says of a month, cell by cell, from the answer of a query."""

from typing import Final

import numpy as np
import pyarrow as pa

from crossfoot.adapters.arrow_columns import is_null, whole
from crossfoot.domain.cells import ReportedCells, texts
from crossfoot.domain.measures import MEASURES

_CELL: Final = ("usage_account_id", "region_code", "carbon_service")

EXPORTED_SCHEMA: Final = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("delivery_id", *_CELL)),
        *(pa.field(str(measure), pa.int64()) for measure in MEASURES),
    ]
)
"""What ``exported_query`` answers."""


def exported_cells(table: pa.Table) -> ReportedCells:
    """Return the rows of one delivery as cells, sorted by their three texts, nulls last."""
    table = table.sort_by([(name, "ascending") for name in _CELL])
    account, region, service = (texts(table[name].to_pylist()) for name in _CELL)
    return ReportedCells(
        account,
        region,
        service,
        np.stack([whole(table, str(measure)) for measure in MEASURES]),
        np.stack([~is_null(table, str(measure)) for measure in MEASURES]),
    )
