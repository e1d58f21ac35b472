"""Where announcements of deliveries wait: rule, queue, and what could not be taken."""

from collections.abc import Iterator, Sequence
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

MANIFEST: Final = "Manifest.json"
MOST_RECEIVES: Final = 8
VISIBILITY_MINUTES: Final = 12
"""Six times the function's time-out, as AWS advises: eight attempts take an hour and a half."""

_BATCH: Final = 10
_AT_ONCE: Final = 5
_RETENTION_DAYS: Final = 14
_RETRIES: Final = 185
_RETRY_HOURS: Final = 24


class EncryptedQueue(sqs.Queue):
    """A queue under our key, reached by TLS only, that keeps its messages for two weeks."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        queue_name: str,
        key: kms.IKey,
        visibility_minutes: int = 1,
        dead_letters: sqs.DeadLetterQueue | None = None,
    ) -> None:
        super().__init__(
            scope,
            id_,
            queue_name=queue_name,
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(_RETENTION_DAYS),
            visibility_timeout=cdk.Duration.minutes(visibility_minutes),
            dead_letter_queue=dead_letters,
        )


class DeliveryQueue(Construct):
    """S3's announcements of manifests, in a queue that waits for whoever takes them.

    What was received eight times without success, and what the rule could not put into the queue,
    goes to ``dead_letters`` as S3 sent it, and is moved back once its reason is mended. The door
    itself knows a delivery's last receive (``ApproximateReceiveCount``) and quarantines by name a
    delivery that is at fault; only failures of services and rights get there.

    Parameters
    ----------
    bucket_name : str
        Bucket that AWS delivers to.
    prefixes : sequence of str
        Where the exports lie in it.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        key: kms.IKey,
        bucket_name: str,
        prefixes: Sequence[str],
    ) -> None:
        super().__init__(scope, id_)
        self.dead_letters = EncryptedQueue(
            self, "DeadLetters", queue_name=f"{name}-deliveries-dead", key=key
        )
        self.queue = EncryptedQueue(
            self,
            "Queue",
            queue_name=f"{name}-deliveries",
            key=key,
            visibility_minutes=VISIBILITY_MINUTES,
            dead_letters=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=MOST_RECEIVES
            ),
        )
        self._key = key
        self._announce(bucket_name, prefixes)

    def _announce(self, bucket_name: str, prefixes: Sequence[str]) -> None:
        events.Rule(
            self,
            "Announced",
            description="A manifest was delivered: all files that it lists are there",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [bucket_name]},
                    "object": {
                        "key": [{"wildcard": f"{prefix}/*{MANIFEST}"} for prefix in prefixes]
                    },
                },
            ),
            targets=[
                targets.SqsQueue(
                    self.queue,
                    dead_letter_queue=self.dead_letters,
                    retry_attempts=_RETRIES,
                    max_event_age=cdk.Duration.hours(_RETRY_HOURS),
                )
            ],
        )

    def receive(self) -> Iterator[iam.PolicyStatement]:
        """Take messages out of the queue."""
        yield iam.PolicyStatement(
            actions=[
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
            ],
            resources=[self.queue.queue_arn],
        )

    def feed(self, function: lambda_.IFunction) -> None:
        """Let a function take the messages; each is answered for on its own."""
        lambda_.EventSourceMapping(
            self,
            "Feed",
            target=function,
            event_source_arn=self.queue.queue_arn,
            batch_size=_BATCH,
            max_concurrency=_AT_ONCE,
            report_batch_item_failures=True,
        )
