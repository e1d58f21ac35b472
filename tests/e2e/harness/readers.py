"""Both ledgers, read as a user reads them: Athena's API here, the command line there."""

import io
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv as pcsv

from harness.deployment import Deployment
from harness.organisation import CROSSFOOT
from harness.stand_in import StandInError

MEASURES: Final = (
    "scope_1_kgco2e",
    "scope_2_lbm_kgco2e",
    "scope_2_mbm_kgco2e",
    "scope_3_lbm_kgco2e",
    "scope_3_mbm_kgco2e",
    "total_lbm_kgco2e",
    "total_mbm_kgco2e",
)


class AthenaReader:
    """Queries through Athena's API; results are the CSV that Athena leaves."""

    def __init__(self, deployment: Deployment) -> None:
        self._athena = deployment.stand_in.client("athena")
        self._s3 = deployment.stand_in.client("s3")

    def table(self, sql: str) -> pa.Table:
        """Return a result, every value as its text; NULL stays null."""
        started = self._athena.start_query_execution(
            QueryString=sql,
            WorkGroup="crossfoot",
            QueryExecutionContext={"Database": "crossfoot"},
        )
        place = self._place(started["QueryExecutionId"])
        bucket, _, key = place.removeprefix("s3://").partition("/")
        return texts(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    def _place(self, query_id: str) -> str:
        while True:
            told = self._athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
            state = told["Status"]["State"]
            if state == "SUCCEEDED":
                return str(told["ResultConfiguration"]["OutputLocation"])
            if state in {"FAILED", "CANCELLED"}:
                raise StandInError(f"{told['Query']}: {told['Status']['StateChangeReason']}")
            time.sleep(0.05)


class LocalReader:
    """The warehouse that ``crossfoot run`` makes of the same inputs."""

    def __init__(self, warehouse: Path) -> None:
        self._warehouse = warehouse

    def table(self, sql: str) -> pa.Table:
        """Return a result, every value as its text."""
        command = [CROSSFOOT, "query", "--warehouse", self._warehouse, "--format", "csv", sql]
        done = subprocess.run(command, check=True, capture_output=True)
        return texts(done.stdout)


def run_locally(inputs: Path, out: Path, *options: Any) -> LocalReader:
    """Close the months of a tree of exports on this machine."""
    command = [CROSSFOOT, "run", *map(str, options), "--out", str(out)]
    done = subprocess.run(command, cwd=inputs, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StandInError(f"crossfoot run: {done.stderr[-3000:]}")
    return LocalReader(out)


def texts(body: bytes) -> pa.Table:
    """Return a CSV as texts; an empty cell without quotes is null."""
    names = body.split(b"\n", 1)[0].decode().replace('"', "").strip().split(",")
    return pcsv.read_csv(
        io.BytesIO(body),
        parse_options=pcsv.ParseOptions(newlines_in_values=True),
        convert_options=pcsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def sums_of(reader: AthenaReader | LocalReader, usage_period: str) -> dict[str, str | None]:
    """Return the sum of every measure of a month."""
    sums = ", ".join(f"sum({name}) AS {name}" for name in MEASURES)
    sql = f"SELECT {sums} FROM emissions WHERE usage_period = '{usage_period}'"
    return reader.table(sql).to_pylist()[0]


def rows_of(
    reader: AthenaReader | LocalReader,
    columns: Iterable[str],
    usage_period: str,
    source: str = "emissions",
) -> list[tuple[str | None, ...]]:
    """Return a month's rows of a table or view, sorted."""
    named = ", ".join(f'"{column}"' for column in columns)
    table = reader.table(f"SELECT {named} FROM {source} WHERE usage_period = '{usage_period}'")
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return sorted(rows, key=lambda row: tuple(value or "" for value in row))
