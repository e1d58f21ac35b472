"""The function ``ingest_carbon``."""

from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import FunctionSite, PythonFunction, Size


class IngestCarbon(PythonFunction):
    """Claims a month, keeps its carbon, and decides what its figures are made of."""

    def __init__(
        self,
        scope: Construct,
        *,
        site: FunctionSite,
        estate: Estate,
    ) -> None:
        super().__init__(
            scope,
            verb="ingest_carbon",
            site=site,
            size=Size(memory_mib=1769, seconds=900, at_once=20),
            environment=estate.environment(
                "LANDING_BUCKET",
                "CURATED_BUCKET",
                "WORK_BUCKET",
                "LEDGER_TABLE",
                "DATABASE",
                "EVENT_BUS",
                "PAYER_ACCOUNT_ID",
                "CARBON_PREFIX",
                "USAGE_PREFIX",
                "USAGE_FORMAT",
                "USAGE_SINCE",
            ),
            statements=[
                *estate.read_landing(estate.carbon_prefix),
                *estate.read_curated("accounts/", "records/nowcasts/", "tables/nowcasts/"),
                *estate.read_versions("inventory/"),
                *estate.write_curated(
                    "deliveries/", "deliveries-described/", "pins/", "quarantine/"
                ),
                *estate.write_work("plans/"),
                *estate.use_ledger(),
                *estate.find_unfinished(),
                *estate.move_partitions(),
                *estate.send_events(),
            ],
        )
