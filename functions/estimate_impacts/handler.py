"""Door of ``estimate_impacts``; see ``events/estimate_impacts.*.json``."""

from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from crossfoot.bootstrap import deployed_month
from estimate_impacts.event import ShardToEstimate
from estimate_impacts.settings import Settings

logger = Logger(service="estimate_impacts")
metrics = Metrics(namespace="Crossfoot", service="estimate_impacts")


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Estimate one shard, and answer how much it was, and by which factors."""
    request = ShardToEstimate.model_validate(event)
    answer = _work()(request.plan_uri, request.shard, request.rollup_uri)
    metrics.add_metric("RowsEstimated", MetricUnit.Count, answer["n_rows"])
    metrics.flush_metrics()
    logger.info("shard estimated", extra=answer)
    if answer["unknown_regions"]:
        logger.warning("no factors for Regions", extra={"regions": answer["unknown_regions"]})
    return answer


@cache
def _work() -> Callable[..., dict[str, Any]]:
    return deployed_month.estimate_impacts(Settings.from_environment())
