"""Accounts as people know them: by name and organizational unit."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """Name and OU path; ``None`` where nobody told."""

    name: str | None = None
    ou_path: str | None = None


@dataclass(frozen=True, slots=True)
class AccountDirectory:
    """Accounts by id. An export may name accounts that are closed and listed nowhere."""

    accounts: Mapping[str, Account]

    def get(self, account_id: str) -> Account:
        """Return the account; an unknown one has neither name nor OU."""
        return self.accounts.get(account_id, Account())
