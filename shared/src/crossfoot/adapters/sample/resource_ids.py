"""Resource ids as usage lines spell them: short ids, names and ARNs."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from crossfoot.adapters.sample.hashing import hex_texts
from crossfoot.adapters.sample.places import PLACES
from crossfoot.adapters.sample.populate import KINDS
from crossfoot.adapters.sample.world import World


def resource_ids(world: World, resource: NDArray[Any]) -> pa.Array:
    """Return the id of each resource; the same resource has the same id in every month.

    Parameters
    ----------
    resource : ndarray of int, shape (row,)
        Indices into ``world.resources``, none of them negative.
    """
    own = world.resources
    n_accounts = len(world.accounts)
    place = own.kind[resource].astype(np.int64) * len(PLACES) + own.region[resource]
    prefixes, which = np.unique(place * n_accounts + own.account[resource], return_inverse=True)
    texts = pa.array([_prefix(world, int(prefix)) for prefix in prefixes], pa.string())
    digits = hex_texts(resource.astype(np.int64), world.seed)
    return pc.binary_join_element_wise(texts.take(pa.array(which)), digits, "")


def _prefix(world: World, number: int) -> str:
    rest, account = divmod(number, len(world.accounts))
    kind, region = divmod(rest, len(PLACES))
    owner = world.accounts[account].account_id
    return KINDS[kind].id_format.format(r=PLACES[region].code, a=owner)
