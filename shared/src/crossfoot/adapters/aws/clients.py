"""The one place that makes clients of AWS: on first use, one per service, shared by threads."""

from collections.abc import Callable
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

from crossfoot.adapters.aws.aws_errors import aws_errors_named

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_stepfunctions import SFNClient

CONNECT_SECONDS: Final = 3
ATTEMPTS: Final = 4
"""Attempts of one call, the first included; then the state machine's own retries take over."""

S3_READ_SECONDS: Final = 30
READ_SECONDS: Final = 10
"""Longest silence. Four silent attempts and their pauses end within a function's minutes."""

S3_CONNECTIONS: Final = 32


class AwsClients:
    """Clients of the services that the deployment uses; none is made before it is asked for.

    Region, credentials and endpoints come from the environment, as the SDK reads it.
    """

    def __init__(self) -> None:
        # sessions may not be shared while clients are being made, clients may
        self._making = Lock()

    @cached_property
    def s3(self) -> "S3Client":
        """Amazon S3."""
        client: S3Client = self._client("s3", S3_READ_SECONDS, S3_CONNECTIONS)
        return client

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """Amazon DynamoDB."""
        client: DynamoDBClient = self._client("dynamodb")
        return client

    @cached_property
    def glue(self) -> "GlueClient":
        """AWS Glue."""
        client: GlueClient = self._client("glue")
        return client

    @cached_property
    def athena(self) -> "AthenaClient":
        """Amazon Athena."""
        client: AthenaClient = self._client("athena")
        return client

    @cached_property
    def events(self) -> "EventBridgeClient":
        """Amazon EventBridge."""
        client: EventBridgeClient = self._client("events")
        return client

    @cached_property
    def step_functions(self) -> "SFNClient":
        """AWS Step Functions."""
        client: SFNClient = self._client("stepfunctions")
        return client

    @cached_property
    def cloudwatch(self) -> Any:  # noqa: ANN401 - who asks it says what it needs
        """Amazon CloudWatch."""
        return self._client("cloudwatch")

    @cached_property
    def sns(self) -> "SNSClient":
        """Amazon SNS."""
        client: SNSClient = self._client("sns")
        return client

    def _client(self, service: str, read_seconds: int = READ_SECONDS, connections: int = 10) -> Any:  # noqa: ANN401 - the caller names the type
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=read_seconds,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            max_pool_connections=connections,
        )
        with self._making, aws_errors_named(f"making a client of {service}"):
            # the stubs know each service's name as a literal, and this is any of them
            make: Callable[..., Any] = boto3.session.Session().client
            return make(service, config=config)
