"""The function ``report_late_data``."""

from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import FunctionSite, PythonFunction, Size


class ReportLateData(PythonFunction):
    """Tells that a month's carbon has not come by the day that AWS usually delivers it."""

    def __init__(
        self,
        scope: Construct,
        *,
        site: FunctionSite,
        estate: Estate,
    ) -> None:
        super().__init__(
            scope,
            verb="report_late_data",
            site=site,
            size=Size(memory_mib=512, seconds=120, at_once=1),
            environment=estate.environment(
                "LEDGER_TABLE",
                "CURATED_BUCKET",
                "EVENT_BUS",
            ),
            statements=[
                *estate.use_ledger(),
                *estate.find_unfinished(),
                *estate.send_events(),
            ],
        )
