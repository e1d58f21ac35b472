"""Door of ``nowcast_months``; see ``events/nowcast_months.*.json``."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from crossfoot.bootstrap import deployed_nowcasts
from nowcast_months.event import REQUEST
from nowcast_months.settings import Settings

logger = Logger(service="nowcast_months")
metrics = Metrics(namespace="Crossfoot", service="nowcast_months")

_STEPS: Final[Mapping[str, Callable[[Settings], Callable[..., dict[str, Any]]]]] = {
    "find": deployed_nowcasts.find_silent_months,
    "survey": deployed_nowcasts.survey_silent_month,
    "classify": deployed_nowcasts.classify_silent_month,
    "history": deployed_nowcasts.ask_history,
    "nowcast": deployed_nowcasts.make_nowcasts,
}


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Find the silent months, say what to ask of Athena, or nowcast them."""
    request = REQUEST.validate_python(event)
    answer = _work(request.step)(*request.arguments)
    if request.step == "nowcast":
        metrics.add_metric("NowcastsMade", MetricUnit.Count, len(answer["nowcasts"]))
        metrics.flush_metrics()
    told = {name: value for name, value in answer.items() if name not in {"queries", "sql"}}
    logger.info("step done", extra={"step": request.step, **told})
    return answer


@cache
def _work(step: str) -> Callable[..., dict[str, Any]]:
    return _STEPS[step](Settings.from_environment())
