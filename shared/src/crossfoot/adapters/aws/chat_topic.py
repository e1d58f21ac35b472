"""The topic that chat channels listen to."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crossfoot.adapters.aws.aws_errors import aws_errors_named

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class SnsChatTopic:
    """Amazon Q Developer in chat applications subscribes to it, and to nothing else of ours."""

    def __init__(self, client: "SNSClient", topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def tell(self, message: Mapping[str, Any]) -> None:
        """Publish a message; at least once, as the event that it tells of."""
        with aws_errors_named(f"telling {message['id']} in chat"):
            self._client.publish(
                TopicArn=self._topic_arn,
                Message=json.dumps(message, ensure_ascii=False, sort_keys=True),
            )
