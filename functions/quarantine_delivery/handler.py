"""Door of ``quarantine_delivery``; see ``events/quarantine_delivery.*.json``."""

from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from crossfoot.bootstrap import deployed
from crossfoot.domain.notices import Failure
from quarantine_delivery.event import ExecutionFailed
from quarantine_delivery.settings import Settings

logger = Logger(service="quarantine_delivery")
metrics = Metrics(namespace="Crossfoot", service="quarantine_delivery")


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Give up what failed, by name, and go on with what is good."""
    request = ExecutionFailed.model_validate(event)
    failure = Failure(request.error.error, request.error.message)
    answer = _work()(request.usage_period, request.holder, request.plan_uri, failure)
    is_given_up = answer["subject"] != "published"
    metrics.add_metric("ExecutionsGivenUp", MetricUnit.Count, int(is_given_up))
    metrics.flush_metrics()
    logger.info("execution given up", extra=answer)
    return answer


@cache
def _work() -> Callable[..., dict[str, Any]]:
    settings = Settings.from_environment()
    return deployed.quarantine_delivery(settings, settings, settings)
