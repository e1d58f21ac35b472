"""The views, as Athena keeps them in Glue: a query in base64, and the columns that it gives."""

import base64
import json
from typing import Final

import aws_cdk as cdk
import sqlglot
from aws_cdk import aws_glue as glue
from constructs import Construct
from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from crossfoot.domain.columns import TABLES
from crossfoot.domain.records import RECORD_TABLES
from crossfoot_infra.constructs.glue_tables import GlueDatabase, construct_id

type Names = dict[str, str]

_TRINO: Final = {"string": "varchar", "timestamp": "timestamp(3)"}
_TEXT_MAP: Final = ("map<string,string>", "map(varchar, varchar)")
_SUM: Final = "decimal(38,9)"
"""What Athena makes of a sum of decimals, whatever their width."""


class PublishedView(glue.CfnTable):
    """A view of the published tables.

    Athena looks at the columns that a view is written down with, so their types are worked out
    from the query and the published columns.

    Parameters
    ----------
    query : str
        In Athena's dialect, over published tables by their bare names.
    tag_columns : tuple of str
        Columns of the configured tags.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        database: GlueDatabase,
        database_name: str,
        name: str,
        query: str,
        tag_columns: tuple[str, ...],
    ) -> None:
        columns = view_columns(query, tag_columns)
        super().__init__(
            scope,
            construct_id(name),
            catalog_id=cdk.Stack.of(scope).account,
            database_name=database.ref,
            table_input=glue.CfnTable.TableInputProperty(
                name=name,
                table_type="VIRTUAL_VIEW",
                parameters={"presto_view": "true", "comment": "Presto View"},
                partition_keys=[],
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    columns=[
                        glue.CfnTable.ColumnProperty(name=name, type=athena_type)
                        for name, athena_type in columns.items()
                    ],
                    serde_info=glue.CfnTable.SerdeInfoProperty(),
                ),
                view_original_text=_view_text(query, database_name, columns),
                view_expanded_text="/* Presto View */",
            ),
        )


def view_columns(query: str, tag_columns: tuple[str, ...]) -> Names:
    """Return the columns that a query over published tables gives, and their types in Athena."""
    schema: dict[str, object] = {
        table.name: {
            column.name: _trino(column.athena_type) for column in table.with_tags(tag_columns)
        }
        for table in (*TABLES, *RECORD_TABLES)
    }
    parsed = sqlglot.parse_one(query, read="athena")
    for total in list(parsed.find_all(exp.Sum)):
        total.replace(exp.cast(total.copy(), _SUM, dialect="athena"))
    qualified = qualify(parsed, schema=schema, dialect="athena")
    typed = annotate_types(qualified, schema=schema, dialect="athena")
    if not isinstance(typed, exp.Query):
        raise TypeError("a view is not a query")
    return {
        # Athena's catalogue knows lower-case names only
        column.alias_or_name.lower(): _athena_type(column.type)
        for column in typed.selects
    }


def _athena_type(found: exp.DataType | None) -> str:
    if found is None or found.is_type(exp.DType.UNKNOWN):
        raise ValueError("a view has a column whose type cannot be worked out")
    if found.is_type(exp.DType.MAP):
        return _TEXT_MAP[0]
    hive = found.sql(dialect="hive").lower().replace(", ", ",")
    return "string" if hive.startswith("varchar") else hive


def _trino(athena_type: str) -> str:
    return _TEXT_MAP[1] if athena_type == _TEXT_MAP[0] else _TRINO.get(athena_type, athena_type)


def _view_text(query: str, database_name: str, columns: Names) -> str:
    description = {
        "originalSql": query,
        "catalog": "awsdatacatalog",
        "schema": database_name,
        "columns": [
            {"name": name, "type": _trino(athena_type)} for name, athena_type in columns.items()
        ],
    }
    encoded = base64.b64encode(json.dumps(description).encode()).decode()
    return f"/* Presto View: {encoded} */"
