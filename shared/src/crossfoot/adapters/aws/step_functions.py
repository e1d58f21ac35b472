"""Start state machines in Step Functions: the closing of a month, and what follows it."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crossfoot.adapters.aws.aws_errors import aws_errors_named
from crossfoot.domain.period import UsagePeriod

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class StateMachine:
    """A state machine of type standard: only those know their executions by name.

    Parameters
    ----------
    client : SFNClient
        Access to Step Functions.
    arn : str
        ARN of the state machine.
    """

    def __init__(self, client: "SFNClient", arn: str) -> None:
        self._client = client
        self._arn = arn

    def start(self, name: str, told: Mapping[str, Any]) -> bool:
        """Start once under a name; return whether it is new.

        While an execution of the same name and input runs, Step Functions answers as if it had
        just started: the answer is then ``True`` more than once, and the execution still one.
        Names are known for 90 days.
        """
        with aws_errors_named(f"starting {name}"):
            try:
                self._client.start_execution(
                    stateMachineArn=self._arn, name=name, input=json.dumps(told, sort_keys=True)
                )
            except self._client.exceptions.ExecutionAlreadyExists:
                return False
        return True


class StepFunctionsWorkflow:
    """The state machine that closes months.

    Parameters
    ----------
    client : SFNClient
        Access to Step Functions.
    state_machine : str
        Its ARN.
    cause : str
        Why months are closed: ``delivery``, ``replay`` or ``backfill``.
    """

    def __init__(self, client: "SFNClient", state_machine: str, *, cause: str = "delivery") -> None:
        self._machine = StateMachine(client, state_machine)
        self._cause = cause

    def start(self, period: UsagePeriod, name: str) -> bool:
        """Start once under a name; return whether it is new."""
        return self._machine.start(name, {"usage_period": period.text, "cause": self._cause})

    def start_nowcast(self, period: UsagePeriod, name: str, nowcast_id: str) -> bool:
        """Start the closing of a month on a nowcast, once under a name."""
        told = {"usage_period": period.text, "cause": "nowcast", "nowcast": nowcast_id}
        return self._machine.start(name, told)
