"""The door that collects from the Sustainability API: asked and settled, over a client of ours."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from pydantic import ValidationError

from collect_sustainability import handler
from collect_sustainability.settings import Settings
from crossfoot.adapters.aws import sustainability_api
from crossfoot.adapters.aws.member_account import MemberRole
from crossfoot.domain.errors import ConfigurationError, DeploymentError
from crossfoot.domain.period import UsagePeriod

ROLE: Final = "arn:aws:iam::444455556666:role/crossfoot-sustainability"
LAST_YEAR: Final = UsagePeriod(f"{datetime.now(UTC).year - 1:04d}")


class Client:
    """Knows the water of last year, and no carbon."""

    def get_estimated_water_allocation(self) -> None:
        """Be there, as in an SDK that knows of water."""

    def get_paginator(self, name: str) -> "Client":
        """Return the pages of an operation."""
        assert name in {"get_estimated_water_allocation", "get_estimated_carbon_emissions"}
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        """Yield one page."""
        span = asked["TimePeriod"]
        knows = "AllocationTypes" in asked and span["Start"] == LAST_YEAR.start
        keys = dict(zip(asked["GroupBy"], ("000000000001", "eu-west-1", "Other"), strict=True))
        row = {
            "TimePeriod": span,
            "DimensionsValues": keys,
            "ModelVersion": "v1.0.0",
            "AllocationValues": {"TOTAL_WATER_WITHDRAWALS": {"Value": 2.5, "Unit": "m3"}},
        }
        yield {"Results": [row] if knows else []}


@pytest.fixture
def entered(doors: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, str]]]:
    """Return which services were entered with which credentials; doors are opened anew."""
    del doors
    found: list[tuple[str, dict[str, str]]] = []

    def client(_role: MemberRole, service: str, region: str, keys: dict[str, str]) -> Client:
        assert region == "us-east-1"
        found.append((service, keys))
        return Client()

    monkeypatch.setenv("EXTERNAL_ID", "between-us")
    monkeypatch.setattr(MemberRole, "client", client)
    handler._ask.cache_clear()
    handler._settle.cache_clear()
    return found


def test_what_aws_knows_is_kept_and_a_year_without_months_says_so(
    doors: Any, entered: list[tuple[str, dict[str, str]]]
) -> None:
    """Asked with our own keys; Athena is told what to answer, and one vintage is kept."""
    asked = doors.call("collect_sustainability.ask")
    event = {**doors.sample("collect_sustainability.settle"), "attempt": asked["attempt"]}
    settled = doors.hand("collect_sustainability", event)
    again = doors.hand("collect_sustainability", event)

    assert entered == [("sustainability", {})]
    assert [query["name"] for query in asked["queries"]] == ["marks", "exported"]
    assert settled == {
        "n_years": 1,
        "n_spread": 0,
        "n_new": 1,
        "n_compared": 0,
        "n_differing": 0,
    }
    assert again == {**settled, "n_new": 0}


def test_a_collector_takes_the_role_of_the_management_account(
    doors: Any, entered: list[tuple[str, dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No wider than the two operations, and with the external id."""
    monkeypatch.setenv("SUSTAINABILITY_ROLE_ARN", ROLE)
    taken: list[tuple[str, str]] = []

    def credentials(role: MemberRole, arn: str, _run: str, policy: str) -> dict[str, str]:
        assert role.external_id == "between-us"
        taken.append((arn, policy))
        return {"aws_access_key_id": "theirs"}

    monkeypatch.setattr(MemberRole, "credentials", credentials)
    doors.call("collect_sustainability.ask")

    ((arn, policy),) = taken
    assert (arn, entered) == (ROLE, [("sustainability", {"aws_access_key_id": "theirs"})])
    assert json.loads(policy)["Statement"][0]["Action"] == [
        "sustainability:GetEstimatedCarbonEmissions",
        "sustainability:GetEstimatedWaterAllocation",
    ]


def test_an_sdk_that_is_older_than_the_water_is_named(entered: Any) -> None:
    """It is no failure that passes, and the message says what to do."""
    del entered
    role: Any = type("Role", (), {"client": lambda *_: object()})()

    with pytest.raises(DeploymentError, match="SDK of this runtime"):
        sustainability_api.sustainability_client(role, "run", None)


def test_a_door_refuses_what_it_does_not_know(doors: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event of another shape, and an environment without a place for what is kept."""
    with pytest.raises(ValidationError):
        doors.hand("collect_sustainability", {"step": "settle", "attempt": "../x"})
    monkeypatch.delenv("CURATED_BUCKET")
    monkeypatch.setenv("EXTERNAL_ID", "between-us")
    with pytest.raises(ConfigurationError, match="CURATED_BUCKET"):
        Settings.from_environment()
