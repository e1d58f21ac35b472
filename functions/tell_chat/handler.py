"""Door of ``tell_chat``; see ``events/tell_chat.*.json``."""

from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from crossfoot.bootstrap import deployed
from tell_chat.event import EventToTell
from tell_chat.settings import Settings

logger = Logger(service="tell_chat")
metrics = Metrics(namespace="Crossfoot", service="tell_chat")


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Say an event in the words of a chat channel."""
    request = EventToTell.model_validate(event)
    answer = _work()(request.detail_type, request.detail.model_dump())
    metrics.add_metric("ChatMessages", MetricUnit.Count, 1)
    metrics.flush_metrics()
    logger.info("event told in chat", extra=answer)
    return answer


@cache
def _work() -> Callable[..., dict[str, Any]]:
    return deployed.tell_chat(Settings.from_environment())
