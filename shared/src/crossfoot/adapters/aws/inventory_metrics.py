"""Utilization from CloudWatch: days of the last month, 500 figures a call."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import batched, chain
from typing import Any, Final

from botocore.exceptions import ClientError

from crossfoot.adapters.aws.inventory_readings import BYTES_PER_GIB, Reading
from crossfoot.domain.inventory import WINDOW_DAYS, Resource, ResourceKind, Utilization

QUERIES_AT_ONCE: Final = 500
"""Most figures in one call of GetMetricData; 30 days of each stay far below its 100,800 points."""

_DAY_SECONDS: Final = 86_400
_BUCKET_DAYS: Final = 4
"""S3 tells a bucket's size once a day, up to two days late."""

_FAILED_STATUS: Final = {"Forbidden": "AccessDenied", "InternalError": "InternalFailure"}


@dataclass(frozen=True, slots=True)
class _Figure:
    namespace: str
    metric: str
    statistic: str


@dataclass(frozen=True, slots=True)
class _Query:
    resource_id: str
    figure: _Figure
    dimensions: tuple[tuple[str, str], ...]


type _Answers = Mapping[_Query, list[float]]
"""Values by query, one a day, the newest first; a query without data is not there."""


def _cpu(namespace: str) -> tuple[_Figure, ...]:
    return tuple(_Figure(namespace, "CPUUtilization", each) for each in ("Average", "Maximum"))


_LAMBDA: Final = (
    _Figure("AWS/Lambda", "Invocations", "Sum"),
    _Figure("AWS/Lambda", "Duration", "Sum"),
    _Figure("AWS/Lambda", "Duration", "SampleCount"),
    _Figure("AWS/Lambda", "ConcurrentExecutions", "Maximum"),
)
_CPU_OF: Final = {
    (ResourceKind.EC2_INSTANCE, "AmazonEC2"): _cpu("AWS/EC2"),
    (ResourceKind.RDS_INSTANCE, "AmazonRDS"): _cpu("AWS/RDS"),
    (ResourceKind.RDS_INSTANCE, "AmazonDocDB"): _cpu("AWS/DocDB"),
    (ResourceKind.RDS_INSTANCE, "AmazonNeptune"): _cpu("AWS/Neptune"),
    (ResourceKind.ECS_SERVICE, "AmazonECS"): _cpu("AWS/ECS"),
}
_SIZE: Final = _Figure("AWS/S3", "BucketSizeBytes", "Average")
_OBJECTS: Final = _Figure("AWS/S3", "NumberOfObjects", "Average")
_ALL_CLASSES: Final = ("StorageType", "AllStorageTypes")


def measure(reading: Reading, resources: Sequence[Resource], now: datetime) -> Iterator[Resource]:
    """Yield the resources that CloudWatch has figures for, with what it tells of them.

    Raises
    ------
    ClientError, BotoCoreError
        CloudWatch refused or failed; what was yielded before is whole.
    """
    midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    start = midnight - timedelta(days=WINDOW_DAYS)
    askable = [each for each in resources if _figures_of(each) and each.state != "terminated"]
    # a resource's figures are asked for together, so that a failure leaves none half measured
    for group in batched(askable, QUERIES_AT_ONCE // len(_LAMBDA), strict=False):
        queries = [
            _Query(each.resource_id, figure, each.dimensions)
            for each in group
            for figure in _figures_of(each)
        ]
        answers = _ask(reading, queries, start, midnight)
        for each in group:
            yield replace(each, utilization=_utilization(each, answers))


def measure_buckets(
    reading: Reading, resources: Sequence[Resource], now: datetime
) -> Iterator[Resource]:
    """Yield the buckets with their bytes over all storage classes, and their objects.

    ``resource_type`` becomes the storage class that holds most. A bucket without figures is new,
    or empty: both stay null.

    Raises
    ------
    ClientError, BotoCoreError
        CloudWatch refused or failed.
    """
    buckets = {each.resource_id: each for each in resources if each.kind is ResourceKind.S3_BUCKET}
    if not buckets:
        return
    sizes: dict[str, list[_Query]] = {name: [] for name in buckets}
    for query in _listed_sizes(reading):
        sizes.get(query.resource_id, []).append(query)
    counts = [
        _Query(name, _OBJECTS, (*bucket.dimensions, _ALL_CLASSES))
        for name, bucket in buckets.items()
    ]
    answers: dict[_Query, list[float]] = {}
    for group in batched([*chain(*sizes.values()), *counts], QUERIES_AT_ONCE, strict=False):
        answers |= _ask(reading, group, now - timedelta(days=_BUCKET_DAYS), now)
    for name, bucket in buckets.items():
        yield _filled(bucket, sizes[name], answers)


def _figures_of(resource: Resource) -> tuple[_Figure, ...]:
    if resource.kind is ResourceKind.LAMBDA_FUNCTION:
        return _LAMBDA
    return _CPU_OF.get((resource.kind, resource.service_code), ())


def _utilization(resource: Resource, answers: _Answers) -> Utilization:
    values = [
        answers.get(_Query(resource.resource_id, figure, resource.dimensions), [])
        for figure in _figures_of(resource)
    ]
    if resource.kind is not ResourceKind.LAMBDA_FUNCTION:
        average, maximum = values
        return Utilization.of_cpu(average, maximum)
    invocations, milliseconds, calls, concurrency = values
    return Utilization(
        measured_days=len(invocations),
        invocation_count=sum(invocations) if invocations else None,
        duration_mean_ms=sum(milliseconds) / sum(calls) if sum(calls) else None,
        concurrency_max=max(concurrency, default=None),
    )


def _listed_sizes(reading: Reading) -> Iterator[_Query]:
    """Yield a query for each bucket and storage class that has a size."""
    metrics = reading.items(
        "cloudwatch", "list_metrics", "Metrics",
        Namespace=_SIZE.namespace, MetricName=_SIZE.metric,
    )  # fmt: skip
    for metric in metrics:
        dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
        if "BucketName" in dimensions:
            yield _Query(dimensions["BucketName"], _SIZE, tuple(dimensions.items()))


def _filled(bucket: Resource, sizes: Iterable[_Query], answers: _Answers) -> Resource:
    newest = {query: answers[query][0] for query in sizes if query in answers}
    objects = answers.get(_Query(bucket.resource_id, _OBJECTS, (*bucket.dimensions, _ALL_CLASSES)))
    largest = max(newest, key=lambda query: newest[query], default=None)
    return replace(
        bucket,
        storage_gib=sum(newest.values()) / BYTES_PER_GIB if newest else None,
        resource_type=None if largest is None else dict(largest.dimensions).get("StorageType"),
        object_count=int(objects[0]) if objects else None,
    )


def _ask(
    reading: Reading, queries: Sequence[_Query], start: datetime, end: datetime
) -> dict[_Query, list[float]]:
    """Ask for daily values; an answer may be spread over pages."""
    results = reading.items(
        "cloudwatch", "get_metric_data", "MetricDataResults",
        MetricDataQueries=[_as_asked(number, query) for number, query in enumerate(queries)],
        StartTime=start, EndTime=end, ScanBy="TimestampDescending",
    )  # fmt: skip
    found: dict[_Query, list[float]] = defaultdict(list)
    for result in results:
        _check(result)
        if result["Values"]:
            found[queries[int(result["Id"][1:])]].extend(result["Values"])
    return dict(found)


def _as_asked(number: int, query: _Query) -> dict[str, Any]:
    metric = {
        "Namespace": query.figure.namespace,
        "MetricName": query.figure.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in query.dimensions],
    }
    statistic = {"Metric": metric, "Period": _DAY_SECONDS, "Stat": query.figure.statistic}
    return {"Id": f"q{number}", "MetricStat": statistic, "ReturnData": True}


def _check(result: Mapping[str, Any]) -> None:
    """Raise what CloudWatch tells of one figure inside an answer that succeeded."""
    code = _FAILED_STATUS.get(result.get("StatusCode", "Complete"))
    if code is not None:
        message = f"CloudWatch says {result['StatusCode']} of a figure"
        raise ClientError({"Error": {"Code": code, "Message": message}}, "GetMetricData")
