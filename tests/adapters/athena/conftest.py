"""A month in the cloud without a cloud: S3 as moto keeps it, Athena's statements run by DuckDB."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import RLock
from typing import Any, Final

import boto3
import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import sqlglot
from moto import mock_aws

from crossfoot.adapters.aws.athena_usage import parquet_bytes
from crossfoot.adapters.aws.inventory_pins import S3InventoryPins
from crossfoot.adapters.aws.pins import S3Pins
from crossfoot.adapters.aws.places import CuratedPlaces, Place, WorkPlaces
from crossfoot.adapters.aws.plans import S3Plans
from crossfoot.adapters.aws.s3_objects import S3Objects, as_json
from crossfoot.adapters.aws.shard_lists import S3ShardLists
from crossfoot.adapters.carbon_exports import read_carbon
from crossfoot.adapters.carbon_table import carbon_table, describe
from crossfoot.adapters.configuration_file import read_configuration
from crossfoot.adapters.parquet_tables import arrow_schema
from crossfoot.adapters.sample import SampleReceipt, write_sample
from crossfoot.bootstrap import deployed_month, deployed_policy
from crossfoot.bootstrap.closing import RunInputs, run_ledger
from crossfoot.bootstrap.deployed_month import RunSettings, UsageFormatSettings
from crossfoot.domain.columns import CARBON_REPORTED
from crossfoot.domain.deliveries import ExportKind, PinnedDelivery, PinnedFile
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.plans import MonthPlan
from crossfoot.domain.tables import CarbonDelivery
from crossfoot.domain.work_columns import WORK_TABLES, WorkTable
from crossfoot.usecases import roll_up_usage

LANDING, CURATED, WORK = "landing-bucket", "curated-bucket", "work-bucket"
_UNLOAD: Final = re.compile(
    r"UNLOAD \((?P<select>.*)\) TO 's3://(?P<bucket>[^/]+)/(?P<key>[^']+)' "
    r"WITH \(format = 'PARQUET', compression = 'ZSTD'"
    r"(?:, partitioned_by = ARRAY\['(?P<column>[a-z]+)'\])?\)",
    re.DOTALL,
)
_DUCKDB_TYPES: Final = {
    "string": "VARCHAR",
    "double": "DOUBLE",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMP",
    "map<string,string>": "MAP(VARCHAR, VARCHAR)",
}


class Quiet:
    """Progress that nobody looks at."""

    def step(self, what: str, done: int, of: int) -> None:
        """Say nothing."""


class AthenaInDuckDB:
    """Runs ``UNLOAD`` as Athena does: over projected partitions, into an empty folder.

    Rows come back in an order of their own, in two files for each folder, as nothing orders them.
    """

    def __init__(self, s3: Any, scratch: Path, tag_columns: Sequence[str] = ()) -> None:
        self._s3 = s3
        self._scratch = scratch
        self._tags = tuple(tag_columns)
        self._n_queries = 0

    def run(self, sql: str) -> None:
        """Run one statement."""
        found = _UNLOAD.fullmatch(sql)
        assert found is not None, sql
        listed = self._s3.list_objects_v2(Bucket=found["bucket"], Prefix=found["key"])
        assert "Contents" not in listed, "HIVE_PATH_ALREADY_EXISTS"
        (transpiled,) = sqlglot.transpile(found["select"], read="athena", write="duckdb")
        self._n_queries += 1
        with duckdb.connect(":memory:") as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for work in WORK_TABLES:
                if re.search(rf"\b{work.table.name}\b", sql):
                    connection.execute(self._view(work))
            answer = connection.sql(transpiled).to_arrow_table()
        self._write(answer, Place(found["bucket"], found["key"]), found["column"])

    def _view(self, work: WorkTable) -> str:
        folder = self._fetched(work)
        columns = work.table.with_tags(self._tags)
        files = [str(path) for path in folder.rglob("*.parquet")]
        keys = "".join(f", {key}" for key in work.keys)
        if not files:
            nulls = [f"CAST(NULL AS {_type(c.athena_type)}) AS {c.name}" for c in columns]
            texts = [f"'' AS {key}" for key in work.keys]
            shown = f"SELECT {', '.join([*nulls, *texts])} WHERE false"
        else:
            source = (
                f"read_parquet({files}, hive_partitioning = true, hive_types_autocast = false, "
                "union_by_name = true)"
            )
            with duckdb.connect(":memory:") as connection:
                there = {
                    row[0].lower()
                    for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
                }
            shown = ", ".join(
                f"CAST({f'"{c.name}"' if c.name in there else 'NULL'} AS {_type(c.athena_type)})"
                f' AS "{c.name}"'
                for c in columns
            )
            shown = f"SELECT {shown}{keys} FROM {source}"
        return f"CREATE VIEW {work.table.name} AS {shown}"

    def _fetched(self, work: WorkTable) -> Path:
        bucket = CURATED if work.is_curated else WORK
        folder = self._scratch / f"{work.table.name}.{self._n_queries}"
        prefix = work.location.partition("$")[0].rpartition("/")[0] + "/"
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            for each in page.get("Contents", []):
                path = folder / each["Key"]
                path.parent.mkdir(parents=True, exist_ok=True)
                self._s3.download_file(bucket, each["Key"], str(path))
        return folder

    def _write(self, answer: pa.Table, folder: Place, column: str | None) -> None:
        shuffled = answer.take(np.random.default_rng(7).permutation(answer.num_rows))
        if column is not None:
            for value in sorted(set(shuffled[column].to_pylist())):
                part = shuffled.filter(pa.compute.equal(shuffled[column], value))
                self._put(part.drop([column]), f"{folder.key}{column}={value}/", folder.bucket)
            return
        self._put(shuffled, folder.key, folder.bucket)

    def _put(self, table: pa.Table, prefix: str, bucket: str) -> None:
        half = table.num_rows // 2
        for number, part in enumerate((table.slice(0, half), table.slice(half))):
            if part.num_rows:
                key = f"{prefix}20260101_{number}_answer"
                self._s3.put_object(Bucket=bucket, Key=key, Body=parquet_bytes(part))


def _type(athena_type: str) -> str:
    return _DUCKDB_TYPES.get(athena_type, athena_type)


@dataclass
class Deployment:
    """The month's four functions over moto, for one sample."""

    s3: Any
    sample: SampleReceipt
    athena: AthenaInDuckDB

    @property
    def objects(self) -> S3Objects:
        """Objects of S3."""
        return S3Objects(self.s3)

    @property
    def settings(self) -> RunSettings:
        """What the functions' environment says."""
        return RunSettings(WORK_BUCKET=WORK, CURATED_BUCKET=CURATED)

    def carbon(self, period: UsagePeriod) -> CarbonDelivery:
        """Return AWS's figures of a month of the sample."""
        intake = read_carbon(self.sample.carbon)
        return next(each for each in intake.deliveries if each.usage_period == period)

    def plan(
        self,
        delivery: CarbonDelivery,
        *,
        has_usage: bool = True,
        previous: str | None = None,
        accounts: bytes | None = None,
    ) -> MonthPlan:
        """Keep and pin what the month is made of, and plan it; with the sample's accounts."""
        places = CuratedPlaces(CURATED)
        assert self.sample.accounts is not None
        listed = accounts or self.sample.accounts.read_bytes()
        version = self.s3.put_object(Bucket=CURATED, Key=places.accounts().key, Body=listed)[
            "VersionId"
        ]
        self.objects.put(
            places.delivery_description(delivery.delivery_id), as_json(describe(delivery))
        )
        schema = arrow_schema(CARBON_REPORTED.columns)
        rows = carbon_table(delivery).select(schema.names).cast(schema)
        part = places.delivery_part(delivery.usage_period, delivery.delivery_id)
        self.objects.put(part, parquet_bytes(rows))
        digest = self.pin(delivery.usage_period) if has_usage else None
        policy = deployed_policy.DeployedPolicy(self.objects, places).at(
            version, delivery.usage_period
        )
        inventory = S3InventoryPins(self.objects, places).pin(delivery.usage_period)
        number = 0 if previous is None else 1
        plan = MonthPlan(
            usage_period=delivery.usage_period,
            run_id=f"r-{number:016x}",
            identity="identity",
            delivery_id=delivery.delivery_id,
            model_version=delivery.model_version.text,
            payer_account_id=delivery.payer_account_id,
            usage_digest=digest,
            previous_run_id=previous,
            policy_digest=policy.digest(),
            accounts_version=version,
            holder="close-1",
            fence=1,
            inventory_digest=inventory.digest if inventory and has_usage else None,
        )
        S3Plans(self.objects, WorkPlaces(WORK)).keep(plan)
        if not has_usage:
            S3ShardLists(self.objects, WorkPlaces(WORK)).keep_without_usage(plan.run_id)
        return plan

    def collect(self, period: UsagePeriod) -> None:
        """Write the sample's inventory of the day after a month, as a collection does."""
        day = period.end.date()
        (file,) = (_folder(self.sample) / "inventory" / f"day={day}").iterdir()
        machines = pq.read_table(file, partitioning=None)
        keys = zip(
            machines["usage_account_id"].to_pylist(), machines["region_code"].to_pylist(),
            strict=True,
        )  # fmt: skip
        for account, region in sorted(set(keys)):
            is_own = pc.and_(
                pc.equal(machines["usage_account_id"], account),
                pc.equal(machines["region_code"], region),
            )
            place = CuratedPlaces(CURATED).inventory_part(day, account, region)
            self.objects.put(place, parquet_bytes(machines.filter(is_own)))

    def pin(self, period: UsagePeriod, files: Mapping[str, bytes] | None = None) -> str:
        """Land the month's usage, pin it, and return its digest."""
        assert self.sample.usage is not None
        folder = self.sample.usage / "data" / f"BILLING_PERIOD={period}"
        landed = files or {path.name: path.read_bytes() for path in folder.iterdir()}
        pinned = tuple(self._landed(f"usage/data/{name}", body) for name, body in landed.items())
        manifest = self._landed("usage/metadata/usage-Manifest.json", b"{}")
        delivery = PinnedDelivery(
            kind=ExportKind.USAGE,
            usage_period=period,
            bucket=LANDING,
            partition=f"BILLING_PERIOD={period}",
            execution_id=None,
            delivered_at=self.carbon(period).delivered_at,
            manifest=manifest,
            files=pinned,
        )
        return S3Pins(self.objects, CuratedPlaces(CURATED)).keep(delivery).digest

    def _landed(self, key: str, body: bytes) -> PinnedFile:
        put = self.s3.put_object(Bucket=LANDING, Key=key, Body=body)
        return PinnedFile(key, put["VersionId"], put["ETag"].strip('"'), len(body))

    def close(self, plan: MonthPlan) -> dict[str, Any]:
        """Walk the plan from its survey to its manifest, as the state machine does."""
        self.build(plan)
        return self.prove(plan)

    def build(self, plan: MonthPlan) -> None:
        """Roll up, allocate and estimate."""
        uri = WorkPlaces(WORK).plan(plan.run_id).uri
        if plan.has_usage:
            self.roll_up(uri)
        shards = S3Objects(self.s3).read(WorkPlaces(WORK).shards(plan.run_id))
        allocate = deployed_month.allocate_emissions(self.settings)
        estimate = deployed_month.estimate_impacts(self.settings)
        for item in json.loads(shards):
            allocate(uri, item["shard"], item["rollup_uri"])
            estimate(uri, item["shard"], item["rollup_uri"])

    def roll_up(self, uri: str) -> dict[str, Any]:
        """Survey, classify, and roll up."""
        usage_format = UsageFormatSettings(USAGE_FORMAT="cur2")
        survey = deployed_month.survey_usage(self.settings, usage_format)(uri)
        for query in survey["queries"]:
            self.athena.run(query["sql"])
        classify = deployed_month.classify_usage(self.settings, usage_format)
        order: dict[str, Any] = classify(uri, survey["attempt"])
        self.athena.run(order["sql"])
        return order

    def prove(self, plan: MonthPlan) -> dict[str, Any]:
        """Read back and prove; return the manifest."""
        uri = WorkPlaces(WORK).plan(plan.run_id).uri
        prepared = deployed_month.prepare_proof(self.settings)(uri)
        for query in prepared["queries"]:
            self.athena.run(query["sql"])
        answer = deployed_month.prove_run(self.settings)(uri, prepared["attempt"])
        return self.objects.read_json(Place.parse(answer["manifest_uri"]))

    def rows(self, table: str, plan: MonthPlan) -> pa.Table:
        """Return what was written of a table, part after part."""
        folder = CuratedPlaces(CURATED).table_folder(table, plan.usage_period, plan.run_id)
        parts = [
            pq.read_table(pa.BufferReader(self.objects.read(Place(CURATED, key))))
            for key in self.objects.keys(folder)
        ]
        return pa.concat_tables(parts)


@pytest.fixture(scope="session")
def cloud_sample(tmp_path_factory: pytest.TempPathFactory) -> SampleReceipt:
    """Return a small organisation with tags, pods, shared pools and accounts without usage."""
    return write_sample(tmp_path_factory.mktemp("sample"), accounts=9, months=2, rows=3000, seed=3)


@pytest.fixture(scope="session")
def embedded(cloud_sample: SampleReceipt, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the warehouse that ``crossfoot run`` makes of the same exports."""
    out = tmp_path_factory.mktemp("embedded") / "warehouse"
    run_ledger(_inputs(cloud_sample, cloud_sample.usage), out, Quiet())
    return out


@pytest.fixture(scope="session")
def embedded_without_usage(
    cloud_sample: SampleReceipt, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return the warehouse of carbon alone."""
    out = tmp_path_factory.mktemp("embedded") / "warehouse"
    run_ledger(_inputs(cloud_sample, None), out, Quiet())
    return out


def _inputs(sample: SampleReceipt, usage: Path | None) -> RunInputs:
    return RunInputs(
        carbon=sample.carbon,
        usage=usage,
        inventory=_folder(sample),
        configuration=sample.config,
    )


def _folder(sample: SampleReceipt) -> Path:
    """Return the folder of the sample, with its accounts and its inventory."""
    assert sample.accounts is not None
    return sample.accounts.parent


@pytest.fixture(scope="session")
def s3_client() -> Any:
    """Return a client that only ever sees moto, one call at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        client: Any = boto3.client("s3")
    lock, inner = RLock(), client._make_api_call

    def one_at_a_time(operation: str, parameters: Any) -> Any:
        with lock:
            return inner(operation, parameters)

    client._make_api_call = one_at_a_time
    return client


@dataclass
class _Clients:
    s3: Any


@pytest.fixture
def deployment(
    s3_client: Any,
    cloud_sample: SampleReceipt,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Deployment]:
    """Return a deployment of the sample's configuration."""
    assert cloud_sample.config is not None
    configuration = read_configuration(cloud_sample.config)
    monkeypatch.setattr(deployed_policy, "configuration", lambda: configuration)
    monkeypatch.setattr(deployed_month, "configuration", lambda: configuration)
    monkeypatch.setattr(deployed_month, "clients", lambda: _Clients(s3_client))
    with mock_aws():
        for bucket in (LANDING, CURATED, WORK):
            s3_client.create_bucket(Bucket=bucket)
            s3_client.put_bucket_versioning(
                Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
            )
        athena = AthenaInDuckDB(s3_client, tmp_path, configuration.tag_columns)
        yield Deployment(s3_client, cloud_sample, athena)


@pytest.fixture(params=[1, 3, 7])
def n_shards(
    request: pytest.FixtureRequest, cloud_sample: SampleReceipt, monkeypatch: pytest.MonkeyPatch
) -> int:
    """Return how many shards September is cut into, or fewer where accounts are too large."""
    wanted: int = request.param
    assert cloud_sample.usage is not None
    files = (cloud_sample.usage / "data" / "BILLING_PERIOD=2026-09").iterdir()
    n_lines = sum(pq.read_metadata(file).num_rows for file in files)
    monkeypatch.setattr(
        roll_up_usage,
        "assign_shards",
        partial(roll_up_usage.assign_shards, lines_per_shard=-(-n_lines // wanted)),
    )
    return wanted
