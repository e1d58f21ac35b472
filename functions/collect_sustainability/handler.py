"""Door of ``collect_sustainability``; see ``events/collect_sustainability.*.json``."""

from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from collect_sustainability.event import REQUEST, AskRequest
from collect_sustainability.settings import Settings
from crossfoot.bootstrap import deployed_sustainability

logger = Logger(service="collect_sustainability")
metrics = Metrics(namespace="Crossfoot", service="collect_sustainability")


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Ask AWS and say what has to be asked of Athena, or settle what both have answered."""
    request = REQUEST.validate_python(event)
    if isinstance(request, AskRequest):
        return _ask()(request.run)
    answer = _settle()(request.attempt)
    metrics.add_metric("CarbonFiguresDiffering", MetricUnit.Count, answer["n_differing"])
    metrics.flush_metrics()
    logger.info("sustainability settled", extra=answer)
    return answer


@cache
def _ask() -> Callable[[str], dict[str, Any]]:
    return deployed_sustainability.ask_sustainability(Settings.from_environment())


@cache
def _settle() -> Callable[[str], dict[str, Any]]:
    return deployed_sustainability.settle_sustainability(Settings.from_environment())
