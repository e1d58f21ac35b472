"""The door of ``collect_inventory``."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from collect_inventory.event import REQUEST, CollectRequest, collected, concluded
from collect_inventory.settings import Settings
from crossfoot.bootstrap.deployed_inventory import collect, conclude

logger = Logger()


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Collect one account's Region, or say what came of them all."""
    request = REQUEST.validate_python(event)
    match request:
        case CollectRequest():
            told = collected(collect(_settings(), request.run, request.day, request.item))
        case _:
            told = concluded(conclude(_settings(), request.run, request.day))
    logger.info(request.step, **told)
    return told


@cache
def _settings() -> Settings:
    return Settings.from_environment()
