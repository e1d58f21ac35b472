"""Nowcasts that a warehouse keeps: as deliveries again, and beside what AWS published first."""

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq

from crossfoot.adapters.error_rows import error_rows
from crossfoot.adapters.record_rows import record_rows
from crossfoot.adapters.told_rows import told_month_in, told_rows
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.nowcasts import NOWCAST_ERRORS, NOWCASTS
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import CarbonDelivery
from crossfoot.domain.told_months import ToldMonth
from crossfoot.usecases.describe_run import digest_of
from crossfoot.usecases.nowcast_errors import compare_nowcast
from crossfoot.usecases.tell_month import delivery_of

_DIGEST_DIGITS = 16


@dataclass(frozen=True, slots=True, eq=False)
class KeptNowcast:
    """One record of ``nowcasts``."""

    nowcast_id: str
    told_at: datetime
    told: ToldMonth


def keep_nowcast(warehouse: Warehouse, nowcast_id: str, told: ToldMonth, at: datetime) -> None:
    """Keep a nowcast for ever; the same again changes nothing. It is not shown yet."""
    rows = record_rows(NOWCASTS, nowcast_id, told_rows(told), at)
    warehouse.add_record(NOWCASTS, nowcast_id, rows)


def read_nowcast(warehouse: Warehouse, nowcast_id: str) -> CarbonDelivery:
    """Return the cells of a kept nowcast in the shape of a delivery."""
    kept = kept_nowcast(warehouse, nowcast_id)
    return delivery_of(kept.told, nowcast_id, kept.told_at)


def kept_nowcast(warehouse: Warehouse, nowcast_id: str) -> KeptNowcast:
    """Return one record of ``nowcasts``."""
    table = _read(warehouse, nowcast_id)
    return KeptNowcast(nowcast_id, table["recorded_at"][0].as_py(), told_month_in(table))


def last_by_horizon(warehouse: Warehouse, period: UsagePeriod) -> list[KeptNowcast]:
    """Return the last nowcast of a month that was published so many months ahead, nearest first."""
    found: dict[int, KeptNowcast] = {}
    for nowcast_id in warehouse.current().records.get(NOWCASTS.name, ()):
        label = _read(warehouse, nowcast_id, ["usage_period", "horizon"]).slice(0, 1).to_pylist()
        if label[0]["usage_period"] == period.text:
            found[label[0]["horizon"]] = kept_nowcast(warehouse, nowcast_id)
    return [found[horizon] for horizon in sorted(found)]


def keep_errors(warehouse: Warehouse, first: CarbonDelivery, at: datetime) -> str:
    """Keep how far the nowcasts of a month were off, and return the record's id; not shown yet."""
    kept = last_by_horizon(warehouse, first.usage_period)
    published = ReportedCells.from_rows(first.rows)
    rows = [
        error_rows(each.nowcast_id, each.told_at, each.told, first, grain, compared)
        for each in kept
        for grain, compared in compare_nowcast(each.told, published).items()
    ]
    said = {"nowcasts": [each.nowcast_id for each in kept], "delivery": first.delivery_id}
    record_id = f"e-{digest_of(said)[:_DIGEST_DIGITS]}"
    table = record_rows(NOWCAST_ERRORS, record_id, pa.concat_tables(rows), at)
    warehouse.add_record(NOWCAST_ERRORS, record_id, table)
    return record_id


def _read(warehouse: Warehouse, nowcast_id: str, columns: list[str] | None = None) -> pa.Table:
    files = warehouse.record_files(NOWCASTS, nowcast_id)
    tables = [pq.read_table(file, columns=columns, partitioning=None) for file in files]
    return pa.concat_tables(tables).combine_chunks()
