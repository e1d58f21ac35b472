"""The function ``finish_publications``."""

from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import FunctionSite, PythonFunction, Size


class FinishPublications(PythonFunction):
    """Ends what a crash left: pointers that the catalogue does not show, notices not sent."""

    def __init__(
        self,
        scope: Construct,
        *,
        site: FunctionSite,
        estate: Estate,
    ) -> None:
        super().__init__(
            scope,
            verb="finish_publications",
            site=site,
            size=Size(memory_mib=512, seconds=300, at_once=1),
            environment=estate.environment(
                "LEDGER_TABLE",
                "DATABASE",
                "CURATED_BUCKET",
                "EVENT_BUS",
                "CLOSE_MONTH_ARN",
                "USAGE_SINCE",
            ),
            statements=[
                *estate.read_curated("tables/"),
                *estate.use_ledger(),
                *estate.find_unfinished(),
                *estate.keep_publications(),
                *estate.move_partitions(),
                *estate.send_events(),
                *estate.close_months(),
            ],
        )
