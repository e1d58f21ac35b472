"""The state machine that collects the inventory, and what its own calls may do."""

from collections.abc import Sequence

from aws_cdk import aws_kms as kms
from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import PythonFunction
from crossfoot_infra.constructs.state_machine import StateMachine
from crossfoot_infra.workflows.close_month import call


class CollectInventory(StateMachine):
    """Collects every account and Region, forty at once; who refuses is named."""

    def __init__(
        self,
        scope: Construct,
        *,
        name: str,
        key: kms.IKey,
        log_days: int,
        estate: Estate,
        functions: Sequence[PythonFunction],
    ) -> None:
        super().__init__(
            scope,
            "CollectInventoryWorkflow",
            workflow="collect_inventory",
            name=name,
            key=key,
            log_days=log_days,
            substitutions={
                "WorkBucket": estate.work.bucket_name,
                **{each.node.id: each.function.function_arn for each in functions},
            },
            statements=[
                *call(functions),
                *estate.read_work("collections/"),
                *estate.write_work("collections/answers/"),
                estate.keep_what_is_kept(),
            ],
        )
