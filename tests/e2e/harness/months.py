"""The months of a deployment: what is published, what is under way, until when to wait."""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from harness.deployment import Deployment

PATIENCE_SECONDS: Final = 300.0
_STEP_SECONDS: Final = 0.2
_QUIET_LOOKS: Final = 5


@dataclass(frozen=True)
class Published:
    """The pointer of a month."""

    version: int
    run_id: str
    model_version: str
    is_settled: bool
    published_at: datetime


class Months:
    """Pointers, executions and the queue of deliveries."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        client = deployment.stand_in.client
        self._table = deployment.named("AWS::DynamoDB::Table", "monthledger")
        self._dynamodb = client("dynamodb")
        self._states = client("stepfunctions")
        self._sqs = client("sqs")
        self._queue = self._url("crossfoot-deliveries")
        self.machine = self._machine("close-month")
        self.inventory_machine = self._machine("collect-inventory")

    def _url(self, name: str) -> str:
        url = self._sqs.get_queue_url(QueueName=name)["QueueUrl"]
        return str(url).replace("localhost", "127.0.0.1")

    def _machine(self, name: str) -> str:
        machines = self._states.list_state_machines()["stateMachines"]
        return next(each["stateMachineArn"] for each in machines if name in each["name"])

    def hurry(self, seconds: int = 2) -> None:
        """Let a message that failed come again after seconds, and not after minutes."""
        self._sqs.set_queue_attributes(
            QueueUrl=self._queue, Attributes={"VisibilityTimeout": str(seconds)}
        )

    def take_time(self) -> None:
        """Let a message that failed come again after minutes, as it was deployed."""
        self.hurry(12 * 60)

    def announce(self, message: str) -> None:
        """Put a message into the queue of deliveries, as EventBridge does."""
        self._sqs.send_message(QueueUrl=self._queue, MessageBody=message)

    def published(self, usage_period: str) -> Published | None:
        """Return what speaks for a month."""
        key = {"pk": {"S": f"month#{usage_period}"}, "sk": {"S": "pointer"}}
        item = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True).get(
            "Item"
        )
        if item is None:
            return None
        return Published(
            version=int(item["version"]["N"]),
            run_id=item["run_id"]["S"],
            model_version=item["model_version"]["S"],
            is_settled=int(item["settled_version"]["N"]) == int(item["version"]["N"]),
            published_at=datetime.fromisoformat(item["published_at"]["S"]),
        )

    def versions(self, usage_periods: Iterable[str]) -> dict[str, int]:
        """Return the version of each month; 0 is not published."""
        found = {period: self.published(period) for period in usage_periods}
        return {period: each.version if each else 0 for period, each in found.items()}

    def executions(self, status: str | None = None) -> list[dict[str, Any]]:
        """Return the executions that close months, the newest first."""
        wanted = {"statusFilter": status} if status else {}
        pages = self._states.get_paginator("list_executions").paginate(
            stateMachineArn=self.machine, **wanted
        )
        return [each for page in pages for each in page["executions"]]

    def execution(self, arn: str) -> dict[str, Any]:
        """Return one execution, with its error where it failed."""
        return dict(self._states.describe_execution(executionArn=arn))

    def start(self, usage_period: str, name: str) -> str:
        """Start the closing of a month by hand, as a replay does."""
        given = json.dumps({"usage_period": usage_period, "cause": "replay"})
        started = self._states.start_execution(stateMachineArn=self.machine, name=name, input=given)
        return str(started["executionArn"])

    def wait_for(self, versions: dict[str, int], patience: float = PATIENCE_SECONDS) -> None:
        """Wait until months are published and settled at these versions or later."""

        def are_there() -> bool:
            found = {period: self.published(period) for period in versions}
            return all(
                each is not None and each.version >= versions[period] and each.is_settled
                for period, each in found.items()
            )

        self._wait(are_there, patience, lambda: f"{versions}, found {self.versions(versions)}")

    def wait_until(self, done: Callable[[], bool], what: str) -> None:
        """Wait for something else."""
        self._wait(done, PATIENCE_SECONDS, lambda: what)

    def wait_until_quiet(self, patience: float = PATIENCE_SECONDS) -> None:
        """Wait until no delivery waits and nothing runs, several looks in a row."""
        looks = 0

        def is_quiet() -> bool:
            nonlocal looks
            looks = 0 if self._is_busy() else looks + 1
            return looks >= _QUIET_LOOKS

        self._wait(is_quiet, patience, lambda: "the deployment to be quiet")

    def let_claims_lapse(self) -> None:
        """Let half an hour pass for every claim: what an attempt did not give back expires."""
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=self._table)
        for item in (item for page in pages for item in page["Items"]):
            if item["sk"]["S"] == "lease" and "expires_at" in item:
                self._dynamodb.update_item(
                    TableName=self._table,
                    Key={"pk": item["pk"], "sk": item["sk"]},
                    UpdateExpression="SET expires_at = :past",
                    ExpressionAttributeValues={":past": {"N": "0"}},
                )

    def wait_for_receives(self, count: int) -> None:
        """Wait until a message was taken at least so often and has come back."""
        self._wait(lambda: self._in_flight() >= count, PATIENCE_SECONDS, lambda: "a retry")

    def _in_flight(self) -> int:
        name = "ApproximateNumberOfMessagesNotVisible"
        told = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=[name])
        return int(told["Attributes"][name])

    def _is_busy(self) -> bool:
        counts = self._sqs.get_queue_attributes(
            QueueUrl=self._queue,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
            ],
        )["Attributes"]
        return any(int(count) for count in counts.values()) or bool(self.executions("RUNNING"))

    def _wait(self, done: Callable[[], bool], patience: float, what: Callable[[], str]) -> None:
        until = time.monotonic() + patience
        while not done():
            if time.monotonic() > until:
                raise AssertionError(f"waited {patience:.0f} s for {what()}; {self._failures()}")
            time.sleep(_STEP_SECONDS)

    def _failures(self) -> list[str]:
        """Return the newest failures, for who reads why a wait was in vain."""
        failed = [self.execution(each["executionArn"]) for each in self.executions("FAILED")[:3]]
        return [f"{e['name']}: {e.get('error')}: {e.get('cause', '')[:600]}" for e in failed]
