"""The function ``estimate_impacts``."""

from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import FunctionSite, PythonFunction, Size


class EstimateImpacts(PythonFunction):
    """Estimates energy, water and the other impacts of one shard's usage."""

    def __init__(
        self,
        scope: Construct,
        *,
        site: FunctionSite,
        estate: Estate,
    ) -> None:
        super().__init__(
            scope,
            verb="estimate_impacts",
            site=site,
            size=Size(memory_mib=1769, minutes=15, at_once=50),
            environment=estate.environment(
                "CURATED_BUCKET",
                "WORK_BUCKET",
            ),
            statements=[
                *estate.read_curated("tables/"),
                *estate.write_curated("tables/"),
                *estate.read_work("plans/", "receipts/", "rollup/"),
                *estate.write_work("receipts/"),
            ],
        )
