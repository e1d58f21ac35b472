"""The inventory of the sample's machines: one collection a month, with statistics of processors."""

import math
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from crossfoot.adapters.inventory_table import as_parquet, table_of
from crossfoot.adapters.sample.catalogue import Archetype
from crossfoot.adapters.sample.hashing import mix
from crossfoot.adapters.sample.places import PLACES
from crossfoot.adapters.sample.populate import KINDS
from crossfoot.adapters.sample.resource_ids import resource_ids
from crossfoot.adapters.sample.world import World
from crossfoot.domain.inventory import (
    WINDOW_DAYS,
    Resource,
    ResourceKind,
    Utilization,
    WorkItem,
)
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.units import Float64Array, Int64Array

_DATABASE: Final = "db.r6g.large"
_ASKED_AT: Final = timedelta(hours=4, minutes=30)

_SALT: Final = 7_000
_GONE_EVERY: Final = 20
"""One machine in so many was terminated before anybody asked, and is in no collection."""
_SILENT_EVERY: Final = 12
"""One in so many has no day with data."""
_IDLE_SHARE: Final = 0.15
_BUSY_SHARE: Final = 0.2
_LOADS: Final = ((0.3, 3.0), (6.0, 38.0), (45.0, 92.0))
"""Lowest and highest mean load of idle, of usual and of busy machines. [percent]"""


def write_inventory(out: Path, world: World, period: UsagePeriod, month: int) -> int:
    """Write the collection of the day after a month, all accounts in one file.

    Returns
    -------
    int
        Machines in it.
    """
    at = period.end + _ASKED_AT
    machines = _machines_of(world, month)
    if not len(machines):
        return 0
    ids = resource_ids(world, machines).to_pylist()
    loads = _loads_percent(world, machines, month)
    resources = [
        _resource(world, *row) for row in zip(machines.tolist(), ids, loads.tolist(), strict=True)
    ]
    nowhere = WorkItem("", "")
    table = table_of(f"sample-{at.date()}", at.date(), nowhere, at, resources)
    path = out / "inventory" / f"day={at.date()}" / "machines.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_parquet(_placed(table, world, dict(zip(ids, machines, strict=True)))))
    return len(machines)


def _placed(table: pa.Table, world: World, numbers: Mapping[str, int]) -> pa.Table:
    """Give every row its own account and Region."""
    own = world.resources
    rows = [numbers[resource_id] for resource_id in table["resource_id"].to_pylist()]
    texts = {
        "usage_account_id": [world.accounts[own.account[row]].account_id for row in rows],
        "region_code": [PLACES[own.region[row]].code for row in rows],
    }
    for name, values in texts.items():
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(at), pa.array(values, pa.string()))
    return table


def _machines_of(world: World, month: int) -> Int64Array:
    """Return the machines that run in a month, without those that nobody could ask."""
    own = world.resources
    is_machine = np.array([_machine_type(kind) is not None for kind in KINDS])[own.kind]
    alive_in = world.alive_in(month)
    active = np.array([account.is_active(alive_in) for account in world.accounts])
    is_there = (own.first_month <= alive_in) & (alive_in <= own.last_month) & active[own.account]
    found = np.flatnonzero(is_machine & is_there)
    is_gone = mix(found, world.seed * 1000 + _SALT + month) % np.uint64(_GONE_EVERY) == 0
    return np.asarray(found[~is_gone], dtype=np.int64)


def _machine_type(kind: Archetype) -> str | None:
    """Return the type of an instance or a database; None of what has no processor of its own."""
    sku = kind.meters[0].sku
    if kind.id_format == "i-0":
        return sku.instance_type
    return _DATABASE if kind.name == "database" else None


def _resource(world: World, number: int, resource_id: str, load_percent: float) -> Resource:
    kind = KINDS[world.resources.kind[number]]
    is_database = kind.name == "database"
    tags = world.tag_sets.resource_tags[world.resources.tag_set[number]]
    return Resource(
        service_code="AmazonRDS" if is_database else "AmazonEC2",
        kind=ResourceKind.RDS_INSTANCE if is_database else ResourceKind.EC2_INSTANCE,
        resource_id=resource_id,
        resource_type=_machine_type(kind),
        state="available" if is_database else "running",
        tags={key.removeprefix("user_"): tags[key] for key in tags if key.startswith("user_")},
        utilization=_utilization(load_percent),
    )


def _utilization(load_percent: float) -> Utilization:
    if math.isnan(load_percent):
        return Utilization(measured_days=0)
    return Utilization(
        measured_days=WINDOW_DAYS,
        cpu_mean_percent=round(load_percent, 2),
        cpu_p50_percent=round(0.96 * load_percent, 2),
        cpu_p95_percent=round(min(1.4 * load_percent, 99.5), 2),
        cpu_max_percent=round(min(1.9 * load_percent + 2.0, 100.0), 2),
    )


def _loads_percent(world: World, machines: Int64Array, month: int) -> Float64Array:
    """Draw how busy machines were: each has its habit, a little different from month to month.

    NaN where CloudWatch has no data. [percent]
    """
    habit, level = _drawn(world, machines, 1), _drawn(world, machines, 2)
    change = _drawn(world, machines, 3_000 + month)
    sort = (habit >= _IDLE_SHARE).astype(np.int64) + (habit >= 1 - _BUSY_SHARE)
    low, high = np.array(_LOADS).T
    load = (low[sort] + (high - low)[sort] * level) * (0.92 + 0.16 * change)
    is_silent = _drawn(world, machines, 3) < 1 / _SILENT_EVERY
    return np.where(is_silent, np.nan, load)


def _drawn(world: World, machines: Int64Array, salt: int) -> Float64Array:
    """Return a number from 0 up to 1 per machine."""
    bits = mix(machines, world.seed * 1000 + _SALT + salt)
    return (bits >> np.uint64(11)).astype(np.float64) / 2.0**53
