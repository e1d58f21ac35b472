"""Door of ``collect_inventory``; see ``events/collect_inventory.*.json``."""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from collect_inventory.event import REQUEST, CollectRequest, collected, concluded
from collect_inventory.settings import Settings
from crossfoot.bootstrap import deployed_inventory
from crossfoot.domain.inventory import CollectionSummary, Receipt

logger = Logger(service="collect_inventory")
metrics = Metrics(namespace="Crossfoot", service="collect_inventory")


@metrics.log_metrics
@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Collect one account's Region, or say what came of them all."""
    request = REQUEST.validate_python(event)
    if isinstance(request, CollectRequest):
        receipt = _collect()(
            request.run, request.day, request.item, with_statistics=request.statistics
        )
        answer = collected(receipt)
        metrics.add_metric("ResourcesCollected", MetricUnit.Count, answer["n_resources"])
    else:
        answer = concluded(_conclude()(request.run, request.day))
        metrics.add_metric("AccountsCollected", MetricUnit.Count, answer["n_collected"])
        metrics.add_metric("AccountsFailed", MetricUnit.Count, answer["n_failed"])
        metrics.add_metric("AccountsPartial", MetricUnit.Count, answer["n_partial"])
    logger.info("inventory", extra={"step": request.step, **answer})
    return answer


@cache
def _collect() -> Callable[..., Receipt]:
    return deployed_inventory.collect_inventory(Settings.from_environment())


@cache
def _conclude() -> Callable[[str, date], CollectionSummary]:
    return deployed_inventory.conclude_inventory(Settings.from_environment())
