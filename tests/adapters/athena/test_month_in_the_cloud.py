import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from crossfoot.adapters.aws.athena_usage import parquet_bytes
from crossfoot.adapters.aws.places import CuratedPlaces, Place, WorkPlaces
from crossfoot.adapters.aws.plans import S3Plans, plan_document
from crossfoot.adapters.aws.query_results import QueryResults
from crossfoot.adapters.aws.s3_objects import as_json
from crossfoot.adapters.usage_answers import LINES
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.bootstrap import deployed_policy
from crossfoot.bootstrap.closing import RunInputs, run_ledger
from crossfoot.domain.columns import TABLES
from crossfoot.domain.configuration import AllocationMethod, Configuration
from crossfoot.domain.deliveries import ExportKind
from crossfoot.domain.errors import (
    MissingColumnError,
    ReconciliationError,
    ReplacedDeliveryError,
    RunContentError,
    UnreadableFileError,
    UsagePeriodMismatchError,
)
from crossfoot.domain.measures import MEASURES, Measure
from crossfoot.domain.period import UsagePeriod

LANDING, CURATED, WORK = "landing-bucket", "curated-bucket", "work-bucket"


SEPTEMBER = UsagePeriod("2026-09")
LARGE = ("emissions", "emissions_ranges", "usage", "impacts")
ALIKE = (
    "reported_ug",
    "n_checks",
    "counts",
    "tag_columns",
    "configuration",
    "policy_digest",
    "payer_account_id",
)
SMALL = ("usage_lines", "reconciliation", "redistributions", "restatements")


class Quiet:
    """Progress that nobody looks at."""

    def step(self, what: str, done: int, of: int) -> None:
        """Say nothing."""


def _embedded(warehouse: Path, table: str) -> pa.Table:
    opened = Warehouse.open(warehouse)
    run_id = opened.current().months[SEPTEMBER]
    (declared,) = (each for each in TABLES if each.name == table)
    files = [str(file) for file in opened.run_files(SEPTEMBER, run_id, declared)]
    return pa.concat_tables([pq.read_table(file, partitioning=None) for file in files])


def _same(table: pa.Table) -> list[dict[str, Any]]:
    """Return rows without the name of their run."""
    rows: list[dict[str, Any]] = table.drop(["run_id"]).to_pylist()
    return rows


def _n_parts(deployment: Any, plan: Any) -> int:
    folder = CuratedPlaces(CURATED).table_folder("emissions", plan.usage_period, plan.run_id)
    return len(list(deployment.objects.keys(folder)))


def test_any_number_of_shards_gives_the_embedded_run(
    deployment: Any, embedded: Path, n_shards: int
) -> None:
    """Every measure, key, cost and range equals that of `crossfoot run`, row for row, in order.

    The estimate is by the loads of the inventory, here of its objects, there of the folder.
    """
    deployment.collect(SEPTEMBER)
    plan = deployment.plan(deployment.carbon(SEPTEMBER))
    manifest = deployment.close(plan)

    assert (n_shards + 1) // 2 <= _n_parts(deployment, plan) <= n_shards
    for table in (*LARGE, *SMALL):
        assert _same(deployment.rows(table, plan)) == _same(_embedded(embedded, table)), table
    opened = Warehouse.open(embedded)
    twin = opened.manifest(SEPTEMBER, opened.current().months[SEPTEMBER])
    assert {name: manifest[name] for name in ALIKE} == {name: twin[name] for name in ALIKE}
    assert deployment.rows("redistributions", plan).num_rows > 0
    assert pc.any(deployment.rows("usage", plan)["parent_resource_id"].is_valid()).as_py()
    loads = deployment.rows("impacts", plan)["cpu_load_percent"]
    assert 0 < loads.null_count < len(loads)


def test_loads_decide_where_the_physical_method_places_emissions(
    deployment: Any, cloud_sample: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scope 2 follows the estimated energy, and that the loads: as embedded, and else otherwise."""
    configuration = replace(deployed_policy.configuration(), method=AllocationMethod.PHYSICAL)
    monkeypatch.setattr(deployed_policy, "configuration", lambda: configuration)
    folder = cloud_sample.accounts.parent
    inputs = RunInputs(
        carbon=cloud_sample.carbon, usage=cloud_sample.usage, inventory=folder,
        configuration=cloud_sample.config, method=AllocationMethod.PHYSICAL,
    )  # fmt: skip
    run_ledger(inputs, tmp_path / "warehouse", Quiet())
    blind = deployment.plan(deployment.carbon(SEPTEMBER))
    deployment.build(blind)
    deployment.collect(SEPTEMBER)
    seeing = deployment.plan(deployment.carbon(SEPTEMBER), previous=blind.run_id)
    deployment.build(seeing)

    assert blind.inventory_digest is None
    found = _same(deployment.rows("emissions", seeing))
    assert found == _same(_embedded(tmp_path / "warehouse", "emissions"))
    assert found != _same(deployment.rows("emissions", blind))


def test_the_manifest_tells_the_day_of_the_loads(deployment: Any) -> None:
    """The pins name every object of the inventory by its version; the manifest names the pins."""
    deployment.collect(SEPTEMBER)
    plan = deployment.plan(deployment.carbon(SEPTEMBER))
    (told,) = deployment.close(plan)["usage"]["observations"]
    pins = deployment.objects.read_json(Place.parse(told["path"]))
    assert (told["kind"], told["day"]) == ("inventory", "2026-10-01")
    assert told["digest"] == plan.inventory_digest
    assert told["n_files"] == len(pins["files"]) > 0


def test_a_month_without_usage_is_one_shard_of_cells(
    deployment: Any, embedded_without_usage: Path
) -> None:
    """Carbon alone gives the rows of `crossfoot run --carbon`, and asks Athena nothing first."""
    plan = deployment.plan(deployment.carbon(SEPTEMBER), has_usage=False)
    manifest = deployment.close(plan)

    assert manifest["usage"] == {"kind": "none", "files": []}
    for table in (*LARGE, "reconciliation", "redistributions"):
        expected = _same(_embedded(embedded_without_usage, table))
        assert _same(deployment.rows(table, plan)) == expected, table
    assert deployment.rows("usage", plan).num_rows == 0
    assert deployment.rows("impacts", plan).num_rows == 0


def test_the_manifest_tells_every_part_and_every_object_version(deployment: Any) -> None:
    """What was read is named by version, what was written by digest, as S3 holds it."""
    plan = deployment.plan(deployment.carbon(SEPTEMBER))
    manifest = deployment.close(plan)

    assert (manifest["run_id"], manifest["identity"]) == (plan.run_id, plan.identity)
    assert manifest["bucket"] == CURATED
    assert {file["path"].split("/")[1] for file in manifest["files"]} == {*LARGE, *SMALL}
    for file in manifest["files"]:
        body = deployment.objects.read(Place(CURATED, file["path"]))
        assert (len(body), hashlib.sha256(body).hexdigest()) == (file["size"], file["sha256"])
        assert pq.read_metadata(pa.BufferReader(body)).num_rows == file["rows"]
    (usage,) = manifest["usage"]["files"]
    head = deployment.s3.head_object(
        Bucket=LANDING, Key=usage["path"].removeprefix(f"s3://{LANDING}/"),
        VersionId=usage["version_id"],
    )  # fmt: skip
    assert (head["ETag"].strip('"'), head["ContentLength"]) == (usage["etag"], usage["size"])


def test_every_step_again_changes_nothing(deployment: Any) -> None:
    """A second attempt has its own answers, and writes the same bytes: nothing is refused."""
    plan = deployment.plan(deployment.carbon(SEPTEMBER))
    first = deployment.close(plan)
    before = _versions(deployment)
    assert deployment.close(plan) == first
    assert _versions(deployment) == before


def _versions(deployment: Any) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for prefix in ("tables/", "runs/"):
        page = deployment.s3.list_object_versions(Bucket=CURATED, Prefix=prefix)
        found += [(each["Key"], each["VersionId"]) for each in page["Versions"]]
    return found


def test_the_copies_are_made_once(deployment: Any) -> None:
    """What is there with its size is not copied again; what is cut short is."""
    plan = deployment.plan(deployment.carbon(SEPTEMBER))
    uri = WorkPlaces(WORK).plan(plan.run_id).uri
    deployment.roll_up(uri)
    copy = WorkPlaces(WORK).usage_file(plan.usage_digest, 0)
    whole = deployment.objects.read(copy)
    deployment.roll_up(uri)
    assert len(deployment.objects.versions(copy)) == 1
    deployment.objects.put(copy, b"half")
    deployment.roll_up(uri)
    assert deployment.objects.read(copy) == whole


def test_a_proof_that_fails_leaves_no_manifest(deployment: Any) -> None:
    """A part that is missing when the run is read back stops the month, with the keys named."""
    plan = deployment.plan(deployment.carbon(SEPTEMBER))
    deployment.build(plan)
    part = CuratedPlaces(CURATED).table_part("emissions", SEPTEMBER, plan.run_id)
    table = pq.read_table(pa.BufferReader(deployment.objects.read(part)))
    amounts = table["total_lbm_kgco2e"].cast(pa.decimal128(18, 9))
    deployment.objects.put(part, parquet_bytes(table.filter(pc.less(amounts, pc.max(amounts)))))

    with pytest.raises(ReconciliationError, match="proofs failed"):
        deployment.prove(plan)
    manifest = CuratedPlaces(CURATED).run_manifest(SEPTEMBER, plan.run_id)
    assert deployment.objects.head(manifest) is None


def test_a_part_of_another_content_is_never_overwritten(deployment: Any) -> None:
    """A run's name stands for one content; whoever comes with another is refused."""
    plan = deployment.plan(deployment.carbon(SEPTEMBER))
    part = CuratedPlaces(CURATED).table_part("emissions", SEPTEMBER, plan.run_id)
    deployment.objects.put(part, b"another")
    with pytest.raises(RunContentError):
        deployment.build(plan)
    assert deployment.objects.read(part) == b"another"


def test_a_changed_configuration_stops_a_run_half_way(
    deployment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run is made under the policy that it was planned under, or not at all."""
    plan = deployment.plan(deployment.carbon(SEPTEMBER))
    monkeypatch.setattr(deployed_policy, "configuration", Configuration)
    with pytest.raises(RunContentError, match="another configuration"):
        deployment.build(plan)


def test_a_restatement_is_the_difference_of_the_two_runs(deployment: Any) -> None:
    """A row for each sum that moved: one milligram in each scope is three in the total."""
    first = deployment.carbon(SEPTEMBER)
    before = deployment.plan(first)
    deployment.close(before)
    rows = replace(first.rows, amount_ug=first.rows.amount_ug + first.rows.is_reported * 1_000_000)
    corrected = replace(first, delivery_id="d-" + "c" * 16, rows=rows)
    mover = str(first.rows.usage_account_id[0])
    listed = deployment.sample.accounts.read_text()
    accounts = re.sub(f"^({mover},[^,]*),[^,]*", r"\1,/Elsewhere", listed, flags=re.MULTILINE)
    after = deployment.plan(corrected, previous=before.run_id, accounts=accounts.encode())
    manifest = deployment.close(after)

    told, ledger = manifest["restatement"], deployment.rows("emissions", after)
    own = ledger.filter(pc.equal(ledger["usage_account_id"], mover))
    # the same usage landed again has versions of its own
    assert told["causes"] == ["correction", "organisation", "usage"]
    assert set(own["ou_path"].to_pylist()) == {"/Elsewhere"}
    totals = [each for each in own["total_lbm_kgco2e"].to_pylist() if each is not None]
    assert told["moved_between_units_ug"]["total_lbm"] == int(sum(totals) * 10**9)
    restated = deployment.rows("restatements", after)
    assert set(restated["cause"].to_pylist()) == {"correction"}
    moved = pc.subtract(
        pc.fill_null(restated["after_kgco2e"], 0), pc.fill_null(restated["before_kgco2e"], 0)
    )
    of_total = moved.filter(pc.equal(restated["measure"], "total_lbm"))
    n_reported = int(first.rows.is_reported[MEASURES.index(Measure.TOTAL_LBM)].sum())
    assert int(pc.sum(of_total).as_py() * 10**9) == n_reported * 3 * 1_000_000
    assert manifest["previous_run_id"] == before.run_id
    assert deployment.close(after) == manifest


def test_usage_of_another_month_is_refused_before_it_is_rolled_up(deployment: Any) -> None:
    """Lines of August in the delivery of September are named with their month."""
    plan = deployment.plan(deployment.carbon(SEPTEMBER))
    folder = deployment.sample.usage / "data" / "BILLING_PERIOD=2026-08"
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    digest = deployment.pin(SEPTEMBER, files)
    wrong = replace(plan, usage_digest=digest)
    S3Plans(deployment.objects, WorkPlaces(WORK)).keep(wrong)
    with pytest.raises(UsagePeriodMismatchError, match="2026-08"):
        deployment.roll_up(WorkPlaces(WORK).plan(plan.run_id).uri)


def test_usage_of_another_payer_is_told(deployment: Any) -> None:
    """Its carbon is in another export: that is said, and the month goes on."""
    plan = replace(deployment.plan(deployment.carbon(SEPTEMBER)), payer_account_id="9" * 12)
    S3Plans(deployment.objects, WorkPlaces(WORK)).keep(plan)
    order = deployment.roll_up(WorkPlaces(WORK).plan(plan.run_id).uri)
    assert order["other_payers"] == [deployment.carbon(SEPTEMBER).payer_account_id]


@pytest.mark.parametrize(
    ("name", "body", "error"),
    [
        ("cur-00001.csv.gz", b"x", UnreadableFileError),
        ("cur-00001.snappy.parquet", b"PAR1 cut off", UnreadableFileError),
        ("cur-00001.snappy.parquet", None, MissingColumnError),
    ],
)
def test_files_that_cannot_be_trusted_are_refused_by_name(
    deployment: Any, name: str, body: bytes | None, error: type[Exception]
) -> None:
    """CSV, half files and missing columns are named by object and version, with a mend."""
    if body is None:
        body = parquet_bytes(pa.table({"line_item_usage_account_id": ["1"]}))
    plan = deployment.plan(deployment.carbon(SEPTEMBER))
    digest = deployment.pin(SEPTEMBER, {name: body})
    S3Plans(deployment.objects, WorkPlaces(WORK)).keep(replace(plan, usage_digest=digest))
    with pytest.raises(error, match=r"s3://landing-bucket/usage/data/cur-00001.*versionId="):
        deployment.roll_up(WorkPlaces(WORK).plan(plan.run_id).uri)


def test_a_delivery_without_lines_is_a_month_without_consumers(deployment: Any) -> None:
    """An empty file is no error: all grams stay with their accounts, and the proof holds."""
    plan = deployment.plan(deployment.carbon(SEPTEMBER))
    digest = deployment.pin(SEPTEMBER, {"cur-00001.snappy.parquet": b""})
    empty = replace(plan, usage_digest=digest)
    S3Plans(deployment.objects, WorkPlaces(WORK)).keep(empty)
    deployment.close(empty)
    levels = deployment.rows("emissions", empty)["allocation_level"].unique().to_pylist()
    assert levels == ["unallocated"]


def test_a_version_that_is_gone_is_a_replaced_delivery(deployment: Any) -> None:
    """The delivery that replaced it has a manifest of its own; nothing is read in its place."""
    plan = deployment.plan(deployment.carbon(SEPTEMBER))
    pins = json.loads(
        deployment.objects.read(
            CuratedPlaces(CURATED).pin(SEPTEMBER, ExportKind.USAGE, plan.usage_digest)
        )
    )
    for file in pins["files"]:
        deployment.s3.delete_object(Bucket=LANDING, Key=file["key"], VersionId=file["version_id"])
    with pytest.raises(ReplacedDeliveryError):
        deployment.roll_up(WorkPlaces(WORK).plan(plan.run_id).uri)


def test_an_answer_of_other_columns_is_refused(deployment: Any) -> None:
    """Queries and functions of two versions do not go together."""
    place = WorkPlaces(WORK).survey("r-" + "0" * 16, "0" * 12, "lines")
    deployment.objects.put(Place(WORK, f"{place.key}a"), parquet_bytes(pa.table({"x": [1]})))
    with pytest.raises(RunContentError, match="does not hold the answer"):
        QueryResults(deployment.objects).table(place, LINES)


def test_a_damaged_plan_is_refused(deployment: Any) -> None:
    """A plan is that of its run, or nothing is done."""
    plan = deployment.plan(deployment.carbon(SEPTEMBER))
    plans = S3Plans(deployment.objects, WorkPlaces(WORK))
    uri = WorkPlaces(WORK).plan(plan.run_id).uri
    assert plans.read(uri) == plan
    for document in (b"{}", as_json({**plan_document(plan), "run_id": "r-" + "f" * 16})):
        deployment.objects.put(WorkPlaces(WORK).plan(plan.run_id), document)
        with pytest.raises(RunContentError, match="damaged"):
            plans.read(uri)
