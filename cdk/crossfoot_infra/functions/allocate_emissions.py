"""The function ``allocate_emissions``."""

from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import FunctionSite, PythonFunction, Size


class AllocateEmissions(PythonFunction):
    """Spreads the grams of one shard's accounts over what they used."""

    def __init__(
        self,
        scope: Construct,
        *,
        site: FunctionSite,
        estate: Estate,
    ) -> None:
        super().__init__(
            scope,
            verb="allocate_emissions",
            site=site,
            size=Size(memory_mib=3008, seconds=900, at_once=50),
            environment=estate.environment(
                "CURATED_BUCKET",
                "WORK_BUCKET",
            ),
            statements=[
                *estate.read_curated(
                    "accounts/",
                    "deliveries/",
                    "deliveries-described/",
                    "inventory/",
                    "pins/",
                    "records/nowcasts/",
                ),
                *estate.write_curated("tables/"),
                *estate.read_work("account_shards/", "plans/", "rollup/"),
                *estate.write_work("receipts/"),
            ],
        )
