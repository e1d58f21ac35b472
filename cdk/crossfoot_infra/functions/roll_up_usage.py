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
            size=Size(memory_mib=1769, minutes=15, at_once=20),
            environment=estate.environment(
                "LANDING_BUCKET",
                "CURATED_BUCKET",
                "WORK_BUCKET",
                "DATABASE",
                "WORK_DATABASE",
                "USAGE_PREFIX",
                "USAGE_FORMAT",
            ),
            statements=[
                *estate.read_landing(),
                *estate.read_curated("accounts/", "deliveries/", "deliveries-described/", "pins/"),
                *estate.read_work(
                    "plans/",
                    "survey/",
                    "rollup/",
                    "usage_export/",
                    "kinds/",
                    "places/",
                    "account_shards/",
                ),
                *estate.write_work(
                    "plans/", "usage_export/", "kinds/", "places/", "account_shards/"
                ),
            ],
        )
