"""The parts that the functions of a deployment share: one client per service, one ledger."""

import re
from functools import cache
from typing import Final

from crossfoot.adapters.aws.clients import AwsClients
from crossfoot.adapters.aws.dynamo_deliveries import DynamoDeliveryLedger
from crossfoot.adapters.aws.dynamo_months import DynamoMonthLedger
from crossfoot.adapters.aws.dynamo_outbox import DynamoOutbox
from crossfoot.adapters.aws.dynamo_publications import DynamoPublications
from crossfoot.adapters.aws.dynamo_table import DynamoTable
from crossfoot.adapters.aws.event_bus import EventBridgeBus
from crossfoot.adapters.aws.glue_catalog import GlueCatalog
from crossfoot.adapters.aws.pins import S3Pins
from crossfoot.adapters.aws.places import CuratedPlaces
from crossfoot.adapters.aws.publication_history import RememberingCatalog
from crossfoot.adapters.aws.run_shelf import S3RunShelf
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.adapters.aws.step_functions import StateMachine, StepFunctionsWorkflow
from crossfoot.bootstrap.clock import SystemClock
from crossfoot.bootstrap.deployed_policy import code_digest
from crossfoot.bootstrap.deployed_settings import (
    CatalogSettings,
    LedgerSettings,
    SequelSettings,
    WorkflowSettings,
)
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.statuses import Status
from crossfoot.usecases.follow_nowcast import FollowNowcast
from crossfoot.usecases.follow_pointer import FollowPointer
from crossfoot.usecases.look_ahead import is_wanted
from crossfoot.usecases.send_notices import SendNotices
from crossfoot.usecases.start_month import StartMonth
from crossfoot.usecases.start_sequels import Sequel, StartSequels

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
        self.nowcasts = DynamoMonthLedger(table, self.outbox, Status.NOWCAST)
        self.publications = DynamoPublications(table, self.clock.now)
        self.runs = S3RunShelf(self.objects, self.places)
        bus = EventBridgeBus(clients().events, settings.event_bus)
        self.post = SendNotices(self.outbox, bus, clock=self.clock)

    def catalog(self, settings: CatalogSettings, status: Status = Status.PUBLISHED) -> GlueCatalog:
        """Return what readers see of AWS's figures, or of nowcasts."""
        return GlueCatalog(
            clients().glue, self.objects, self.places, settings.database, status=status
        )

    def follow(self, settings: CatalogSettings) -> FollowPointer:
        """Return what lets the catalogue show what is published."""
        shown = self.catalog(settings)
        kept = RememberingCatalog(shown, self.months, self.objects, self.places)
        return FollowPointer(self.months, kept)

    def follow_nowcast(self, settings: CatalogSettings) -> FollowNowcast:
        """Return what lets the catalogue show a nowcast while AWS is silent."""
        shown = self.catalog(settings, Status.NOWCAST)
        return FollowNowcast(self.months, self.nowcasts, shown, self.follow(settings))

    def sequels(self, settings: SequelSettings) -> StartSequels:
        """Return what starts all that follows a publication."""
        sequels = []
        if settings.look_ahead_arn is not None:
            machine = StateMachine(clients().step_functions, settings.look_ahead_arn)
            sequels.append(
                Sequel("look-ahead", machine, follows_nowcasts=False, is_wanted=self._is_looked_for)
            )
        if settings.watch_rules_arn is not None:
            machine = StateMachine(clients().step_functions, settings.watch_rules_arn)
            sequels.append(Sequel("watch-rules", machine, follows_nowcasts=True))
        return StartSequels(self.months, self.nowcasts, sequels)

    def _is_looked_for(self, period: UsagePeriod) -> bool:
        """Whether the publication of a month leaves anything to a look ahead."""
        return is_wanted(period, self.publications.current(), self.deliveries, self.clock.now())

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
