"""Step Functions: ``athena:startQueryExecution`` with and without ``.sync``."""

import json
import time
from typing import Any, Final

from ministack.services import stepfunctions

from emulator import hooks

POLL_SECONDS: Final = 0.05
_PREFIX: Final = "arn:aws:states:::athena:"


def install() -> None:
    """Patch MiniStack's Step Functions."""
    hooks.part(stepfunctions, "_invoke_aws_sdk_integration")
    hooks.part(stepfunctions, "_ExecutionError")
    hooks.add(hooks.part(stepfunctions, "_SERVICE_DISPATCH"), _PREFIX, _athena)


def _athena(resource: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Start a query and, where the state asks for ``.sync``, wait for its end."""
    action = resource.removeprefix(_PREFIX)
    answer = _call(action.removesuffix(".sync"), arguments)
    if not action.endswith(".sync"):
        return answer
    while True:
        told = _call("getQueryExecution", {"QueryExecutionId": answer["QueryExecutionId"]})
        state = told["QueryExecution"]["Status"]["State"]
        if state == "SUCCEEDED":
            return told
        if state in {"FAILED", "CANCELLED"}:
            cause = json.dumps(told, default=str)
            raise stepfunctions._ExecutionError("States.TaskFailed", cause)
        time.sleep(POLL_SECONDS)


def _call(action: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Call Athena's API as the SDK integration does; its errors bear the names AWS gives them."""
    resource = f"arn:aws:states:::aws-sdk:athena:{action}"
    return stepfunctions._invoke_aws_sdk_integration(resource, arguments)
