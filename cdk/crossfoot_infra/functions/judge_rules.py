"""The function ``judge_rules``."""

from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import FunctionSite, PythonFunction, Size


class JudgeRules(PythonFunction):
    """Says what to ask of Athena, and judges the thresholds over its answers."""

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
                *estate.use_ledger(),
                *estate.read_pointers(),
                *estate.find_unfinished(),
                *estate.send_events(),
            ],
        )
