"""Door of ``watch_thresholds``; see ``events/watch_thresholds.*.json``."""

from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from crossfoot.bootstrap import deployed
from watch_thresholds.event import MonthToWatch
from watch_thresholds.settings import Settings

logger = Logger(service="watch_thresholds")
metrics = Metrics(namespace="Crossfoot", service="watch_thresholds")


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Tell of every threshold that a published month crosses, and start what follows."""
    request = MonthToWatch.model_validate(event)
    answer = _work()(request.usage_period)
    metrics.add_metric("ThresholdsCrossed", MetricUnit.Count, answer["n_crossed"])
    metrics.flush_metrics()
    logger.info("thresholds watched", extra=answer)
    return answer


@cache
def _work() -> Callable[..., dict[str, Any]]:
    settings = Settings.from_environment()
    return deployed.watch_thresholds(settings, settings)
