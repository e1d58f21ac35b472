"""The function ``estimate_impacts``."""

from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import FunctionSite, PythonFunction, Size


class EstimateImpacts(PythonFunction):
    """Estimates what one shard's usage took, beside the grams that AWS reports."""

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
            size=Size(memory_mib=3008, seconds=900, at_once=50),
            environment=estate.environment(
                "CURATED_BUCKET",
                "WORK_BUCKET",
            ),
            statements=[
                *estate.read_curated("accounts/", "inventory/", "pins/"),
                *estate.write_curated("tables/impacts/"),
                *estate.read_work("plans/", "rollup/"),
                *estate.write_work("receipts/"),
            ],
        )
