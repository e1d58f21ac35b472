"""The state machine that closes a month, and what its own calls may do."""

from collections.abc import Iterator, Sequence
from typing import Final

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import PythonFunction
from crossfoot_infra.constructs.state_machine import StateMachine

ASKED: Final = ("account_shards/", "kinds/", "places/", "pool_members/", "usage_export/")
"""Folders of the work bucket that the queries join and read."""

ANSWERED: Final = ("athena/", "readback/", "rollup/", "survey/")
"""Folders of the work bucket that the queries write."""


class CloseMonth(StateMachine):
    """Closes one month: claim, roll up, allocate, prove, publish, watch."""

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
            "CloseMonth",
            workflow="close_month",
            name=name,
            key=key,
            log_days=log_days,
            substitutions={
                "WorkBucket": estate.work.bucket_name,
                "Workgroup": estate.workgroup,
                "WorkDatabase": estate.work_database,
                **{each.node.id: each.function.function_arn for each in functions},
            },
            statements=[
                *call(functions),
                *estate.query(),
                *estate.read_work("plans/", *ASKED, *ANSWERED),
                *estate.write_work(*ANSWERED),
                *estate.read_curated("tables/"),
                *estate.locate(),
                estate.keep_what_is_kept(),
            ],
        )


def call(functions: Sequence[PythonFunction]) -> Iterator[iam.PolicyStatement]:
    """Call these functions and no others."""
    yield iam.PolicyStatement(
        actions=["lambda:InvokeFunction"],
        resources=[each.function.function_arn for each in functions],
    )
