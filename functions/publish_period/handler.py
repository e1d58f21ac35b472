"""Door of ``publish_period``; see ``events/publish_period.*.json``."""

from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from crossfoot.bootstrap import deployed
from publish_period.event import MonthToPublish
from publish_period.settings import Settings

logger = Logger(service="publish_period")
metrics = Metrics(namespace="Crossfoot", service="publish_period")


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Publish a proven run, and answer which version of the month it is."""
    request = MonthToPublish.model_validate(event)
    answer = _work()(request.plan_uri, request.manifest_uri)
    is_nowcast = answer["status"] == "nowcast"
    metrics.add_metric(
        "MonthsPublished", MetricUnit.Count, int(answer["is_new"] and not is_nowcast)
    )
    metrics.add_metric("NowcastsPublished", MetricUnit.Count, int(answer["is_new"] and is_nowcast))
    metrics.flush_metrics()
    logger.info("month published", extra=answer)
    return answer


@cache
def _work() -> Callable[..., dict[str, Any]]:
    settings = Settings.from_environment()
    return deployed.publish_period(settings, settings, settings)
