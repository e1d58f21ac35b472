"""Keep how accounts were known, day by day: what the organization lists now ends what was."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from crossfoot.domain.accounts import Account, Stay
from crossfoot.domain.inventory import ListedAccount

type Stays = Mapping[str, Sequence[Stay]]


def keep_accounts(known: Stays, listed: Sequence[ListedAccount], day: date) -> Stays:
    """Return the history with what the organization lists on a day; nothing of it is forgotten.

    A name, unit or state that is not as before begins on that day: AWS does not tell since when
    it is so. Of an account's first row it does, by the day on which the account joined. An
    account that is listed no more ended on that day. The same listing again changes nothing.
    """
    now = {account.account_id: account for account in listed}
    kept = {key: tuple(stays) for key, stays in known.items()}
    for key in kept.keys() - now.keys():
        kept[key] = _ended(kept[key], day)
    for key, account in now.items():
        kept[key] = _continued(kept.get(key, ()), account, day)
    return kept


def _ended(stays: Sequence[Stay], day: date) -> tuple[Stay, ...]:
    *earlier, last = stays
    return tuple(stays) if last.valid_to is not None else (*earlier, _until(last, day))


def _continued(stays: Sequence[Stay], listed: ListedAccount, day: date) -> tuple[Stay, ...]:
    told = Stay(Account(listed.name or None, listed.ou_path), state=listed.state.value)
    if not stays:
        return (replace(told, valid_from=listed.joined),)
    *earlier, last = stays
    if last.valid_to is not None:
        return (*stays, replace(told, valid_from=max(last.valid_to, listed.joined or day)))
    if (last.account, last.state or told.state) == (told.account, told.state):
        first = last.valid_from or (None if earlier else listed.joined)
        return (*earlier, replace(last, state=told.state, valid_from=first))
    if last.valid_from is not None and last.valid_from >= day:
        # two listings of one day: the later one is how the account was known on it
        return (*earlier, replace(told, valid_from=last.valid_from))
    return (*earlier, _until(last, day), replace(told, valid_from=day))


def _until(stay: Stay, day: date) -> Stay:
    """End a stay, which lasts a day at least: who joins and leaves on one day was there."""
    if stay.valid_from is not None:
        day = max(day, stay.valid_from + timedelta(days=1))
    return replace(stay, valid_to=day)
