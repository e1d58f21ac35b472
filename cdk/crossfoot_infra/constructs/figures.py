"""The metrics that alarms and the dashboard look at."""

from collections.abc import Sequence
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs

from crossfoot.domain.errors import AccessDeniedError
from crossfoot_infra.constructs.python_function import PythonFunction

NAMESPACE: Final = "Crossfoot"
_REFUSALS: Final = "AccessDenied"

OWN_FIGURES: Final[dict[str, str]] = {
    "ManifestsAccepted": "accept_delivery",
    "ManifestsQuarantined": "accept_delivery",
    "DeliveriesQuarantined": "ingest_carbon",
    "ExecutionsGivenUp": "quarantine_delivery",
    "MonthsPublished": "publish_period",
    "LimitsBreached": "judge_rules",
    "NowcastsMade": "nowcast_months",
    "NowcastsPublished": "publish_period",
    "PublicationsLeft": "finish_publications",
    "MonthsLate": "report_late_data",
    "CarbonFiguresDiffering": "collect_sustainability",
    "AccountsCollected": "collect_inventory",
    "AccountsPartial": "collect_inventory",
    "AccountsFailed": "collect_inventory",
}
"""Metrics that our functions write into their logs, and the function that writes each."""

QUARANTINES: Final = ("ManifestsQuarantined", "DeliveriesQuarantined", "ExecutionsGivenUp")
"""Figures of what was set aside: by its manifest, as carbon that cannot be read, and later on."""


def own_figure(name: str, *, statistic: str = "Sum", hours: int = 1) -> cloudwatch.Metric:
    """Return a metric that one of our functions writes."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"service": OWN_FIGURES[name]},
        statistic=statistic,
        period=cdk.Duration.hours(hours),
    )


def refusals(functions: Sequence[PythonFunction]) -> cloudwatch.Metric:
    """Count in the logs how often AWS has refused one of our functions; say how to read it."""
    for each in functions:
        logs.MetricFilter(
            each,
            "Refusals",
            log_group=each.log_group,
            filter_pattern=logs.FilterPattern.any_term(AccessDeniedError.__name__),
            metric_namespace=NAMESPACE,
            metric_name=_REFUSALS,
            metric_value="1",
        )
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=_REFUSALS,
        statistic="Sum",
        period=cdk.Duration.hours(1),
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
