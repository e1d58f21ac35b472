"""Cutting a month of rolled-up usage into shards of whole accounts, as arrays for the engine.

The roll-up tells the models of a resource apart; the ledger does not. Lines that differ by the
model alone are the parts of one row.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crossfoot.adapters.arrow_columns import flags, one_chunk, whole
from crossfoot.adapters.observations import OBSERVED_AMOUNTS, Observations, observed
from crossfoot.adapters.usage_parts import (
    MODEL_TEXTS,
    engine_parts,
    first_parts,
    models_of,
    rows_of,
)
from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.units import BoolArray, Float64Array, Int64Array
from crossfoot.engine.estimate import estimate, unknown_regions
from crossfoot.engine.impact_rows import (
    ImpactRows,
    PhysicalKeys,
    load_of_rows,
    rows_of_parts,
    shared_with_pods,
)
from crossfoot.engine.keys import UsageAmounts, method_keys
from crossfoot.engine.shapes import Consumers, Sources

SHARD_ROWS: Final = 32_768
"""A shard is closed at the first new account after so many rows."""

_INSTANCE_BUCKET: Final = "AmazonEC2"
_DRIVER_BUCKETS: Final = ("AmazonEC2", "AmazonS3", "AmazonCloudFront")
ROLLED_UP_AMOUNTS: Final = (
    "line_count",
    "driver_nano",
    "model_nano",
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
    "model_name",
    "model_unit",
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
    """Whole accounts of one month: their cells, their usage as arrays, and the tables behind it.

    Parameters
    ----------
    usage, parts : pyarrow.Table
        One row per row of the ledger's key, and one per model within it.
    starts : ndarray of int64, shape (row,)
        First part of each row.
    impacts : ImpactRows
        The estimate of each row of ``usage``, pods with the share of their node.
    models : pyarrow.Array
        Names of the models of each row.
    load_percent : ndarray, shape (row,)
        Measured mean load; NaN where it is assumed. [percent]
    unknown_regions : tuple of str
        Regions without factors: their usage has no estimate.
    """

    cells: ReportedCells
    usage: pa.Table
    parts: pa.Table
    starts: Int64Array
    sources: Sources
    consumers: Consumers
    words: Words
    impacts: ImpactRows
    models: pa.Array
    load_percent: Float64Array
    unknown_regions: tuple[str, ...]


def cut_shards(
    batches: Iterable[pa.RecordBatch],
    cells: ReportedCells,
    *,
    year: int,
    tag_columns: Sequence[str] = (),
    observations: Observations | None = None,
    shard_rows: int = SHARD_ROWS,
) -> Iterator[UsageShard]:
    """Pair the usage with AWS's cells, account by account, in sorted order.

    Parameters
    ----------
    batches : iterable of RecordBatch
        As ``UsageRollup.usage`` yields them: sorted by account, Region, bucket.
    cells : ReportedCells
        The month's cells. Every one of them ends up in exactly one shard.
    year : int
        Of the usage, for the factors that change by the year.
    tag_columns : sequence of str
        Tag columns that the roll-up has.
    observations : Observations, optional
        Loads and energies that were measured; without them, those that the roll-up carries.
    shard_rows : int
        Rows after which a shard may end.
    """

    def cut(rolled_up: pa.Table, own_cells: ReportedCells) -> UsageShard:
        return _shard(_with_observations(rolled_up, observations), own_cells, tag_columns, year)

    start = 0
    accounts = list(cells.account)
    for usage in _whole_accounts(batches, shard_rows):
        stop = bisect_right(accounts, usage["usage_account_id"][-1].as_py(), lo=start)
        yield cut(usage, cells.between(start, stop))
        start = stop
    if start < len(accounts):
        yield cut(_no_usage(tag_columns), cells.between(start, len(accounts)))


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


def _with_observations(rolled_up: pa.Table, observations: Observations | None) -> pa.Table:
    """Lay what was observed beside the parts; a kept roll-up carries it already."""
    is_kept = set(OBSERVED_AMOUNTS) <= set(rolled_up.column_names)
    if observations is None and is_kept:
        return rolled_up
    return observed(rolled_up, observations or Observations.none())


def _shard(
    parts: pa.Table, cells: ReportedCells, tag_columns: Sequence[str], year: int
) -> UsageShard:
    keys = (name for name in ROLLED_UP_TEXTS if name not in MODEL_TEXTS)
    starts = first_parts(parts, [*keys, *tag_columns])
    usage = rows_of(parts, starts, ROLLED_UP_AMOUNTS)
    codes, cell_codes, words = _codes(usage, cells)
    usage_parts = engine_parts(parts, year)
    impacts, weights = rows_of_parts(estimate(usage_parts), starts, whole(parts, "on_demand_nano"))
    consumers = _consumers(usage, codes, weights)
    return UsageShard(
        cells=cells,
        usage=usage,
        parts=parts,
        starts=starts,
        sources=_sources(cells, cell_codes),
        consumers=consumers,
        words=words,
        impacts=shared_with_pods(impacts, consumers),
        models=models_of(parts["model_name"], starts),
        load_percent=load_of_rows(usage_parts.load_percent, usage_parts.amount, starts),
        unknown_regions=unknown_regions(usage_parts),
    )


def _codes(
    usage: pa.Table, cells: ReportedCells
) -> tuple[list[Int64Array], list[Int64Array], Words]:
    """Give numbers to the accounts, Regions and buckets of usage and cells, in sorted order."""
    usage_codes, cell_codes, books = [], [], []
    for name, texts in zip(_KEYS, (cells.account, cells.region, cells.service), strict=True):
        encoded = one_chunk(usage[name]).dictionary_encode()
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


def _consumers(usage: pa.Table, codes: list[Int64Array], physical: PhysicalKeys) -> Consumers:
    account, region, bucket = codes
    on_demand = whole(usage, "on_demand_nano")
    amounts = UsageAmounts(
        cell=(account * (region.max(initial=0) + 1) + region) * (bucket.max(initial=0) + 1)
        + bucket,
        has_driver_bucket=flags(pc.is_in(usage["carbon_service"], pa.array(_DRIVER_BUCKETS))),
        driver_nano=whole(usage, "driver_nano"),
        energy_nano_kwh=physical.energy_nano_kwh,
        embodied_ug=physical.embodied_ug,
        modelled_nano=physical.modelled_nano,
        on_demand_nano=on_demand,
    )
    is_split = flags(usage["parent_resource_id"].is_valid())
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
    is_instance = flags(pc.equal(usage["carbon_service"], _INSTANCE_BUCKET)) & ~is_split
    candidates = np.flatnonzero(is_instance)
    driver = whole(usage, "driver_nano")[candidates]
    candidates = candidates[np.argsort(-driver, kind="stable")]
    ids = one_chunk(usage["resource_id"]).take(pa.array(candidates)).to_pylist()
    carriers: dict[tuple[int, str], int] = {}
    for row, resource_id in zip(candidates.tolist(), ids, strict=True):
        carriers.setdefault((int(account[row]), resource_id), row)
    children = np.flatnonzero(is_split)
    parents = one_chunk(usage["parent_resource_id"]).take(pa.array(children)).to_pylist()
    for row, parent_id in zip(children.tolist(), parents, strict=True):
        parent[row] = carriers.get((int(account[row]), parent_id), -1)
    return parent
