"""The function ``quarantine_delivery``."""

from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import FunctionSite, PythonFunction, Size


class QuarantineDelivery(PythonFunction):
    """Sets aside what a month could not be closed with, by name."""

    def __init__(
        self,
        scope: Construct,
        *,
        site: FunctionSite,
        estate: Estate,
    ) -> None:
        super().__init__(
            scope,
            verb="quarantine_delivery",
            site=site,
            size=Size(memory_mib=512, seconds=120, at_once=10),
            environment=estate.environment(
                "CURATED_BUCKET",
                "WORK_BUCKET",
                "LEDGER_TABLE",
                "EVENT_BUS",
                "CLOSE_MONTH_ARN",
                "USAGE_SINCE",
            ),
            statements=[
                *estate.read_curated("pins/"),
                *estate.write_curated("quarantine/"),
                *estate.read_work("plans/"),
                *estate.use_ledger(),
                *estate.find_unfinished(),
                *estate.send_events(),
                *estate.close_months(),
            ],
        )
