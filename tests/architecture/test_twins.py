"""A feature is found by its verb: door, construct, use case and sample events agree."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FUNCTIONS = ROOT / "functions"
CONSTRUCTS = ROOT / "cdk" / "crossfoot_infra" / "functions"
USE_CASES = ROOT / "shared" / "src" / "crossfoot" / "usecases"
EVENTS = ROOT / "events"
DOOR = {"__init__.py", "event.py", "handler.py", "settings.py"}
VERBS = sorted(path.parent.name for path in FUNCTIONS.glob("*/handler.py"))

NOUNS = {
    "allocate_emissions": "allocate_shard",
    "estimate_impacts": "estimate_shard",
    "ingest_carbon": "plan_month",
    "reconcile": "reconcile_month",
}
"""Doors that are named after their state, and use cases after the part of it that they do."""


def test_there_are_doors() -> None:
    """The walk has its functions, so that the tests below look at something."""
    assert len(VERBS) >= 13


def test_every_door_has_a_construct_and_none_is_left_over() -> None:
    """Folders of functions/ and files of the stacks' functions/ have the same names."""
    constructs = {path.stem for path in CONSTRUCTS.glob("*.py")} - {"__init__"}

    assert constructs == set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_a_construct_is_called_as_its_verb(verb: str) -> None:
    """The class in a construct's file is the verb in Pascal case."""
    name = "".join(word.title() for word in verb.split("_"))
    source = (CONSTRUCTS / f"{verb}.py").read_text(encoding="utf-8")

    assert re.findall(r"^class (\w+)\(PythonFunction\):", source, re.MULTILINE) == [name]
    assert f'verb="{verb}"' in source


@pytest.mark.parametrize("verb", VERBS)
def test_a_door_is_made_of_the_same_four_files(verb: str) -> None:
    """Package, event, handler and settings; whatever else is there is the door's own."""
    assert {path.name for path in (FUNCTIONS / verb).glob("*.py")} >= DOOR


@pytest.mark.parametrize("verb", VERBS)
def test_a_handler_is_thin(verb: str) -> None:
    """A door takes in, calls and answers: its handler fits on a screen."""
    lines = (FUNCTIONS / verb / "handler.py").read_text(encoding="utf-8").splitlines()

    assert len(lines) <= 65


@pytest.mark.parametrize("verb", VERBS)
def test_a_door_opens_on_a_use_case(verb: str) -> None:
    """What a function does is found under its verb among the use cases."""
    assert (USE_CASES / f"{NOUNS.get(verb, verb)}.py").exists()


@pytest.mark.parametrize("verb", VERBS)
def test_every_door_has_a_sample_event(verb: str) -> None:
    """events/<verb>.<case>.json shows what comes in at the door."""
    assert list(EVENTS.glob(f"{verb}.*.json"))


def test_every_sample_event_has_a_door() -> None:
    """No sample is left of a door that is gone."""
    assert {path.name.partition(".")[0] for path in EVENTS.glob("*.*.json")} <= set(VERBS)
