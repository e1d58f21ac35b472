"""The judgement of thresholds in a deployment: its executions, and what it has told."""

import json
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final

from harness.deployment import Deployment

BREACHED: Final = "Emission Threshold Breached"
_PATIENCE_SECONDS: Final = 240.0
_STEP_SECONDS: Final = 0.2


class Rules:
    """The state machine ``watch_rules`` and the outbox."""

    def __init__(self, deployment: Deployment) -> None:
        client = deployment.stand_in.client
        self._states = client("stepfunctions")
        self._dynamodb = client("dynamodb")
        self._table = deployment.named("AWS::DynamoDB::Table", "monthledger")
        machines = self._states.list_state_machines()["stateMachines"]
        self._machine = next(
            each["stateMachineArn"] for each in machines if "watch-rules" in each["name"]
        )

    def start(self, *, always: bool) -> str:
        """Start a judgement; return its execution."""
        started = self._states.start_execution(
            stateMachineArn=self._machine,
            name=f"by-hand-{uuid.uuid4().hex}",
            input=json.dumps({"always": always}),
        )
        return str(started["executionArn"])

    def wait_for(self, executions: Iterable[str]) -> list[dict[str, Any]]:
        """Wait until these executions have ended; return how."""
        return [self._ended(each) for each in executions]

    def wait_until_quiet(self) -> None:
        """Wait until no judgement runs."""
        self._wait(lambda: not self._running(), "all judgements")

    def failures(self) -> list[str]:
        """Return the errors of the executions that failed."""
        answer = self._states.list_executions(stateMachineArn=self._machine, statusFilter="FAILED")
        told = [
            self._states.describe_execution(executionArn=each["executionArn"])
            for each in answer["executions"]
        ]
        return [f"{each.get('error')}: {each.get('cause', '')[:600]}" for each in told]

    def told(self, window_start: str) -> list[dict[str, Any]]:
        """Return what the outbox has to tell of the rules of a window."""
        return [
            data
            for data in self._data()
            if data.get("window_start") == window_start and "breach_id" in data
        ]

    def turns(self, window_start: str, threshold: str) -> Counter[tuple[str, str]]:
        """Return how many rows of the outbox tell of each turn of a threshold, by severity."""
        return Counter(
            (data["severity"], data["direction"])
            for data in self.told(window_start)
            if data["threshold"] == threshold
        )

    def _data(self) -> Iterable[dict[str, Any]]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :outbox",
            ExpressionAttributeValues={":outbox": {"S": "outbox"}},
            ConsistentRead=True,
        )
        for item in (item for page in pages for item in page["Items"]):
            if item["detail_type"]["S"] == BREACHED:
                yield json.loads(item["detail"]["S"])["data"]

    def _running(self) -> list[Any]:
        answer = self._states.list_executions(stateMachineArn=self._machine, statusFilter="RUNNING")
        return list(answer["executions"])

    def _ended(self, execution: str) -> dict[str, Any]:
        self._wait(
            lambda: self._states.describe_execution(executionArn=execution)["status"] != "RUNNING",
            execution,
        )
        return dict(self._states.describe_execution(executionArn=execution))

    def _wait(self, done: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + _PATIENCE_SECONDS
        while not done():
            if time.monotonic() > until:
                raise AssertionError(f"waited for {what}; {self.failures()[:3]}")
            time.sleep(_STEP_SECONDS)
