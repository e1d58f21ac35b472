"""The inventory's functions: each door's work, put together from the real parts."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated

import boto3
import botocore.session
from pydantic import Field

from crossfoot.adapters.aws.inventory_files import S3InventoryFiles
from crossfoot.adapters.aws.inventory_records import S3AccountList, S3CollectionRecords
from crossfoot.adapters.aws.inventory_regions import AwsRegions
from crossfoot.adapters.aws.member_account import PATIENT, AwsMemberAccounts, MemberRole
from crossfoot.adapters.aws.organization import AwsOrganization, organization_client
from crossfoot.adapters.aws.places import CuratedPlaces, WorkPlaces
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.bootstrap.clock import SystemClock
from crossfoot.bootstrap.deployed_parts import Ledger, clients
from crossfoot.bootstrap.deployed_settings import LedgerSettings, WorkSettings
from crossfoot.domain.inventory import CollectionSummary, Receipt
from crossfoot.usecases.collect_inventory import InventoryCollector
from crossfoot.usecases.collect_inventory import conclude_inventory as conclude
from crossfoot.usecases.list_accounts import CollectionPlan
from crossfoot.usecases.list_accounts import list_accounts as plan_collection


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


def list_accounts(settings: DirectorySettings) -> Callable[[str], CollectionPlan]:
    """Return what writes down the accounts and the work of one collection, by its name."""
    role, objects = _role(settings), S3Objects(clients().s3)

    def plan(run: str) -> CollectionPlan:
        client = organization_client(role, run, settings.organization_role_arn)
        return plan_collection(
            run,
            organization=AwsOrganization(client),
            regions=AwsRegions(role),
            account_list=S3AccountList(objects, CuratedPlaces(settings.curated_bucket)),
            records=S3CollectionRecords(objects, WorkPlaces(settings.work_bucket)),
            clock=SystemClock(),
        )

    return plan


def collect_inventory(settings: MemberSettings) -> Callable[..., Receipt]:
    """Return what collects one account's Region: see ``InventoryCollector.collect``."""
    objects = S3Objects(clients().s3)
    return InventoryCollector(
        accounts=AwsMemberAccounts(_role(settings)),
        files=S3InventoryFiles(objects, CuratedPlaces(settings.curated_bucket)),
        records=S3CollectionRecords(objects, WorkPlaces(settings.work_bucket)),
        clock=SystemClock(),
    ).collect


def conclude_inventory(settings: CollectorSettings) -> Callable[[str, date], CollectionSummary]:
    """Return what counts a collection, and tells of it."""
    known = Ledger(settings)
    return partial(
        conclude,
        records=S3CollectionRecords(known.objects, WorkPlaces(settings.work_bucket)),
        outbox=known.outbox,
        post=known.post,
        clock=known.clock,
    )


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
