"""Door of ``finish_publications``; see ``events/finish_publications.*.json``."""

from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import uuid4

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from crossfoot.bootstrap import deployed
from finish_publications.event import TimeHasCome
from finish_publications.settings import Settings

logger = Logger(service="finish_publications")
metrics = Metrics(namespace="Crossfoot", service="finish_publications")


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Settle what is unsettled, and send what is unsent."""
    TimeHasCome.model_validate(event)
    # not the request: Lambda may deliver one request twice, and two calls are two holders
    answer = _work()(f"finish-{uuid4()}")
    metrics.add_metric("PublicationsFinished", MetricUnit.Count, len(answer["settled"]))
    metrics.add_metric("PublicationsLeft", MetricUnit.Count, len(answer["left"]))
    metrics.flush_metrics()
    logger.info("publications finished", extra=answer)
    return answer


@cache
def _work() -> Callable[..., dict[str, Any]]:
    settings = Settings.from_environment()
    return deployed.finish_publications(settings, settings, settings)
