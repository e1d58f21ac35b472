"""Give every resource its meters, and every usage its stake in the emissions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from crossfoot.adapters.sample.catalogue import (
    ACCOUNT_CHARGES,
    ARCHETYPES,
    PAYER_CHARGES,
    POD,
    TASK,
    Archetype,
    Cadence,
    Meter,
)
from crossfoot.adapters.sample.organisation import Account
from crossfoot.adapters.sample.places import PLACES
from crossfoot.adapters.sample.skus import BUCKETS, Bucket, Sku
from crossfoot.adapters.sample.splits import (
    NODE_TYPES,
    PODS_PER_NODE,
    SplitTable,
    node_share,
    split_index,
)
from crossfoot.adapters.sample.world import NONE, Int32Array, Meters, Resources, Stakes

CADENCES: Final = tuple(Cadence)
_KINDS: Final = (*ARCHETYPES, POD, TASK)
_LARGEST_SHARE_OF_CHARGES: Final = 0.05
"""Charges of accounts stay below this share of a month's lines. [1]"""


@dataclass(slots=True)
class _Build:
    """Columns that grow kind by kind; joined at the end."""

    meters: dict[str, list[NDArray[Any]]] = field(default_factory=dict)
    stakes: dict[str, list[NDArray[Any]]] = field(default_factory=dict)
    skus: dict[Sku, int] = field(default_factory=dict)
    products: dict[str, int] = field(default_factory=dict)
    n_stakes: int = 0

    def add(self, into: dict[str, list[NDArray[Any]]], **columns: NDArray[Any]) -> None:
        for name, column in columns.items():
            into.setdefault(name, []).append(column)


def make_meters(
    rng: np.random.Generator,
    accounts: tuple[Account, ...],
    resources: Resources,
    splits: SplitTable,
    *,
    rows_per_month: int,
) -> tuple[Meters, Stakes, tuple[Sku, ...], tuple[str, ...]]:
    """Return meters, stakes, SKUs and product codes of the world."""
    build = _Build()
    node_stake = np.full(len(resources), NONE, np.int32)
    for number, kind in enumerate(_KINDS):
        own = np.flatnonzero(resources.kind == number).astype(np.int32)
        if kind in (POD, TASK):
            _add_containers(build, kind, own, resources, splits, node_stake)
        else:
            _add_kind(build, rng, kind, own, resources, node_stake)
    for account, meter in _charges(accounts, rows_per_month):
        _add_charge(build, accounts, account, meter)
    meters = Meters(**{name: np.concatenate(parts) for name, parts in build.meters.items()})
    stakes = Stakes(**{name: np.concatenate(parts) for name, parts in build.stakes.items()})
    return meters, stakes, tuple(build.skus), tuple(build.products)


def _add_kind(
    build: _Build,
    rng: np.random.Generator,
    kind: Archetype,
    own: Int32Array,
    resources: Resources,
    node_stake: Int32Array,
) -> None:
    scale = np.exp(0.7 * rng.standard_normal(len(own)))
    stake_of: dict[tuple[Bucket, str], Int32Array] = {}
    for meter in kind.meters:
        stake = np.full(len(own), NONE, np.int32)
        if meter.sku.bucket is not None:
            key = (meter.sku.bucket, meter.sku.product_code)
            if key not in stake_of:
                stake_of[key] = _add_stakes(build, own, *key, is_shown=meter.has_resource)
            stake = stake_of[key]
        amount = np.full(len(own), meter.amount) if meter.is_steady else meter.amount * scale
        _add_meter(build, meter, own, resources, amount=amount, stake=stake)
    if kind.is_node:
        node_stake[own] = stake_of[(Bucket.EC2, "AmazonEC2")]


def _add_containers(
    build: _Build,
    kind: Archetype,
    own: Int32Array,
    resources: Resources,
    splits: SplitTable,
    node_stake: Int32Array,
) -> None:
    parent = resources.parent[own]
    types = [f"node {name}" for name in NODE_TYPES]
    type_of_kind = np.array(
        [types.index(one.name) if one.name in types else NONE for one in ARCHETYPES]
    )
    node_type = type_of_kind[resources.kind[parent]]
    # containers were appended node by node, so their place on the node is their own number
    first = len(resources) - int((resources.parent >= 0).sum())
    pod = (own - first) % PODS_PER_NODE
    region = resources.region[own]
    keys = list(zip(node_type.tolist(), region.tolist(), pod.tolist(), strict=True))
    shares = {key: node_share(*key, splits) for key in set(keys)}
    stake = _add_stakes(
        build, own, Bucket.EC2, kind.meters[0].sku.product_code,
        parent=node_stake[parent], parent_share=np.array([shares[key] for key in keys]),
    )  # fmt: skip
    for part, meter in enumerate(kind.meters):
        split = np.array([split_index(*key, part) for key in keys], np.int32)
        amount = splits.usage[split]
        _add_meter(build, meter, own, resources, amount=amount, stake=stake, split=split)


def _add_stakes(  # noqa: PLR0913 - columns of a table
    build: _Build,
    own: Int32Array,
    bucket: Bucket,
    product_code: str,
    *,
    is_shown: bool = True,
    parent: Int32Array | None = None,
    parent_share: NDArray[np.float64] | None = None,
) -> Int32Array:
    product = build.products.setdefault(product_code, len(build.products))
    n_own = len(own)
    build.add(
        build.stakes,
        resource=own,
        bucket=np.full(n_own, BUCKETS.index(bucket), np.int8),
        product=np.full(n_own, product, np.int32),
        is_shown=np.full(n_own, is_shown),
        parent=np.full(n_own, NONE, np.int32) if parent is None else parent,
        parent_share=np.zeros(n_own) if parent_share is None else parent_share,
    )
    first = build.n_stakes
    build.n_stakes += n_own
    return np.arange(first, first + n_own, dtype=np.int32)


def _add_meter(  # noqa: PLR0913 - columns of a table
    build: _Build,
    meter: Meter,
    own: Int32Array,
    resources: Resources,
    *,
    amount: NDArray[np.float64],
    stake: Int32Array,
    split: Int32Array | None = None,
) -> None:
    sku = build.skus.setdefault(meter.sku, len(build.skus))
    n_own = len(own)
    build.add(
        build.meters,
        resource=own,
        account=resources.account[own],
        offer=(sku * len(PLACES) + resources.region[own]).astype(np.int32),
        amount=amount,
        share=np.full(n_own, meter.share),
        cadence=np.full(n_own, CADENCES.index(meter.cadence), np.int8),
        is_steady=np.full(n_own, meter.is_steady),
        is_shown=np.full(n_own, meter.has_resource),
        stake=stake,
        split=np.full(n_own, NONE, np.int32) if split is None else split,
    )


def _charges(accounts: tuple[Account, ...], rows_per_month: int) -> Iterator[tuple[int, Meter]]:
    for meter in PAYER_CHARGES:
        yield 0, meter
    most = max(1, int(rows_per_month * _LARGEST_SHARE_OF_CHARGES) // len(ACCOUNT_CHARGES))
    for account in range(min(len(accounts), most)):
        if accounts[account].role != "carbon only":
            for meter in ACCOUNT_CHARGES:
                yield account, meter


def _add_charge(build: _Build, accounts: tuple[Account, ...], account: int, meter: Meter) -> None:
    sku = build.skus.setdefault(meter.sku, len(build.skus))
    region = accounts[account].regions[0]
    build.add(
        build.meters,
        resource=np.array([NONE], np.int32),
        account=np.array([account], np.int32),
        offer=np.array([sku * len(PLACES) + region], np.int32),
        amount=np.array([meter.amount]),
        share=np.array([meter.share]),
        cadence=np.array([CADENCES.index(meter.cadence)], np.int8),
        is_steady=np.array([True]),
        is_shown=np.array([False]),
        stake=np.array([NONE], np.int32),
        split=np.array([NONE], np.int32),
    )
