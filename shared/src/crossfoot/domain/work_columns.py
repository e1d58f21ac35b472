"""Tables that only the pipeline's own queries read: declared once, for Athena and for tests.

Their partitions are projected (``injected``): a query names the partition, nothing registers it.
Types are Athena's, as in ``domain.columns``, and ``double``, ``int`` and ``map<string,string>``.
"""

from dataclasses import dataclass
from typing import Final

from crossfoot.domain.columns import EMISSIONS, Column, Table
from crossfoot.domain.usage_contract import CUR_2, FOCUS, Kind, UsageContract

_ATHENA_TYPES: Final = {
    Kind.TEXT: "string",
    Kind.NUMBER: "double",
    Kind.TIMESTAMP: "timestamp",
    Kind.MAP: "map<string,string>",
}


@dataclass(frozen=True, slots=True)
class WorkTable:
    """One table of the work database: what it holds, and where its partitions lie.

    Parameters
    ----------
    table : Table
        Name and columns, without the partition keys.
    keys : tuple of str
        Partition keys, all text, projected as ``injected``.
    location : str
        Key of a partition's folder, as ``storage.location.template`` spells it.
    is_curated : bool
        Whether the folder is in the curated bucket; otherwise it is in the work bucket.
    """

    table: Table
    keys: tuple[str, ...]
    location: str
    is_curated: bool = False


def _export_table(name: str, contract: UsageContract) -> WorkTable:
    columns = tuple(
        # Athena knows lower-case names only, and finds Parquet's columns whatever their case
        Column(column.name.lower(), _ATHENA_TYPES[column.kind], "as AWS delivers it")
        for column in contract.columns
    )
    table = Table(name, "one line of the pinned usage export", columns)
    return WorkTable(table, ("delivery",), "usage_export/delivery=${delivery}/")


def _run_table(table: Table) -> WorkTable:
    return WorkTable(table, ("run",), f"{table.name}/run=${{run}}/")


CUR2_EXPORT: Final = _export_table("cur2_export", CUR_2)
FOCUS_EXPORT: Final = _export_table("focus_export", FOCUS)

KIND_KEYS: Final = ("product_code", "usage_type", "operation", "unit", "description")
PLACE_NAMES: Final = (
    *("carbon_service", "service_code", "usage_family", "driver_unit"),
    *("model_name", "model_unit"),
)

KINDS: Final = _run_table(
    Table(
        "kinds",
        "kind of usage line x whether a pod or task used it",
        (
            *(Column(name, "string", "as the lines spell it") for name in KIND_KEYS),
            Column("is_split", "boolean", "whether it is the kind of a split-cost row"),
            Column("place_id", "int", "row of places", "1"),
            Column("is_global", "boolean", "whether the usage has no Region"),
            Column("driver_milli_per_unit", "bigint", "thousandths of the driver per unit", "1"),
            Column(
                "model_nano_per_micro", "double", "1e-9 model units per 1e-6 units of usage", "1"
            ),
        ),
    )
)

PLACES: Final = _run_table(
    Table(
        "places",
        "class of usage",
        (
            Column("place_id", "int", "number of the class in this run", "1"),
            *(Column(name, "string", "as published in usage") for name in PLACE_NAMES),
        ),
    )
)

ACCOUNT_SHARDS: Final = _run_table(
    Table(
        "account_shards",
        "account",
        (
            Column("usage_account_id", "string", "account that used"),
            Column("account_name", "string", "its name in the export, where it has one"),
            Column("shard", "int", "shard that allocates the account", "1"),
        ),
    )
)

POOL_MEMBERS: Final = _run_table(
    Table(
        "pool_members",
        "account or resource x shared pool",
        (
            Column("member", "string", "account id or resource id"),
            Column("is_account", "boolean", "whether the member is a whole account"),
            Column("pool", "string", "name of the shared pool"),
        ),
    )
)

WRITTEN_EMISSIONS: Final = WorkTable(
    Table(
        "written_emissions",
        "as emissions, of any run: published or not",
        tuple(
            column for column in EMISSIONS.columns if column.name not in {"usage_period", "run_id"}
        ),
        tags_after=EMISSIONS.tags_after,
    ),
    ("usage_period", "run_id"),
    "tables/emissions/usage_period=${usage_period}/run_id=${run_id}/",
    is_curated=True,
)

WORK_TABLES: Final = (
    CUR2_EXPORT,
    FOCUS_EXPORT,
    KINDS,
    PLACES,
    ACCOUNT_SHARDS,
    POOL_MEMBERS,
    WRITTEN_EMISSIONS,
)
