"""The doors between a month's plan and its proof: what they take, and what they answer."""

import importlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

EVENTS = Path(__file__).parents[2] / "events"
DOORS = ("roll_up_usage", "allocate_emissions", "estimate_impacts", "reconcile")
SAMPLES = sorted(path.name for door in DOORS for path in EVENTS.glob(f"{door}.*.json"))
TOO_HEAVY = {"duckdb", "typer", "rich", "jinja2", "pytz", "pandas"}


@dataclass
class Context:
    """What Lambda hands to a handler."""

    function_name: str = "door"
    memory_limit_in_mb: int = 1769
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000001:function:door"
    aws_request_id: str = "request"


def _answer(*arguments: Any) -> dict[str, Any]:
    return {
        "arguments": arguments,
        "attempt": "0123456789ab",
        "n_shards": 1,
        "other_payers": ["000000000009"],
        "entries": 0,
        "n_rows": 0,
        "unknown_regions": ["xx-nowhere-1"],
        "n_checks": 1,
    }


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that hands an event to a door whose work is an echo."""

    def hand_in(door: str, event: dict[str, Any]) -> dict[str, Any]:
        handler = importlib.import_module(f"{door}.handler")
        for name in ("_work", "_survey", "_classify", "_prepare", "_prove"):
            if hasattr(handler, name):
                monkeypatch.setattr(handler, name, lambda: _answer)
        answer: dict[str, Any] = handler.lambda_handler(event, Context())
        return answer

    return hand_in


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_event_is_taken_and_its_values_handed_on(opened: Any, name: str) -> None:
    """What stands in ``events`` is what the door takes, and nothing of it is lost."""
    event = json.loads((EVENTS / name).read_text("utf-8"))
    answer = opened(name.partition(".")[0], event)
    handed_on = [value for key, value in event.items() if key != "step"]
    assert list(answer["arguments"]) == handed_on


@pytest.mark.parametrize("name", SAMPLES)
def test_an_event_with_a_stranger_in_it_is_refused(opened: Any, name: str) -> None:
    """An unknown field is a misunderstanding: the door says so before it does anything."""
    event = json.loads((EVENTS / name).read_text("utf-8")) | {"sql": "SELECT 1"}
    with pytest.raises(ValidationError, match="sql"):
        opened(name.partition(".")[0], event)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize(
    "place", ["s3://b/plans/../plan.json", "s3://b/plans/r-1/plan.json", "plan.json", None]
)
def test_an_event_without_the_place_of_a_plan_is_refused(
    opened: Any, name: str, place: str | None
) -> None:
    """Places are built in one way; anything else is not ours."""
    event = json.loads((EVENTS / name).read_text("utf-8")) | {"plan_uri": place}
    with pytest.raises(ValidationError, match="plan_uri"):
        opened(name.partition(".")[0], event)


def test_every_door_has_a_sample() -> None:
    """Each case of each door is shown once."""
    assert {name.partition(".")[0] for name in SAMPLES} == set(DOORS)


@pytest.mark.parametrize("door", DOORS)
def test_a_handler_loads_nothing_that_its_layers_lack(door: str) -> None:
    """No engine, no terminal and no templates: a fresh interpreter says what was loaded."""
    code = f"import sys, {door}.handler; print(*{{m.partition('.')[0] for m in sys.modules}})"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not TOO_HEAVY & set(loaded.stdout.split())
