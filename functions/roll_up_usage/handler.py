"""Door of ``roll_up_usage``; see ``events/roll_up_usage.*.json``."""

from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from crossfoot.bootstrap import deployed_month
from roll_up_usage.event import REQUEST, UsageToSurvey
from roll_up_usage.settings import Settings

logger = Logger(service="roll_up_usage")


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Say what to ask of the raw lines, or how to roll them up."""
    request = REQUEST.validate_python(event)
    if isinstance(request, UsageToSurvey):
        answer = _survey()(request.plan_uri)
        logger.info("usage brought", extra={"attempt": answer["attempt"]})
        return answer
    answer = _classify()(request.plan_uri, request.attempt)
    logger.info("usage classified", extra={"n_shards": answer["n_shards"]})
    if answer["other_payers"]:
        logger.warning("usage of other payers", extra={"payers": len(answer["other_payers"])})
    return answer


@cache
def _survey() -> Callable[..., dict[str, Any]]:
    settings = Settings.from_environment()
    return deployed_month.survey_usage(settings, settings)


@cache
def _classify() -> Callable[..., dict[str, Any]]:
    settings = Settings.from_environment()
    return deployed_month.classify_usage(settings, settings)
