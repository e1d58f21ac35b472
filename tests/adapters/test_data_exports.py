"""The walk of an export's tree: which files make up which delivery."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crossfoot.adapters.data_exports import ExportPartition, find_partitions
from crossfoot.domain.errors import (
    InputNotFoundError,
    ManifestError,
    UnreadableFileError,
)

CARBON = (
    frozenset({"carbon_model_version", "usage_period"}),
    frozenset({"model_version", "usage_period"}),
)
CUR = (frozenset({"billing_period"}),)
BUCKET = "s3://landing/reports/carbon-emissions"
MARCH = "carbon_model_version=v3.0.1/usage_period=2026-03"
APRIL = "carbon_model_version=v3.0.1/usage_period=2026-04"
FIRST_RUN = "2026-04-14T07:52:10.494Z-11111111-2222-3333-4444-555555555555"
SECOND_RUN = "2026-05-14T07:52:10.494Z-66666666-7777-8888-9999-000000000000"
CHUNK = "carbon-00001.csv"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Return the folder of an export that has nothing yet."""
    return tmp_path / "exports" / "carbon-emissions"


def deliver(
    export: Path, partition: str, names: Iterable[str] = (CHUNK,), run: str | None = None
) -> list[str]:
    """Write data files and return their keys after the export's prefix."""
    keys = [f"data/{partition}/{f'{run}/' if run else ''}{name}" for name in names]
    for key in keys:
        (export / key).parent.mkdir(parents=True, exist_ok=True)
        (export / key).write_text("a,b\n1,2\n")
    return keys


def announce(export: Path, partition: str, document: object, run: str | None = None) -> Path:
    """Write a manifest as AWS does: in overwrite mode one, in create-new mode two."""
    folder = export / "metadata" / partition
    paths = [folder / "carbon-Manifest.json"]
    if run is not None:
        paths.append(folder / run / "carbon-Manifest.json")
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document if isinstance(document, str) else json.dumps(document))
    return paths[0]


def listing(keys: Iterable[str], field: str = "dataFiles", prefix: str = f"{BUCKET}/") -> object:
    """Return a manifest's document."""
    return {field: [prefix + key for key in keys], "executionId": "e-1", "columns": []}


def only(partitions: list[ExportPartition]) -> ExportPartition:
    """Return the one partition."""
    assert len(partitions) == 1
    return partitions[0]


def codes(partition: ExportPartition) -> list[str]:
    """Return the codes of a partition's notes."""
    return [note.code for note in partition.notes]


@pytest.mark.parametrize("key", ["carbon_model_version", "model_version", "CARBON_MODEL_VERSION"])
def test_both_spellings_of_the_version_key_are_partitions(export: Path, key: str) -> None:
    """Real deliveries say carbon_model_version, AWS's page says model_version."""
    deliver(export, f"{key}=v3.0.1/usage_period=2026-03")

    found = only(find_partitions(export, key_sets=CARBON))

    assert found.values == {key.lower(): "v3.0.1", "usage_period": "2026-03"}


def test_overwrite_mode_reads_what_the_manifest_lists(export: Path) -> None:
    """An emptied chunk of a longer delivery is passed over, and told."""
    keys = deliver(export, MARCH, [CHUNK, "carbon-00002.csv"])
    manifest = announce(export, MARCH, listing(keys[:1]))

    found = only(find_partitions(export, key_sets=CARBON))

    assert found.files == (export / keys[0],)
    assert (found.manifest, found.execution, found.delivered_at) == (manifest, "e-1", None)
    assert codes(found) == ["unlisted-file"]


def test_create_new_mode_gives_one_delivery_per_execution(export: Path) -> None:
    """Each execution has its own folder, its time and its manifest; the newest has two."""
    for run in (FIRST_RUN, SECOND_RUN):
        announce(export, MARCH, listing(deliver(export, MARCH, run=run)), run)

    first, second = find_partitions(export, key_sets=CARBON)

    assert first.delivered_at == datetime(2026, 4, 14, 7, 52, 10, 494000, tzinfo=UTC)
    assert second.delivered_at == datetime(2026, 5, 14, 7, 52, 10, 494000, tzinfo=UTC)
    assert first.execution == "11111111-2222-3333-4444-555555555555"
    assert [path.parent.name for path in (*first.files, *second.files)] == [FIRST_RUN, SECOND_RUN]
    assert second.manifest == export / "metadata" / MARCH / SECOND_RUN / "carbon-Manifest.json"


def test_an_execution_newer_than_the_last_manifest_is_not_complete(export: Path) -> None:
    """AWS writes the manifest last, so the execution is still on its way."""
    announce(export, MARCH, listing(deliver(export, MARCH, run=FIRST_RUN)), FIRST_RUN)
    deliver(export, MARCH, run=SECOND_RUN)

    found = only(find_partitions(export, key_sets=CARBON))

    assert found.execution == FIRST_RUN.partition("Z-")[2]
    assert codes(found) == ["unfinished-delivery"]


def test_both_modes_of_one_partition_are_two_deliveries(export: Path) -> None:
    """An export that changed its mode keeps the files of the old one."""
    deliver(export, MARCH)
    announce(export, MARCH, listing(deliver(export, MARCH, run=FIRST_RUN)), FIRST_RUN)

    direct, execution = find_partitions(export, key_sets=CARBON)

    assert (direct.delivered_at, direct.manifest) == (None, None)
    assert execution.delivered_at is not None


def test_folder_names_without_colons_are_executions_too(export: Path) -> None:
    """Tools that copy to disks without colons write something else in their place."""
    deliver(export, MARCH, run=FIRST_RUN.replace(":", "-"))

    found = only(find_partitions(export, key_sets=CARBON))

    assert found.delivered_at == datetime(2026, 4, 14, 7, 52, 10, 494000, tzinfo=UTC)


def test_a_root_of_several_exports_gives_only_the_keys_asked_for(
    export: Path, tmp_path: Path
) -> None:
    """Carbon and CUR may lie under one root, beside folders that are neither."""
    carbon = deliver(export, MARCH)
    usage = deliver(tmp_path / "exports" / "cur", "BILLING_PERIOD=2026-03")
    deliver(tmp_path / "exports" / "truth", "answers")

    found_carbon = only(find_partitions(tmp_path, key_sets=CARBON))
    found_usage = only(find_partitions(tmp_path, key_sets=CUR))

    assert found_carbon.files == (export / carbon[0],)
    assert found_usage.files == (tmp_path / "exports" / "cur" / usage[0],)
    assert found_usage.values == {"billing_period": "2026-03"}


@pytest.mark.parametrize(
    "below", [".", "data", "data/carbon_model_version=v3.0.1", f"data/{MARCH}"]
)
def test_any_folder_of_the_tree_may_be_named(export: Path, below: str) -> None:
    """The partition and its manifest are found from the path above, too."""
    manifest = announce(export, MARCH, listing(deliver(export, MARCH)))

    found = only(find_partitions(export / below, key_sets=CARBON))

    assert found.values == {"carbon_model_version": "v3.0.1", "usage_period": "2026-03"}
    assert found.manifest == manifest


@pytest.mark.parametrize("name", ["", CHUNK])
def test_one_execution_or_one_of_its_files_keeps_its_partition(export: Path, name: str) -> None:
    """Naming the innermost folder or a file loses neither month nor time of delivery."""
    deliver(export, MARCH, run=FIRST_RUN)

    found = only(find_partitions(export / "data" / MARCH / FIRST_RUN / name, key_sets=CARBON))

    assert found.values["usage_period"] == "2026-03"
    assert found.delivered_at == datetime(2026, 4, 14, 7, 52, 10, 494000, tzinfo=UTC)


def test_relative_roots_give_paths_as_the_user_named_them(
    export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is shown to the user looks like what the user typed."""
    keys = deliver(export, MARCH)
    announce(export, MARCH, listing(keys))
    monkeypatch.chdir(export.parent)

    found = only(find_partitions(Path("carbon-emissions"), key_sets=CARBON))

    assert found.files == (Path("carbon-emissions") / keys[0],)


def test_folders_of_a_prefix_may_look_like_partitions(tmp_path: Path) -> None:
    """A prefix such as env=prod above the export is not taken for one of its keys."""
    deliver(tmp_path / "env=prod" / "carbon", MARCH)
    deliver(tmp_path / "mirror" / "payer_id=111122223333", MARCH)

    found = find_partitions(tmp_path, key_sets=CARBON)

    assert [part.values["usage_period"] for part in found] == ["2026-03", "2026-03"]


def test_a_plain_folder_is_one_partition_without_values(tmp_path: Path) -> None:
    """Data files are read; whatever else lies there is told, AWS's own extras are not."""
    for name in ("b.csv", "a.csv.gz", "c.snappy.parquet", "notes.txt", ".hidden.csv", "_SUCCESS"):
        (tmp_path / name).write_bytes(b"x")
    for name in ("aws-programmatic-access-test-object", "crawler-cfn.yml", "x-create-table.sql"):
        (tmp_path / name).write_bytes(b"x")

    found = only(find_partitions(tmp_path, key_sets=CARBON))

    assert [path.name for path in found.files] == ["a.csv.gz", "b.csv", "c.snappy.parquet"]
    assert (dict(found.values), codes(found)) == ({}, ["ignored-file"])


def test_a_list_of_accounts_beside_partitions_is_no_export(export: Path) -> None:
    """It is read by its own name, so nothing is told of it."""
    deliver(export, MARCH)
    (export / "accounts.csv").write_text("account_id\n000000000001\n")

    assert codes(only(find_partitions(export, key_sets=CARBON))) == []


def test_loose_files_beside_partitions_are_told(export: Path) -> None:
    """They belong to no month, so they are not read, and not hidden either."""
    deliver(export, MARCH)
    (export / "copy.csv").write_text("a\n")

    assert codes(only(find_partitions(export, key_sets=CARBON))) == ["loose-file"]


def test_zero_bytes_are_an_empty_csv_and_no_parquet(export: Path) -> None:
    """AWS writes an empty file where a month has no data."""
    for key in deliver(export, MARCH, ["a.csv", "b.snappy.parquet"]):
        (export / key).write_bytes(b"")

    found = only(find_partitions(export, key_sets=CARBON))

    assert [path.name for path in found.files] == ["a.csv"]
    assert codes(found) == ["empty-file"]


@pytest.mark.parametrize("field", ["dataFiles", "dataFileS3Keys", "reportKeys", "files"])
@pytest.mark.parametrize("prefix", [f"{BUCKET}/", "", "reports/carbon-emissions/"])
def test_every_known_spelling_of_the_file_list_is_read(
    export: Path, field: str, prefix: str
) -> None:
    """Full URIs and bare keys, under the four field names in use."""
    keys = deliver(export, MARCH)
    announce(export, MARCH, listing(keys, field, prefix))

    assert only(find_partitions(export, key_sets=CARBON)).files == (export / keys[0],)


def test_escaped_entries_are_decoded_once(export: Path) -> None:
    """Some writers escape the equals sign and the colons of a key."""
    keys = deliver(export, MARCH)
    announce(export, MARCH, listing([key.replace("=", "%3D") for key in keys]))

    assert only(find_partitions(export, key_sets=CARBON)).files == (export / keys[0],)


def test_an_empty_list_is_an_empty_delivery(export: Path) -> None:
    """The manifest vouches for a month without files."""
    deliver(export, MARCH)
    announce(export, MARCH, {"dataFiles": []})

    assert only(find_partitions(export, key_sets=CARBON)).files == ()


@pytest.mark.parametrize(
    "document",
    [
        "{",
        "[]",
        "{}",
        '{"dataFiles": "x"}',
        '{"dataFiles": [1]}',
        "[" * 200_000,
        "\ud83d"[:0] + "ÿ",
    ],
)
def test_a_manifest_that_is_none_is_refused_by_name(export: Path, document: str) -> None:
    """Not JSON, no list, or entries that are no files."""
    deliver(export, MARCH)
    manifest = announce(export, MARCH, document)

    with pytest.raises(ManifestError) as caught:
        find_partitions(export, key_sets=CARBON)
    assert caught.value.file == str(manifest)


@pytest.mark.parametrize(
    "entry",
    [
        f"{BUCKET}/data/{MARCH}/carbon-00009.csv",
        f"{BUCKET}/data/{MARCH}/../../../../secret.csv",
        f"{BUCKET}/data/{MARCH}/%2e%2e/%2e%2e/usage_period=2026-04/{CHUNK}",
        f"{BUCKET}/data/{MARCH}/%252e%252e/{CHUNK}",
        f"{BUCKET}/data/{APRIL}/{CHUNK}",
        f"{BUCKET}/data//etc/passwd",
        f"{BUCKET}/metadata/{MARCH}/carbon-Manifest.json",
        f"{BUCKET}/data/{MARCH}/carbon\x00.csv",
        f"https://example.org/data/{MARCH}/{CHUNK}",
        f"s3://somewhere-else/reports/carbon-emissions/data/{MARCH}/{CHUNK}",
        f"s3://landing/reports/another-export/data/{MARCH}/{CHUNK}",
    ],
)
def test_entries_outside_the_delivery_are_refused_by_name(export: Path, entry: str) -> None:
    """Missing, climbing, of another month, another bucket or another export."""
    announce(export, APRIL, listing(deliver(export, APRIL)))
    keys = deliver(export, MARCH, [CHUNK, "carbon-00002.csv"])
    manifest = announce(
        export, MARCH, {"dataFiles": [f"{BUCKET}/{keys[0]}", f"{BUCKET}/{keys[1]}", entry]}
    )

    with pytest.raises(ManifestError) as caught:
        find_partitions(export, key_sets=CARBON)
    assert caught.value.file == str(manifest)
    assert repr(entry) in caught.value.message


def test_links_are_not_followed_out_of_the_tree(export: Path, tmp_path: Path) -> None:
    """Neither a listed link, nor a linked folder, leads out."""
    (tmp_path / "secret.csv").write_text("a\n")
    keys = deliver(export, MARCH)
    link = export / "data" / MARCH / "carbon-00002.csv"
    link.symlink_to(tmp_path / "secret.csv")

    with pytest.raises(UnreadableFileError, match="link"):
        find_partitions(export, key_sets=CARBON)
    link.unlink()
    (export / "data" / "carbon_model_version=v9.0.0").symlink_to(tmp_path)
    found = only(find_partitions(export, key_sets=CARBON))
    assert found.files == (export / keys[0],)
    assert codes(found) == ["link"]


def test_an_empty_folder_is_no_delivery(export: Path) -> None:
    """It may not outrank what was delivered before; only a manifest vouches for nothing."""
    deliver(export, MARCH)
    (export / "data" / APRIL).mkdir(parents=True)
    (export / "data" / MARCH / FIRST_RUN).mkdir()

    found = only(find_partitions(export, key_sets=CARBON))

    assert found.values["usage_period"] == "2026-03"
    assert codes(found) == ["empty-folder", "empty-folder"]


def test_an_execution_that_delivered_nothing_is_one_delivery(export: Path) -> None:
    """Its empty list stands in both manifests, and counts once."""
    (export / "data" / MARCH / FIRST_RUN).mkdir(parents=True)
    announce(export, MARCH, {"dataFiles": []}, FIRST_RUN)

    found = only(find_partitions(export, key_sets=CARBON))

    assert (found.files, found.delivered_at is None) == ((), False)


@pytest.mark.parametrize("name", ["carbon-00001.csv.zip", "carbon-00001.zip"])
def test_zip_is_refused_with_a_better_choice(export: Path, name: str) -> None:
    """The mend says which compression to choose."""
    deliver(export, MARCH, [name])

    with pytest.raises(UnreadableFileError, match="GZIP or Parquet"):
        find_partitions(export, key_sets=CARBON)


def test_a_place_without_data_says_what_it_holds(export: Path, tmp_path: Path) -> None:
    """A CUR named where carbon was wanted is told as such."""
    deliver(export, "BILLING_PERIOD=2026-03")

    with pytest.raises(InputNotFoundError, match="billing_period"):
        find_partitions(export, key_sets=CARBON)
    with pytest.raises(InputNotFoundError, match="no such"):
        find_partitions(tmp_path / "nowhere", key_sets=CARBON)
