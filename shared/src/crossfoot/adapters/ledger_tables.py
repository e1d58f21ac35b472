"""From a shard and its ledger to the rows of ``emissions``, ``emissions_ranges`` and ``usage``."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa

from crossfoot.adapters.arrow_columns import is_null, whole
from crossfoot.adapters.arrow_decimals import decimal_from_int64
from crossfoot.adapters.shard_labels import account_names, ou_paths, with_unused_parts
from crossfoot.adapters.usage_shards import UsageShard
from crossfoot.domain.accounts import AccountDirectory
from crossfoot.domain.columns import USAGE
from crossfoot.domain.configuration import AllocationMethod
from crossfoot.domain.measures import MEASURES, column_of
from crossfoot.domain.statuses import Status
from crossfoot.domain.units import BoolArray, Int64Array
from crossfoot.domain.versions import FactorSetVersion
from crossfoot.engine.shapes import AllocationLevel, Ledger, UnallocatedReason

COST_KEY: Final = "on-demand-cost"
PHYSICAL_KEY: Final = "estimated-energy-and-embodied-carbon"
_MIRROR_KEYS: Final = {
    "AmazonEC2": "normalized-instance-hours",
    "AmazonS3": "gb-months",
    "AmazonCloudFront": "gb-out",
}
PIECE_ROWS: Final = 32_768
"""Entries that are put into rows at a time."""

_BY_ENTRY: Final = ("source", "row", "level", "reason", "is_home", "is_unused_part")
_BY_MEASURE_AND_ENTRY: Final = ("amount_ug", "low_ug", "high_ug", "is_reported")

USAGE_DECIMALS: Final = {
    "driver_amount": "driver_nano",
    "model_amount": "model_nano",
    "cpu_load_percent": "load_nano_percent",
    "measured_energy_kwh": "measured_nano_kwh",
    "measured_hours": "measured_nano_hours",
    "grid_g_per_kwh": "grid_nano_g_per_kwh",
    "split_cost": "split_nano",
    "split_unused_cost": "split_unused_nano",
    "on_demand_cost": "on_demand_nano",
    "unblended_cost": "unblended_nano",
}


@dataclass(frozen=True, slots=True)
class RunLabels:
    """What every row of a run repeats.

    ``without_usage`` is the reason of an unallocated row where the month has no usage at all.
    """

    usage_period: str
    run_id: str
    model_version: str
    payer_account_id: str
    method: AllocationMethod
    tag_columns: tuple[str, ...]
    has_usage: bool
    factor_set: FactorSetVersion
    status: Status = Status.PUBLISHED


def usage_rows(
    shard: UsageShard, labels: RunLabels, accounts: AccountDirectory
) -> Iterator[pa.Table]:
    """Yield the shard's roll-up, model by model, as rows of ``usage``, piece by piece."""
    names = account_names(shard, accounts)
    n_parts = np.diff(shard.starts, append=shard.parts.num_rows)
    codes = np.repeat(shard.consumers.account, n_parts)
    for start in range(0, shard.parts.num_rows, PIECE_ROWS):
        piece = shard.parts.slice(start, PIECE_ROWS)
        own = names.take(pa.array(codes[start : start + PIECE_ROWS]))
        yield _usage_piece(piece, own, labels)


def _usage_piece(usage: pa.Table, names: pa.Array, labels: RunLabels) -> pa.Table:
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        "usage_period": pa.repeat(labels.usage_period, usage.num_rows),
        "run_id": pa.repeat(labels.run_id, usage.num_rows),
        "account_name": names,
    }
    for column in USAGE.with_tags(labels.tag_columns):
        if column.name not in columns and column.name not in USAGE_DECIMALS:
            columns[column.name] = usage[column.name]
    for published, rolled in USAGE_DECIMALS.items():
        columns[published] = decimal_from_int64(whole(usage, rolled), is_null(usage, rolled))
    return pa.table(columns)


def pieces_of(ledger: Ledger) -> Iterator[Ledger]:
    """Yield the ledger's entries in runs, so that a large account needs no more memory."""
    for start in range(0, ledger.n_entries, PIECE_ROWS):
        part = slice(start, start + PIECE_ROWS)
        yield replace(
            ledger,
            **{name: getattr(ledger, name)[part] for name in _BY_ENTRY},
            **{name: getattr(ledger, name)[:, part] for name in _BY_MEASURE_AND_ENTRY},
            money_nano={name: money[part] for name, money in ledger.money_nano.items()},
        )


def emission_rows(
    shard: UsageShard, ledger: Ledger, labels: RunLabels, accounts: AccountDirectory
) -> tuple[pa.Table, pa.Table]:
    """Return the shard's entries as rows of ``emissions`` and of ``emissions_ranges``."""
    rows = _Entries(shard, ledger)
    shared = {
        "usage_period": pa.repeat(labels.usage_period, ledger.n_entries),
        "run_id": pa.repeat(labels.run_id, ledger.n_entries),
        "model_version": pa.repeat(labels.model_version, ledger.n_entries),
        "payer_account_id": pa.repeat(labels.payer_account_id, ledger.n_entries),
        "usage_account_id": rows.words(shard.words.accounts, "account"),
        "region_code": rows.words(shard.words.regions, "region"),
        "carbon_service": rows.words(shard.words.services, "bucket"),
        "service_code": rows.text("service_code"),
        "resource_id": rows.text("resource_id"),
        "usage_family": rows.family(),
        **{name: rows.text(name) for name in labels.tag_columns},
    }
    account = rows.codes("account")
    names, paths = account_names(shard, accounts), ou_paths(shard, accounts)
    emissions = {
        **shared,
        "status": pa.repeat(labels.status.value, ledger.n_entries),
        "account_name": names.take(pa.array(account)),
        "ou_path": paths.take(pa.array(account)),
        "allocation_method": pa.repeat(str(labels.method), ledger.n_entries),
        "allocation_key": rows.keys(labels),
        "allocation_level": rows.levels(),
        **_masses(ledger.amount_ug, ledger.is_reported, column_of),
        **{name: rows.money(name) for name in ("on_demand_cost", "unblended_cost")},
        "currency_code": rows.text("currency_code"),
    }
    ranges = {
        **shared,
        **_masses(ledger.low_ug, ledger.is_reported, lambda measure: f"{measure}_low_kgco2e"),
        **_masses(ledger.high_ug, ledger.is_reported, lambda measure: f"{measure}_high_kgco2e"),
    }
    return pa.table(emissions), pa.table(ranges)


class _Entries:
    """Columns of the ledger's entries, gathered from the cells and the usage behind them."""

    def __init__(self, shard: UsageShard, ledger: Ledger) -> None:
        self._shard = shard
        self._ledger = ledger
        first = int(ledger.row[0]) if ledger.n_entries else 0
        is_run = first >= 0 and bool((ledger.row == np.arange(ledger.n_entries) + first).all())
        self._run = slice(first, first + ledger.n_entries) if is_run else None
        self._take = pa.array(ledger.row, mask=ledger.row < 0)

    def text(self, name: str) -> pa.Array | pa.ChunkedArray:
        """Return a text column of the usage; null where an entry stands on no usage."""
        column = self._shard.usage[name]
        return column.take(self._take) if self._run is None else column[self._run]

    def codes(self, name: str) -> Int64Array:
        """Return the code of the entry's cell: AWS's where there is one."""
        of_source: Int64Array = getattr(self._shard.sources, name)
        of_row: Int64Array = getattr(self._shard.consumers, name)
        source, row = self._ledger.source, self._ledger.row
        codes = np.zeros(self._ledger.n_entries, np.int64)
        has_source = source >= 0
        codes[has_source] = of_source[source[has_source]]
        codes[~has_source] = of_row[row[~has_source]]
        return codes

    def words(self, book: Sequence[str | None], name: str) -> pa.Array:
        """Return the text of the entry's cell."""
        return pa.array(book, pa.string()).take(pa.array(self.codes(name)))

    def family(self) -> pa.Array | pa.ChunkedArray:
        """Return the usage family; the part that no container used goes by its own name."""
        return with_unused_parts(self.text("usage_family"), self._ledger.is_unused_part)

    def money(self, name: str) -> pa.Array:
        """Return a cost; null on entries that repeat a row under another cell."""
        return decimal_from_int64(self._ledger.money_nano[name], ~self._ledger.is_home)

    def levels(self) -> pa.Array:
        """Return the published spelling of the level; null where AWS reported no cell."""
        spellings = [None if not level else level.text for level in AllocationLevel]
        return pa.array(spellings, pa.string()).take(pa.array(self._ledger.level))

    def keys(self, labels: RunLabels) -> pa.Array:
        """Return what weighed each entry, or why nothing did."""
        level = self._ledger.level
        spellings: list[str | None] = [None, COST_KEY]
        code = np.where(level == AllocationLevel.NONE, 0, 1)
        is_keyed = level == AllocationLevel.SERVICE_KEY
        bucket = self.codes("bucket")
        code[is_keyed] = len(spellings) + bucket[is_keyed]
        spellings += [_key_of(labels.method, service) for service in self._shard.words.services]
        is_lost = level == AllocationLevel.UNALLOCATED
        code[is_lost] = len(spellings) + self._ledger.reason[is_lost]
        spellings += [_reason(reason, has_usage=labels.has_usage) for reason in UnallocatedReason]
        return pa.array(spellings, pa.string()).take(pa.array(code))


def _key_of(method: AllocationMethod, service: str | None) -> str:
    match method:
        case AllocationMethod.PROVIDER_MIRROR:
            return _MIRROR_KEYS.get(service or "", COST_KEY)
        case AllocationMethod.PHYSICAL:
            return PHYSICAL_KEY
        case AllocationMethod.COST:
            return COST_KEY


def _reason(reason: UnallocatedReason, *, has_usage: bool) -> str:
    if reason is UnallocatedReason.NO_USAGE_OF_ACCOUNT and not has_usage:
        return "no-usage-delivered-for-the-period"
    return reason.text


def _masses(
    amount_ug: Int64Array, is_reported: BoolArray, name_of: Callable[..., str]
) -> dict[str, pa.Array]:
    return {
        name_of(measure): decimal_from_int64(amount_ug[index], ~is_reported[index])
        for index, measure in enumerate(MEASURES)
    }
