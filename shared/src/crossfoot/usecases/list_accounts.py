"""List the organization's accounts, and what there is to collect in each of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from crossfoot.domain.inventory import RegionAnswers, WorkItem
from crossfoot.usecases.inventory_ports import (
    AccountList,
    CollectionRecords,
    Organization,
    Regions,
)
from crossfoot.usecases.keep_accounts import keep_accounts
from crossfoot.usecases.ports import Clock


@dataclass(frozen=True, slots=True)
class CollectionPlan:
    """What a collection sets out to do.

    ``day`` is the collection's, UTC: what is read after midnight belongs to it too.
    """

    collection: str
    day: date
    items_uri: str
    n_items: int
    n_accounts: int


def list_accounts(
    collection: str,
    *,
    organization: Organization,
    regions: Regions,
    account_list: AccountList,
    records: CollectionRecords,
    clock: Clock,
) -> CollectionPlan:
    """Save how all accounts are known from now on, and the work of one collection.

    Raises
    ------
    AccessDeniedError
        The role may not list accounts.
    """
    day = clock.now().date()
    accounts = organization.accounts()
    account_list.save(keep_accounts(account_list.stays(), accounts, day))
    active = sorted(account.account_id for account in accounts if account.is_active)
    items = work_items(active, regions.enabled(collection, active), regions)
    return CollectionPlan(
        collection=collection,
        day=day,
        items_uri=records.save_items(collection, items),
        n_items=len(items),
        n_accounts=len(active),
    )


def work_items(
    account_ids: Sequence[str], answers: RegionAnswers, regions: Regions
) -> list[WorkItem]:
    """Return every account with each of its Regions.

    An account that refused its role keeps one item, so that it is tried once more and named. One
    that did not answer gets every known Region: those it has not enabled say so when asked.
    """
    return [
        WorkItem(account_id, region)
        for account_id in account_ids
        for region in _regions_of(account_id, answers, regions)
    ]


def _regions_of(account_id: str, answers: RegionAnswers, regions: Regions) -> Iterator[str]:
    if account_id in answers.refused:
        yield regions.home
        return
    yield from sorted(answers.enabled.get(account_id) or regions.known())
