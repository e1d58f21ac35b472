"""One account's Region as a whole: who refuses leaves a gap, and stops nobody."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.stub import Stubber

from crossfoot.adapters.aws.inventory_readings import Reading
from crossfoot.adapters.aws.inventory_survey import READERS, survey
from crossfoot.adapters.aws.member_account import AwsMemberAccounts, MemberRole
from crossfoot.domain.errors import AccessDeniedError, StorageError
from crossfoot.domain.inventory import (
    INVENTORY_ACTIONS,
    Gap,
    GapKind,
    Outcome,
    ResourceKind,
    WorkItem,
)

NOW = datetime.fromisoformat("2026-11-22T04:30:00+00:00")
ITEM = WorkItem("000000000002", "us-east-1")


def test_an_empty_region_is_collected_and_has_nothing(role: MemberRole) -> None:
    """Nothing there, nothing missing."""
    found = AwsMemberAccounts(role).survey("run", ITEM, NOW, with_statistics=True)

    assert (found.resources, found.gaps, found.outcome) == ([], (), Outcome.COLLECTED)


def test_the_role_is_taken_for_one_region_and_nothing_that_it_does_not_need(
    role: MemberRole,
) -> None:
    """The session has the external id, the run's name and a policy within STS's 2,048 letters."""
    AwsMemberAccounts(role).survey("daily run/2026-11-22", ITEM, NOW, with_statistics=True)

    (asked,) = role.sts.asked
    (statement,) = json.loads(asked["Policy"])["Statement"]
    assert asked["RoleArn"] == "arn:aws:iam::000000000002:role/crossfoot-inventory"
    assert asked["ExternalId"] == "between-us"
    assert asked["RoleSessionName"] == "daily-run-2026-11-22"
    assert statement["Action"] == sorted(each.action for each in INVENTORY_ACTIONS)
    assert statement["Condition"] == {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
    assert len(asked["Policy"]) <= 2048


@pytest.mark.parametrize(
    ("code", "error"), [("AccessDenied", AccessDeniedError), ("Throttling", StorageError)]
)
def test_an_account_that_does_not_open_is_an_error_by_name(
    role: MemberRole, code: str, error: type[Exception]
) -> None:
    """A refused role needs a person; a throttled STS needs another try."""
    role.sts.refuses[ITEM.account_id] = code

    with pytest.raises(error, match=rf"role/crossfoot-inventory \w+ ?\w* \({code}\)"):
        AwsMemberAccounts(role).survey("run", ITEM, NOW, with_statistics=True)


def test_a_refused_service_leaves_a_gap_and_the_others_go_on(reading: Reading) -> None:
    """One service control policy makes the pass partial, with the service's own code."""
    reading.client("s3").create_bucket(Bucket="kept")
    with Stubber(reading.client("rds")) as stub:
        stub.add_client_error("describe_db_clusters", "AccessDenied", "explicit deny")

        found = survey(reading, NOW, with_statistics=True)

    assert [each.resource_id for each in found.resources] == ["kept"]
    assert found.gaps == (Gap("rds", GapKind.DENIED, "AccessDenied"),)
    assert found.outcome is Outcome.PARTIAL


def test_what_came_before_a_broken_page_is_kept_and_the_break_is_named(reading: Reading) -> None:
    """A listing that breaks off on its second page gives its first one, marked as partial."""
    first = {
        "Functions": [{"FunctionName": "one", "FunctionArn": "arn:one", "MemorySize": 128}],
        "NextMarker": "more",
    }
    with Stubber(reading.client("lambda")) as stub:
        stub.add_response("list_functions", first, {})
        stub.add_client_error("list_functions", "TooManyRequestsException", "slow down")

        found = survey(reading, NOW, with_statistics=True)

    assert [each.resource_name for each in found.resources] == ["one"]
    assert found.gaps == (Gap("lambda", GapKind.FAILED, "TooManyRequestsException"),)
    assert found.outcome is Outcome.PARTIAL


@pytest.mark.parametrize(
    ("is_offered", "kind", "outcome"),
    [
        (False, GapKind.UNSUPPORTED, Outcome.COLLECTED),
        (True, GapKind.FAILED, Outcome.PARTIAL),
    ],
)
def test_a_service_without_a_host_is_absent_or_unreachable(
    reading: Reading, is_offered: bool, kind: GapKind, outcome: Outcome
) -> None:
    """No host is no loss where the Region does not offer the service, and one where it does."""
    broken = replace(
        reading,
        client=lambda service: _Unreachable() if service == "eks" else reading.client(service),
        is_offered=lambda _service: is_offered,
    )

    found = survey(broken, NOW, with_statistics=True)

    assert found.gaps == (Gap("eks", kind, "EndpointConnectionError"),)
    assert found.outcome is outcome


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("AuthFailure", Outcome.NOT_ENABLED),
        ("UnrecognizedClientException", Outcome.NOT_ENABLED),
        ("AccessDenied", Outcome.FAILED),
        ("InternalError", Outcome.FAILED),
    ],
)
def test_where_nothing_answers_the_codes_tell_why(
    reading: Reading, code: str, outcome: Outcome
) -> None:
    """A Region that is not enabled misses nothing; one that refuses everything has failed."""
    found = survey(
        replace(reading, client=lambda _service: _Refusing(code)), NOW, with_statistics=True
    )

    assert len(found.gaps) == len(READERS)
    assert found.outcome is outcome


def test_figures_that_nobody_asked_for_are_missing_and_cost_nothing(reading: Reading) -> None:
    """Without statistics CloudWatch is not called at all: null, never zero, and no gap."""
    ec2 = reading.client("ec2")
    image = ec2.register_image(Name="own", Architecture="x86_64")["ImageId"]
    ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)
    reading.client("s3").create_bucket(Bucket="kept")
    asked: list[str] = []

    def client(service: str) -> Any:
        asked.append(service)
        return reading.client(service)

    found = survey(replace(reading, client=client), NOW, with_statistics=False)

    kinds = {each.kind: each for each in found.resources}
    figures = kinds[ResourceKind.EC2_INSTANCE].utilization
    assert "cloudwatch" not in asked
    assert (figures.measured_days, figures.cpu_mean_percent, figures.cpu_max_percent) == (None,) * 3
    assert kinds[ResourceKind.S3_BUCKET].storage_gib is None
    assert (found.gaps, found.outcome) == ((), Outcome.COLLECTED)


def test_refused_figures_leave_the_resource_and_null_figures(reading: Reading) -> None:
    """Without CloudWatch the inventory is still one: utilization is null, and the gap is named."""
    ec2 = reading.client("ec2")
    image = ec2.register_image(Name="own", Architecture="x86_64")["ImageId"]
    ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)
    with Stubber(reading.client("cloudwatch")) as stub:
        stub.add_client_error("get_metric_data", "AccessDenied", "no")

        found = survey(reading, NOW, with_statistics=True)

    machines = [each for each in found.resources if each.kind is ResourceKind.EC2_INSTANCE]
    assert [each.utilization.measured_days for each in machines] == [None]
    assert found.gaps == (Gap("utilization", GapKind.DENIED, "AccessDenied"),)


class _Unreachable:
    """A client whose host has no address."""

    exceptions: Any = None

    def get_paginator(self, _operation: str) -> Any:
        raise EndpointConnectionError(endpoint_url="https://eks.example")


class _Refusing:
    """A client that answers everything with one code."""

    def __init__(self, code: str) -> None:
        self._error = ClientError({"Error": {"Code": code, "Message": "no"}}, "Anything")

    def __getattr__(self, _name: str) -> Any:
        raise self._error
