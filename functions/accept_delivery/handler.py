"""Door of ``accept_delivery``; see ``events/accept_delivery.*.json``."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from accept_delivery.event import ManifestAnnounced
from accept_delivery.once import CONFIG, accept_once
from crossfoot.bootstrap.deployed_parts import without_accounts

logger = Logger(service="accept_delivery")
metrics = Metrics(namespace="Crossfoot", service="accept_delivery")


@metrics.log_metrics
@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Accept every manifest of a batch; those that fail go back to the queue, and no others."""
    CONFIG.register_lambda_context(context)
    batch = BatchProcessor(
        EventType.SQS, model=ManifestAnnounced, raise_on_entire_batch_failure=False
    )
    answer = process_partial_response(event, _accept, batch, context)
    metrics.add_metric("ManifestsFailed", MetricUnit.Count, len(answer["batchItemFailures"]))
    for _, error, _ in batch.exceptions:
        told = {"error": type(error).__name__, "reason": without_accounts(str(error))}
        logger.warning("manifest goes back to the queue", extra=told)
    return answer


def _accept(record: ManifestAnnounced) -> None:
    receipt = accept_once()(manifest=record.manifest())
    metrics.add_metric(f"Manifests{receipt['outcome'].title()}", MetricUnit.Count, 1)
    reason = without_accounts(receipt["reason"] or "")
    logger.info("manifest taken in", extra=receipt | {"reason": reason})
