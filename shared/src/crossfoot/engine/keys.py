"""Allocation keys: what weighs a usage row under each named method (docs/methodology.md, F-5)."""

from dataclasses import dataclass

import numpy as np

from crossfoot.domain.configuration import AllocationMethod
from crossfoot.domain.units import BoolArray, Int64Array
from crossfoot.engine.shapes import MethodKey


@dataclass(frozen=True, slots=True, eq=False)
class UsageAmounts:
    """What the roll-up knows of each usage row; whole numbers, shape (row,).

    Parameters
    ----------
    cell : ndarray of int64
        Start of the row's own (account, Region, bucket) group is where this changes; sorted.
    has_driver_bucket : ndarray of bool
        Whether AWS places the row's bucket by physical usage: EC2, S3 and CloudFront.
    driver_nano : ndarray of int64
        Physical driver, 0 without one. [10^-9 of its unit]
    energy_nano_kwh, embodied_ug : ndarray of int64
        First bottom-up estimates, 0 without a model. [10^-9 kWh], [ug CO2e]
    modelled_nano, on_demand_nano : ndarray of int64
        On-demand value of the modelled usage, and of all. [10^-9 of the currency]
    """

    cell: Int64Array
    has_driver_bucket: BoolArray
    driver_nano: Int64Array
    energy_nano_kwh: Int64Array
    embodied_ug: Int64Array
    modelled_nano: Int64Array
    on_demand_nano: Int64Array


def method_keys(usage: UsageAmounts) -> dict[str, MethodKey]:
    """Return the weights of every method.

    ``provider-mirror``: the physical driver in the buckets that AWS places by usage, the on-demand
    value in the others. ``cost``: the on-demand value. ``physical``: estimated energy for Scope 1
    and 2, estimated embodied carbon for Scope 3; usage without a model is put at its cell's ratio
    of estimate to on-demand value, so that both kinds can be weighed against each other.
    """
    cost = np.maximum(usage.on_demand_nano, 0)
    mirror = np.where(usage.has_driver_bucket, np.maximum(usage.driver_nano, 0), cost)
    energy = _with_unmodelled(usage, usage.energy_nano_kwh)
    embodied = _with_unmodelled(usage, usage.embodied_ug)
    return {
        AllocationMethod.PROVIDER_MIRROR: MethodKey(operational=mirror, embodied=mirror),
        AllocationMethod.PHYSICAL: MethodKey(operational=energy, embodied=embodied),
        AllocationMethod.COST: MethodKey(operational=cost, embodied=cost),
    }


def _with_unmodelled(usage: UsageAmounts, estimate: Int64Array) -> Int64Array:
    """Add cost at the cell's own estimate per cost; plain cost where a cell has no estimate."""
    if not len(estimate):
        return estimate
    starts = np.flatnonzero(np.diff(usage.cell, prepend=usage.cell[0] - 1))
    lengths = np.diff(starts, append=len(estimate))
    cost = np.maximum(usage.on_demand_nano, 0)
    modelled = np.clip(usage.modelled_nano, 0, cost)
    cell_estimate = np.add.reduceat(estimate, starts)
    cell_modelled = np.add.reduceat(modelled, starts)
    per_cost = np.divide(
        cell_estimate,
        cell_modelled,
        out=np.zeros(len(starts)),
        where=(cell_modelled > 0) & (cell_estimate > 0),
    )
    unmodelled = np.rint((cost - modelled) * np.repeat(per_cost, lengths)).astype(np.int64)
    has_estimate = np.repeat(cell_estimate > 0, lengths)
    return np.where(has_estimate, np.maximum(estimate, 0) + unmodelled, cost)
