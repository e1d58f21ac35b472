"""What an organisation's boundary did between two states of a ledger: who came, left or moved."""

from collections.abc import Iterator, Mapping

from crossfoot.domain.history import AccountFigures, BoundaryChange, BoundaryLine

type Figures = Mapping[str, AccountFigures]


def boundary(before: Figures, after: Figures) -> tuple[BoundaryLine, ...]:
    """Return what is not as before of the accounts, sorted by what happened and by account.

    An account that only one of the states knows joined or left, whatever it is called. One that
    both know may be renamed and moved at once, and has a line for each. A name that only one of
    them tells is not another name; a unit that only one tells is where the grams moved from or to.
    """
    lines = [
        line
        for key in before.keys() | after.keys()
        for line in _lines(key, before.get(key), after.get(key))
    ]
    order = list(BoundaryChange)
    return tuple(sorted(lines, key=lambda each: (order.index(each.change), each.account_id)))


def _lines(
    key: str, before: AccountFigures | None, after: AccountFigures | None
) -> Iterator[BoundaryLine]:
    old, new = (None if each is None else each.account for each in (before, after))
    sides = {} if before is None else before.amount_ug, {} if after is None else after.amount_ug
    if old is None or new is None:
        change = BoundaryChange.JOINED if old is None else BoundaryChange.LEFT
        first, last = (None if each is None else each.name for each in (old, new))
        yield BoundaryLine(change, key, first, last, *sides)
    else:
        if None not in (old.name, new.name) and old.name != new.name:
            yield BoundaryLine(BoundaryChange.RENAMED, key, old.name, new.name, *sides)
        if old.ou_path != new.ou_path:
            yield BoundaryLine(BoundaryChange.MOVED, key, old.ou_path, new.ou_path, *sides)
