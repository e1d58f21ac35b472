"""Door of ``reconcile``; see ``events/reconcile.*.json``."""

from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from crossfoot.bootstrap import deployed_month
from reconcile.event import REQUEST, ProofToPrepare
from reconcile.settings import Settings

logger = Logger(service="reconcile")
metrics = Metrics(namespace="Crossfoot", service="reconcile")


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Say how to read the run back, or prove what was read back."""
    request = REQUEST.validate_python(event)
    if isinstance(request, ProofToPrepare):
        return _prepare()(request.plan_uri)
    answer = _prove()(request.plan_uri, request.attempt)
    metrics.add_metric("SumsProven", MetricUnit.Count, answer["n_checks"])
    metrics.flush_metrics()
    logger.info("run proven", extra=answer)
    return answer


@cache
def _prepare() -> Callable[..., dict[str, Any]]:
    return deployed_month.prepare_proof(Settings.from_environment())


@cache
def _prove() -> Callable[..., dict[str, Any]]:
    return deployed_month.prove_run(Settings.from_environment())
