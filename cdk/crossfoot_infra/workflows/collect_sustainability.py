"""The state machine that collects from the Sustainability API, and what its own calls may do."""

from aws_cdk import aws_kms as kms
from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import PythonFunction
from crossfoot_infra.constructs.state_machine import StateMachine
from crossfoot_infra.workflows.close_month import call


class CollectSustainability(StateMachine):
    """Asks AWS, then Athena, and lets what both say be put beside each other."""

    def __init__(
        self,
        scope: Construct,
        *,
        name: str,
        key: kms.IKey,
        log_days: int,
        estate: Estate,
        collect: PythonFunction,
    ) -> None:
        super().__init__(
            scope,
            "CollectSustainabilityWorkflow",
            workflow="collect_sustainability",
            name=name,
            key=key,
            log_days=log_days,
            substitutions={
                "Workgroup": estate.workgroup,
                "Database": estate.database,
                collect.node.id: collect.function.function_arn,
            },
            statements=[
                *call([collect]),
                *estate.query(),
                *estate.read_work("sustainability/", "athena/"),
                *estate.write_work("sustainability/", "athena/"),
                *estate.read_curated("deliveries/", "tables/"),
                *estate.locate(),
                estate.keep_what_is_kept(),
            ],
        )
