"""What an organisation's boundary did between two states of a ledger: who came, left or moved."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from crossfoot.domain.history import AccountFigures, BoundaryChange, BoundaryLine
from crossfoot.domain.measures import Measure

type Figures = Mapping[str, AccountFigures]


def boundary(before: Figures, after: Figures) -> tuple[BoundaryLine, ...]:
    """Return what is not as before of the accounts, sorted by what happened and by account.

    An account that only one of the states knows joined or left, whatever it is called. One that
    both know may be renamed and moved at once, and has a line for each. A name that only one of
    them tells is not another name; a unit that only one tells is where the grams moved from or to.
    """
    return _sorted(
        line
        for key in before.keys() | after.keys()
        for line in _lines(key, before.get(key), after.get(key))
    )


def summed(lines: Iterable[BoundaryLine]) -> tuple[BoundaryLine, ...]:
    """Return the lines of several months as one each, with the grams of the months together."""
    found: dict[tuple[BoundaryChange, str, str | None, str | None], BoundaryLine] = {}
    for line in lines:
        key = (line.change, line.account_id, line.before, line.after)
        known = found.get(key)
        found[key] = (
            line
            if known is None
            else replace(
                known,
                before_ug=_plus(known.before_ug, line.before_ug),
                after_ug=_plus(known.after_ug, line.after_ug),
            )
        )
    return _sorted(found.values())


def _plus(one: Mapping[Measure, int], other: Mapping[Measure, int]) -> dict[Measure, int]:
    known = [name for name in Measure if name in one or name in other]
    return {name: one.get(name, 0) + other.get(name, 0) for name in known}


def _sorted(lines: Iterable[BoundaryLine]) -> tuple[BoundaryLine, ...]:
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
