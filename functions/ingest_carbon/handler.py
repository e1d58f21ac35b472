"""Door of ``ingest_carbon``; see ``events/ingest_carbon.*.json``."""

from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from crossfoot.bootstrap import deployed_carbon
from ingest_carbon.event import MonthToPlan
from ingest_carbon.settings import Settings

logger = Logger(service="ingest_carbon")
metrics = Metrics(namespace="Crossfoot", service="ingest_carbon")


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Claim a month, and answer what there is to build."""
    request = MonthToPlan.model_validate(event)
    answer = _work()(request.usage_period, request.holder, request.nowcast)
    metrics.add_metric(f"Plans{answer['outcome'].title()}", MetricUnit.Count, 1)
    metrics.add_metric("DeliveriesQuarantined", MetricUnit.Count, answer["n_quarantined"])
    metrics.flush_metrics()
    logger.info("month planned", extra=answer)
    return answer


@cache
def _work() -> Callable[..., dict[str, Any]]:
    settings = Settings.from_environment()
    return deployed_carbon.ingest_carbon(
        settings, settings, catalog=settings, work=settings, usage=settings
    )
