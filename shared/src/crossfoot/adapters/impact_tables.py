"""From a shard and its estimate to the rows of ``impacts``."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from crossfoot.adapters.arrow_decimals import DECIMAL64, MINERALS64, decimal_from_int64
from crossfoot.adapters.ledger_tables import RunLabels
from crossfoot.adapters.parquet_tables import TableWriter
from crossfoot.adapters.shard_labels import account_names, ou_paths, with_unused_parts
from crossfoot.adapters.usage_shards import UsageShard
from crossfoot.domain.accounts import AccountDirectory
from crossfoot.domain.columns import IMPACTS, MINERALS, Table
from crossfoot.domain.impacts import Basis
from crossfoot.domain.units import NANOS_PER_UNIT
from crossfoot.engine.impact_rows import AMOUNT_COLUMNS
from crossfoot.usecases.ports import Shard

PIECE_ROWS: Final = 32_768
"""Rows that are put together at a time, so that a large account needs no more memory."""

_IS_MINERAL: Final = frozenset(
    column.name for column in IMPACTS.columns if column.athena_type == MINERALS
)
_SPELLINGS: Final = [basis.text for basis in Basis]


class ImpactFiles:
    """Appends shards to ``impacts``.

    Parameters
    ----------
    writer_of : callable
        Opens the writer of a table; who opens it also abandons it where something fails.
    labels, accounts
        What every row repeats, and what people call the accounts.
    """

    def __init__(
        self,
        writer_of: Callable[[Table], TableWriter],
        labels: RunLabels,
        accounts: AccountDirectory,
    ) -> None:
        self._labels = labels
        self._accounts = accounts
        self._writer = writer_of(IMPACTS)

    def write_shard(self, shard: Shard) -> None:
        """Append a shard's impacts: one row for each row of the roll-up.

        Raises
        ------
        TypeError
            The shard was not cut by ``usage_shards``, so its texts are not known.
        """
        if not isinstance(shard, UsageShard):
            raise TypeError(f"cannot write {type(shard).__name__}, only UsageShard")
        for rows in impact_rows(shard, self._labels, self._accounts):
            self._writer.write(rows)

    def close(self) -> dict[str, Path]:
        """Close the table and return where it was written."""
        self._writer.close()
        return {IMPACTS.name: self._writer.path}


def impact_rows(
    shard: UsageShard, labels: RunLabels, accounts: AccountDirectory
) -> Iterator[pa.Table]:
    """Yield the shard's rows of ``impacts``, piece by piece."""
    names, paths = account_names(shard, accounts), ou_paths(shard, accounts)
    repeated = {
        "usage_period": labels.usage_period,
        "run_id": labels.run_id,
        "factor_set": labels.factor_set,
        "payer_account_id": labels.payer_account_id,
    }
    for start in range(0, shard.usage.num_rows, PIECE_ROWS):
        part = slice(start, min(start + PIECE_ROWS, shard.usage.num_rows))
        codes = pa.array(shard.consumers.account[part])
        n_rows = part.stop - part.start
        yield pa.table(
            {name: pa.repeat(value, n_rows) for name, value in repeated.items()}
            | {"account_name": names.take(codes), "ou_path": paths.take(codes)}
            | _texts(shard, part, labels.tag_columns)
            | _estimates(shard, part)
        )


def _texts(
    shard: UsageShard, part: slice, tag_columns: tuple[str, ...]
) -> dict[str, pa.Array | pa.ChunkedArray]:
    usage = shard.usage.slice(part.start, part.stop - part.start)
    copied = (
        *("usage_account_id", "region_code", "carbon_service", "service_code", "resource_id"),
        *("currency_code", *tag_columns),
    )
    family = with_unused_parts(usage["usage_family"], shard.impacts.is_unused_part[part])
    return {name: usage[name] for name in copied} | {"usage_family": family}


def _estimates(shard: UsageShard, part: slice) -> dict[str, pa.Array]:
    impacts = shard.impacts
    carrier = impacts.carrier[part]
    # a pod without a share has no basis of its own: nothing is known of it
    basis = np.where(impacts.basis[part] < 0, Basis.NONE, impacts.basis[part])
    load = shard.load_percent[carrier]
    columns = {
        "estimate_basis": pa.array(_SPELLINGS, pa.string()).take(pa.array(basis)),
        "estimate_models": shard.models.take(pa.array(carrier)),
        "cpu_load_percent": decimal_from_int64(
            np.rint(np.nan_to_num(load) * NANOS_PER_UNIT).astype(np.int64), np.isnan(load)
        ),
    }
    for index, name in enumerate(AMOUNT_COLUMNS):
        columns[name] = decimal_from_int64(
            impacts.amount[index, part],
            ~impacts.is_known[index, part],
            MINERALS64 if name in _IS_MINERAL else DECIMAL64,
        )
    return columns
