"""From figures of parts to rows of the ledger's key, in whole numbers, and from nodes to pods.

A row is the sum of its parts. A node hands its figures on to its pods by the ledger's own law, so
the parts of a node, the unused one included, sum to what the node was.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crossfoot.domain.errors import InvalidAmountError
from crossfoot.domain.impacts import BOUNDS, CRITERIA, IDLE_CRITERIA, Basis, Criterion
from crossfoot.domain.units import BoolArray, Float64Array, Int64Array
from crossfoot.engine.allocation import allocate
from crossfoot.engine.estimate import Estimates
from crossfoot.engine.shapes import NOWHERE, Consumers

NANOS: Final = 1e9
FEMTOS: Final = 1e15
"""Minerals are so small that their columns have fifteen digits after the point."""

MINERALS: Final = (Criterion.ADP_USE, Criterion.ADP_EMBODIED)
N_FIGURES: Final = len(CRITERIA) * len(BOUNDS)
IDLE_AT: Final = N_FIGURES
MODELLED_AT: Final = IDLE_AT + len(IDLE_CRITERIA)
COSTS_AT: Final = MODELLED_AT + 1

COST_COLUMNS: Final = (
    "physical_on_demand_cost",
    "proxy_on_demand_cost",
    "unmodelled_on_demand_cost",
    "carried_on_demand_cost",
)
AMOUNT_COLUMNS: Final = (
    *(f"{criterion}{bound}" for criterion in CRITERIA for bound in BOUNDS),
    *(f"idle_{criterion}" for criterion in IDLE_CRITERIA),
    "modelled_energy_kwh",
    *COST_COLUMNS,
)
"""Columns of axis 0, in its order."""

_SCALE: Final = np.array(
    [FEMTOS if criterion in MINERALS else NANOS for criterion in CRITERIA for _ in BOUNDS]
    + [NANOS] * (len(IDLE_CRITERIA) + 1)
)
_LARGEST: Final = 2.0**62
_COST_OF_BASIS: Final = np.array(
    [
        0 if basis.is_physical else {Basis.PROXY: 1, Basis.CARRIED: 3}.get(basis, 2)
        for basis in Basis
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class ImpactRows:
    """What each row of usage came to.

    Parameters
    ----------
    amount : ndarray of int64, shape (column, row)
        Whole numbers of ``AMOUNT_COLUMNS``: 1e-9 of the unit, of minerals 1e-15.
    is_known : ndarray of bool, shape (column, row)
        False where there is no figure: missing, not zero.
    basis : ndarray of int8, shape (row,)
        ``Basis`` of the weakest part that counts; -1 for pods before they have their share.
    carrier : ndarray of int64, shape (row,)
        Row whose figures this one shares: a pod's node, and everybody else's own.
    is_unused_part : ndarray of bool, shape (row,)
        True for a node that handed on: what its pods left unused.
    """

    amount: Int64Array
    is_known: BoolArray
    basis: NDArray[np.int8]
    carrier: Int64Array
    is_unused_part: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class PhysicalKeys:
    """What the ``physical`` method weighs by, shape (row,): whole numbers, 0 without a model.

    ``modelled_nano`` is the on-demand value of the modelled part. [1e-9 kWh, ug CO2e, 1e-9]
    """

    energy_nano_kwh: Int64Array
    embodied_ug: Int64Array
    modelled_nano: Int64Array


def rows_of_parts(
    estimates: Estimates, starts: Int64Array, on_demand_nano: Int64Array
) -> tuple[ImpactRows, PhysicalKeys]:
    """Add the parts of each row.

    Parameters
    ----------
    estimates : Estimates
        Figures of the parts, row by row.
    starts : ndarray of int64, shape (row,)
        First part of each row.
    on_demand_nano : ndarray of int64, shape (part,)
        Undiscounted value. [1e-9 currency]
    """
    amount, is_known = _whole(estimates)
    costs = np.zeros((len(COST_COLUMNS), len(on_demand_nano)), np.int64)
    has_basis = estimates.basis >= 0
    kind = _COST_OF_BASIS[estimates.basis[has_basis]]
    costs[kind, np.flatnonzero(has_basis)] = on_demand_nano[has_basis]
    every = np.concatenate([amount, costs])
    known = np.concatenate([is_known, np.broadcast_to(has_basis, costs.shape)])
    is_physical = has_basis & (_COST_OF_BASIS[estimates.basis] == 0)
    rows = ImpactRows(
        amount=_summed(every, starts),
        is_known=_any(known, starts),
        basis=_weakest(estimates.basis, starts),
        carrier=np.arange(len(starts)),
        is_unused_part=np.zeros(len(starts), np.bool_),
    )
    return rows, _physical_keys(amount, costs[0], is_physical, starts)


def shared_with_pods(rows: ImpactRows, consumers: Consumers) -> ImpactRows:
    """Hand the figures of nodes on to their pods; the unused part stays.

    A node whose pods have no weight at all keeps everything, and its pods have no figure.
    """
    pods, nodes, first = _pods_by_node(consumers)
    if not len(nodes):
        return rows
    node = consumers.parent[pods]
    left_unused = _summed(consumers.split_unused[np.newaxis, pods], first)[0]
    # of each node first itself, for what is left unused, then its pods
    target = np.insert(pods, first, nodes)
    weight = np.insert(consumers.split_used[pods], first, left_unused)
    offsets = np.append(first + np.arange(len(nodes)), len(target))
    amount, is_known = rows.amount.copy(), rows.is_known.copy()
    basis, carrier = rows.basis.copy(), rows.carrier.copy()
    amount[:, target] = allocate(np.ascontiguousarray(rows.amount[:, nodes]), offsets, weight)
    is_known[:, pods], basis[pods], carrier[pods] = rows.is_known[:, node], rows.basis[node], node
    is_unused_part = rows.is_unused_part.copy()
    is_unused_part[nodes] = True
    return ImpactRows(amount, is_known, basis, carrier, is_unused_part)


def _pods_by_node(consumers: Consumers) -> tuple[Int64Array, Int64Array, Int64Array]:
    """Return the pods of nodes that share, their nodes, and the first pod of each node."""
    pods = np.flatnonzero(consumers.parent != NOWHERE)
    pods = pods[np.argsort(consumers.parent[pods], kind="stable")]
    nodes, first, n_pods = np.unique(consumers.parent[pods], return_index=True, return_counts=True)
    weight = consumers.split_used[pods] + consumers.split_unused[pods]
    is_shared = _summed(weight[np.newaxis], first)[0] > 0
    pods, n_pods = pods[np.repeat(is_shared, n_pods)], n_pods[is_shared]
    return pods, nodes[is_shared], np.cumsum(n_pods) - n_pods


def _whole(estimates: Estimates) -> tuple[Int64Array, BoolArray]:
    """Return the figures of parts as whole numbers, and where there are any."""
    n_parts = len(estimates.basis)
    figures = np.concatenate(
        [
            estimates.figures.reshape(N_FIGURES, n_parts),
            estimates.idle,
            estimates.modelled_kwh[np.newaxis],
        ]
    )
    is_known = np.isfinite(figures)
    scaled = np.where(is_known, figures, 0.0) * _SCALE[:, np.newaxis]
    if scaled.size and np.abs(scaled).max() > _LARGEST:
        raise InvalidAmountError(
            "an estimate has more digits than 64 bits hold.",
            mend="Look for amounts of usage beyond all measure, and export the file again.",
        )
    return np.rint(scaled).astype(np.int64), is_known


def _summed(amount: Int64Array, starts: Int64Array) -> Int64Array:
    if not len(starts):
        return np.zeros((len(amount), 0), np.int64)
    if len(starts) == amount.shape[1]:
        return amount
    return np.add.reduceat(amount, starts, axis=1)


def _any(flags: BoolArray, starts: Int64Array) -> BoolArray:
    if not len(starts):
        return np.zeros((len(flags), 0), np.bool_)
    if len(starts) == flags.shape[1]:
        return flags
    return np.logical_or.reduceat(flags, starts, axis=1)


def _weakest(basis: NDArray[np.int8], starts: Int64Array) -> NDArray[np.int8]:
    """Return the largest code that has a figure of its own; else the largest of all."""
    if len(starts) == len(basis):
        return basis
    counting = np.where(basis < Basis.CARRIED, basis, -1)
    best = np.maximum.reduceat(counting, starts)
    return np.where(best >= 0, best, np.maximum.reduceat(basis, starts)).astype(np.int8)


def _physical_keys(
    amount: Int64Array, physical_nano: Int64Array, is_physical: BoolArray, starts: Int64Array
) -> PhysicalKeys:
    at = [CRITERIA.index(each) * len(BOUNDS) for each in (Criterion.ENERGY, Criterion.GHG_EMBODIED)]
    weights = np.where(is_physical, np.maximum(amount[at], 0), 0)
    energy, embodied, modelled = _summed(np.concatenate([weights, physical_nano[None]]), starts)
    return PhysicalKeys(energy, embodied, modelled)


def load_of_rows(
    load_percent: Float64Array, amount: Float64Array, starts: Int64Array
) -> Float64Array:
    """Return the mean load of each row's parts by their amounts; NaN where none was measured."""
    weight = np.where(np.isfinite(load_percent), np.maximum(np.nan_to_num(amount), 0.0), 0.0)
    if not len(starts):
        return np.zeros(0)
    total = np.add.reduceat(weight, starts)
    weighted = np.add.reduceat(weight * np.nan_to_num(load_percent), starts)
    mean = np.full(len(starts), np.nan)
    np.divide(weighted, total, out=mean, where=total > 0)
    return mean
