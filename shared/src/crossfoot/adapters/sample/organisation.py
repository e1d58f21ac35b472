"""The accounts of the sample organisation: who they are, where they run, when they live."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from crossfoot.adapters.sample.hashing import mix
from crossfoot.adapters.sample.places import N_REGIONS
from crossfoot.domain.units import Int64Array

MIN_FOR_SPECIAL_ACCOUNTS: Final = 8
REGIONS_PER_ACCOUNT: Final = 4
_DIVISIONS: Final = ("Retail", "Payments", "Logistics", "Media", "Research")
_NO_DIVISION_EVERY: Final = 11
_STAGES: Final = ("production", "staging", "development", "sandbox")


@dataclass(frozen=True, slots=True)
class Account:
    """One account, listed or not.

    Parameters
    ----------
    first_month, last_month
        Indices of the months in which it has usage; an empty range has none.
    regions
        Indices of the Regions it runs in, the busiest first.
    is_listed
        Whether the organisation still lists it; one that left is in the exports alone.
    """

    account_id: str
    name: str
    ou_path: str
    state: str
    division: str | None
    regions: tuple[int, ...]
    first_month: int
    last_month: int
    role: str = "workload"
    is_listed: bool = True

    def is_active(self, month: int) -> bool:
        """Whether the account has usage in that month."""
        return self.first_month <= month <= self.last_month


def make_accounts(n_accounts: int, n_months: int, seed: int) -> tuple[Account, ...]:
    """Return the accounts; the management account is the first.

    From 8 accounts on there are a network and a log archive account that all others share, a closed
    account with usage in the early months only, a new one with usage in the last months only, and
    one with emissions but no usage; from 12 on one that has left the organisation.
    """
    numbers = np.arange(n_accounts, dtype=np.int64)
    tails = (mix(numbers, seed) % np.uint64(10**5)).astype(np.int64)
    ids = [_account_id(int(n), int(tail)) for n, tail in zip(numbers, tails, strict=True)]
    return tuple(_account(n, ids[n], n_accounts, n_months) for n in range(n_accounts))


def _account_id(number: int, tail: int) -> str:
    # the number keeps ids distinct; the payer and every fifth account start with zeros
    head = 0 if number % 5 == 0 else 1 + number % 9
    return f"{head}{0 if head == 0 else number % 7}{number:05d}{tail:05d}"


def _account(number: int, account_id: str, n_accounts: int, n_months: int) -> Account:
    role = _role(number, n_accounts)
    first, last = _life(role, n_months)
    is_shared = role in {"management", "network", "log archive", "security"}
    division = "Shared" if is_shared else _DIVISIONS[number % len(_DIVISIONS)]
    is_unassigned = number % _NO_DIVISION_EVERY == _NO_DIVISION_EVERY - 1
    return Account(
        account_id=account_id,
        name=_name(role, number, division),
        ou_path="Root" if role == "management" else f"Root/{_unit(is_shared, division, role)}",
        state="CLOSED" if role in {"closed", "left"} else "ACTIVE",
        division=None if is_unassigned else division,
        regions=_regions(number),
        first_month=first,
        last_month=last,
        role=role,
        is_listed=role != "left",
    )


def _role(number: int, n_accounts: int) -> str:
    if number == 0:
        return "management"
    if n_accounts < MIN_FOR_SPECIAL_ACCOUNTS:
        return "workload"
    shared = {1: "network", 2: "log archive", 3: "security"}
    late = {1: "new", 2: "closed", 3: "carbon only"}
    if n_accounts >= MIN_FOR_SPECIAL_ACCOUNTS + 4:
        late[4] = "left"
    return shared.get(number) or late.get(n_accounts - number) or "workload"


def _life(role: str, n_months: int) -> tuple[int, int]:
    if role == "new":
        return max(0, n_months - 3), n_months - 1
    if role in {"closed", "left"}:
        return 0, max(0, n_months // 3 - 1)
    return (1, 0) if role == "carbon only" else (0, n_months - 1)


def _name(role: str, number: int, division: str) -> str:
    if role in {"workload", "left"}:
        return f"{division.lower()}-{_STAGES[number % len(_STAGES)]}-{number:02d}"
    return role.replace(" ", "-")


def _unit(is_shared: bool, division: str, role: str) -> str:  # noqa: FBT001 - one caller, above
    if role == "closed":
        return "Suspended"
    return "Infrastructure" if is_shared else f"Workloads/{division}"


def _regions(number: int) -> tuple[int, ...]:
    # early accounts share six Regions, so that a small organisation has full cells; the rest spread
    width = min(6 + number // 6, N_REGIONS)
    order = mix(np.arange(width, dtype=np.int64), number + 1).argsort(kind="stable")
    return tuple(int(region) for region in order[:REGIONS_PER_ACCOUNT])


def home_regions(accounts: tuple[Account, ...]) -> Int64Array:
    """Return the Regions of each account as an array of shape (account, choice)."""
    return np.array([account.regions for account in accounts], dtype=np.int64)


def accounts_csv(accounts: tuple[Account, ...]) -> str:
    """Return the organisation's own list of its accounts."""
    rows = [
        f"{account.account_id},{account.name},{account.ou_path},{account.state}"
        for account in accounts
        if account.is_listed
    ]
    return "\n".join(("account_id,account_name,ou_path,state", *rows, ""))
