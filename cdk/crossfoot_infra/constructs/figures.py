"""The metrics that alarms and the dashboard look at."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

NAMESPACE: Final = "Crossfoot"

OWN_FIGURES: Final[dict[str, str]] = {
    "DeliveriesAccepted": "accept_delivery",
    "DeliveriesQuarantined": "accept_delivery",
    "MonthsQuarantined": "quarantine_delivery",
    "MonthsPublished": "publish_period",
    "PublicationsUnfinished": "finish_publications",
    "MonthsLate": "report_late_data",
    "AccountsCollected": "collect_inventory",
    "AccountsFailed": "collect_inventory",
}
"""Metrics that our functions write into their logs, and the function that writes each."""


def own_figure(name: str, *, statistic: str = "Sum", hours: int = 1) -> cloudwatch.Metric:
    """Return a metric that one of our functions writes."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"service": OWN_FIGURES[name]},
        statistic=statistic,
        period=cdk.Duration.hours(hours),
    )


def scans_stopped(workgroup: str) -> cloudwatch.Metric:
    """Return how many queries Athena stopped, as it does at the scan limit."""
    return cloudwatch.Metric(
        namespace="AWS/Athena",
        metric_name="TotalExecutionTime",
        dimensions_map={"WorkGroup": workgroup, "QueryState": "CANCELED", "QueryType": "DML"},
        statistic="SampleCount",
        period=cdk.Duration.hours(1),
    )


def total(*metrics: cloudwatch.IMetric, label: str, minutes: int = 5) -> cloudwatch.MathExpression:
    """Return the sum of metrics; one that says nothing counts as none."""
    names = [f"m{number}" for number in range(len(metrics))]
    return cloudwatch.MathExpression(
        expression=" + ".join(f"FILL({name}, 0)" for name in names),
        using_metrics=dict(zip(names, metrics, strict=True)),
        label=label,
        period=cdk.Duration.minutes(minutes),
    )
