"""AWS Organizations: accounts, and the names of the organizational units above them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from crossfoot.adapters.aws.inventory_failures import named
from crossfoot.adapters.aws.member_account import MemberRole, session_policy
from crossfoot.domain.inventory import ORGANIZATION_ACTIONS, AccountState, ListedAccount


@dataclass(frozen=True, slots=True)
class AwsOrganization:
    """The organization; ``client`` is of the management account or a delegated administrator."""

    client: Any

    def accounts(self) -> Sequence[ListedAccount]:
        """Return every account with its path of organizational units, such as ``/Platform/CI``."""
        try:
            paths = self._unit_paths()
            return [
                self._listed(account, paths)
                for page in self.client.get_paginator("list_accounts").paginate()
                for account in page["Accounts"]
            ]
        except (ClientError, BotoCoreError) as error:
            raise named(
                "listing the accounts of the organization",
                error,
                mend="Run in the management account, make this account a delegated administrator, "
                "or name a role of the management account.",
            ) from error

    def _unit_paths(self) -> dict[str, str]:
        """Return the path of every root and organizational unit by its id; a root's is ``/``."""
        paths: dict[str, str] = {}
        for root in self._items("list_roots", "Roots"):
            paths[root["Id"]] = "/"
            self._descend(root["Id"], "", paths)
        return paths

    def _descend(self, parent: str, above: str, paths: dict[str, str]) -> None:
        """Walk down; an organization is at most five levels deep."""
        units = self._items(
            "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent
        )
        for unit in units:
            paths[unit["Id"]] = f"{above}/{unit['Name']}"
            self._descend(unit["Id"], paths[unit["Id"]], paths)

    def _listed(self, account: Mapping[str, Any], paths: Mapping[str, str]) -> ListedAccount:
        # Status is what State was called before; both tell of an account that can be asked
        is_active = account.get("State", account.get("Status")) == "ACTIVE"
        return ListedAccount(
            account_id=account["Id"],
            name=account.get("Name", ""),
            ou_path=paths.get(self._parent(account)),
            state=AccountState.ACTIVE if is_active else AccountState.INACTIVE,
            joined=_day_of(account.get("JoinedTimestamp")),
        )

    def _parent(self, account: Mapping[str, Any]) -> str:
        """Return the id of the unit above, from the listing where it tells."""
        for path in account.get("Paths", ()):
            above = [part for part in path.split("/") if part.startswith(("r-", "ou-"))]
            if above:
                return str(above[-1])
        (parent,) = self._items("list_parents", "Parents", ChildId=account["Id"])
        return str(parent["Id"])

    def _items(self, operation: str, key: str, **arguments: str) -> Iterator[Any]:
        for page in self.client.get_paginator(operation).paginate(**arguments):
            yield from page[key]


def _day_of(instant: datetime | None) -> date | None:
    return None if instant is None else instant.astimezone(UTC).date()


def organization_client(role: MemberRole, collection: str, role_arn: str | None) -> Any:  # noqa: ANN401 - botocore makes its clients at run time
    """Return a client of Organizations: our own, or of a role in the management account.

    Raises
    ------
    AccessDeniedError
        The role cannot be taken.
    """
    if role_arn is None:
        return role.client("organizations", role.home, {})
    policy = session_policy(ORGANIZATION_ACTIONS, None)
    return role.client("organizations", role.home, role.credentials(role_arn, collection, policy))
