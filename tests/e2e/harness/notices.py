"""What the deployment tells: every event of its bus, kept in a queue of the tests' own."""

import json
from collections import Counter
from typing import Any, Final

from harness.stand_in import StandIn

_QUEUE: Final = "what-the-tests-hear"


class Notices:
    """The events that were heard, in the order of their arrival."""

    def __init__(self, stand_in: StandIn, bus: str) -> None:
        self._sqs = stand_in.client("sqs")
        self._heard: list[dict[str, Any]] = []
        created = self._sqs.create_queue(QueueName=_QUEUE)
        self._url = created["QueueUrl"].replace("localhost", "127.0.0.1")
        arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        queue = arn["Attributes"]["QueueArn"]
        self._let_in(queue)
        events = stand_in.client("events")
        events.put_rule(
            Name=_QUEUE, EventBusName=bus, EventPattern=json.dumps({"source": ["crossfoot"]})
        )
        events.put_targets(Rule=_QUEUE, EventBusName=bus, Targets=[{"Id": "q", "Arn": queue}])

    def _let_in(self, queue: str) -> None:
        """Allow EventBridge to write, as a real queue would ask."""
        policy = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": queue,
                }
            ],
        }
        attributes = {"Policy": json.dumps(policy)}
        self._sqs.set_queue_attributes(QueueUrl=self._url, Attributes=attributes)

    def all(self) -> list[dict[str, Any]]:
        """Return every event that was heard until now."""
        while True:
            answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
            messages = answer.get("Messages", [])
            if not messages:
                return list(self._heard)
            for message in messages:
                self._heard.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])

    def of(self, detail_type: str, usage_period: str | None = None) -> list[dict[str, Any]]:
        """Return the data of the events of one type, of one month where it is given."""
        return [
            event["detail"]["data"]
            for event in self.all()
            if event["detail-type"] == detail_type
            and usage_period in {None, event["detail"]["data"].get("usage_period")}
        ]

    def counted(self, usage_period: str) -> Counter[str]:
        """Return how many different events of each type tell of a month.

        At least once is promised: what is told twice bears the same id.
        """
        ids = {
            event["detail"]["metadata"]["event_id"]: event["detail-type"]
            for event in self.all()
            if event["detail"]["data"].get("usage_period") == usage_period
        }
        return Counter(ids.values())
