"""How a run calls the accounts of its ledger: labels, which no proof depends on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import duckdb

from crossfoot.adapters.duckdb_paths import literal_paths
from crossfoot.domain.accounts import Account, AccountDirectory

_SQL: Final = """
    SELECT usage_account_id, max(account_name), max(ou_path)
    FROM read_parquet(?, hive_partitioning = false) GROUP BY 1
"""


def accounts_in(emissions: Sequence[Path]) -> AccountDirectory:
    """Return every account of a run's ``emissions``, as it is called there."""
    with duckdb.connect(":memory:") as connection:
        rows = connection.execute(_SQL, [literal_paths(emissions)]).fetchall()
    return AccountDirectory({account: Account(name, path) for account, name, path in rows})
