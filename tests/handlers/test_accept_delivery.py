"""The door of S3's announcements: accepted once each, refused by name, one by one."""

import json
from typing import Any

import pytest

CARBON_MANIFEST = (
    "carbon/crossfoot-carbon/metadata/carbon_model_version=v3.0.1/usage_period=2026-03/"
    "crossfoot-carbon-Manifest.json"
)


@pytest.mark.parametrize(
    "case",
    [
        "carbon",
        "carbon_of_one_execution",
        "usage",
        "told_twice",
        "backfill",
        "replayed_from_archive",
        "last_chance",
        "encoded_key",
    ],
)
def test_what_one_export_delivers_is_accepted_and_waits(doors: Any, case: str) -> None:
    """However it is told: by S3, twice, by a backfill or from the archive, encoded or not."""
    doors.deliver(f"accept_delivery.{case}")

    assert doors.call(f"accept_delivery.{case}") == {"batchItemFailures": []}
    assert doors.executions() == []
    assert doors.notices() == []


def test_a_month_starts_once_both_exports_are_there(doors: Any) -> None:
    """Whoever comes second starts it, and a repetition starts nothing."""
    doors.deliver("accept_delivery.both_exports")
    doors.call("accept_delivery.both_exports")
    doors.call("accept_delivery.both_exports")
    (name,) = doors.executions()

    assert name.startswith("close-2026-03-")


def test_a_repetition_does_not_read_the_manifest_again(doors: Any) -> None:
    """What was done for a version is remembered: its object may be gone by then."""
    doors.deliver("accept_delivery.carbon")
    event = doors.announced(doors.sample("accept_delivery.carbon"))
    first = doors.hand("accept_delivery", event)
    doors.s3.delete_object(
        Bucket="landing-bucket",
        Key=CARBON_MANIFEST,
        VersionId=json.loads(event["Records"][0]["body"])["detail"]["object"]["version-id"],
    )

    assert first == doors.hand("accept_delivery", event) == {"batchItemFailures": []}
    assert doors.notices() == []


def test_what_is_remembered_expires_under_its_own_key(doors: Any) -> None:
    """Rows of remembered calls lie apart from the ledger's, with the time to live."""
    doors.deliver("accept_delivery.carbon")
    doors.call("accept_delivery.carbon")
    rows = doors.dynamodb.scan(TableName="ledger")["Items"]
    (remembered,) = [row for row in rows if row["pk"]["S"] == "idempotency#accept_delivery"]

    assert remembered["status"]["S"] == "COMPLETED"
    assert "N" in remembered["expiration"]


def test_an_incomplete_delivery_goes_back_to_the_queue(doors: Any) -> None:
    """Its files may still come; nothing is said of it yet, and its month does not start."""
    doors.put_manifest(CARBON_MANIFEST, f"s3://landing-bucket/{_file('missing')}")
    answer = doors.call("accept_delivery.carbon")

    assert [each["itemIdentifier"] for each in answer["batchItemFailures"]] == _ids(
        doors, "accept_delivery.carbon"
    )
    assert doors.notices() == []


def test_an_incomplete_delivery_is_quarantined_in_the_end(doors: Any) -> None:
    """After the last attempt it is given up by name, with its notice, and leaves the queue."""
    doors.put_manifest(CARBON_MANIFEST, f"s3://landing-bucket/{_file('missing')}")

    assert doors.call("accept_delivery.last_chance") == {"batchItemFailures": []}
    assert doors.notices() == ["Delivery Quarantined"]


def test_a_manifest_that_is_none_is_quarantined_at_once(doors: Any) -> None:
    """Waiting would not mend it."""
    doors.s3.put_object(Bucket="landing-bucket", Key=CARBON_MANIFEST, Body=b"no manifest")

    assert doors.call("accept_delivery.carbon") == {"batchItemFailures": []}
    assert doors.notices() == ["Delivery Quarantined"]


@pytest.mark.parametrize(
    ("case", "error"),
    [
        ("other_bucket", "ForeignDeliveryError"),
        ("other_prefix", "ForeignDeliveryError"),
        ("not_an_event", "ValidationError"),
    ],
)
def test_what_is_not_ours_is_refused_by_name(
    doors: Any, case: str, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It goes to the dead letters, where a person sees it, and the log names the error."""
    answer = doors.call(f"accept_delivery.{case}")

    assert len(answer["batchItemFailures"]) == 1
    assert [vars(record)["error"] for record in caplog.records] == [error]
    assert doors.notices() == []


def test_one_bad_message_does_not_hold_up_the_others(doors: Any) -> None:
    """Only the message that failed goes back."""
    doors.deliver("accept_delivery.carbon")
    answer = doors.call("accept_delivery.one_of_two_is_foreign")
    _, second = _ids(doors, "accept_delivery.one_of_two_is_foreign")

    assert answer == {"batchItemFailures": [{"itemIdentifier": second}]}


def test_the_log_names_no_account(doors: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Neither events nor account ids are logged, whatever a reason says."""
    doors.put_manifest(CARBON_MANIFEST, "s3://bucket-of-444455556666/file.parquet")
    doors.call("accept_delivery.carbon")
    (told,) = [vars(record) for record in caplog.records]

    assert told["outcome"] == "quarantined"
    assert told["reason"].startswith("ManifestError: ")
    assert "bucket-of-(account)" in told["reason"]


def test_outcomes_are_counted(doors: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Metrics name what became of manifests, and neither months nor runs."""
    doors.deliver("accept_delivery.carbon")
    doors.call("accept_delivery.carbon")
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])

    assert metrics["ManifestsAccepted"] == [1.0]
    assert metrics["ManifestsFailed"] == [0.0]
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Crossfoot"
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]


def _file(name: str) -> str:
    return CARBON_MANIFEST.replace("/metadata/", "/data/").rpartition("/")[0] + f"/{name}.parquet"


def _ids(doors: Any, name: str) -> list[str]:
    return [record["messageId"] for record in doors.sample(name)["Records"]]
