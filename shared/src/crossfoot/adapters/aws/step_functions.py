"""Start the closing of a month in Step Functions."""

import json
from typing import TYPE_CHECKING

from crossfoot.adapters.aws.aws_errors import aws_errors_named
from crossfoot.domain.period import UsagePeriod

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class StepFunctionsWorkflow:
    """The state machine that closes months.

    Parameters
    ----------
    client : SFNClient
        Access to Step Functions.
    state_machine : str
        ARN of the state machine, of type standard: only those know their executions by name.
    cause : str
        Why months are closed: ``delivery``, ``replay`` or ``backfill``.
    """

    def __init__(self, client: "SFNClient", state_machine: str, *, cause: str = "delivery") -> None:
        self._client = client
        self._state_machine = state_machine
        self._cause = cause

    def start(self, period: UsagePeriod, name: str) -> bool:
        """Start once under a name; return whether it is new.

        While an execution of the same name and input runs, Step Functions answers as if it had
        just started: the answer is then ``True`` more than once, and the execution still one.
        Names are known for 90 days.
        """
        document = {"usage_period": period.text, "cause": self._cause}
        with aws_errors_named(f"starting {name}"):
            try:
                self._client.start_execution(
                    stateMachineArn=self._state_machine,
                    name=name,
                    input=json.dumps(document, sort_keys=True),
                )
            except self._client.exceptions.ExecutionAlreadyExists:
                return False
        return True
