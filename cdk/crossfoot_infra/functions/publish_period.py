"""The function ``publish_period``."""

from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import FunctionSite, PythonFunction, Size


class PublishPeriod(PythonFunction):
    """Moves a month's pointer, its partitions, and sends its notices."""

    def __init__(
        self,
        scope: Construct,
        *,
        site: FunctionSite,
        estate: Estate,
    ) -> None:
        super().__init__(
            scope,
            verb="publish_period",
            site=site,
            size=Size(memory_mib=512, seconds=300, at_once=10),
            environment=estate.environment(
                "CURATED_BUCKET",
                "WORK_BUCKET",
                "LEDGER_TABLE",
                "DATABASE",
                "EVENT_BUS",
            ),
            statements=[
                *estate.read_curated("runs/", "tables/"),
                *estate.read_work("plans/"),
                *estate.use_ledger(),
                *estate.find_unfinished(),
                *estate.keep_publications(),
                *estate.move_partitions(),
                *estate.send_events(),
            ],
        )
