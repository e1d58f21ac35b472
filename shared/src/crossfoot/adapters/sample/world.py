"""The static world as arrays: resources, the meters that bill them, and who can receive emissions.

Made once per sample; a month only decides how many hours each resource lives.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossfoot.adapters.sample.organisation import Account
from crossfoot.adapters.sample.skus import Sku
from crossfoot.adapters.sample.splits import SplitTable
from crossfoot.adapters.sample.tags import TagSets
from crossfoot.domain.units import BoolArray, Float64Array

type Int8Array = NDArray[np.int8]
type Int32Array = NDArray[np.int32]

NONE = -1
"""Index that points at nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Resources:
    """One row per resource: instances, buckets, pods and so on.

    Parameters
    ----------
    kind
        Index into ``populate.KINDS``.
    region
        Index into ``places.PLACES``.
    vigour
        Uniform number that decides how long the resource runs in a month. [1]
    first_month, last_month
        Indices of the months in which it exists.
    parent
        Resource that carries a pod or task; -1 elsewhere.
    """

    kind: Int32Array
    account: Int32Array
    region: Int32Array
    tag_set: Int32Array
    vigour: Float64Array
    first_month: Int32Array
    last_month: Int32Array
    parent: Int32Array

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True, slots=True, eq=False)
class Meters:
    """One row per meter: every line of the usage export belongs to one.

    Parameters
    ----------
    resource
        Resource whose hours the meter follows; -1 for charges of an account.
    is_shown
        Whether the lines carry the resource's id and tags.
    offer
        ``sku * n_places + region``: what is billed where.
    amount
        Usage per line, or its middle where ``is_steady`` is false, in the SKU's unit.
    share
        Share of the resource's hours with a line. [1]
    cadence
        Index into ``Cadence``: hour, day or month.
    stake
        Index into ``Stakes`` of whom the usage counts for; -1 for money.
    split
        Index into the split table; -1 unless the line is a split-cost row.
    """

    resource: Int32Array
    account: Int32Array
    offer: Int32Array
    amount: Float64Array
    share: Float64Array
    cadence: Int8Array
    is_steady: BoolArray
    is_shown: BoolArray
    stake: Int32Array
    split: Int32Array

    def __len__(self) -> int:
        return len(self.resource)


@dataclass(frozen=True, slots=True, eq=False)
class Stakes:
    """Who can receive emissions: a resource under one bucket and product code.

    Parameters
    ----------
    bucket
        Index into ``skus.BUCKETS``.
    product
        Index into ``World.products``.
    is_shown
        False where the usage carries no resource id.
    parent, parent_share
        Stake of the node that carries a pod or task, and the share of the node's on-demand cost
        that it uses; -1 and 0 elsewhere. [1]
    """

    resource: Int32Array
    bucket: Int8Array
    product: Int32Array
    is_shown: BoolArray
    parent: Int32Array
    parent_share: Float64Array

    def __len__(self) -> int:
        return len(self.resource)


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Everything that does not change from month to month."""

    accounts: tuple[Account, ...]
    resources: Resources
    meters: Meters
    stakes: Stakes
    skus: tuple[Sku, ...]
    products: tuple[str, ...]
    splits: SplitTable
    tag_sets: TagSets
    seed: int
    n_months: int

    def alive_in(self, month: int) -> int:
        """Return the month whose accounts and resources run in a month.

        What runs in the last month of the history runs on in the silent ones after it.
        """
        return min(month, self.n_months - 1)
