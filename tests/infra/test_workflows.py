"""The state machines: walkable, retried and caught by names that exist, bounded in time."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crossfoot.domain import errors
from crossfoot_infra.workflows.resilience import ATHENA, QUICKSIGHT_IMPORT, definition, walk

ROOT = Path(__file__).parents[2]
VALIDATOR = ROOT / "node_modules" / ".bin" / "asl-validator"
MACHINES = ("close_month", "collect_inventory", "look_ahead", "refresh_dashboard", "watch_rules")
AWS_NAMES = re.compile(r"(States|Lambda|Athena|QuickSight|Sandbox|Runtime)\.[A-Za-z]+")
REPEATED = (
    *(("close_month", "RollUp"), ("close_month", "Prove"), ("watch_rules", "Judge")),
    *(("look_ahead", "WeighMonth"), ("look_ahead", "AskHistory")),
)
STATES = [
    (machine, name, state) for machine in MACHINES for name, state in walk(definition(machine))
]
IDS = [f"{machine}-{name}" for machine, name, _ in STATES]
CALLS = {f"{machine}-{name}": state for machine, name, state in STATES if state["Type"] == "Task"}

DOORS = [each for each in CALLS.values() if each["Resource"] not in {ATHENA, QUICKSIGHT_IMPORT}]

type State = dict[str, Any]


def substitutions(machine: str) -> set[str]:
    """Return what the definition wants to be told when it is deployed."""
    return set(re.findall(r"\$\{(\w+)\}", json.dumps(definition(machine))))


def paths(value: Any) -> Iterator[str]:
    """Find the paths in a state's fields."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.endswith((".$", "Path", "Variable")) and isinstance(inner, str):
                yield inner
            yield from paths(inner)
    if isinstance(value, list):
        for inner in value:
            yield from paths(inner)


@pytest.mark.parametrize("machine", MACHINES)
def test_the_validator_accepts_the_definition(machine: str, tmp_path: Path) -> None:
    """Every state machine is valid Amazon States Language, before its substitutions."""
    if not VALIDATOR.exists():
        pytest.skip("node_modules has no asl-validator")
    file = tmp_path / f"{machine}.json"
    file.write_text(json.dumps(definition(machine)))

    told = subprocess.run(
        [VALIDATOR, "--json-path", file], capture_output=True, text=True, check=False
    )

    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize("machine", MACHINES)
def test_every_name_of_an_error_exists(machine: str) -> None:
    """A retry or catch names an error of ours that exists, or one that AWS documents."""
    named = {
        error
        for _, state in walk(definition(machine))
        for rule in (*state.get("Retry", ()), *state.get("Catch", ()))
        for error in rule["ErrorEquals"]
    }
    ours = {name for name in named if not AWS_NAMES.fullmatch(name)}

    assert all(issubclass(getattr(errors, name), errors.CrossfootError) for name in ours)
    assert named - ours


def test_errors_that_a_state_ends_with_exist() -> None:
    """A Fail state with a fixed name uses one of ours, so that the step above knows it."""
    fixed = {state["Error"] for _, _, state in STATES if "Error" in state}

    assert fixed == {errors.StorageError.__name__}


@pytest.mark.parametrize("state", CALLS.values(), ids=CALLS.keys())
def test_every_call_ends_in_time_and_is_tried_again(state: State) -> None:
    """No call lasts for ever, and each says when it is tried again; waits are bounded."""
    assert state["TimeoutSeconds"] <= 3600
    assert state["Retry"]
    assert all(rule["MaxAttempts"] < 100 for rule in state["Retry"])
    assert all("MaxDelaySeconds" in rule for rule in state["Retry"])


@pytest.mark.parametrize("state", DOORS)
def test_a_function_is_asked_as_its_samples_show(state: State) -> None:
    """What a state hands in has the fields of a sample event of that function's door."""
    verb = re.sub(r"(?<!^)(?=[A-Z])", "_", state["Resource"].strip("${}")).lower()
    samples = [json.loads(path.read_text()) for path in (ROOT / "events").glob(f"{verb}.*.json")]

    assert {name.removesuffix(".$") for name in state["Parameters"]} in [
        set(sample) for sample in samples
    ]


@pytest.mark.parametrize("machine", MACHINES)
def test_a_machine_outlasts_its_longest_wait(machine: str) -> None:
    """The whole has a time-out of its own, longer than all waiting of any one call."""
    waits = [
        rule["MaxAttempts"] * rule["MaxDelaySeconds"]
        for _, state in walk(definition(machine))
        if state["Type"] == "Task"
        for rule in state["Retry"]
    ]

    assert definition(machine)["TimeoutSeconds"] > max(waits)


def test_bad_inputs_are_never_tried_again() -> None:
    """The sender's faults, failed proofs and lost claims end at once: trying again mends none."""
    at_once = (
        errors.AccessDeniedError, errors.InputError, errors.ReconciliationError,
        errors.RunContentError, errors.StaleClaimError,
    )  # fmt: skip
    names = {
        name for name, each in vars(errors).items()
        if isinstance(each, type) and issubclass(each, at_once)
    }  # fmt: skip
    retried = {
        error for _, _, state in STATES
        for rule in state.get("Retry", ()) for error in rule["ErrorEquals"]
    }  # fmt: skip

    assert not retried & (names | {"States.ALL", "States.TaskFailed"})


def test_everything_before_the_publication_leads_to_quarantine() -> None:
    """What is not mended by trying again is quarantined; a claim that was lost is no failure."""
    top = definition("close_month")["States"]
    calls = {name for name, each in top.items() if each["Type"] in {"Task", "Parallel", "Map"}}
    caught = {name for name in calls if "Catch" in top[name]}

    assert calls - caught == {"WatchThresholds", "QuarantineDelivery"}
    for name in caught:
        stale, rest = top[name]["Catch"]
        assert (stale["ErrorEquals"], stale["Next"]) == (["StaleClaimError"], "Superseded")
        assert (rest["ErrorEquals"], rest["Next"]) == (["States.ALL"], "QuarantineDelivery")


def test_what_is_published_already_ends_as_published() -> None:
    """A failure after the pointer moved is not given up: the month is watched like any other."""
    top = definition("close_month")["States"]
    choice = top[top["QuarantineDelivery"]["Next"]]

    assert [(each["StringEquals"], each["Next"]) for each in choice["Choices"]] == [
        ("published", "WatchThresholds")
    ]
    assert top[choice["Default"]]["Type"] == "Fail"


def test_only_the_busy_month_waits_for_hours() -> None:
    """A claim that another execution holds is waited for two hours, every half to two minutes."""
    retries = definition("close_month")["States"]["IngestCarbon"]["Retry"]
    (busy,) = (rule for rule in retries if rule["ErrorEquals"] == ["MonthBusyError"])
    wait, total = float(busy["IntervalSeconds"]), 0.0
    for _ in range(busy["MaxAttempts"]):
        total += wait
        wait = min(wait * busy["BackoffRate"], busy["MaxDelaySeconds"])

    assert 7_000 < total < 7_500


def test_a_failed_query_repeats_its_whole_step() -> None:
    """An UNLOAD that failed may have written, so a query is never repeated into its folder."""
    queries = [state for _, _, state in STATES if state.get("Resource") == ATHENA]

    assert len(queries) == 7
    for query in queries:
        assert all(
            error.startswith("Athena.") for rule in query["Retry"] for error in rule["ErrorEquals"]
        )
    for machine, name in REPEATED:
        state = dict(walk(definition(machine)))[name]
        assert len(state["Branches"]) == 1
        assert any("StorageError" in rule["ErrorEquals"] for rule in state["Retry"])


def test_an_import_is_made_once_and_a_lost_answer_is_no_failure() -> None:
    """An import is named after its execution: the same again is what was asked for."""
    machine = definition("refresh_dashboard")["States"]["Import"]["ItemProcessor"]["States"]
    start = machine["StartImport"]

    assert start["Parameters"]["IngestionId.$"] == "$.import"
    assert [(rule["ErrorEquals"], rule["Next"]) for rule in start["Catch"]] == [
        (["QuickSight.ResourceExistsException"], "IsStarted")
    ]


def test_sql_travels_as_an_instruction_only() -> None:
    """Queries are worded by a function; no input of the machine becomes part of one."""
    worded = {
        state["Parameters"]["QueryString.$"]
        for _, _, state in STATES
        if state.get("Resource") == ATHENA
    }

    assert worded == {"$.sql", "$.classified.sql"}


def test_a_shard_that_fails_is_told_by_its_error() -> None:
    """A child that fails would fail the map without its error's name, so it answers instead."""
    allocate = definition("close_month")["States"]["Allocate"]
    children = allocate["ItemProcessor"]["States"]

    assert allocate["ToleratedFailurePercentage"] == 0
    assert all(
        each["Catch"][-1] == {
            "ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "ShardFailed",
        }
        for each in children.values() if each["Type"] == "Task"
    )  # fmt: skip


def test_one_silent_month_never_stops_the_others() -> None:
    """What cannot be weighed is told when the others are nowcast: the machine fails at its end."""
    top = definition("look_ahead")["States"]
    weigh = top["Weigh"]["ItemProcessor"]["States"]

    assert weigh["WeighMonth"]["Catch"] == [
        {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "MonthFailed"}
    ]
    (failed,) = top["IsAllMade"]["Choices"]
    assert (failed["Variable"], failed["NumericGreaterThan"]) == ("$.made.n_failed", 0)
    assert top[failed["Next"]]["Type"] == "Fail"


def test_a_month_is_closed_on_what_aws_delivered_or_on_the_nowcast_that_is_named() -> None:
    """Only an execution that names a nowcast hands one on."""
    top = definition("close_month")["States"]

    assert top["Begin"]["Parameters"]["nowcast"] is None
    assert top["BeginNowcast"]["Parameters"]["nowcast.$"] == "$.nowcast"
    assert {top[name]["Next"] for name in ("Begin", "BeginNowcast")} == {"IngestCarbon"}


def test_one_account_never_stops_the_others() -> None:
    """The collection goes on whatever share of it fails, and its answers are not kept in state."""
    collect = definition("collect_inventory")["States"]["Collect"]

    assert collect["ToleratedFailurePercentage"] == 100
    assert collect["ResultWriter"]["Parameters"]["Prefix"].startswith("collections/")
    assert collect["MaxConcurrency"] == 40


@pytest.mark.parametrize("state", [state for _, _, state in STATES], ids=IDS)
def test_only_simple_paths_are_used(state: State) -> None:
    """Paths name fields: no filters or scripts, which emulators and people read differently."""
    own = {key: value for key, value in state.items() if key not in {"Branches", "ItemProcessor"}}
    for path in paths(own):
        assert re.fullmatch(r"(\$\$?[\w.\[\]*]*|States\.[\w.(){}$,'/ ;\[\]]+)", path), path


@pytest.mark.parametrize(("machine", "expected"), [
    ("close_month", {
        "IngestCarbon", "RollUpUsage", "AllocateEmissions", "EstimateImpacts", "Reconcile",
        "PublishPeriod", "WatchThresholds", "QuarantineDelivery",
        "WorkBucket", "Workgroup", "WorkDatabase",
    }),
    ("collect_inventory", {"ListAccounts", "CollectInventory", "WorkBucket"}),
    ("look_ahead", {"NowcastMonths", "Database", "WorkDatabase", "Workgroup"}),
    ("refresh_dashboard", {"Account"}),
])  # fmt: skip
def test_a_definition_names_what_it_needs(machine: str, expected: set[str]) -> None:
    """Functions, buckets and workgroup come from the stack; nothing else is left open."""
    assert substitutions(machine) == expected
