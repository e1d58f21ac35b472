"""Door of ``list_accounts``; see ``events/list_accounts.*.json``."""

from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from crossfoot.bootstrap import deployed_inventory
from crossfoot.usecases.list_accounts import CollectionPlan
from list_accounts.event import ListRequest, answered
from list_accounts.settings import Settings

logger = Logger(service="list_accounts")
metrics = Metrics(namespace="Crossfoot", service="list_accounts")


@metrics.log_metrics
@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """List accounts, and write down every pair of account and Region."""
    request = ListRequest.model_validate(event)
    answer = answered(_work()(request.run))
    metrics.add_metric("AccountsListed", MetricUnit.Count, answer["n_accounts"])
    logger.info("accounts listed", extra=answer)
    return answer


@cache
def _work() -> Callable[[str], CollectionPlan]:
    return deployed_inventory.list_accounts(Settings.from_environment())
