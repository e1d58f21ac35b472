"""Door of ``estimate_impacts``; see ``events/estimate_impacts.*.json``.

The answer names the model and counts the rows that it wrote: none, as this version carries no
model of impacts.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from crossfoot.bootstrap import deployed_month
from estimate_impacts.event import ShardToEstimate
from estimate_impacts.settings import Settings

logger = Logger(service="estimate_impacts")


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Check the request, and answer that nothing was estimated."""
    request = ShardToEstimate.model_validate(event)
    answer = _work()(request.plan_uri, request.shard)
    logger.info("no impacts estimated: there is no model", extra=answer)
    return answer


@cache
def _work() -> Callable[..., dict[str, Any]]:
    return deployed_month.estimate_impacts(Settings.from_environment())
