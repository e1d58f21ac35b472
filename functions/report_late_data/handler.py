"""Door of ``report_late_data``; see ``events/report_late_data.*.json``."""

from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from crossfoot.bootstrap import deployed
from report_late_data.event import TimeHasCome
from report_late_data.settings import Settings

logger = Logger(service="report_late_data")
metrics = Metrics(namespace="Crossfoot", service="report_late_data")


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Tell once that the carbon of last month is late."""
    TimeHasCome.model_validate(event)
    answer = _work()()
    metrics.add_metric("MonthsLate", MetricUnit.Count, int(answer["reason"] is not None))
    metrics.flush_metrics()
    logger.info("lateness looked at", extra=answer)
    return answer


@cache
def _work() -> Callable[..., dict[str, Any]]:
    settings = Settings.from_environment()
    return deployed.report_late_data(settings)
