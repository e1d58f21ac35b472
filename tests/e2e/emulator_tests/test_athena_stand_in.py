"""Athena's rules, as far as the deployment leans on them."""

import base64
import io
import json
import time
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from harness.stand_in import StandIn

ACCOUNT: Final = "000000000777"
PARQUET: Final = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
COLUMNS: Final = [("service", "string"), ("grams", "decimal(18,9)"), ("lines", "bigint")]


class Athena:
    """Queries of one account."""

    def __init__(self, stand_in: StandIn) -> None:
        self.api = stand_in.client("athena", ACCOUNT)
        self.s3 = stand_in.client("s3", ACCOUNT)
        self.glue = stand_in.client("glue", ACCOUNT)

    def end_of(self, sql: str, **more: Any) -> dict[str, Any]:
        """Run a query to its end."""
        started = self.api.start_query_execution(
            QueryString=sql, WorkGroup="work", QueryExecutionContext={"Database": "d"}, **more
        )
        while True:
            told = self.api.get_query_execution(QueryExecutionId=started["QueryExecutionId"])
            if told["QueryExecution"]["Status"]["State"] in {"SUCCEEDED", "FAILED"}:
                return told["QueryExecution"]
            time.sleep(0.02)

    def rows(self, sql: str, **more: Any) -> list[list[str | None]]:
        """Return the rows of a query that succeeds."""
        end = self.end_of(sql, **more)
        assert end["Status"]["State"] == "SUCCEEDED", end["Status"]
        answer = self.api.get_query_results(QueryExecutionId=end["QueryExecutionId"])
        rows = answer["ResultSet"]["Rows"][1:]
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows]

    def refusal(self, sql: str) -> str:
        """Return why a query fails."""
        end = self.end_of(sql)
        assert end["Status"]["State"] == "FAILED"
        return end["Status"]["StateChangeReason"]

    def keys(self, prefix: str) -> list[str]:
        """Return the keys under a prefix."""
        listed = self.s3.list_objects_v2(Bucket="lake", Prefix=prefix)
        return [each["Key"] for each in listed.get("Contents", [])]

    def put(self, key: str, table: pa.Table) -> None:
        """Write a Parquet file."""
        body = io.BytesIO()
        pq.write_table(table, body)
        self.s3.put_object(Bucket="lake", Key=key, Body=body.getvalue())

    def create(self, name: str, location: str, keys: list[str], **parameters: str) -> None:
        """Create a table."""
        self.glue.create_table(
            DatabaseName="d",
            TableInput={
                "Name": name,
                "Parameters": parameters,
                "PartitionKeys": [{"Name": key, "Type": "string"} for key in keys],
                "StorageDescriptor": {
                    "Columns": [{"Name": column, "Type": kind} for column, kind in COLUMNS],
                    "Location": location,
                    "SerdeInfo": {"SerializationLibrary": PARQUET},
                },
            },
        )


def month(*rows: tuple[str, str]) -> pa.Table:
    """Return a file of services and grams, without the column of lines."""
    return pa.table(
        {
            "service": [service for service, _ in rows],
            "grams": pa.array([Decimal(grams) for _, grams in rows], pa.decimal128(18, 9)),
        }
    )


@pytest.fixture(scope="module")
def athena(stand_in: StandIn) -> Athena:
    """Make a lake of two months, one of them registered, and the same folder projected."""
    made = Athena(stand_in)
    made.s3.create_bucket(Bucket="lake")
    made.glue.create_database(DatabaseInput={"Name": "d"})
    made.api.create_work_group(
        Name="work",
        Configuration={
            "EnforceWorkGroupConfiguration": True,
            "ResultConfiguration": {"OutputLocation": "s3://lake/results/"},
        },
    )
    made.put("t/usage_period=2026-01/a.parquet", month(("ec2", "0.000000001"), ("s3", "2.5")))
    made.put("t/usage_period=2026-02/a.parquet", month(("ec2", "7")))
    made.create("t", "s3://lake/t/", ["usage_period"])
    made.glue.create_partition(
        DatabaseName="d",
        TableName="t",
        PartitionInput={
            "Values": ["2026-01"],
            "StorageDescriptor": {"Location": "s3://lake/t/usage_period=2026-01/"},
        },
    )
    template = "s3://lake/t/usage_period=${month}/"
    made.create(
        "injected",
        "s3://lake/t/",
        ["month"],
        **{
            "projection.enabled": "true",
            "projection.month.type": "injected",
            "storage.location.template": template,
        },
    )
    return made


def test_only_registered_partitions_are_read(athena: Athena) -> None:
    """A month that nobody registered is not there."""
    assert athena.rows("SELECT DISTINCT usage_period FROM t") == [["2026-01"]]


def test_a_partition_that_moves_shows_its_new_place(athena: Athena) -> None:
    """Publication is a swap of a partition's location."""
    athena.put("moved/b.parquet", month(("rds", "1")))
    place = {"Values": ["2026-01"], "StorageDescriptor": {"Location": "s3://lake/moved/"}}
    home = {**place, "StorageDescriptor": {"Location": "s3://lake/t/usage_period=2026-01/"}}
    named = {"DatabaseName": "d", "TableName": "t", "PartitionValueList": ["2026-01"]}
    athena.glue.update_partition(**named, PartitionInput=place)
    assert athena.rows("SELECT service FROM t") == [["rds"]]
    athena.glue.update_partition(**named, PartitionInput=home)


def test_an_injected_key_must_be_named(athena: Athena) -> None:
    """Without an equality Athena does not know which folders to read."""
    assert "injected projected partition column month" in athena.refusal("SELECT * FROM injected")


def test_an_injected_key_names_the_folder(athena: Athena) -> None:
    """The template gives the folder, registered or not, and the key is a column."""
    sql = "SELECT i.service, i.month FROM injected i WHERE i.month = '2026-02' AND i.grams > 1"
    assert athena.rows(sql) == [["ec2", "2026-02"]]


def test_a_key_that_names_an_empty_folder_has_no_rows(athena: Athena) -> None:
    """A projected partition without files is empty and no error."""
    assert athena.rows("SELECT * FROM injected WHERE month = '2020-01'") == []


def test_days_are_projected_until_today(athena: Athena) -> None:
    """The inventory registers nothing: a folder for each day of the range."""
    athena.create(
        "daily",
        "s3://lake/daily/",
        ["day"],
        **{
            "projection.enabled": "true",
            "projection.day.type": "date",
            "projection.day.format": "yyyy-MM-dd",
            "projection.day.range": "2026-01-01,NOW",
            "storage.location.template": "s3://lake/daily/day=${day}/",
        },
    )
    athena.put("daily/day=2026-01-02/a.parquet", month(("ec2", "1")))
    athena.put("daily/day=2025-12-31/a.parquet", month(("ec2", "1")))
    assert athena.rows("SELECT day FROM daily") == [["2026-01-02"]]


def test_decimals_are_exact(athena: Athena) -> None:
    """Grams are added as decimals and told with all their places."""
    assert athena.rows("SELECT sum(grams) FROM t") == [["2.500000001"]]


def test_a_column_that_a_file_lacks_is_null(athena: Athena) -> None:
    """Schemas grow: an older file answers NULL."""
    assert athena.rows("SELECT count(*), count(lines) FROM t") == [["2", "0"]]


def test_a_column_of_another_type_is_refused(athena: Athena) -> None:
    """A file whose type contradicts the table fails the query."""
    athena.put("t/usage_period=2020-02/a.parquet", pa.table({"grams": [1.5]}))
    assert "HIVE_BAD_DATA" in athena.refusal("SELECT * FROM injected WHERE month = '2020-02'")


def test_a_file_that_is_not_parquet_is_refused(athena: Athena) -> None:
    """Half a file fails the query."""
    athena.s3.put_object(Bucket="lake", Key="t/usage_period=2020-03/a.parquet", Body=b"PAR1")
    assert "HIVE_BAD_DATA" in athena.refusal("SELECT * FROM injected WHERE month = '2020-03'")


def test_hidden_files_are_not_read(athena: Athena) -> None:
    """Names that begin with an underscore or a dot are markers."""
    athena.s3.put_object(Bucket="lake", Key="t/usage_period=2020-04/_SUCCESS", Body=b"x")
    assert athena.rows("SELECT * FROM injected WHERE month = '2020-04'") == []


def test_whole_numbers_divide_as_in_trino(athena: Athena) -> None:
    """Seven halves are three."""
    assert athena.rows("SELECT 7 / 2, date_format(DATE '2026-03-01', '%Y-%m')") == [
        ["3", "2026-03"]
    ]


def test_maps_are_asked_by_key(athena: Athena) -> None:
    """Tags are maps in CUR 2.0."""
    assert athena.rows("SELECT element_at(MAP(ARRAY['team'], ARRAY['pay']), 'team')") == [["pay"]]


def test_parameters_fill_question_marks(athena: Athena) -> None:
    """A bare word is a text; a mark inside a text is none."""
    sql = "SELECT count(*), '?' FROM t WHERE service = ?"
    assert athena.rows(sql, ExecutionParameters=["ec2"]) == [["1", "?"]]


def test_the_path_of_a_row_can_be_asked(athena: Athena) -> None:
    """``$path`` names the object."""
    sql = 'SELECT DISTINCT "$path" FROM t'
    assert athena.rows(sql) == [["s3://lake/t/usage_period=2026-01/a.parquet"]]


def test_a_with_may_bear_the_name_of_its_table(athena: Athena) -> None:
    """Inside of the WITH the table is meant, outside the WITH."""
    sql = "WITH t AS (SELECT service FROM t WHERE service = 's3') SELECT * FROM t"
    assert athena.rows(sql) == [["s3"]]


def test_unload_writes_one_folder_for_each_key(athena: Athena) -> None:
    """The keys are folders and not columns; whole sums stay bigint."""
    sql = (
        "UNLOAD (SELECT service, sum(1) AS n, service AS shard FROM t GROUP BY service) "
        "TO 's3://lake/u/' WITH (format = 'PARQUET', partitioned_by = ARRAY['shard'])"
    )
    end = athena.end_of(sql)
    assert end["Status"]["State"] == "SUCCEEDED"
    keys = athena.keys("u/")
    assert {key.split("/")[1] for key in keys} == {"shard=ec2", "shard=s3"}
    body = athena.s3.get_object(Bucket="lake", Key=keys[0])["Body"].read()
    assert pq.read_schema(io.BytesIO(body)).types == [pa.string(), pa.int64()]
    assert end["Statistics"]["DataManifestLocation"].endswith("-manifest.csv")
    assert "HIVE_PATH_ALREADY_EXISTS" in athena.refusal(sql)


def test_unload_keys_come_last(athena: Athena) -> None:
    """Athena refuses keys in another place."""
    sql = (
        "UNLOAD (SELECT service AS shard, grams FROM t) TO 's3://lake/v/' "
        "WITH (format = 'PARQUET', partitioned_by = ARRAY['shard'])"
    )
    assert "must be the last columns" in athena.refusal(sql)


def test_unload_opens_a_hundred_partitions(athena: Athena) -> None:
    """The hundred and first is refused, and nothing is written."""
    sql = (
        "UNLOAD (SELECT 1 AS n, shard FROM UNNEST(sequence(1, 101)) AS s(shard)) TO 's3://lake/w/' "
        "WITH (format = 'PARQUET', partitioned_by = ARRAY['shard'])"
    )
    assert "HIVE_TOO_MANY_OPEN_PARTITIONS" in athena.refusal(sql)
    assert athena.keys("w/") == []


def test_a_view_of_glue_is_read(athena: Athena) -> None:
    """A Presto view is its SQL, with the types that it declares."""
    view = {
        "originalSql": "SELECT service, sum(grams) AS grams FROM t GROUP BY 1",
        "catalog": "awsdatacatalog",
        "schema": "d",
        "columns": [
            {"name": "service", "type": "varchar"},
            {"name": "grams", "type": "decimal(38,9)"},
        ],
    }
    encoded = base64.b64encode(json.dumps(view).encode()).decode()
    athena.glue.create_table(
        DatabaseName="d",
        TableInput={
            "Name": "by_service",
            "TableType": "VIRTUAL_VIEW",
            "Parameters": {"presto_view": "true"},
            "ViewOriginalText": f"/* Presto View: {encoded} */",
            "StorageDescriptor": {"Columns": [{"Name": "service", "Type": "string"}]},
        },
    )
    rows = athena.rows("SELECT * FROM d.by_service ORDER BY service")
    assert rows == [["ec2", "0.000000001"], ["s3", "2.500000000"]]


def test_a_workgroup_enforces_its_results(athena: Athena) -> None:
    """The client's place is overruled; the result lies as one CSV under the query's id."""
    end = athena.end_of(
        "SELECT service FROM t WHERE service = 's3'",
        ResultConfiguration={"OutputLocation": "s3://elsewhere/"},
    )
    key = f"results/{end['QueryExecutionId']}.csv"
    assert end["ResultConfiguration"]["OutputLocation"] == f"s3://lake/{key}"
    body = athena.s3.get_object(Bucket="lake", Key=key)["Body"].read()
    assert body == b'"service"\n"s3"\n'


def test_an_unknown_workgroup_is_refused(athena: Athena) -> None:
    """A query without a workgroup of ours does not start."""
    with pytest.raises(athena.api.exceptions.InvalidRequestException):
        athena.api.start_query_execution(QueryString="SELECT 1", WorkGroup="nobody's")


def test_unknown_names_are_refused(athena: Athena) -> None:
    """Tables, columns and syntax fail by name."""
    assert "TABLE_NOT_FOUND" in athena.refusal("SELECT * FROM nowhere")
    assert "COLUMN_NOT_FOUND" in athena.refusal("SELECT nothing FROM t")
    assert "SYNTAX_ERROR" in athena.refusal("SELECT FROM WHERE (")
