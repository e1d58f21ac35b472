"""What the collection of the inventory asks of the world. Every method is safe to repeat."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from crossfoot.domain.accounts import Stay
from crossfoot.domain.inventory import (
    ListedAccount,
    Receipt,
    RegionAnswers,
    Resource,
    Survey,
    WorkItem,
)


class Organization(Protocol):
    """The organization, as its management account or a delegated administrator sees it."""

    def accounts(self) -> Sequence[ListedAccount]:
        """Return every account that is listed, closed ones too.

        Raises
        ------
        AccessDeniedError
            The role may not list accounts.
        """
        ...


class Regions(Protocol):
    """Which Regions there are."""

    @property
    def home(self) -> str:
        """The Region of this deployment, which every account has enabled."""
        ...

    def known(self) -> Sequence[str]:
        """Return every Region of the partition that this release knows."""
        ...

    def enabled(self, collection: str, account_ids: Sequence[str]) -> RegionAnswers:
        """Ask each account which Regions it has enabled; nobody's refusal stops the others."""
        ...


class AccountList(Protocol):
    """Names and organizational units of accounts, now and earlier, for people and the ledger."""

    def stays(self) -> Mapping[str, Sequence[Stay]]:
        """Return how every account was known, oldest first; nothing where there is no list."""
        ...

    def save(self, stays: Mapping[str, Sequence[Stay]]) -> bool:
        """Write the list where it differs from what is there; return whether it did."""
        ...


class MemberAccounts(Protocol):
    """The accounts, each behind the role that it has for us."""

    def survey(
        self, collection: str, item: WorkItem, now: datetime, *, with_statistics: bool
    ) -> Survey:
        """Read what an account has in a Region; what is refused inside becomes a gap.

        ``with_statistics`` asks for CloudWatch's figures too, each of which is paid for; those
        that were not asked for are missing, and no gap.

        Raises
        ------
        AccessDeniedError
            The role cannot be taken.
        StorageError
            The account cannot be asked now.
        """
        ...


class InventoryFiles(Protocol):
    """The ``inventory`` table."""

    def write(
        self,
        collection: str,
        day: date,
        item: WorkItem,
        observed_at: datetime,
        resources: Sequence[Resource],
    ) -> None:
        """Put one account's Region of one day in the place of what was there, whole or not."""
        ...


class CollectionRecords(Protocol):
    """What one collection set out to do, and what came of it."""

    def save_items(self, collection: str, items: Sequence[WorkItem]) -> str:
        """Write down the work; return its URI."""
        ...

    def items(self, collection: str) -> Sequence[WorkItem]:
        """Return the work as it was written down."""
        ...

    def save_receipt(self, collection: str, receipt: Receipt) -> None:
        """Write down what became of one item."""
        ...

    def receipts(self, collection: str) -> Sequence[Receipt]:
        """Return every receipt of a collection."""
        ...
