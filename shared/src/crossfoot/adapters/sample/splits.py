"""Split cost allocation: what the pods and tasks of a node bill in its place.

AWS splits the price of an instance over vCPU and memory, gives each pod what it uses of both, and
spreads the unused rest over the pods. Per hour, used and unused parts of all pods of a node add up
to the node's own on-demand cost, to the nano-unit.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from crossfoot.adapters.sample.places import PLACES
from crossfoot.adapters.sample.skus import INSTANCES
from crossfoot.domain.units import NANOS_PER_UNIT, Float64Array

NODE_TYPES: Final = ("m6i.xlarge", "m7g.2xlarge", "r6i.2xlarge")
POD_SHARES: Final = (0.4, 0.25, 0.15)
"""Share of its node that each pod or task uses; the rest is unused. [1]"""
PODS_PER_NODE: Final = len(POD_SHARES)
_VCPU_WEIGHT: Final = 0.9
"""Part of an instance's price that goes to vCPU; memory has the rest. [1]"""
_PARTS: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class SplitTable:
    """Figures of one split-cost line, by ``split_index``.

    ``used_cost`` and ``unused_cost`` are in USD per hour, ``usage`` in vCPU or GB, ``ratio`` is the
    share of the instance [1].
    """

    used_cost: Float64Array
    unused_cost: Float64Array
    usage: Float64Array
    ratio: Float64Array


def split_index(node_type: int, region: int, pod: int, part: int) -> int:
    """Return the row of the table; ``part`` is 0 for vCPU and 1 for memory."""
    return ((node_type * len(PLACES) + region) * PODS_PER_NODE + pod) * _PARTS + part


def hourly_nanos(price: float, price_factor: float) -> int:
    """Return an hour's on-demand cost as the usage lines have it. [1e-9 USD]."""
    return round(price * price_factor * NANOS_PER_UNIT)


def make_split_table() -> SplitTable:
    """Return the table for every node type and Region."""
    rows = [
        row
        for node_type in NODE_TYPES
        for place in PLACES
        for row in _node_rows(node_type, place.price_factor)
    ]
    used, unused, usage, ratio = np.array(rows, dtype=np.float64).T
    return SplitTable(used / NANOS_PER_UNIT, unused / NANOS_PER_UNIT, usage, ratio)


def _node_rows(node_type: str, price_factor: float) -> list[tuple[float, float, float, float]]:
    price, vcpu, memory, _ = INSTANCES[node_type]
    cost = hourly_nanos(price, price_factor)
    sizes = (float(vcpu), float(memory.removesuffix(" GiB")))
    weights = (_VCPU_WEIGHT, 1 - _VCPU_WEIGHT)
    used = [round(cost * share * weight) for share in POD_SHARES for weight in weights]
    idle = cost - sum(used)
    unused = [idle * part // sum(used) for part in used]
    unused[-1] += idle - sum(unused)
    return [
        (used[n], unused[n], sizes[n % _PARTS] * share, share)
        for n, share in enumerate(np.repeat(POD_SHARES, _PARTS).tolist())
    ]


def node_share(node_type: int, region: int, pod: int, table: SplitTable) -> float:
    """Return the share of its node's cost that a pod uses, by what the lines say. [1]."""
    first = split_index(node_type, region, 0, 0)
    rows = slice(first, first + PODS_PER_NODE * _PARTS)
    whole = float(table.used_cost[rows].sum() + table.unused_cost[rows].sum())
    own = split_index(node_type, region, pod, 0)
    return float(table.used_cost[own : own + _PARTS].sum()) / whole
