"""The landing bucket: from the key of a manifest to pinned object versions."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

import pytest
from botocore.exceptions import ClientError

from crossfoot.adapters.aws import landing as landing_module
from crossfoot.adapters.aws.landing import S3Landing
from crossfoot.adapters.aws.landing_keys import ManifestKey, manifest_keys
from crossfoot.domain.deliveries import ExportKind, PinnedDelivery
from crossfoot.domain.errors import (
    AccessDeniedError,
    DeploymentError,
    ForeignDeliveryError,
    IncompleteDeliveryError,
    InputNotFoundError,
    ManifestError,
    OversizedInputError,
    ReplacedDeliveryError,
    UnreadableFileError,
)
from crossfoot.domain.period import UsagePeriod

MARCH: Final = "carbon_model_version=v3.0.1/usage_period=2026-03"
RUN: Final = "2026-04-14T07:52:10.494Z-11111111-2222-3333-4444-555555555555"
ROOT: Final = "carbon/export"
CHUNK: Final = "export-00001.snappy.parquet"


def manifest_key(partition: str = MARCH, run: str = "", root: str = ROOT) -> str:
    """Return the key of a manifest."""
    folder = f"{partition}/{run}" if run else partition
    return f"{root}/metadata/{folder}/export-Manifest.json"


def data_key(name: str = CHUNK, partition: str = MARCH, run: str = "") -> str:
    """Return the key of a data file."""
    folder = f"{partition}/{run}" if run else partition
    return f"{ROOT}/data/{folder}/{name}"


def announce(
    world: Any, entries: Iterable[str], key: str | None = None, bucket: str = "landing-bucket"
) -> str:
    """Write a manifest that lists keys, and return its own key."""
    key = key or manifest_key()
    uris = [entry if "://" in entry else f"s3://{bucket}/{entry}" for entry in entries]
    document = {"executionId": "e-1", "dataFiles": uris}
    world.put(key, json.dumps(document).encode())
    return key


def pin(world: Any, key: str, kind: ExportKind = ExportKind.CARBON, **more: Any) -> PinnedDelivery:
    """Pin the delivery of a manifest."""
    found: PinnedDelivery = world.landing.pin(kind, key, more.get("version_id"))
    return found


def dated(key: str, at: datetime, version_id: str | None = None) -> None:
    """Set when S3 took an object, in moto's memory; versions of one key differ in it."""
    from moto.s3.models import s3_backends  # noqa: PLC0415 - moto makes its account on first use

    backend = s3_backends["123456789012"]["aws"]
    for each in backend.buckets["landing-bucket"].keys.getlist(key):
        if version_id in (None, each.version_id):
            each.last_modified = at.replace(tzinfo=None)


@pytest.mark.parametrize("version_key", ["carbon_model_version", "model_version"])
def test_a_delivery_is_pinned_by_version(world: Any, version_key: str) -> None:
    """Both spellings of the version are read; every file has version, etag and size from S3."""
    partition = f"{version_key}=v3.0.1/usage_period=2026-03"
    first, second = (data_key(f"export-0000{n}.snappy.parquet", partition) for n in (1, 2))
    versions = {key: world.put(key, key.encode()) for key in (second, first)}
    key = announce(world, [second, first, first], manifest_key(partition))

    found = pin(world, key)

    assert found.usage_period == UsagePeriod("2026-03")
    assert (found.partition, found.bucket) == (partition, "landing-bucket")
    assert [file.key for file in found.files] == [first, second]
    assert {file.key: file.version_id for file in found.files} == versions
    assert [file.size for file in found.files] == [len(first), len(second)]
    assert all(len(file.etag) == 32 for file in found.files)
    assert found.execution_id == "e-1"
    head = world.s3.head_object(Bucket="landing-bucket", Key=key)
    assert found.delivered_at == head["LastModified"]
    assert found.manifest.version_id == head["VersionId"]


@pytest.mark.parametrize("spelling", ["BILLING_PERIOD", "billing_period"])
def test_usage_lies_by_billing_period(world: Any, spelling: str) -> None:
    """CUR's partition is read in either case."""
    partition = f"{spelling}=2026-03"
    data = f"usage/cur/data/{partition}/cur-00001.snappy.parquet"
    world.put(data, b"PAR1")
    key = announce(world, [data], manifest_key(partition, root="usage/cur"))

    found = pin(world, key, ExportKind.USAGE)

    assert found.usage_period == UsagePeriod("2026-03")
    assert [file.key for file in found.files] == [data]


def test_both_manifests_of_an_execution_are_one_delivery(world: Any) -> None:
    """Create-new mode writes the manifest twice; the digest is one, and so is the execution."""
    data = data_key(run=RUN)
    world.put(data, b"PAR1")
    own = announce(world, [data], manifest_key(run=RUN))
    latest = announce(world, [data])

    assert pin(world, own).digest == pin(world, latest).digest
    assert pin(world, own).execution_id == "11111111-2222-3333-4444-555555555555"
    assert pin(world, own).partition == pin(world, latest).partition == MARCH


def test_leftovers_that_the_manifest_does_not_list_are_ignored(world: Any) -> None:
    """Emptied chunks of an earlier, longer delivery are no part of this one."""
    world.put(data_key(), b"PAR1")
    world.put(data_key("export-00002.snappy.parquet"), b"")

    found = pin(world, announce(world, [data_key()]))

    assert [file.key for file in found.files] == [data_key()]


def test_a_delivery_without_files_is_told_by_its_manifest(world: Any) -> None:
    """A month without emissions has a manifest that lists nothing."""
    key = announce(world, [])
    first = pin(world, key)
    announce(world, [])

    assert first.files == ()
    assert pin(world, key).digest != first.digest


def test_escaped_entries_are_decoded_once(world: Any) -> None:
    """Some writers escape = and : in URIs; the plain object is found."""
    data = data_key(run=RUN)
    world.put(data, b"PAR1")
    escaped = quote(data, safe="/")
    assert "%3D" in escaped

    assert [file.key for file in pin(world, announce(world, [escaped])).files] == [data]
    twice = announce(world, [quote(escaped, safe="/")])
    with pytest.raises(ForeignDeliveryError, match="another partition"):
        pin(world, twice)


def test_an_escaped_manifest_key_is_decoded_once(world: Any) -> None:
    """A key that was escaped on the way is found; one escaped twice is foreign."""
    world.put(data_key(), b"PAR1")
    key = announce(world, [data_key()])
    escaped = quote(key, safe="/")

    assert pin(world, escaped) == pin(world, key)
    with pytest.raises(ForeignDeliveryError):
        pin(world, quote(escaped, safe="/"))


def test_entries_without_a_bucket_are_of_this_export(world: Any) -> None:
    """Keys, and paths from the export's folder on, are understood."""
    world.put(data_key(), b"PAR1")
    expected = pin(world, announce(world, [data_key()])).digest
    for entry in (data_key(), data_key().removeprefix(f"{ROOT}/")):
        document = json.dumps({"files": [entry]}).encode()
        world.put(manifest_key(), document)
        assert pin(world, manifest_key()).digest == expected


@pytest.mark.parametrize(
    "key",
    [
        "",
        "other/export/metadata/" + MARCH + "/export-Manifest.json",
        "carbonic/export/metadata/" + MARCH + "/export-Manifest.json",
        "carbon/export/data/" + MARCH + "/export-Manifest.json",
        "carbon/export/metadata/" + MARCH + "/export-RedshiftManifest.json",
        "carbon/export/metadata/" + MARCH + "/manifest.txt",
        "carbon/export/metadata/export-Manifest.json",
        "carbon/export/metadata/usage_period=2026-03/export-Manifest.json",
        "carbon/export/metadata/BILLING_PERIOD=2026-03/export-Manifest.json",
        "carbon/export/metadata/" + MARCH + "/" + MARCH + "/export-Manifest.json",
        "carbon/export/metadata/" + MARCH + "/a/b/export-Manifest.json",
        "carbon/export/metadata/" + MARCH + "/day=1/export-Manifest.json",
        "carbon/export/metadata/" + MARCH + "/../../../x-Manifest.json",
        "carbon/export/metadata/" + MARCH + "/%2e%2e/x-Manifest.json",
        "carbon/../carbon/export/metadata/" + MARCH + "/x-Manifest.json",
        "carbon//export/metadata/" + MARCH + "/x-Manifest.json",
        "carbon/export/metadata/" + MARCH + "/a\\b/x-Manifest.json",
        "carbon/export/metadata/" + MARCH + "/a\x00/x-Manifest.json",
        "carbon/export/metadata/model_version=v3/usage_period=2026-13/x-Manifest.json",
        "carbon/export/metadata/model_version=v3/usage_period=2026/x-Manifest.json",
        "carbon/export/metadata/model_version=v3/usage_period=/x-Manifest.json",
    ],
)
def test_keys_outside_of_the_export_are_foreign(world: Any, key: str) -> None:
    """Whatever an event names, only a manifest in its own place is looked at."""
    with pytest.raises(ForeignDeliveryError):
        pin(world, key)


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        ("s3://other-bucket/" + data_key(), ForeignDeliveryError),
        ("s3://landing-bucket/usage/export/data/" + MARCH + "/a.parquet", ForeignDeliveryError),
        ("s3://landing-bucket/" + data_key(partition="usage_period=2026-04"), ForeignDeliveryError),
        ("s3://landing-bucket/carbon/export/data/" + MARCH + "/../x.parquet", ManifestError),
        ("s3://landing-bucket/carbon/export/data/" + MARCH + "/%2e%2e/x.parquet", ManifestError),
        ("s3://landing-bucket/carbon/export/data/" + MARCH + "/a%00.parquet", ManifestError),
        ("https://landing-bucket/" + data_key(), ManifestError),
        ("s3://landing-bucket/carbon/export/x.parquet", ManifestError),
        ("s3://landing-bucket/" + data_key("export-00001.csv.zip"), UnreadableFileError),
        ("s3://landing-bucket/" + data_key("export-00001.exe"), UnreadableFileError),
        ("s3://landing-bucket/" + data_key("export-00009.parquet"), IncompleteDeliveryError),
    ],
)
def test_entries_that_lead_elsewhere_are_refused(
    world: Any, entry: str, error: type[Exception]
) -> None:
    """Another bucket, export or partition, a way out, another kind, or nothing there."""
    world.put(data_key(), b"PAR1")

    with pytest.raises(error):
        pin(world, announce(world, [data_key(), entry]))


def test_a_manifest_of_an_execution_cannot_list_another_one(world: Any) -> None:
    """Files beside the execution's own folder are another delivery's."""
    world.put(data_key(), b"PAR1")

    with pytest.raises(ForeignDeliveryError, match="another partition"):
        pin(world, announce(world, [data_key()], manifest_key(run=RUN)))


def test_usage_must_be_parquet(world: Any) -> None:
    """Athena reads the usage as Parquet; a CSV export is refused by name."""
    data = "usage/cur/data/BILLING_PERIOD=2026-03/cur-00001.csv.gz"
    world.put(data, b"")
    key = announce(world, [data], manifest_key("BILLING_PERIOD=2026-03", root="usage/cur"))

    with pytest.raises(UnreadableFileError, match="Choose Parquet"):
        pin(world, key, ExportKind.USAGE)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"dataFiles": [1]}', b"\xff\xfe", b"[" * 200_000]
)
def test_what_is_no_manifest_is_refused(world: Any, content: bytes) -> None:
    """The document is parsed as the command line parses it, and named by its place."""
    world.put(manifest_key(), content)

    with pytest.raises(ManifestError, match="s3://landing-bucket/carbon/export/metadata"):
        pin(world, manifest_key())


def test_a_huge_manifest_is_not_read(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Size and number of files are bounded before anything is looked up."""
    monkeypatch.setattr(landing_module, "_MOST_FILES", 2)
    many = announce(world, [data_key(f"{number}.parquet") for number in range(3)])
    with pytest.raises(OversizedInputError, match="3 files"):
        pin(world, many)
    monkeypatch.setattr(landing_module, "LARGEST_MANIFEST", 10)
    with pytest.raises(ManifestError, match="too large"):
        pin(world, announce(world, []))


def test_a_forged_event_finds_nothing(world: Any) -> None:
    """Only S3 says what is there: a manifest that is not, or a version that is not, is refused."""
    with pytest.raises(InputNotFoundError):
        pin(world, manifest_key())
    announce(world, [])
    with pytest.raises(ReplacedDeliveryError):
        pin(world, manifest_key(), version_id="forged")


def test_the_version_of_the_event_is_read(world: Any) -> None:
    """A late event of an overwritten manifest pins what that manifest listed."""
    old, new = data_key(), data_key("export-00002.snappy.parquet")
    world.put(old, b"PAR1")
    world.put(new, b"PAR1")
    announce(world, [old])
    version = world.s3.head_object(Bucket="landing-bucket", Key=manifest_key())["VersionId"]
    announce(world, [new])

    assert [file.key for file in pin(world, manifest_key(), version_id=version).files] == [old]
    assert [file.key for file in pin(world, manifest_key()).files] == [new]


def test_a_file_replaced_after_the_manifest_is_pinned_as_the_manifest_meant_it(world: Any) -> None:
    """Overwrite mode replaces file by file: no delivery mixes two refreshes."""
    day = datetime(2026, 4, 20, tzinfo=UTC)
    first = world.put(data_key(), b"first")
    dated(data_key(), day)
    key = announce(world, [data_key()])
    dated(key, day + timedelta(minutes=5))
    second = world.put(data_key(), b"second")
    dated(data_key(), day + timedelta(days=1), second)

    assert [file.version_id for file in pin(world, key).files] == [first]
    announce(world, [data_key()])
    assert [file.version_id for file in pin(world, key).files] == [second]


def test_a_file_that_came_after_its_manifest_completes_the_delivery(world: Any) -> None:
    """A half-written delivery is incomplete, and whole as soon as the file is there."""
    key = announce(world, [data_key()])
    dated(key, datetime(2026, 4, 20, tzinfo=UTC))
    with pytest.raises(IncompleteDeliveryError, match="export-00001"):
        pin(world, key)
    version = world.put(data_key(), b"PAR1")

    assert [file.version_id for file in pin(world, key).files] == [version]


def test_a_bucket_without_versions_is_refused(world: Any) -> None:
    """Without versions nothing can be pinned."""
    world.s3.create_bucket(Bucket="plain-bucket")
    world.s3.put_object(Bucket="plain-bucket", Key=manifest_key(), Body=b"{}")
    landing = S3Landing(world.objects, "plain-bucket", {ExportKind.CARBON: "carbon"})

    with pytest.raises(DeploymentError, match="Switch versioning"):
        landing.pin(ExportKind.CARBON, manifest_key(), None)


FORBIDDEN: Final = {"Error": {"Code": "403"}, "ResponseMetadata": {"HTTPStatusCode": 403}}


def test_a_role_that_may_not_list_is_told_so(world: Any) -> None:
    """S3 hides whether an object is missing from who may not list: a person has to mend it."""
    world.fault("s3", "HeadObject", ClientError(FORBIDDEN, "HeadObject"))
    world.fault("s3", "ListObjectsV2", ClientError(FORBIDDEN, "ListObjectsV2"))

    with pytest.raises(AccessDeniedError):
        pin(world, manifest_key())


def test_a_role_that_may_list_below_its_prefix_finds_out_what_is_missing(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3 refuses to look at a missing object unless all may be listed; moto says it is missing."""
    key = announce(world, [data_key()])
    world.put(f"{data_key()}.tmp", b"")
    inner = world.s3.head_object

    def refuse_what_is_missing(**parameters: Any) -> Any:
        try:
            return inner(**parameters)
        except ClientError as error:
            raise ClientError(FORBIDDEN, "HeadObject") from error

    monkeypatch.setattr(world.s3, "head_object", refuse_what_is_missing)

    with pytest.raises(IncompleteDeliveryError):
        pin(world, key)
    with pytest.raises(ReplacedDeliveryError):
        pin(world, key, version_id="gone")


def test_an_object_that_is_there_but_refused_stays_refused(world: Any) -> None:
    """A key that is disabled is no missing object."""
    key = announce(world, [])
    world.fault("s3", "HeadObject", ClientError(FORBIDDEN, "HeadObject"))

    with pytest.raises(AccessDeniedError):
        pin(world, key)


def test_prefixes_may_be_deep_or_absent() -> None:
    """The export's folder is found below any prefix, and at the root of the bucket."""
    deep = ManifestKey.parse(ExportKind.CARBON, f"a/data/b/{manifest_key()}", "a/data/b/carbon")
    bare = ManifestKey.parse(ExportKind.CARBON, manifest_key(root="export"), "")

    assert (deep.root, bare.root) == ("a/data/b/carbon/export", "export")
    assert len(manifest_keys(ExportKind.CARBON, manifest_key(), "carbon")) == 1
