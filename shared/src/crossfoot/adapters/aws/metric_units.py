"""Functional units from a CloudWatch metric: the sum of its values, month by month."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Protocol

from crossfoot.adapters.aws.aws_errors import aws_errors_named
from crossfoot.domain.errors import InvalidAmountError
from crossfoot.domain.fiscal import month_after
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.targets import FunctionalUnit, UnitMetric
from crossfoot.usecases.ports import Clock
from crossfoot.usecases.unit_ports import MICROS

_DAY_SECONDS: Final = 86_400
_KEPT_DAYS: Final = 455
"""CloudWatch keeps sums of an hour and more for so long."""

_QUERY: Final = "units"


class CloudWatch(Protocol):
    """The client, as far as it is used here."""

    def get_paginator(self, operation_name: str, /) -> Any:  # noqa: ANN401 - made by the SDK
        """Return what pages through the answers of an operation."""
        ...


class MetricUnits:
    """Counts what a metric summed up in the whole months that CloudWatch still has.

    A month without any value is not there, since nobody can tell whether nothing was counted or
    nothing was reported. The month that is running is left out.
    """

    def __init__(self, cloudwatch: CloudWatch, clock: Clock) -> None:
        self._cloudwatch = cloudwatch
        self._clock = clock

    def amounts(self, functional_unit: FunctionalUnit) -> Mapping[UsagePeriod, int]:
        """Return the metric's sums by month; none for a unit that a file counts. [10^-6 unit].

        Raises
        ------
        InvalidAmountError
            A month sums up below zero.
        StorageError, AccessDeniedError, DeploymentError
            CloudWatch failed or refused.
        """
        if functional_unit.metric is None:
            return {}
        end = UsagePeriod.containing(self._clock.now()).start
        start = _first_whole_month(self._clock.now() - timedelta(days=_KEPT_DAYS)).start
        sums: dict[UsagePeriod, Decimal] = {}
        for day, value in self._days(functional_unit.metric, start, end):
            month = UsagePeriod.containing(day)
            # through its shortest text: a day's sum is no better known than that
            sums[month] = sums.get(month, Decimal(0)) + Decimal(repr(value))
        return {month: _micros(total, month) for month, total in sorted(sums.items())}

    def _days(
        self, metric: UnitMetric, start: datetime, end: datetime
    ) -> list[tuple[datetime, float]]:
        said = {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
        }
        stat = {"Metric": said, "Period": _DAY_SECONDS, "Stat": "Sum"}
        request: dict[str, Any] = {
            "MetricDataQueries": [{"Id": _QUERY, "MetricStat": stat}],
            "StartTime": start,
            "EndTime": end,
            "ScanBy": "TimestampAscending",
        }
        days: list[tuple[datetime, float]] = []
        with aws_errors_named(f"reading the metric {metric.name}"):
            for page in self._cloudwatch.get_paginator("get_metric_data").paginate(**request):
                for result in page["MetricDataResults"]:
                    days += zip(result["Timestamps"], result["Values"], strict=True)
        return days


def _first_whole_month(instant: datetime) -> UsagePeriod:
    month = UsagePeriod.containing(instant)
    return month if month.start >= instant else month_after(month, 1)


def _micros(total: Decimal, month: UsagePeriod) -> int:
    if total < 0:
        raise InvalidAmountError(
            f"The metric sums up to {total} in {month}.",
            mend="Functional units are counted: choose a metric that is not negative.",
        )
    return int((total * MICROS).to_integral_value())
