"""Work that was done for a version of a manifest is not done again, for an hour.

S3, EventBridge and SQS each deliver at least once. The ledger would tell a repetition too; this
spares it the reading of the manifest and of all that it lists.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

from accept_delivery.settings import Settings
from crossfoot.bootstrap import deployed
from crossfoot.bootstrap.deployed_parts import clients

CONFIG: Final = IdempotencyConfig(
    event_key_jmespath="[bucket, key, version_id]",
    raise_on_no_idempotency_key=True,
    expires_after_seconds=3600,
)


@cache
def accept_once() -> Callable[..., dict[str, Any]]:
    """Return what takes in a ``manifest``, once for each version; a failure is not remembered."""
    settings = Settings.from_environment()
    remembering = idempotent_function(
        data_keyword_argument="manifest",
        config=CONFIG,
        persistence_store=DynamoDBPersistenceLayer(
            table_name=settings.ledger_table,
            key_attr="pk",
            sort_key_attr="sk",
            static_pk_value="idempotency#accept_delivery",
            boto3_client=clients().dynamodb,
        ),
    )
    accept = deployed.accept_delivery(settings, settings, settings)
    remembered: Callable[..., dict[str, Any]] = remembering(accept)
    return remembered
