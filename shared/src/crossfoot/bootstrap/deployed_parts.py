"""The parts that the functions of a deployment share: one client per service, one ledger."""

import re
from functools import cache
from typing import Final

from crossfoot.adapters.aws.clients import AwsClients
from crossfoot.adapters.aws.dynamo_deliveries import DynamoDeliveryLedger
from crossfoot.adapters.aws.dynamo_months import DynamoMonthLedger
from crossfoot.adapters.aws.dynamo_outbox import DynamoOutbox
from crossfoot.adapters.aws.dynamo_table import DynamoTable
from crossfoot.adapters.aws.event_bus import EventBridgeBus
from crossfoot.adapters.aws.glue_catalog import GlueCatalog
from crossfoot.adapters.aws.pins import S3Pins
from crossfoot.adapters.aws.places import CuratedPlaces
from crossfoot.adapters.aws.run_shelf import S3RunShelf
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.adapters.aws.step_functions import StepFunctionsWorkflow
from crossfoot.bootstrap.clock import SystemClock
from crossfoot.bootstrap.deployed_policy import code_digest
from crossfoot.bootstrap.deployed_settings import CatalogSettings, LedgerSettings, WorkflowSettings
from crossfoot.usecases.send_notices import SendNotices
from crossfoot.usecases.start_month import StartMonth

_ACCOUNT_ID: Final = re.compile(r"(?<!\d)\d{12}(?!\d)")


class Ledger:
    """Everything that is written down in the ledger's table, and the bus that tells of it."""

    def __init__(self, settings: LedgerSettings) -> None:
        self.clock = SystemClock()
        self.objects = S3Objects(clients().s3)
        self.places = CuratedPlaces(settings.curated_bucket)
        table = DynamoTable(clients().dynamodb, settings.ledger_table)
        self.outbox = DynamoOutbox(table)
        pins = S3Pins(self.objects, self.places)
        self.deliveries = DynamoDeliveryLedger(table, pins, self.outbox)
        self.months = DynamoMonthLedger(table, self.outbox)
        self.runs = S3RunShelf(self.objects, self.places)
        bus = EventBridgeBus(clients().events, settings.event_bus)
        self.post = SendNotices(self.outbox, bus, clock=self.clock)

    def catalog(self, settings: CatalogSettings) -> GlueCatalog:
        """Return what readers see."""
        return GlueCatalog(clients().glue, self.objects, self.places, settings.database)

    def start(self, settings: WorkflowSettings) -> StartMonth:
        """Return what starts a month."""
        return StartMonth(
            self.deliveries,
            workflow(settings),
            usage_since=settings.first_usage_month,
            code_digest=code_digest(),
        )


def without_accounts(text: str) -> str:
    """Return a text for the log, which names no account."""
    return _ACCOUNT_ID.sub("(account)", text)


@cache
def clients() -> AwsClients:
    """Return the clients of this process; none is made before it is used."""
    return AwsClients()


def workflow(settings: WorkflowSettings) -> StepFunctionsWorkflow:
    """Return the state machine that closes months."""
    return StepFunctionsWorkflow(clients().step_functions, settings.close_month_arn)
