"""Accounts as people know them: by name and organizational unit, now and in an earlier month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Self

from crossfoot.domain.period import UsagePeriod


@dataclass(frozen=True, slots=True)
class Account:
    """Name and OU path; ``None`` where nobody told."""

    name: str | None = None
    ou_path: str | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """How one account was known for a while: half-open days, UTC.

    ``valid_from`` is ``None`` where it was so ever since, ``valid_to`` where it still is so.
    ``state`` is as the list spells it; it decides nothing.
    """

    account: Account
    valid_from: date | None = None
    valid_to: date | None = None
    state: str | None = None

    def begins_before(self, day: date) -> bool:
        """Whether it was so on any day before this one."""
        return self.valid_from is None or self.valid_from < day


@dataclass(frozen=True, slots=True)
class AccountDirectory:
    """Accounts by id. An export may name accounts that are closed and listed nowhere.

    Parameters
    ----------
    accounts : mapping of str to Account
        As they are known last.
    stays : mapping of str to sequence of Stay
        As they were, oldest first, without overlap; empty where the list tells no days.
    """

    accounts: Mapping[str, Account]
    stays: Mapping[str, Sequence[Stay]] = field(default_factory=dict)

    @classmethod
    def of_stays(cls, stays: Mapping[str, Sequence[Stay]]) -> Self:
        """Return the directory of a list that tells days."""
        return cls({key: known[-1].account for key, known in stays.items() if known}, stays)

    def get(self, account_id: str) -> Account:
        """Return the account; an unknown one has neither name nor OU."""
        return self.accounts.get(account_id, Account())

    def at(self, period: UsagePeriod) -> "AccountDirectory":
        """Return the accounts as they were in a period: at its end, where that changed in it.

        What begins after the period is not known in it. An account that has left keeps its last
        name and unit: late emissions of it have to stand somewhere. Accounts without days are
        as they are in every period.
        """
        after = period.end.date()
        known = {key: account for key, account in self.accounts.items() if key not in self.stays}
        for key, stays in self.stays.items():
            begun = [stay for stay in stays if stay.begins_before(after)]
            if begun:
                known[key] = begun[-1].account
        return AccountDirectory(known)
