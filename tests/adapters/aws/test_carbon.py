"""Carbon from the landing bucket to the shelf: read as the command line reads, kept for ever."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.parquet as pq
import pytest

from crossfoot.adapters.aws.carbon_reader import S3CarbonReader
from crossfoot.adapters.aws.kept_carbon import S3KeptCarbon
from crossfoot.adapters.aws.places import Place
from crossfoot.adapters.carbon_exports import read_carbon
from crossfoot.domain.columns import CARBON_REPORTED
from crossfoot.domain.deliveries import ExportKind, PinnedDelivery
from crossfoot.domain.errors import (
    DeploymentError,
    InputError,
    ManifestError,
    ReplacedDeliveryError,
    RunContentError,
    StorageError,
    UnknownUnitError,
    UnreadableFileError,
)
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import CarbonDelivery

MARCH: Final = UsagePeriod("2026-03")
PARTITION: Final = "carbon_model_version=v3.0.1/usage_period=2026-03"
RUN: Final = "2026-04-14T07:52:10.494Z-11111111-2222-3333-4444-555555555555"
PAYER: Final = "000000000001"
CHUNKS: Final = ("export-00001.snappy.parquet", "export-00002.snappy.parquet")

type Deliver = Callable[..., PinnedDelivery]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Return the folder of an export on disk."""
    return tmp_path / "carbon" / "export"


@pytest.fixture
def deliver(world: Any, delivered: Any, export: Path) -> Deliver:
    """Return a function that writes a delivery to disk, puts it into the bucket and pins it."""

    def deliver(*chunks: list[dict[str, Any]], run: str = "") -> PinnedDelivery:
        folder = f"{PARTITION}/{run}" if run else PARTITION
        names = CHUNKS[: len(chunks)]
        for name, rows in zip(names, chunks, strict=True):
            delivered.parquet(export / "data" / folder / name, delivered.carbon(*rows))
        manifest = delivered.manifest(export, folder, *names)
        uris = [f"s3://landing-bucket/carbon/export/data/{folder}/{name}" for name in names]
        manifest.write_text(json.dumps({"executionId": "e-1", "dataFiles": uris}))
        for path in sorted(export.rglob("*.parquet")):
            world.put(path.relative_to(export.parents[1]).as_posix(), path.read_bytes())
        key = manifest.relative_to(export.parents[1]).as_posix()
        world.put(key, manifest.read_bytes())
        found: PinnedDelivery = world.landing.pin(ExportKind.CARBON, key, None)
        return found

    return deliver


def read(world: Any, pinned: PinnedDelivery) -> CarbonDelivery:
    """Read a pinned delivery."""
    return S3CarbonReader(world.objects, PAYER).read(pinned)


def kept(world: Any) -> S3KeptCarbon:
    """Return the reader of what the shelf keeps."""
    return S3KeptCarbon(world.objects, world.places)


def assert_same_rows(one: CarbonDelivery, other: CarbonDelivery) -> None:
    """Compare all that a delivery says but where its files lie."""
    assert (one.delivery_id, one.label) == (other.delivery_id, other.label)
    assert [(f.size, f.sha256) for f in one.files] == [(f.size, f.sha256) for f in other.files]
    for field in fields(one.rows):
        np.testing.assert_array_equal(
            getattr(one.rows, field.name), getattr(other.rows, field.name), err_msg=field.name
        )


@pytest.mark.parametrize("run", ["", RUN])
def test_the_deployment_reads_what_the_command_line_reads(
    world: Any, deliver: Deliver, export: Path, run: str
) -> None:
    """Rows, ids, versions and times are equal, whichever way the delivery came."""
    second = [{"region_code": None, "location": None, "product_code": "AmazonCloudFront"}]
    pinned = deliver([{}, {"product_code": "AmazonS3"}], second, run=run)

    found = read(world, pinned)

    (expected,) = read_carbon(export).deliveries
    assert_same_rows(found, expected)
    assert found.rows.n_rows == 3


def test_both_manifests_of_an_execution_read_alike(world: Any, deliver: Deliver) -> None:
    """The partition's own manifest only repeats the execution's."""
    pinned = deliver([{}], run=RUN)
    latest = f"carbon/export/metadata/{PARTITION}/export-Manifest.json"
    world.put(latest, world.objects.read(Place("landing-bucket", pinned.manifest.key)))

    again = read(world, world.landing.pin(ExportKind.CARBON, latest, None))

    assert_same_rows(again, read(world, pinned))
    assert again.delivered_at == datetime(2026, 4, 14, 7, 52, 10, 494000, tzinfo=UTC)


def test_every_row_leads_back_to_an_object_version(world: Any, deliver: Deliver) -> None:
    """Files are named by bucket, key and version; nothing of this machine is in them."""
    pinned = deliver([{}])

    (file,) = read(world, pinned).files

    assert file.path == (
        f"s3://landing-bucket/{pinned.files[0].key}?versionId={pinned.files[0].version_id}"
    )


def test_the_pinned_version_is_read_whatever_came_since(world: Any, deliver: Deliver) -> None:
    """An overwritten file is read as it was pinned."""
    pinned = deliver([{}])
    first = read(world, pinned)
    world.put(pinned.files[0].key, b"something else")

    assert_same_rows(read(world, pinned), first)


@pytest.mark.parametrize("what", ["file", "manifest"])
def test_a_version_that_is_gone_is_named(world: Any, deliver: Deliver, what: str) -> None:
    """A pinned version that was deleted is replaced by a delivery of its own."""
    pinned = deliver([{}])
    gone = pinned.files[0] if what == "file" else pinned.manifest
    world.s3.delete_object(Bucket="landing-bucket", Key=gone.key, VersionId=gone.version_id)

    with pytest.raises(ReplacedDeliveryError, match=gone.version_id):
        read(world, pinned)


@pytest.mark.parametrize("run", ["", RUN])
@pytest.mark.parametrize("chunks", [(), ([],)])
def test_a_delivery_without_rows_is_this_deployments(
    world: Any, deliver: Deliver, chunks: tuple[list[Any], ...], run: str
) -> None:
    """A month without emissions is a delivery too; its payer is the deployment's."""
    found = read(world, deliver(*chunks, run=run))

    assert (found.rows.n_rows, found.payer_account_id) == (0, PAYER)
    assert (found.usage_period, found.model_version.text) == (MARCH, "v3.0.1")


def test_errors_name_the_object_and_not_this_machine(
    world: Any, deliver: Deliver, export: Path
) -> None:
    """What is wrong is said of the object version, in the message and in its parts."""
    pinned = deliver([{"total_scope_1_emissions_unit": "kgCO2e"}])
    with pytest.raises(UnknownUnitError) as caught:
        read(world, pinned)

    origin = f"s3://landing-bucket/{pinned.files[0].key}?versionId={pinned.files[0].version_id}"
    assert caught.value.file == origin
    assert origin in str(caught.value)
    assert origin in caught.value.message
    assert "/tmp" not in str(caught.value)  # noqa: S108 - it is what must not be told
    with pytest.raises(UnknownUnitError) as embedded:
        read_carbon(export)
    assert str(caught.value) == str(embedded.value).replace(str(embedded.value.file), origin)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not Parquet at all"])
def test_a_corrupt_file_is_refused_by_name(world: Any, deliver: Deliver, content: bytes) -> None:
    """Truncated or foreign bytes are an input error; zero bytes of Parquet hold no rows."""
    pinned = deliver([{}])
    key = pinned.files[0].key
    world.put(key, content)
    world.put(pinned.manifest.key, world.objects.read(Place("landing-bucket", pinned.manifest.key)))
    again = world.landing.pin(ExportKind.CARBON, pinned.manifest.key, None)

    if content:
        with pytest.raises(UnreadableFileError, match=key):
            read(world, again)
    else:
        assert read(world, again).rows.n_rows == 0


def test_pins_that_lie_outside_of_their_delivery_are_not_fetched(
    world: Any, deliver: Deliver
) -> None:
    """Pins are checked once more before they become paths."""
    pinned = deliver([{}])
    for key in ("elsewhere/x.parquet", f"carbon/export/data/{PARTITION}/../../../x.parquet"):
        file = replace(pinned.files[0], key=key)
        with pytest.raises(ManifestError, match="outside"):
            read(world, replace(pinned, files=(file,)))


def test_a_truncated_body_is_tried_again(
    world: Any, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that ends early is a failure of the service, not of the input."""
    pinned = deliver([{}])
    inner = world.s3.get_object

    def cut_off(**parameters: Any) -> Any:
        answer = inner(**parameters)
        answer["Body"]._content_length = 10**6
        return answer

    monkeypatch.setattr(world.s3, "get_object", cut_off)

    with pytest.raises(StorageError, match="IncompleteReadError"):
        read(world, pinned)


def test_a_kept_delivery_comes_back_as_it_was(world: Any, made: Any) -> None:
    """Rows, label and files are equal, and the object has the published schema."""
    delivery = made.carbon_delivery()
    world.shelf.keep(delivery)

    assert_same_rows(kept(world).delivery(delivery.delivery_id), delivery)
    assert kept(world).delivery(delivery.delivery_id).files == delivery.files
    place = world.places.delivery_part(MARCH, delivery.delivery_id)
    table = pq.read_table(io.BytesIO(world.objects.read(place)))
    assert table.column_names == [column.name for column in CARBON_REPORTED.columns]


def test_readers_see_a_kept_delivery(world: Any, made: Any) -> None:
    """Its partition points to its own folder and reads as the table does."""
    world.shelf.keep(made.carbon_delivery())

    (partition,) = world.glue.get_partitions(DatabaseName="crossfoot", TableName="carbon_reported")[
        "Partitions"
    ]
    assert partition["Values"] == ["2026-03", "d-0123456789abcdef"]
    storage = partition["StorageDescriptor"]
    assert storage["Location"] == (
        "s3://curated-bucket/deliveries/usage_period=2026-03/delivery_id=d-0123456789abcdef/"
    )
    assert storage["SerdeInfo"]["SerializationLibrary"] == "ParquetHiveSerDe"


def test_the_same_delivery_again_changes_nothing(world: Any, made: Any) -> None:
    """Delivered again under another version and time, it stays as it was first kept."""
    first = made.carbon_delivery("s3://landing-bucket/a?versionId=1")
    world.shelf.keep(first)
    later = replace(
        made.carbon_delivery("s3://landing-bucket/a?versionId=2"),
        delivered_at=datetime(2026, 5, 1, tzinfo=UTC),
    )

    world.shelf.keep(later)

    assert_same_rows(kept(world).delivery(first.delivery_id), first)
    assert kept(world).delivery(first.delivery_id).files == first.files
    versions = world.s3.list_object_versions(Bucket="curated-bucket")["Versions"]
    assert len(versions) == 2


@pytest.mark.parametrize("operation", ["PutObject", "GetTable", "CreatePartition"])
def test_a_delivery_half_kept_is_finished(world: Any, made: Any, operation: str) -> None:
    """A crash at any step is mended by keeping it again, even if it came another way."""
    delivery = made.carbon_delivery("s3://landing-bucket/a?versionId=1")
    service = "s3" if operation == "PutObject" else "glue"
    place = world.places.delivery_description(delivery.delivery_id)
    if service == "s3":
        # the description is there, the rows are not
        world.shelf.keep(delivery)
        part = world.places.delivery_part(MARCH, delivery.delivery_id)
        world.s3.delete_object(Bucket=part.bucket, Key=part.key)
    world.fault(service, operation, _throttled())
    with pytest.raises(StorageError):
        world.shelf.keep(delivery)
    world.mend(service, operation)

    world.shelf.keep(made.carbon_delivery("s3://landing-bucket/a?versionId=2"))

    assert kept(world).delivery(delivery.delivery_id).files == delivery.files
    assert world.objects.head(place) is not None
    assert kept(world).delivery(delivery.delivery_id).label == delivery.label


@pytest.mark.parametrize(
    "change",
    [
        {"payer_account_id": "000000000009"},
        {"usage_period": UsagePeriod("2026-04")},
        {"files": ()},
    ],
)
def test_another_delivery_under_the_same_id_is_refused(
    world: Any, made: Any, change: dict[str, Any]
) -> None:
    """One id, one content: what is kept stays."""
    delivery = made.carbon_delivery()
    world.shelf.keep(delivery)

    with pytest.raises(RunContentError, match="tells of another delivery"):
        world.shelf.keep(replace(delivery, **change))

    assert kept(world).delivery(delivery.delivery_id).label == delivery.label


def test_an_empty_delivery_is_kept_too(world: Any, made: Any) -> None:
    """Without rows the description alone tells month, version, payer and time."""
    delivery = replace(made.without_rows(made.carbon_delivery()), files=())
    world.shelf.keep(delivery)

    assert_same_rows(kept(world).delivery(delivery.delivery_id), delivery)


def test_a_delivery_that_was_never_kept_is_not_there(world: Any, made: Any) -> None:
    """Description or rows missing: the deployment is damaged, no input is to blame."""
    with pytest.raises(DeploymentError) as caught:
        kept(world).delivery("d-" + "0" * 16)
    assert not isinstance(caught.value, InputError)
    delivery = made.carbon_delivery()
    world.shelf.keep(delivery)
    part = world.places.delivery_part(MARCH, delivery.delivery_id)
    world.s3.delete_object(Bucket=part.bucket, Key=part.key)
    with pytest.raises(DeploymentError, match="is not there"):
        kept(world).delivery(delivery.delivery_id)


def test_the_adapters_import_without_the_embedded_engines() -> None:
    """Functions carry neither DuckDB nor a command line, and make no client when imported."""
    mine = (
        "carbon_reader", "carbon_shelf", "clients", "dynamo_deliveries", "event_bus",
        "glue_catalog", "landing", "run_shelf", "step_functions",
    )  # fmt: skip
    program = f"""
import sys, importlib, boto3
def forbidden(*_, **__): raise AssertionError("a client was made")
boto3.client = boto3.session.Session.client = forbidden
for name in {mine!r}:
    importlib.import_module(f"crossfoot.adapters.aws.{{name}}")
print(sorted({{"duckdb", "typer", "rich", "jinja2", "pytz", "pandas"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def _throttled() -> dict[str, Any]:
    return {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}
