"""What every state does when its call fails: retries and catches, by the names of errors.

Lambda reports the class name of what a function raises, so these names are public. A state that
has a ``Retry`` or ``Catch`` of its own keeps it.
"""

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, Final

from crossfoot.domain.errors import MonthBusyError, StaleClaimError, StorageError

type State = dict[str, Any]

ATHENA: Final = "arn:aws:states:::athena:startQueryExecution.sync"
QUICKSIGHT_IMPORT: Final = "arn:aws:states:::aws-sdk:quicksight:createIngestion"

SERVICE: Final[State] = {
    "ErrorEquals": [
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
        StorageError.__name__,
    ],
    "IntervalSeconds": 2,
    "BackoffRate": 2,
    "MaxAttempts": 6,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}
"""A service failed, or somebody was throttled: soon again, and not all at once."""

LOST: Final[State] = {
    "ErrorEquals": [
        "Lambda.Unknown",
        "Sandbox.Timedout",
        "Runtime.ExitError",
        "States.Timeout",
    ],
    "IntervalSeconds": 5,
    "BackoffRate": 2,
    "MaxAttempts": 2,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}
"""The function ended without an answer: out of time or memory, which may well happen again."""

BUSY: Final[State] = {
    "ErrorEquals": [MonthBusyError.__name__],
    "IntervalSeconds": 30,
    "BackoffRate": 1.5,
    "MaxAttempts": 62,
    "MaxDelaySeconds": 120,
}
"""Another execution holds the month: every two minutes, for two hours."""

THROTTLED_QUERY: Final[State] = {
    "ErrorEquals": ["Athena.TooManyRequestsException", "Athena.InternalServerException"],
    "IntervalSeconds": 5,
    "BackoffRate": 2,
    "MaxAttempts": 6,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}
"""Athena did not take the query: nothing was written, so the same query may start again."""

IMPORT: Final[State] = {
    "ErrorEquals": [
        "QuickSight.ThrottlingException",
        "QuickSight.InternalFailureException",
        "States.Timeout",
    ],
    "IntervalSeconds": 20,
    "BackoffRate": 2,
    "MaxAttempts": 5,
    "MaxDelaySeconds": 300,
    "JitterStrategy": "FULL",
}
"""QuickSight did not take the import, or did not say so: it has a name, and is made once."""

WHOLE_STEP: Final[State] = {
    "ErrorEquals": [StorageError.__name__, "States.Timeout"],
    "IntervalSeconds": 20,
    "BackoffRate": 2,
    "MaxAttempts": 2,
    "MaxDelaySeconds": 120,
    "JitterStrategy": "FULL",
}
"""A query failed and may have written: all of the step again, under a new attempt."""

UNREAD_ITEMS: Final[State] = {
    "ErrorEquals": ["States.ItemReaderFailed"],
    "IntervalSeconds": 5,
    "BackoffRate": 2,
    "MaxAttempts": 2,
    "JitterStrategy": "FULL",
}
"""The list of items could not be read, so no child has started."""

SUPERSEDED: Final[State] = {
    "ErrorEquals": [StaleClaimError.__name__],
    "ResultPath": "$.error",
    "Next": "Superseded",
}
"""Somebody else took the month over and publishes it: nothing is wrong."""

QUARANTINED: Final[State] = {
    "ErrorEquals": ["States.ALL"],
    "ResultPath": "$.error",
    "Next": "QuarantineDelivery",
}
"""Everything that is not mended by trying again."""


def definition(name: str) -> State:
    """Return a state machine's definition, before substitutions, with its rules of resilience.

    Parameters
    ----------
    name : str
        Of a file ``<name>.asl.json`` beside this one.
    """
    text = files(__package__).joinpath(f"{name}.asl.json").read_text(encoding="utf-8")
    machine: State = json.loads(text)
    for state_name, state in walk(machine):
        rules = retriers(state_name, state)
        if rules:
            state.setdefault("Retry", rules)
    if "QuarantineDelivery" in machine["States"]:
        _catch_all(machine["States"])
    return machine


def retriers(name: str, state: Mapping[str, Any]) -> list[State]:
    """Return when a state is tried again; nothing for states that cannot fail."""
    match state["Type"]:
        case "Task" if state["Resource"] == ATHENA:
            return [THROTTLED_QUERY]
        case "Task" if state["Resource"] == QUICKSIGHT_IMPORT:
            return [IMPORT]
        case "Task":
            return [SERVICE, LOST, BUSY] if name == "IngestCarbon" else [SERVICE, LOST]
        case "Parallel":
            return [WHOLE_STEP]
        case "Map" if "ItemReader" in state:
            return [UNREAD_ITEMS]
        case _:
            return []


def walk(machine: Mapping[str, Any]) -> Iterator[tuple[str, State]]:
    """Yield every state with its name, those of branches and items included."""
    for name, state in machine["States"].items():
        yield name, state
        for inner in (*state.get("Branches", ()), *filter(None, [state.get("ItemProcessor")])):
            yield from walk(inner)


def _catch_all(states: Mapping[str, State]) -> None:
    """Let every state before the publication lead to quarantine; what comes after must not."""
    for name, state in states.items():
        is_after = name in {"WatchThresholds", "QuarantineDelivery"}
        if state["Type"] in {"Task", "Parallel", "Map"} and not is_after:
            state.setdefault("Catch", [SUPERSEDED, QUARANTINED])
