"""What the evaluation of thresholds asks of the world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from crossfoot.domain.deliveries import Notice
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.threshold_rules import ThresholdRule
from crossfoot.engine.breaches import Told


@dataclass(frozen=True, slots=True)
class MonthFigure:
    """What a rule's rows of one published month sum up to, in whole smallest units.

    ``amount`` is None where the month has no such figure; ``by_account`` has its parts.
    """

    run_id: str
    amount: int | None
    by_account: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """Figures of all published months. ``has_rows`` says whether any row is the rule's at all."""

    months: Mapping[UsagePeriod, MonthFigure]
    has_rows: bool


@dataclass(frozen=True, slots=True)
class Watched:
    """What is known of one limit in one lap: the breaches, and the months that were judged."""

    name: str
    severity: str
    lap: str
    told: Told = field(default_factory=Told)
    judged: tuple[str, ...] = ()


type ThresholdState = Mapping[str, Watched]
"""What is known of all limits that were ever watched, under keys made of their settings."""


class ThresholdFigures(Protocol):
    """One published snapshot, as thresholds ask it."""

    @property
    def snapshot(self) -> int:
        """Number of the snapshot."""
        ...

    def figures(self, rule: ThresholdRule) -> RuleFigures:
        """Sum up the rule's rows, month by month.

        Raises
        ------
        ConfigurationError
            The rule filters by a tag that is no column of the warehouse.
        """
        ...

    def query(self, rule: ThresholdRule, months: Sequence[UsagePeriod]) -> str:
        """Return SQL that shows the accounts behind a window's figure."""
        ...


class ThresholdBook(Protocol):
    """What was told, and the outbox; a crash at any instant loses nothing and repeats nothing."""

    def load(self) -> ThresholdState:
        """Return what is known, after the outbox has everything that was ever committed."""
        ...

    def commit(self, state: ThresholdState, notices: Sequence[Notice]) -> None:
        """Keep a state and put its notices into the outbox, both or neither."""
        ...
