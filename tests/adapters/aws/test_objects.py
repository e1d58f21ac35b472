"""Immutable objects, documents and downloads."""

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from crossfoot.adapters.aws import s3_objects
from crossfoot.adapters.aws.places import Place
from crossfoot.adapters.aws.s3_objects import as_json
from crossfoot.domain.errors import DeploymentError, RunContentError, StorageError

PLACE: Final = Place("curated-bucket", "runs/a.json")


def test_an_immutable_object_is_written_once(world: Any) -> None:
    """The same bytes again are no second version; other bytes are refused."""
    assert world.objects.put_new(PLACE, b"one")
    assert not world.objects.put_new(PLACE, b"one")
    with pytest.raises(RunContentError, match="other bytes"):
        world.objects.put_new(PLACE, b"two")

    assert world.objects.read(PLACE) == b"one"
    assert len(world.objects.versions(PLACE)) == 1


def test_an_object_without_our_checksum_is_compared_by_its_bytes(world: Any) -> None:
    """What somebody copied there is the same object if its bytes are the same."""
    world.s3.put_object(Bucket=PLACE.bucket, Key=PLACE.key, Body=b"one")
    assert world.objects.head(PLACE).sha256 is None

    assert not world.objects.put_new(PLACE, b"one")
    with pytest.raises(RunContentError):
        world.objects.put_new(PLACE, b"two")


def test_an_object_that_vanishes_meanwhile_is_not_taken_for_ours(world: Any) -> None:
    """There when it was to be written, gone when it is looked at: nothing is assumed."""
    exists = ClientError({"Error": {"Code": "PreconditionFailed"}}, "PutObject")
    world.fault("s3", "PutObject", exists)

    with pytest.raises(RunContentError):
        world.objects.put_new(PLACE, b"one")


def test_of_twenty_writers_one_is_first(world: Any) -> None:
    """Conditional writes let one through; the others find equal bytes."""
    with ThreadPoolExecutor(20) as pool:
        new = [*pool.map(lambda _: world.objects.put_new(PLACE, b"one"), range(20))]

    assert sum(new) == 1


def test_a_file_goes_up_and_comes_down(world: Any, tmp_path: Path) -> None:
    """Bytes, checksum and date survive; an upload is immutable as well."""
    path = tmp_path / "part.parquet"
    path.write_bytes(b"x" * 3_000_000)
    assert world.objects.upload_new(PLACE, path)
    assert not world.objects.upload_new(PLACE, path)

    fetched = tmp_path / "deep" / "down" / "part.parquet"
    assert world.objects.download(PLACE, fetched)

    assert fetched.read_bytes() == path.read_bytes()
    found = world.objects.head(PLACE)
    assert found.sha256 == base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()
    assert fetched.stat().st_mtime == found.modified_at.timestamp()
    path.write_bytes(b"y")
    with pytest.raises(RunContentError):
        world.objects.upload_new(PLACE, path)


def test_what_is_missing_is_none_or_said(world: Any, tmp_path: Path) -> None:
    """Objects and versions that are not there are told apart from failures."""
    for version in (None, "no-such-version"):
        assert world.objects.head(PLACE, version) is None
        assert world.objects.find(PLACE, version) is None
        assert not world.objects.download(PLACE, tmp_path / "x", version)
    with pytest.raises(DeploymentError, match="is not there"):
        world.objects.read(PLACE)


@pytest.mark.parametrize("code", ["400", "405", "InvalidArgument", "MethodNotAllowed"])
def test_a_version_that_cannot_be_is_missing(world: Any, code: str) -> None:
    """AWS answers so to a malformed version, and to the version of a delete marker.

    moto calls each of them missing.
    """
    for operation in ("HeadObject", "GetObject"):
        world.fault("s3", operation, {"Error": {"Code": code}})

    assert world.objects.head(PLACE, "forged") is None
    assert world.objects.find(PLACE, "forged") is None
    with pytest.raises(DeploymentError):
        world.objects.head(PLACE)


def test_a_racing_conditional_write_is_tried_again(world: Any) -> None:
    """AWS answers 409 while another conditional write is under way; moto never does."""
    conflict = {
        "Error": {"Code": "ConditionalRequestConflict"},
        "ResponseMetadata": {"HTTPStatusCode": 409},
    }
    world.fault("s3", "PutObject", ClientError(conflict, "PutObject"))

    with pytest.raises(StorageError):
        world.objects.put_new(PLACE, b"one")


def test_an_absent_object_is_put_and_a_document_replaced(world: Any) -> None:
    """The first of any bytes stays; a plain document has versions."""
    assert world.objects.put_absent(PLACE, b"one")
    assert not world.objects.put_absent(PLACE, b"two")
    assert world.objects.read(PLACE) == b"one"
    world.objects.put(PLACE, b"three")

    assert world.objects.read(PLACE) == b"three"
    first = world.objects.versions(PLACE)[-1].file.version_id
    assert world.objects.read(PLACE, first) == b"one"


def test_json_is_equal_for_equal_documents(world: Any) -> None:
    """Keys are sorted; what is no object is damaged."""
    assert as_json({"b": 1, "a": "é"}) == as_json({"a": "é", "b": 1})
    world.objects.put(PLACE, as_json({"a": "é"}))
    assert world.objects.read_json(PLACE) == {"a": "é"}
    for content in (b"[]", b"{", b"\xff"):
        world.objects.put(PLACE, content)
        with pytest.raises(RunContentError, match="damaged"):
            world.objects.read_json(PLACE)
    with pytest.raises(ValueError, match="JSON"):
        as_json({"a": float("nan")})


def test_a_huge_document_is_not_read(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No document of ours is large; one that is, is not taken into memory."""
    monkeypatch.setattr(s3_objects, "LARGEST_DOCUMENT", 2)
    world.objects.put(PLACE, b"abc")

    with pytest.raises(DeploymentError, match="too large"):
        world.objects.read(PLACE)


def test_keys_below_a_folder_are_listed(world: Any) -> None:
    """A folder's keys come sorted, page after page; versions are of one key only."""
    for name in ("b", "a", "a/b", "ab"):
        world.put(f"folder/{name}", b"", "curated-bucket")
    folder = Place("curated-bucket", "folder/")

    assert [*world.objects.keys(folder)] == [f"folder/{n}" for n in ("a", "a/b", "ab", "b")]
    assert world.objects.has_any(folder)
    assert not world.objects.has_any(Place("curated-bucket", "other/"))
    assert len(world.objects.versions(Place("curated-bucket", "folder/a"))) == 1
