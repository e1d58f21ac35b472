"""What CloudWatch's days become."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from crossfoot.adapters.aws.inventory_metrics import measure, measure_buckets
from crossfoot.adapters.aws.inventory_readings import Reading
from crossfoot.domain.inventory import Resource, ResourceKind, Utilization

NOW = datetime.fromisoformat("2026-11-22T04:30:00+00:00")
GIB = 1024**3


def test_days_become_mean_percentiles_and_the_highest_value(reading: Reading) -> None:
    """Averages are summed up over the days that have data, and the peak is the days' maximum."""
    for day, percent in enumerate((10.0, 20.0, 60.0), start=1):
        _put(reading, "AWS/EC2", "CPUUtilization", {"InstanceId": "i-1"}, percent, day)

    (found,) = measure(reading, [_instance("i-1")], NOW)

    assert found.utilization == Utilization(
        measured_days=3,
        cpu_mean_percent=30.0,
        cpu_p50_percent=20.0,
        cpu_p95_percent=pytest.approx(56.0),
        cpu_max_percent=60.0,
    )


def test_a_resource_without_data_was_asked_for_and_stays_unknown(reading: Reading) -> None:
    """No data is no day and no figure: never zero percent."""
    (found,) = measure(reading, [_instance("i-1")], NOW)

    assert found.utilization == Utilization(measured_days=0)


def test_what_happened_today_or_before_the_window_is_left_out(reading: Reading) -> None:
    """The window is the 30 whole days before the day of the collection."""
    for day in (0, 31):
        _put(reading, "AWS/EC2", "CPUUtilization", {"InstanceId": "i-1"}, 99.0, day)

    (found,) = measure(reading, [_instance("i-1")], NOW)

    assert found.utilization.measured_days == 0


def test_terminated_machines_and_disks_are_not_asked_for(reading: Reading) -> None:
    """Every figure is paid for, so only what can have one is asked."""
    disk = Resource(service_code="AmazonEC2", kind=ResourceKind.EBS_VOLUME, resource_id="vol-1")

    assert list(measure(reading, [_instance("i-1", state="terminated"), disk], NOW)) == []


def test_a_function_has_calls_mean_duration_and_peak(reading: Reading) -> None:
    """Duration is weighted by calls: sums of milliseconds over counts of calls."""
    dimensions = {"FunctionName": "web"}
    for milliseconds in (100.0, 100.0, 400.0):
        _put(reading, "AWS/Lambda", "Duration", dimensions, milliseconds, 2)
    _put(reading, "AWS/Lambda", "Invocations", dimensions, 3.0, 2)
    _put(reading, "AWS/Lambda", "ConcurrentExecutions", dimensions, 2.0, 2)
    function = Resource(
        service_code="AWSLambda", kind=ResourceKind.LAMBDA_FUNCTION, resource_id="arn:web",
        dimensions=(("FunctionName", "web"),),
    )  # fmt: skip

    (found,) = measure(reading, [function], NOW)

    assert found.utilization == Utilization(
        measured_days=1, invocation_count=3.0, duration_mean_ms=200.0, concurrency_max=2.0
    )


def test_a_bucket_sums_its_storage_classes_and_takes_the_newest_day(reading: Reading) -> None:
    """Bytes of all classes of the newest day; the largest class is the type; unknown is null."""
    for storage, size in (("StandardStorage", GIB), ("GlacierStorage", 3 * GIB)):
        dimensions = {"BucketName": "logs", "StorageType": storage}
        _put(reading, "AWS/S3", "BucketSizeBytes", dimensions, 7.0 * size, 3)
        _put(reading, "AWS/S3", "BucketSizeBytes", dimensions, 1.0 * size, 2)
    everything = {"BucketName": "logs", "StorageType": "AllStorageTypes"}
    _put(reading, "AWS/S3", "NumberOfObjects", everything, 42.0, 2)

    found = {each.resource_id: each for each in _measured_buckets(reading, "logs", "new")}

    assert (found["logs"].storage_gib, found["logs"].object_count) == (4.0, 42)
    assert found["logs"].resource_type == "GlacierStorage"
    assert (found["new"].storage_gib, found["new"].object_count) == (None, None)


def test_no_call_asks_for_more_than_500_figures(reading: Reading) -> None:
    """300 instances are 600 figures: more than one call, and none above the limit."""
    sizes: list[int] = []
    reading.client("cloudwatch").meta.events.register(
        "provide-client-params.cloudwatch.GetMetricData",
        lambda params, **_: sizes.append(len(params["MetricDataQueries"])),
    )

    found = list(measure(reading, [_instance(f"i-{n}") for n in range(300)], NOW))

    assert len(found) == 300
    assert max(sizes) <= 500
    assert sum(sizes) == 600


def test_one_figure_spread_over_pages_is_put_together(reading: Reading) -> None:
    """CloudWatch may cut a figure's days anywhere; an empty page is not the end."""
    pages: Sequence[dict[str, Any]] = (
        {"MetricDataResults": [_result("q0", [30.0], "PartialData")], "NextToken": "1"},
        {"MetricDataResults": [], "NextToken": "2"},
        {"MetricDataResults": [_result("q0", [10.0]), _result("q1", [90.0])]},
    )
    with Stubber(reading.client("cloudwatch")) as stub:
        for page in pages:
            stub.add_response("get_metric_data", page, _any_request(page is not pages[0]))

        (found,) = measure(reading, [_instance("i-1")], NOW)

    assert (found.utilization.measured_days, found.utilization.cpu_mean_percent) == (2, 20.0)
    assert found.utilization.cpu_max_percent == 90.0


def test_a_refusal_inside_an_answer_is_a_refusal(reading: Reading) -> None:
    """CloudWatch can answer well and refuse one figure; that is not a figure without data."""
    with Stubber(reading.client("cloudwatch")) as stub:
        page = {"MetricDataResults": [_result("q0", [], "Forbidden")]}
        stub.add_response("get_metric_data", page, _any_request(is_next=False))

        with pytest.raises(ClientError, match="AccessDenied"):
            list(measure(reading, [_instance("i-1")], NOW))


def _any_request(is_next: bool) -> dict[str, Any]:
    names = ["MetricDataQueries", "StartTime", "EndTime", "ScanBy"]
    return dict.fromkeys([*names, "NextToken"] if is_next else names, ANY)


def _result(name: str, values: list[float], status: str = "Complete") -> dict[str, Any]:
    return {"Id": name, "Values": values, "StatusCode": status}


def _instance(name: str, state: str = "running") -> Resource:
    return Resource(
        service_code="AmazonEC2",
        kind=ResourceKind.EC2_INSTANCE,
        resource_id=name,
        state=state,
        dimensions=(("InstanceId", name),),
    )


def _measured_buckets(reading: Reading, *names: str) -> list[Resource]:
    buckets = [
        Resource(
            service_code="AmazonS3",
            kind=ResourceKind.S3_BUCKET,
            resource_id=name,
            dimensions=(("BucketName", name),),
        )
        for name in names
    ]
    return list(measure_buckets(reading, buckets, NOW))


def _put(
    reading: Reading, namespace: str, metric: str, dimensions: dict[str, str], *of_day: float
) -> None:
    value, days_ago = of_day
    reading.client("cloudwatch").put_metric_data(
        Namespace=namespace,
        MetricData=[
            {
                "MetricName": metric,
                "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions.items()],
                "Timestamp": NOW - timedelta(days=days_ago),
                "Value": value,
            }
        ],
    )
