"""Door of ``judge_rules``; see ``events/judge_rules.*.json``."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from crossfoot.bootstrap import deployed_rules
from judge_rules.event import REQUEST, RulesToAsk
from judge_rules.settings import Settings

logger = Logger(service="judge_rules")
metrics = Metrics(namespace="Crossfoot", service="judge_rules")


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Say what has to be asked of Athena, or judge what it has answered."""
    request = REQUEST.validate_python(event)
    if isinstance(request, RulesToAsk):
        return _work().ask(request.holder, always=request.always)
    answer = _work().judge(request.attempt, request.snapshot, request.holder)
    metrics.add_metric("LimitsBreached", MetricUnit.Count, answer["n_breached"])
    metrics.flush_metrics()
    logger.info("rules judged", extra=answer)
    return answer


@cache
def _work() -> deployed_rules.DeployedRules:
    return deployed_rules.DeployedRules(Settings.from_environment())
