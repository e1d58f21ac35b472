"""The function ``judge_rules``."""

from collections.abc import Iterator
from typing import Final

from aws_cdk import aws_iam as iam
from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import FunctionSite, PythonFunction, Size

KEPT: Final = ("forecasts", "targets")
"""Tables of records that the function writes."""


class JudgeRules(PythonFunction):
    """Says what to ask of Athena, and judges thresholds and targets over its answers."""

    def __init__(
        self,
        scope: Construct,
        *,
        site: FunctionSite,
        estate: Estate,
    ) -> None:
        super().__init__(
            scope,
            verb="judge_rules",
            site=site,
            size=Size(memory_mib=1024, seconds=300, at_once=5),
            environment=estate.environment(
                "CURATED_BUCKET",
                "WORK_BUCKET",
                "LEDGER_TABLE",
                "EVENT_BUS",
            ),
            statements=[
                *estate.read_work("series/"),
                *estate.write_curated(
                    *(f"{folder}/{table}/" for table in KEPT for folder in ("records", "tables"))
                ),
                *read_metrics(),
                *estate.use_ledger(),
                *estate.read_pointers(),
                *estate.find_unfinished(),
                *estate.send_events(),
            ],
        )


def read_metrics() -> Iterator[iam.PolicyStatement]:
    """Read the metrics that count functional units, in this account."""
    # CloudWatch knows no resources here
    yield iam.PolicyStatement(actions=["cloudwatch:GetMetricData"], resources=["*"])
