"""The Glue tables, as the published columns declare them: nothing is crawled or guessed."""

from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_glue as glue
from constructs import Construct

from crossfoot.domain.columns import Column, Table
from crossfoot.domain.work_columns import WorkTable

_INPUT: Final = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
_OUTPUT: Final = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
_SERDE: Final = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
_LONGEST_COMMENT: Final = 255

FIRST_DAY: Final = "2026-01-01"
"""Before the first day that any deployment has collected: where the projection of days begins."""

PERIOD_KEYS: Final = ("usage_period",)
PARTITION_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "carbon_reported": ("usage_period", "delivery_id"),
    "emissions_history": ("usage_period", "run_id"),
}
"""Partition keys of the tables that have others than the month."""


class GlueDatabase(glue.CfnDatabase):
    """A database of external tables, kept when the stack goes."""

    def __init__(self, scope: Construct, id_: str, *, name: str, description: str) -> None:
        super().__init__(
            scope,
            id_,
            catalog_id=cdk.Stack.of(scope).account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=name, description=description
            ),
            database_name=name,
        )
        self.apply_removal_policy(cdk.RemovalPolicy.RETAIN)


class PublishedTable(glue.CfnTable):
    """A table of the ledger: a month is a registered partition, and publishing moves it.

    The files carry the partition's values as columns too; Athena takes those of the partition.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        database: GlueDatabase,
        table: Table,
        tag_columns: tuple[str, ...],
        location: str,
    ) -> None:
        keys = PARTITION_KEYS.get(table.name, PERIOD_KEYS)
        super().__init__(
            scope,
            construct_id(table.name),
            catalog_id=cdk.Stack.of(scope).account,
            database_name=database.ref,
            table_input=_table_input(
                table, table.with_tags(tag_columns), keys, location, parameters={}
            ),
        )
        # the partitions say which run speaks for a month: they go with the table
        self.apply_removal_policy(cdk.RemovalPolicy.RETAIN)


class ProjectedTable(glue.CfnTable):
    """A table that only the pipeline's queries read: the query names the folder by its keys."""

    def __init__(
        self,
        scope: Construct,
        *,
        database: GlueDatabase,
        work_table: WorkTable,
        tag_columns: tuple[str, ...],
        bucket_name: str,
    ) -> None:
        table, template = work_table.table, f"s3://{bucket_name}/{work_table.location}"
        parameters = {
            "projection.enabled": "true",
            **{f"projection.{key}.type": "injected" for key in work_table.keys},
            "storage.location.template": template,
        }
        super().__init__(
            scope,
            construct_id(table.name),
            catalog_id=cdk.Stack.of(scope).account,
            database_name=database.ref,
            table_input=_table_input(
                table,
                table.with_tags(tag_columns),
                work_table.keys,
                template.partition("$")[0].rpartition("/")[0] + "/",
                parameters=parameters,
            ),
        )


class DailyTable(glue.CfnTable):
    """A table that grows by a folder a day, ``day=YYYY-MM-DD/``; nothing is ever registered."""

    def __init__(
        self, scope: Construct, *, database: GlueDatabase, table: Table, location: str
    ) -> None:
        parameters = {
            "projection.enabled": "true",
            "projection.day.type": "date",
            "projection.day.format": "yyyy-MM-dd",
            "projection.day.range": f"{FIRST_DAY},NOW",
            "projection.day.interval": "1",
            "projection.day.interval.unit": "DAYS",
            "storage.location.template": f"{location}day=${{day}}/",
        }
        super().__init__(
            scope,
            construct_id(table.name),
            catalog_id=cdk.Stack.of(scope).account,
            database_name=database.ref,
            table_input=_table_input(
                table, table.columns, ("day",), location, parameters=parameters
            ),
        )


def construct_id(table_name: str) -> str:
    """Return the construct's name of a table or view: its own, in Pascal case."""
    return "".join(word.title() for word in table_name.split("_"))


def _table_input(
    table: Table,
    columns: tuple[Column, ...],
    keys: tuple[str, ...],
    location: str,
    *,
    parameters: dict[str, str],
) -> glue.CfnTable.TableInputProperty:
    meaning = {column.name: column for column in columns}
    return glue.CfnTable.TableInputProperty(
        name=table.name,
        description=f"One row: {table.grain}",
        table_type="EXTERNAL_TABLE",
        parameters={"EXTERNAL": "TRUE", "classification": "parquet", **parameters},
        partition_keys=[_glue_column(meaning.get(key, _key_column(key))) for key in keys],
        storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
            columns=[_glue_column(column) for column in columns if column.name not in keys],
            location=location,
            input_format=_INPUT,
            output_format=_OUTPUT,
            serde_info=glue.CfnTable.SerdeInfoProperty(serialization_library=_SERDE),
        ),
    )


def _key_column(key: str) -> Column:
    return Column(key, "string", "names the folder")


def _glue_column(column: Column) -> glue.CfnTable.ColumnProperty:
    unit = f" [{column.unit}]" if column.unit not in {"", "1"} else ""
    return glue.CfnTable.ColumnProperty(
        name=column.name,
        type=column.athena_type,
        comment=f"{column.meaning}{unit}"[:_LONGEST_COMMENT],
    )
