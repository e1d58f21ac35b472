"""Breaches of a threshold: when each began and ended, and which of them are still to be told.

A breach lasts from the first month above the limit to the first one below it by the margin; in
between, and where there is no figure, it stays as it was. What was told is compared with what the
figures say now, so that it does not matter how often, or after how many publications, one looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Point:
    """The figure of a window that ends with ``month``, in whole smallest units.

    ``limit`` is the most that is no breach, ``recovery_limit`` the most that ends one. ``base``
    is what the limit is a part of: last year's figure, the budget, or what is expected. Where
    there is no figure, or nothing to compare it with, ``reason`` says why. ``low`` and ``high``
    are the figure's range; ``nowcasts`` its months that AWS has not published.
    """

    month: str
    amount: int | None
    limit: int | None
    recovery_limit: int | None
    base: int | None = None
    reason: str | None = None
    low: int | None = None
    high: int | None = None
    nowcasts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Breach:
    """Months on end in which a threshold is breached, and its number in the order of telling.

    ``end`` is the month that recovered, None where none has. ``number`` is 0 while it is not told.
    """

    start: str
    last: str
    end: str | None = None
    number: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it lasts."""
        return self.end is None

    def overlaps(self, other: "Breach") -> bool:
        """Whether the two share a month."""
        return self.start <= other.last and other.start <= self.last


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing to tell: a breach began in, or recovered in, ``month``.

    ``was_undone`` says that the figures no longer know of the breach at all.
    """

    number: int
    is_breach: bool
    start: str
    month: str
    was_undone: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one threshold after a look: how many breaches were told, and which last."""

    count: int = 0
    breaches: tuple[Breach, ...] = ()


def breaches_of(points: Sequence[Point]) -> tuple[Breach, ...]:
    """Return the breaches that figures show; at most the last one is open.

    Parameters
    ----------
    points : sequence of Point
        In the order of their months.
    """
    found: list[Breach] = []
    for point in points:
        current = found[-1] if found and found[-1].is_open else None
        if current is None:
            if _is_above(point):
                found.append(Breach(point.month, point.month))
        elif _has_recovered(point):
            found[-1] = replace(current, end=point.month)
        else:
            found[-1] = replace(current, last=point.month)
    return tuple(found)


def told_after(before: Told, breaches: Sequence[Breach]) -> tuple[Told, tuple[Turn, ...]]:
    """Return what is to be told now, and what is known of the threshold afterwards.

    A breach that goes on is the one that was told. One that was told as recovered and goes on
    after all is a new one. Earlier months that overlap with a told breach stay quiet.

    Returns
    -------
    Told, tuple of Turn
        Turns in the order of telling: no number begins twice or recovers twice, and each begins
        first.
    """
    open_before = next((each for each in before.breaches if each.is_open), None)
    count = before.count
    labelled: list[Breach] = []
    turns: list[Turn] = []
    for breach in breaches:
        number = _known_number(breach, before.breaches)
        if number is None:
            count += 1
            number = count
            turns += _turns_of_new(replace(breach, number=number))
        labelled.append(replace(breach, number=number))
    goes_on = any(each.is_open and each.number == _number(open_before) for each in labelled)
    if open_before is not None and not goes_on:
        turns.insert(0, _recovery(open_before, breaches))
    return Told(count, tuple(labelled)), tuple(turns)


def _known_number(breach: Breach, before: Sequence[Breach]) -> int | None:
    same = [each for each in before if each.overlaps(breach)]
    if breach.is_open:
        same = [each for each in same if each.is_open]
    # a recovered one first: its story is told in full
    same.sort(key=lambda each: each.is_open)
    return same[0].number if same else None


def _number(breach: Breach | None) -> int:
    return 0 if breach is None else breach.number


def _turns_of_new(breach: Breach) -> list[Turn]:
    turns = [Turn(breach.number, is_breach=True, start=breach.start, month=breach.start)]
    if breach.end is not None:
        turns.append(Turn(breach.number, is_breach=False, start=breach.start, month=breach.end))
    return turns


def _recovery(told: Breach, breaches: Sequence[Breach]) -> Turn:
    ends = [each.end for each in breaches if each.end is not None and each.overlaps(told)]
    if ends:
        return Turn(told.number, is_breach=False, start=told.start, month=ends[-1])
    return Turn(told.number, is_breach=False, start=told.start, month=told.start, was_undone=True)


def _is_above(point: Point) -> bool:
    return point.amount is not None and point.limit is not None and point.amount > point.limit


def _has_recovered(point: Point) -> bool:
    if point.amount is None or point.recovery_limit is None:
        return False
    return point.amount <= point.recovery_limit
