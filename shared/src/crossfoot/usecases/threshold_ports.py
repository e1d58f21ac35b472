"""What the evaluation of thresholds asks of the world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from crossfoot.domain.deliveries import Notice
from crossfoot.engine.breaches import Told


@dataclass(frozen=True, slots=True)
class Judged:
    """What a month was judged by the last time it had a figure, in whole smallest units.

    ``is_nowcast`` says that its window had months that AWS had not published. Amounts are None
    where the month was judged before they were remembered.
    """

    amount: int | None = None
    limit: int | None = None
    is_nowcast: bool = False


@dataclass(frozen=True, slots=True)
class Watched:
    """What is known of one limit in one lap: the breaches, and the months that were judged."""

    name: str
    severity: str
    lap: str
    told: Told = field(default_factory=Told)
    judged: Mapping[str, Judged] = field(default_factory=dict)


type ThresholdState = Mapping[str, Watched]
"""What is known of all limits that were ever watched, under keys made of their settings."""


class ThresholdBook(Protocol):
    """What was told, and the outbox; a crash at any instant loses nothing and repeats nothing."""

    def load(self) -> ThresholdState:
        """Return what is known, after the outbox has everything that was ever committed."""
        ...

    def commit(self, state: ThresholdState, notices: Mapping[str, Sequence[Notice]]) -> None:
        """Keep a state and put its notices into the outbox, by limit both or neither.

        ``notices`` are under the keys of the state that they are true with.
        """
        ...
