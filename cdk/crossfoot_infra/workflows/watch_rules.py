"""The state machine that judges thresholds, and what its own calls may do."""

from aws_cdk import aws_kms as kms
from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import PythonFunction
from crossfoot_infra.constructs.state_machine import StateMachine
from crossfoot_infra.workflows.close_month import call


class WatchRules(StateMachine):
    """Asks Athena how the figures went, and lets them be judged."""

    def __init__(
        self,
        scope: Construct,
        *,
        name: str,
        key: kms.IKey,
        log_days: int,
        estate: Estate,
        judge: PythonFunction,
    ) -> None:
        super().__init__(
            scope,
            "WatchRules",
            workflow="watch_rules",
            name=name,
            key=key,
            log_days=log_days,
            substitutions={
                "Workgroup": estate.workgroup,
                "Database": estate.database,
                judge.node.id: judge.function.function_arn,
            },
            statements=[
                *call([judge]),
                *estate.query(),
                *estate.read_work("series/", "athena/"),
                *estate.write_work("series/", "athena/"),
                *estate.read_curated("tables/"),
                *estate.locate(),
                estate.keep_what_is_kept(),
            ],
        )
