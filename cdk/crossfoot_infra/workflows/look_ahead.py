"""The state machine that nowcasts the silent months, and what its own calls may do."""

from typing import Final

from aws_cdk import aws_kms as kms
from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import PythonFunction
from crossfoot_infra.constructs.state_machine import StateMachine
from crossfoot_infra.workflows.close_month import call

ASKED: Final = ("kinds/", "places/", "usage_export/")
"""Folders of the work bucket that the queries join and read."""

ANSWERED: Final = ("athena/", "lookahead/", "survey/")
"""Folders of the work bucket that the queries write."""


class LookAhead(StateMachine):
    """Weighs the usage of silent months, asks for the history, and lets them be nowcast."""

    def __init__(
        self,
        scope: Construct,
        *,
        name: str,
        key: kms.IKey,
        log_days: int,
        estate: Estate,
        nowcast: PythonFunction,
    ) -> None:
        super().__init__(
            scope,
            "LookAhead",
            workflow="look_ahead",
            name=name,
            key=key,
            log_days=log_days,
            substitutions={
                "Workgroup": estate.workgroup,
                "Database": estate.database,
                "WorkDatabase": estate.work_database,
                nowcast.node.id: nowcast.function.function_arn,
            },
            statements=[
                *call([nowcast]),
                *estate.query(),
                *estate.read_work(*ASKED, *ANSWERED),
                *estate.write_work(*ANSWERED),
                *estate.read_curated("deliveries/", "tables/"),
                *estate.locate(),
                estate.keep_what_is_kept(),
            ],
        )
