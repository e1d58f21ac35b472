"""The door of ``nowcast_months``, and a month that is closed on a nowcast."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from crossfoot.domain.errors import DeploymentError, ForeignDeliveryError

LOOK = "lookahead/0123456789ab/look.json"


def take_look(doors: Any, *silent: str) -> None:
    """Leave a look at months where the samples find it."""
    document = {
        "at": "2026-05-04T05:00:02+00:00",
        "published": {"2026-03": "r-0123456789abcdef"},
        "silent": [
            {"usage_period": month, "usage_digest": "0" * 32, "run_id": "r-fedcba9876543210"}
            for month in silent
        ],
    }
    body = json.dumps(document).encode()
    doors.s3.put_object(Bucket="work-bucket", Key=LOOK, Body=body)


def test_with_nothing_published_nothing_is_told(doors: Any) -> None:
    """The answer is small JSON without a look."""
    answer = doors.call("nowcast_months.find")

    assert json.loads(json.dumps(answer)) == {"outcome": "nothing", "judged": [], "months": []}


def test_the_history_is_asked_in_two_statements(doors: Any) -> None:
    """Figures of every delivery, and usage of the published months, into folders of an attempt."""
    take_look(doors, "2026-04")
    answer = doors.call("nowcast_months.history")

    assert [query["name"] for query in answer["queries"]] == ["figures", "used"]
    for query in answer["queries"]:
        assert f"s3://work-bucket/lookahead/{answer['attempt']}/{query['name']}/" in query["sql"]
    assert "'2026-03'" in answer["queries"][1]["sql"]


def test_a_look_that_is_elsewhere_is_not_read(doors: Any) -> None:
    """Places are checked against the deployment, not followed."""
    with pytest.raises(ForeignDeliveryError):
        doors.call("nowcast_months.foreign_look")


@pytest.mark.parametrize("step", ["survey", "classify"])
def test_usage_without_pins_is_a_fault_of_the_deployment(doors: Any, step: str) -> None:
    """It is named, and quarantines nothing."""
    take_look(doors, "2026-04")

    with pytest.raises(DeploymentError):
        doors.call(f"nowcast_months.{step}")
    assert doors.notices() == []


def test_what_no_state_sends_is_refused(doors: Any) -> None:
    """A door takes what its models say, and nothing else."""
    for event in ({"step": "guess"}, {"step": "find", "started_at": "2026-05-04T05:00:00"}):
        with pytest.raises(ValidationError):
            doors.hand("nowcast_months", event)


def test_a_nowcast_that_was_never_kept_is_not_planned(doors: Any) -> None:
    """The month's execution tells it by name."""
    with pytest.raises(DeploymentError, match="n-0123456789abcdef"):
        doors.call("ingest_carbon.nowcast")
