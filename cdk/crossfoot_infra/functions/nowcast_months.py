"""The function ``nowcast_months``."""

from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import FunctionSite, PythonFunction, Size


class NowcastMonths(PythonFunction):
    """Finds silent months, words what is asked of Athena, nowcasts, and starts their closings."""

    def __init__(
        self,
        scope: Construct,
        *,
        site: FunctionSite,
        estate: Estate,
    ) -> None:
        super().__init__(
            scope,
            verb="nowcast_months",
            site=site,
            size=Size(memory_mib=1769, seconds=900, at_once=5),
            environment=estate.environment(
                "CURATED_BUCKET",
                "WORK_BUCKET",
                "LEDGER_TABLE",
                "EVENT_BUS",
                "USAGE_FORMAT",
                "USAGE_SINCE",
                "CLOSE_MONTH_ARN",
            ),
            statements=[
                *estate.read_landing(estate.usage_prefix),
                *estate.read_curated("deliveries/", "deliveries-described/", "pins/", "runs/"),
                *estate.write_curated(
                    "nowcasts/",
                    "quarantine/",
                    "records/nowcast_errors/",
                    "records/nowcasts/",
                    "tables/nowcast_errors/",
                    "tables/nowcasts/",
                ),
                *estate.read_work("survey/"),
                *estate.write_work("kinds/", "lookahead/", "places/", "usage_export/"),
                *estate.use_ledger(),
                *estate.read_pointers(),
                *estate.find_unfinished(),
                *estate.send_events(),
                *estate.close_months(),
            ],
        )
