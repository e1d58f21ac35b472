"""The function ``roll_up_usage``."""

from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import FunctionSite, PythonFunction, Size


class RollUpUsage(PythonFunction):
    """Copies the pinned usage, classifies what Athena found in it, and words the roll-up."""

    def __init__(
        self,
        scope: Construct,
        *,
        site: FunctionSite,
        estate: Estate,
    ) -> None:
        super().__init__(
            scope,
            verb="roll_up_usage",
            site=site,
            size=Size(memory_mib=1769, seconds=900, at_once=20),
            environment=estate.environment(
                "CURATED_BUCKET",
                "WORK_BUCKET",
                "USAGE_FORMAT",
            ),
            statements=[
                *estate.read_landing(estate.usage_prefix),
                *estate.read_curated(
                    "accounts/",
                    "deliveries/",
                    "deliveries-described/",
                    "pins/",
                    "records/nowcasts/",
                    "tables/nowcasts/",
                ),
                *estate.read_work("survey/"),
                *estate.write_work(
                    "account_shards/",
                    "kinds/",
                    "places/",
                    "plans/",
                    "usage_export/",
                ),
            ],
        )
