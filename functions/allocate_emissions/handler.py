"""Door of ``allocate_emissions``; see ``events/allocate_emissions.*.json``."""

from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from allocate_emissions.event import ShardToAllocate
from allocate_emissions.settings import Settings
from crossfoot.bootstrap import deployed_month

logger = Logger(service="allocate_emissions")
metrics = Metrics(namespace="Crossfoot", service="allocate_emissions")


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Allocate one shard, and answer how much it was."""
    request = ShardToAllocate.model_validate(event)
    answer = _work()(request.plan_uri, request.shard, request.rollup_uri)
    metrics.add_metric("EntriesAllocated", MetricUnit.Count, answer["entries"])
    metrics.flush_metrics()
    logger.info("shard allocated", extra=answer)
    return answer


@cache
def _work() -> Callable[..., dict[str, Any]]:
    return deployed_month.allocate_emissions(Settings.from_environment())
