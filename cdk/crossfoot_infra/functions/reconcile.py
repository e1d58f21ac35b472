"""The function ``reconcile``."""

from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import FunctionSite, PythonFunction, Size


class Reconcile(PythonFunction):
    """Proves what was written against AWS's integers, and says so in the run's manifest."""

    def __init__(
        self,
        scope: Construct,
        *,
        site: FunctionSite,
        estate: Estate,
    ) -> None:
        super().__init__(
            scope,
            verb="reconcile",
            site=site,
            size=Size(memory_mib=3008, seconds=900, at_once=10),
            environment=estate.environment(
                "CURATED_BUCKET",
                "WORK_BUCKET",
            ),
            statements=[
                *estate.read_curated(
                    "accounts/",
                    "deliveries/",
                    "deliveries-described/",
                    "pins/",
                    "records/nowcasts/",
                ),
                *estate.write_curated("runs/", "tables/"),
                *estate.read_work("plans/", "readback/", "receipts/", "survey/"),
                *estate.write_work("pool_members/"),
            ],
        )
