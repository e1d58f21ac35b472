"""Fill the world: draw the resources, then give each its meters and stakes."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from crossfoot.adapters.sample import tags
from crossfoot.adapters.sample.catalogue import ARCHETYPES, POD, TASK
from crossfoot.adapters.sample.metering import make_meters
from crossfoot.adapters.sample.organisation import Account, home_regions, make_accounts
from crossfoot.adapters.sample.places import GLOBAL
from crossfoot.adapters.sample.splits import PODS_PER_NODE, make_split_table
from crossfoot.adapters.sample.world import NONE, Int32Array, Resources, World

KINDS: Final = (*ARCHETYPES, POD, TASK)
"""Every kind of resource, the two carried ones last."""
ROWS_PER_RESOURCE: Final = 33
"""Usage lines per resource and month, on average."""
_LATE_SHARE: Final = 0.15
_STAYING_SHARE: Final = 0.9
"""Resources that come later than the first month, and that stay to the last. [1]"""
_TASK_NODE_EVERY: Final = 3
_REGION_SHARES: Final = (0.55, 0.25, 0.15, 0.05)
_SHARED_KINDS: Final = {
    "network": ("nat", "balancer", "hosted zone"),
    "log archive": ("bucket", "archive bucket", "log group"),
    "security": ("function", "key", "trail", "log group"),
}


def make_world(n_accounts: int, n_months: int, rows_per_month: int, seed: int) -> World:
    """Return the world of these arguments: the same arguments give the same world.

    Resources grow with the rows, 33 lines each, but there is at least one of every kind.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    accounts = make_accounts(n_accounts, n_months, seed)
    resources = _resources(rng, accounts, n_months, rows_per_month)
    splits = make_split_table()
    meters, stakes, skus, products = make_meters(
        rng, accounts, resources, splits, rows_per_month=rows_per_month
    )
    tag_sets = tags.make_tag_sets(accounts)
    return World(
        accounts, resources, meters, stakes, skus, products, splits, tag_sets, seed, n_months
    )


def _resources(
    rng: np.random.Generator, accounts: tuple[Account, ...], n_months: int, rows_per_month: int
) -> Resources:
    weights = np.array([kind.weight for kind in ARCHETYPES])
    weights /= weights.sum()
    nodes = sum(w for w, kind in zip(weights, ARCHETYPES, strict=True) if kind.is_node)
    wanted = rows_per_month / ROWS_PER_RESOURCE / (1 + nodes * PODS_PER_NODE)
    n_resources = max(len(ARCHETYPES), int(wanted))
    kind = rng.choice(len(ARCHETYPES), n_resources, p=weights).astype(np.int32)
    account = _accounts_of(rng, accounts, n_resources)
    _respect_roles(rng, accounts, account, kind)
    kind[: len(ARCHETYPES)] = np.arange(len(ARCHETYPES))
    first, last = _lives(rng, n_resources, n_months)
    base = Resources(
        kind=kind,
        account=account,
        region=_regions_of(rng, accounts, account, kind),
        tag_set=_tag_sets_of(rng, account),
        vigour=rng.random(n_resources),
        first_month=first,
        last_month=last,
        parent=np.full(n_resources, NONE, np.int32),
    )
    return _with_containers(base)


def _accounts_of(
    rng: np.random.Generator, accounts: tuple[Account, ...], n_resources: int
) -> Int32Array:
    """Give the accounts their resources, a few of them most; each usable account has one."""
    usable = np.array([n for n, one in enumerate(accounts) if one.last_month >= one.first_month])
    weights = 1.0 / np.arange(1, len(usable) + 1) ** 0.7
    chosen = usable[rng.choice(len(usable), n_resources, p=weights / weights.sum())]
    n_sure = min(len(usable), n_resources)
    # from the end on: the first resources are the samples of each kind and stay with busy accounts
    chosen[n_resources - n_sure :] = usable[:n_sure]
    return chosen.astype(np.int32)


def _respect_roles(
    rng: np.random.Generator, accounts: tuple[Account, ...], account: Int32Array, kind: Int32Array
) -> None:
    names = [archetype.name for archetype in ARCHETYPES]
    for number, one in enumerate(accounts):
        own = [names.index(name) for name in _SHARED_KINDS.get(one.role, ())]
        if own:
            at = np.flatnonzero(account == number)
            kind[at] = rng.choice(own, len(at))


def _regions_of(
    rng: np.random.Generator, accounts: tuple[Account, ...], account: Int32Array, kind: Int32Array
) -> Int32Array:
    choice = rng.choice(len(_REGION_SHARES), len(account), p=_REGION_SHARES)
    region = home_regions(accounts)[account, choice]
    region[np.array([archetype.is_global for archetype in ARCHETYPES])[kind]] = GLOBAL
    return region.astype(np.int32)


def _tag_sets_of(rng: np.random.Generator, account: Int32Array) -> Int32Array:
    choice = rng.integers(0, tags.SETS_PER_ACCOUNT, len(account))
    chosen = tags.first_set(0) + choice + account * (tags.first_set(1) - tags.first_set(0))
    n_hostile = len(tags.HOSTILE_TEAMS)
    # every sixth of the first resources: few, and on kinds that emit
    chosen[: 6 * n_hostile : 6] = np.arange(1, n_hostile + 1)[: len(chosen[: 6 * n_hostile : 6])]
    return chosen.astype(np.int32)


def _lives(
    rng: np.random.Generator, n_resources: int, n_months: int
) -> tuple[Int32Array, Int32Array]:
    """Let one resource in four come or go on the way; the first of each kind stay."""
    first = np.where(
        rng.random(n_resources) < _LATE_SHARE, rng.integers(0, n_months, n_resources), 0
    )
    stays = rng.random(n_resources) < _STAYING_SHARE
    last = np.where(stays, n_months - 1, rng.integers(0, n_months, n_resources))
    first[: len(ARCHETYPES)] = 0
    last[: len(ARCHETYPES)] = n_months - 1
    return first.astype(np.int32), np.maximum(first, last).astype(np.int32)


def _with_containers(base: Resources) -> Resources:
    """Append the pods of every node; every third node carries ECS tasks instead."""
    nodes = np.flatnonzero(np.array([archetype.is_node for archetype in ARCHETYPES])[base.kind])
    parent = np.repeat(nodes, PODS_PER_NODE).astype(np.int32)
    place = np.arange(len(parent)) % PODS_PER_NODE
    node_number = np.arange(len(parent)) // PODS_PER_NODE
    is_task = node_number % _TASK_NODE_EVERY == _TASK_NODE_EVERY - 1
    step = tags.first_set(1) - tags.first_set(0)
    container_set = tags.SETS_PER_ACCOUNT + (node_number + place) % tags.CONTAINER_SETS_PER_ACCOUNT
    own_set = np.where(is_task, 1 + place, container_set)
    columns: dict[str, NDArray[Any]] = {
        field.name: getattr(base, field.name)[parent] for field in fields(Resources)
    }
    columns["kind"] = np.where(is_task, len(ARCHETYPES) + 1, len(ARCHETYPES))
    columns["tag_set"] = tags.first_set(0) + columns["account"] * step + own_set
    columns["parent"] = parent
    return Resources(**{name: _joined(base, name, column) for name, column in columns.items()})


def _joined(base: Resources, name: str, more: NDArray[Any]) -> NDArray[Any]:
    column = getattr(base, name)
    parts: Sequence[NDArray[Any]] = (column, more.astype(column.dtype))
    return np.concatenate(parts)
