"""What is told twice, at once or in the wrong order ends in the same state."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness.deployment import Deployment
from harness.exports import CARBON_EXPORT, USAGE_EXPORT, Delivery, SampleExports
from harness.months import Months
from harness.notices import Notices
from harness.organisation import Organisation
from harness.scenario_table import Scenario

REPETITIONS = 8


@pytest.fixture(scope="module")
def month(organisation: Organisation) -> str:
    """Return a month that is published."""
    return organisation.usage_months[-1]


@pytest.fixture(scope="module")
def known(exports: SampleExports, month: str) -> list[Delivery]:
    """Return the deliveries that the month was published from."""
    names = (CARBON_EXPORT, USAGE_EXPORT)
    return [each for name in names for each in exports.deliveries(name, {month})]


@pytest.fixture(autouse=True)
def _in_a_hurry(months: Months) -> Iterator[None]:
    """Let what goes back to the queue come again at once."""
    months.hurry()
    yield
    months.take_time()


def announcement(bucket: str, key: str, version_id: str) -> str:
    """Return what EventBridge puts into the queue for a manifest."""
    return json.dumps(
        {
            "version": "0",
            "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
            "detail-type": "Object Created",
            "source": "aws.s3",
            "account": "000000000000",
            "time": "2026-11-22T04:00:00Z",
            "region": "us-east-1",
            "resources": [f"arn:aws:s3:::{bucket}"],
            "detail": {
                "version": "0",
                "bucket": {"name": bucket},
                "object": {
                    "key": key,
                    "size": 5,
                    "etag": "b1946ac92492d2347c6235b4d2611184",
                    "version-id": version_id,
                    "sequencer": "00617F08299329D189",
                },
                "request-id": "N4N7GDK58NMKJ12R",
                "requester": "123456789012",
                "source-ip-address": "1.2.3.4",
                "reason": "PutObject",
            },
        }
    )


def test_an_event_that_comes_twice_changes_nothing(
    deployment: Deployment, months: Months, notices: Notices, known: list[Delivery], month: str
) -> None:
    """S3, EventBridge and SQS deliver at least once; the month stays as it is."""
    before, told = months.published(month), notices.counted(month)
    s3 = deployment.stand_in.client("s3")
    for key in (key for delivery in known for key in delivery.manifests):
        version = s3.head_object(Bucket=deployment.landing, Key=key)["VersionId"]
        for _ in range(2):
            months.announce(announcement(deployment.landing, key, version))
    months.wait_until_quiet()
    assert months.published(month) == before
    assert notices.counted(month) == told


def test_a_manifest_that_is_written_again_changes_nothing(
    deployment: Deployment, months: Months, notices: Notices, known: list[Delivery], month: str
) -> None:
    """A new version of a manifest that lists the same versions is the same delivery."""
    before, told = months.published(month), notices.counted(month)
    s3 = deployment.stand_in.client("s3")
    for delivery in known:
        delivery.put(s3, deployment.landing, data=False)
    months.wait_until_quiet()
    assert months.published(month) == before
    assert notices.counted(month) == told


def test_one_delivery_told_many_times_at_once_is_published_once(
    deployment: Deployment,
    months: Months,
    notices: Notices,
    exports: SampleExports,
    organisation: Organisation,
    scenario: Scenario,
) -> None:
    """Eight announcements of a new month race: one publication, one event."""
    month = organisation.months_beyond_history[-1]
    delivery = exports.deliveries(CARBON_EXPORT, {month})[-1]
    s3 = deployment.stand_in.client("s3")
    delivery.put(s3, deployment.landing, manifests=False)
    key, body = next(iter(delivery.manifests.items()))
    with ThreadPoolExecutor(REPETITIONS) as pool:
        for _ in range(REPETITIONS):
            pool.submit(s3.put_object, Bucket=deployment.landing, Key=key, Body=body)
    months.wait_for({month: 1})
    months.wait_until_quiet()
    assert months.versions([month]) == {month: 1}
    assert notices.counted(month) == {"Emissions Period Published": 1}
    scenario.note(f"{REPETITIONS} manifests at once")


def test_a_manifest_that_comes_before_its_files_is_waited_for(
    deployment: Deployment,
    months: Months,
    notices: Notices,
    exports: SampleExports,
    organisation: Organisation,
) -> None:
    """The announcement goes back to the queue until the files are there."""
    month = organisation.months_beyond_history[-2]
    delivery = exports.deliveries(CARBON_EXPORT, {month})[-1]
    s3 = deployment.stand_in.client("s3")
    delivery.put(s3, deployment.landing, data=False)
    months.wait_for_receives(1)
    assert months.published(month) is None
    delivery.put(s3, deployment.landing, manifests=False)
    months.wait_for({month: 1})
    months.wait_until_quiet()
    assert notices.counted(month) == {"Emissions Period Published": 1}
