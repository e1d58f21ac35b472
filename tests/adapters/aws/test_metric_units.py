"""Functional units from a metric, as CloudWatch answers."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from crossfoot.adapters.aws.metric_units import MetricUnits
from crossfoot.domain.errors import (
    AccessDeniedError,
    InvalidAmountError,
    StorageError,
)
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.targets import FunctionalUnit, UnitMetric

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
BOOKING = FunctionalUnit(
    "booking", metric=UnitMetric("Shop", "Bookings", (("Stage", "production"),))
)
EXPECTED = {
    "MetricDataQueries": [
        {
            "Id": "units",
            "MetricStat": {
                "Metric": {
                    "Namespace": "Shop",
                    "MetricName": "Bookings",
                    "Dimensions": [{"Name": "Stage", "Value": "production"}],
                },
                "Period": 86_400,
                "Stat": "Sum",
            },
        }
    ],
    "StartTime": datetime(2025, 9, 1, tzinfo=UTC),
    "EndTime": datetime(2026, 11, 1, tzinfo=UTC),
    "ScanBy": "TimestampAscending",
}


class FixedClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        """Return the one instant."""
        return NOW


@pytest.fixture
def stubbed() -> Iterator[tuple[Any, Stubber]]:
    """Return a client of CloudWatch that answers what it is told to, and checks what is asked."""
    client = boto3.client(
        "cloudwatch",
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",  # noqa: S106 - no secret
    )
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


def page(days: dict[str, float], token: str | None = None) -> dict[str, Any]:
    """Return one page of an answer."""
    result = {
        "Id": "units",
        "Timestamps": [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in days],
        "Values": list(days.values()),
        "StatusCode": "PartialData" if token else "Complete",
    }
    return {"MetricDataResults": [result], **({"NextToken": token} if token else {})}


def test_days_add_up_to_months(stubbed: tuple[Any, Stubber]) -> None:
    """Whole months that CloudWatch still has are asked for, page by page; sums are decimal."""
    client, stubber = stubbed
    first = {"2026-09-29": 10.0, "2026-09-30": 0.1, "2026-10-01": 0.1}
    stubber.add_response("get_metric_data", page(first, "more"), EXPECTED)
    stubber.add_response(
        "get_metric_data", page({"2026-10-02": 0.2}), {**EXPECTED, "NextToken": "more"}
    )

    counts = MetricUnits(client, FixedClock()).amounts(BOOKING)

    assert counts == {UsagePeriod("2026-09"): 10_100_000, UsagePeriod("2026-10"): 300_000}


def test_a_month_without_values_is_not_there(stubbed: tuple[Any, Stubber]) -> None:
    """Nobody knows whether nothing was counted, or nothing reported."""
    client, stubber = stubbed
    stubber.add_response("get_metric_data", page({}), EXPECTED)

    assert MetricUnits(client, FixedClock()).amounts(BOOKING) == {}


def test_a_metric_below_zero_is_no_count(stubbed: tuple[Any, Stubber]) -> None:
    """A month that sums up below zero is named."""
    client, stubber = stubbed
    stubber.add_response("get_metric_data", page({"2026-10-01": -1.0}), EXPECTED)

    with pytest.raises(InvalidAmountError, match="2026-10"):
        MetricUnits(client, FixedClock()).amounts(BOOKING)


@pytest.mark.parametrize(
    ("code", "error"),
    [("Throttling", StorageError), ("AccessDenied", AccessDeniedError)],
)
def test_failures_of_aws_are_named(
    stubbed: tuple[Any, Stubber], code: str, error: type[Exception]
) -> None:
    """What will pass is retried by the state machine, what is refused needs a person."""
    client, stubber = stubbed
    stubber.add_client_error("get_metric_data", code)

    with pytest.raises(error, match="Bookings"):
        MetricUnits(client, FixedClock()).amounts(BOOKING)


def test_a_unit_of_a_file_is_not_counted_here(stubbed: tuple[Any, Stubber]) -> None:
    """A deployment does not have the file; its target has no figure, and the others go on."""
    client, _ = stubbed

    assert MetricUnits(client, FixedClock()).amounts(FunctionalUnit("seat", source="s.csv")) == {}
