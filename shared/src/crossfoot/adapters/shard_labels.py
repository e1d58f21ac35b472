"""What people call the accounts of a shard, as columns to take from."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crossfoot.adapters.usage_shards import UsageShard
from crossfoot.domain.accounts import AccountDirectory

UNUSED_SUFFIX = ", unused by its containers"


def account_names(shard: UsageShard, accounts: AccountDirectory) -> pa.Array:
    """Return the name of each account of the shard: from the directory, else from the usage."""
    column = shard.usage["account_name"]
    names = []
    for code, account in enumerate(shard.words.accounts):
        name = accounts.get(account).name
        if name is None:
            first, after = np.searchsorted(shard.consumers.account, [code, code + 1])
            name = pc.max(column.slice(first, after - first)).as_py()
        names.append(name)
    return pa.array(names, pa.string())


def ou_paths(shard: UsageShard, accounts: AccountDirectory) -> pa.Array:
    """Return the path of organizational units of each account of the shard."""
    paths = [accounts.get(account).ou_path for account in shard.words.accounts]
    return pa.array(paths, pa.string())


def with_unused_parts(family: pa.Array | pa.ChunkedArray, is_unused_part: np.ndarray) -> pa.Array:
    """Return usage families; the part that no container used goes by a name of its own."""
    if not is_unused_part.any():
        return family
    unused = pc.binary_join_element_wise(family, UNUSED_SUFFIX, "")
    return pc.if_else(pa.array(is_unused_part), unused, family)
