"""The parts of the inventory's functions, put together from their settings on first use."""

from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated

import boto3
import botocore.session
from pydantic import Field

from crossfoot.adapters.aws.clients import AwsClients
from crossfoot.adapters.aws.dynamo_outbox import DynamoOutbox
from crossfoot.adapters.aws.dynamo_table import DynamoTable
from crossfoot.adapters.aws.event_bus import EventBridgeBus
from crossfoot.adapters.aws.inventory_files import S3InventoryFiles
from crossfoot.adapters.aws.inventory_records import S3AccountList, S3CollectionRecords
from crossfoot.adapters.aws.inventory_regions import AwsRegions
from crossfoot.adapters.aws.member_account import PATIENT, AwsMemberAccounts, MemberRole
from crossfoot.adapters.aws.organization import AwsOrganization, organization_client
from crossfoot.adapters.aws.places import CuratedPlaces, WorkPlaces
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.bootstrap.deployed_settings import LedgerSettings, WorkSettings
from crossfoot.domain.inventory import CollectionSummary, Receipt, WorkItem
from crossfoot.usecases.collect_inventory import InventoryCollector, conclude_inventory
from crossfoot.usecases.list_accounts import CollectionPlan, list_accounts


class MemberSettings(WorkSettings):
    """The role that every account has for us, and where what it tells is kept."""

    curated_bucket: Annotated[str, Field(min_length=1)]
    inventory_role_name: Annotated[str, Field(pattern=r"^[\w+=,.@-]{1,64}$")]
    external_id: Annotated[str, Field(min_length=2)]


class DirectorySettings(MemberSettings):
    """How the organization is seen: as ourselves, or by a role of the management account."""

    organization_role_arn: str | None = None


class CollectorSettings(MemberSettings, LedgerSettings):
    """Where the end of a collection is told, beside what collecting needs."""


class UtcClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, UTC."""
        return datetime.now(UTC)


def plan_collection(settings: DirectorySettings, run: str) -> CollectionPlan:
    """List accounts and the work of one collection."""
    role = _role(settings)
    client = organization_client(role, run, settings.organization_role_arn)
    return list_accounts(
        run,
        organization=AwsOrganization(client),
        regions=AwsRegions(role),
        account_list=S3AccountList(_objects(), CuratedPlaces(settings.curated_bucket)),
        records=_records(settings),
        clock=UtcClock(),
    )


def collect(settings: CollectorSettings, run: str, day: date, item: WorkItem) -> Receipt:
    """Collect what one account has in one Region."""
    return _collector(settings).collect(run, day, item)


def conclude(settings: CollectorSettings, run: str, day: date) -> CollectionSummary:
    """Count what was collected, and tell it."""
    clients = _clients()
    return conclude_inventory(
        run,
        day,
        records=_records(settings),
        outbox=DynamoOutbox(DynamoTable(clients.dynamodb, settings.ledger_table)),
        bus=EventBridgeBus(clients.events, settings.event_bus),
        clock=UtcClock(),
    )


@cache
def _collector(settings: CollectorSettings) -> InventoryCollector:
    return InventoryCollector(
        accounts=AwsMemberAccounts(_role(settings)),
        files=S3InventoryFiles(_objects(), CuratedPlaces(settings.curated_bucket)),
        records=_records(settings),
        clock=UtcClock(),
    )


@cache
def _role(settings: MemberSettings) -> MemberRole:
    core = botocore.session.get_session()
    # sessions of the global endpoint are not valid in Regions that one opts into
    core.set_config_variable("sts_regional_endpoints", "regional")
    session = boto3.Session(botocore_session=core)
    return MemberRole(
        session=session,
        sts=session.client("sts", config=PATIENT),
        role_name=settings.inventory_role_name,
        external_id=settings.external_id,
        home=session.region_name,
    )


def _records(settings: MemberSettings) -> S3CollectionRecords:
    return S3CollectionRecords(_objects(), WorkPlaces(settings.work_bucket))


@cache
def _objects() -> S3Objects:
    return S3Objects(_clients().s3)


@cache
def _clients() -> AwsClients:
    return AwsClients()
