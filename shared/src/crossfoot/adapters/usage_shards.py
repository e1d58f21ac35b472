"""Cutting a month of rolled-up usage into shards of whole accounts, as arrays for the engine."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.units import BoolArray, Int64Array
from crossfoot.engine.keys import UsageAmounts, method_keys
from crossfoot.engine.shapes import Consumers, Sources

SHARD_ROWS: Final = 32_768
"""A shard is closed at the first new account after so many rows."""

_INSTANCE_BUCKET: Final = "AmazonEC2"
_DRIVER_BUCKETS: Final = ("AmazonEC2", "AmazonS3", "AmazonCloudFront")
ROLLED_UP_AMOUNTS: Final = (
    "line_count",
    "driver_nano",
    "energy_nano_kwh",
    "embodied_ug",
    "modelled_on_demand_nano",
    "split_nano",
    "split_unused_nano",
    "on_demand_nano",
    "unblended_nano",
)
ROLLED_UP_TEXTS: Final = (
    "usage_account_id",
    "region_code",
    "carbon_service",
    "service_code",
    "resource_id",
    "parent_resource_id",
    "usage_family",
    "driver_unit",
    "currency_code",
    "account_name",
)
"""Columns of the roll-up: whole numbers first, then texts; tags come after them."""

_KEYS: Final = ("usage_account_id", "region_code", "carbon_service")


@dataclass(frozen=True, slots=True)
class Words:
    """What the codes of a shard stand for."""

    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    services: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class UsageShard:
    """Whole accounts of one month: their cells, their usage as arrays, and the table behind it."""

    cells: ReportedCells
    usage: pa.Table
    sources: Sources
    consumers: Consumers
    words: Words


def cut_shards(
    batches: Iterable[pa.RecordBatch],
    cells: ReportedCells,
    *,
    tag_columns: Sequence[str] = (),
    shard_rows: int = SHARD_ROWS,
) -> Iterator[UsageShard]:
    """Pair the usage with AWS's cells, account by account, in sorted order.

    Parameters
    ----------
    batches : iterable of RecordBatch
        As ``UsageRollup.usage`` yields them: sorted by account, Region, bucket.
    cells : ReportedCells
        The month's cells. Every one of them ends up in exactly one shard.
    tag_columns : sequence of str
        Tag columns that a shard without usage has, as the others do.
    shard_rows : int
        Rows after which a shard may end.
    """
    start = 0
    accounts = list(cells.account)
    for usage in _whole_accounts(batches, shard_rows):
        stop = bisect_right(accounts, usage["usage_account_id"][-1].as_py(), lo=start)
        yield _shard(usage, cells.between(start, stop))
        start = stop
    if start < len(accounts):
        yield _shard(_no_usage(tag_columns), cells.between(start, len(accounts)))


def _whole_accounts(batches: Iterable[pa.RecordBatch], shard_rows: int) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    n_held = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        held.append(batch)
        n_held += batch.num_rows
        if n_held < shard_rows:
            continue
        table = pa.Table.from_batches(held)
        accounts = table["usage_account_id"]
        last = pc.index(accounts, accounts[-1]).as_py()
        if last:
            yield table.slice(0, last).combine_chunks()
        rest = table.slice(last).combine_chunks()
        held, n_held = rest.to_batches(), rest.num_rows
    if held:
        yield pa.Table.from_batches(held).combine_chunks()


def _no_usage(tag_columns: Sequence[str]) -> pa.Table:
    texts = {name: pa.array([], pa.string()) for name in (*ROLLED_UP_TEXTS, *tag_columns)}
    return pa.table(texts | {name: pa.array([], pa.int64()) for name in ROLLED_UP_AMOUNTS})


def _shard(usage: pa.Table, cells: ReportedCells) -> UsageShard:
    codes, cell_codes, words = _codes(usage, cells)
    return UsageShard(cells, usage, _sources(cells, cell_codes), _consumers(usage, codes), words)


def _codes(
    usage: pa.Table, cells: ReportedCells
) -> tuple[list[Int64Array], list[Int64Array], Words]:
    """Give numbers to the accounts, Regions and buckets of usage and cells, in sorted order."""
    usage_codes, cell_codes, books = [], [], []
    for name, texts in zip(_KEYS, (cells.account, cells.region, cells.service), strict=True):
        encoded = _one_chunk(usage[name]).dictionary_encode()
        found = encoded.dictionary.to_pylist()
        book = sorted({*found, *texts}, key=lambda word: (word is None, word or ""))
        rank = {word: index for index, word in enumerate(book)}
        by_word = np.array([rank[word] for word in found], dtype=np.int64)
        indices = np.asarray(encoded.indices, dtype=np.int64)
        usage_codes.append(by_word[indices] if found else indices)
        cell_codes.append(np.fromiter((rank[text] for text in texts), np.int64, len(texts)))
        books.append(tuple(book))
    return usage_codes, cell_codes, Words(*books)


def _sources(cells: ReportedCells, codes: list[Int64Array]) -> Sources:
    return Sources(
        account=codes[0],
        region=codes[1],
        bucket=codes[2],
        amount_ug=cells.amount_ug,
        is_reported=cells.is_reported,
    )


def _consumers(usage: pa.Table, codes: list[Int64Array]) -> Consumers:
    account, region, bucket = codes
    on_demand = whole(usage, "on_demand_nano")
    amounts = UsageAmounts(
        cell=(account * (region.max(initial=0) + 1) + region) * (bucket.max(initial=0) + 1)
        + bucket,
        has_driver_bucket=_flags(pc.is_in(usage["carbon_service"], pa.array(_DRIVER_BUCKETS))),
        driver_nano=whole(usage, "driver_nano"),
        energy_nano_kwh=whole(usage, "energy_nano_kwh"),
        embodied_ug=whole(usage, "embodied_ug"),
        modelled_nano=whole(usage, "modelled_on_demand_nano"),
        on_demand_nano=on_demand,
    )
    is_split = _flags(usage["parent_resource_id"].is_valid())
    return Consumers(
        account=account,
        region=region,
        bucket=bucket,
        on_demand_nano=on_demand,
        keys=method_keys(amounts),
        parent=_parents(usage, account, is_split),
        is_split=is_split,
        split_used=np.maximum(whole(usage, "split_nano"), 0),
        split_unused=np.maximum(whole(usage, "split_unused_nano"), 0),
        money_nano={
            "on_demand_cost": on_demand,
            "unblended_cost": whole(usage, "unblended_nano"),
        },
    )


def _parents(usage: pa.Table, account: Int64Array, is_split: BoolArray) -> Int64Array:
    """Find the instance that carries each pod or task: same account, the instance's own usage.

    An instance may have several rows, as when a tag changed within the month; the one with the
    largest driver is taken, and the first of equals.
    """
    parent = np.full(usage.num_rows, -1, np.int64)
    if not is_split.any():
        return parent
    is_instance = _flags(pc.equal(usage["carbon_service"], _INSTANCE_BUCKET)) & ~is_split
    candidates = np.flatnonzero(is_instance)
    driver = whole(usage, "driver_nano")[candidates]
    candidates = candidates[np.argsort(-driver, kind="stable")]
    ids = _one_chunk(usage["resource_id"]).take(pa.array(candidates)).to_pylist()
    carriers: dict[tuple[int, str], int] = {}
    for row, resource_id in zip(candidates.tolist(), ids, strict=True):
        carriers.setdefault((int(account[row]), resource_id), row)
    children = np.flatnonzero(is_split)
    parents = _one_chunk(usage["parent_resource_id"]).take(pa.array(children)).to_pylist()
    for row, parent_id in zip(children.tolist(), parents, strict=True):
        parent[row] = carriers.get((int(account[row]), parent_id), -1)
    return parent


def whole(table: pa.Table, name: str) -> Int64Array:
    """Return a column of whole numbers; where nothing is known it weighs nothing."""
    column = _one_chunk(table[name])
    if column.null_count:
        column = column.fill_null(0)
    return np.asarray(column, dtype=np.int64)


def is_null(table: pa.Table, name: str) -> BoolArray:
    """Return a boolean array that is True where the column has no value."""
    return np.asarray(_one_chunk(table[name]).is_null()).astype(np.bool_)


def _flags(column: pa.ChunkedArray) -> BoolArray:
    return np.asarray(_one_chunk(column).fill_null(False)).astype(np.bool_)  # noqa: FBT003


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
