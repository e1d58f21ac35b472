"""The accounts of the sample organisation: who they are, where they run, when they live."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import numpy as np

from crossfoot.adapters.sample.hashing import mix
from crossfoot.adapters.sample.places import N_REGIONS
from crossfoot.adapters.sample.story import is_lived
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.units import Int64Array

MIN_FOR_SPECIAL_ACCOUNTS: Final = 8
REGIONS_PER_ACCOUNT: Final = 4
_DIVISIONS: Final = ("Retail", "Payments", "Logistics", "Media", "Research")
_NO_DIVISION_EVERY: Final = 11
_STAGES: Final = ("production", "staging", "development", "sandbox")
_CHANGED_AFTER: Final = timedelta(days=9)
"""From the first of a month to the day on which accounts are moved or renamed in it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account was known before ``until_month``, the index of the month of its change."""

    name: str
    ou_path: str
    state: str
    until_month: int


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
        Whether the organisation still lists it; one that left is in the exports alone, unless the
        list tells of earlier times.
    earlier
        How it was known before, oldest first.
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
    earlier: tuple[Standing, ...] = ()

    def name_in(self, month: int) -> str:
        """Return what the account was called in that month."""
        return next((one.name for one in self.earlier if month < one.until_month), self.name)

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
    accounts = tuple(_account(n, ids[n], n_accounts, n_months) for n in range(n_accounts))
    return _as_lived(accounts, n_months) if is_lived(n_months) else accounts


def _as_lived(accounts: tuple[Account, ...], n_months: int) -> tuple[Account, ...]:
    """Give accounts their past."""
    workloads = [account for account in accounts if account.role == "workload"]
    moved, renamed = (workloads[n] if n < len(workloads) else None for n in range(2))
    found = []
    for account in accounts:
        if account is moved:
            change = _standing(account, n_months // 2, ou_path="Root/Workloads/Incubator")
            found.append(replace(account, earlier=(change,)))
        elif account is renamed:
            change = _standing(account, n_months * 3 // 4, name=f"{account.name}-legacy")
            found.append(replace(account, earlier=(change,)))
        elif account.role == "closed":
            home = _unit(is_shared=False, division=account.division or "Retail", role="workload")
            change = _standing(account, account.last_month + 1, ou_path=f"Root/{home}")
            found.append(replace(account, earlier=(replace(change, state="ACTIVE"),)))
        elif account.role == "left":
            found.append(replace(account, last_month=n_months * 2 // 3 - 1, state="ACTIVE"))
        else:
            found.append(account)
    return tuple(found)


def _standing(
    account: Account, until_month: int, *, name: str | None = None, ou_path: str | None = None
) -> Standing:
    return Standing(name or account.name, ou_path or account.ou_path, account.state, until_month)


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


def accounts_csv(accounts: tuple[Account, ...], periods: Sequence[UsagePeriod]) -> str:
    """Return the organisation's own list of its accounts; with their past where it has one."""
    if is_lived(len(periods)):
        rows = [row for account in accounts for row in _rows_with_days(account, periods)]
        return "\n".join(("account_id,account_name,ou_path,state,valid_from,valid_to", *rows, ""))
    rows = [
        f"{account.account_id},{account.name},{account.ou_path},{account.state}"
        for account in accounts
        if account.is_listed
    ]
    return "\n".join(("account_id,account_name,ou_path,state", *rows, ""))


def _rows_with_days(account: Account, periods: Sequence[UsagePeriod]) -> Iterator[str]:
    """Yield a row for each time in which the account was known otherwise; an empty day is open."""
    is_late = account.role == "new" and account.first_month > 0
    begins = _day_of(periods, account.first_month) if is_late else ""
    ends = "" if account.is_listed else _day_of(periods, account.last_month + 1)
    for one in account.earlier:
        is_departure = one.state != account.state
        until = _day_of(periods, one.until_month, timedelta(0) if is_departure else _CHANGED_AFTER)
        yield f"{account.account_id},{one.name},{one.ou_path},{one.state},{begins},{until}"
        begins = until
    yield (f"{account.account_id},{account.name},{account.ou_path},{account.state},{begins},{ends}")


def _day_of(periods: Sequence[UsagePeriod], month: int, after: timedelta = timedelta(0)) -> str:
    return (periods[month].start + after).date().isoformat()
