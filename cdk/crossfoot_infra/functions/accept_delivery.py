"""The function ``accept_delivery``."""

from constructs import Construct

from crossfoot_infra.constructs.delivery_queue import DeliveryQueue
from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import FunctionSite, PythonFunction, Size


class AcceptDelivery(PythonFunction):
    """Pins a delivery that S3 has announced, and starts its month once both exports are there."""

    def __init__(
        self,
        scope: Construct,
        *,
        site: FunctionSite,
        estate: Estate,
        deliveries: DeliveryQueue,
    ) -> None:
        super().__init__(
            scope,
            verb="accept_delivery",
            site=site,
            size=Size(memory_mib=512, seconds=120, at_once=10),
            environment=estate.environment(
                "LANDING_BUCKET",
                "CURATED_BUCKET",
                "LEDGER_TABLE",
                "EVENT_BUS",
                "CLOSE_MONTH_ARN",
                "PAYER_ACCOUNT_ID",
                "CARBON_PREFIX",
                "USAGE_PREFIX",
                "USAGE_FORMAT",
                "USAGE_SINCE",
            ),
            statements=[
                *estate.read_landing(estate.carbon_prefix, estate.usage_prefix),
                *estate.write_curated("pins/", "quarantine/"),
                *estate.use_ledger(),
                *estate.remember_calls(),
                *estate.find_unfinished(),
                *estate.send_events(),
                *estate.close_months(),
                *deliveries.receive(),
            ],
        )
