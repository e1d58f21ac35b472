"""The door of ``list_accounts``."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from crossfoot.bootstrap.deployed_inventory import plan_collection
from list_accounts.event import ListRequest, answer
from list_accounts.settings import Settings

logger = Logger()


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """List accounts, and write down every pair of account and Region."""
    request = ListRequest.model_validate(event)
    told = answer(plan_collection(_settings(), request.run))
    logger.info("accounts listed", **told)
    return told


@cache
def _settings() -> Settings:
    return Settings.from_environment()
