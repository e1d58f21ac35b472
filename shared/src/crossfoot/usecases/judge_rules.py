"""Judge thresholds and targets over what is published, in two steps around Athena."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from crossfoot.domain.errors import OvertakenError
from crossfoot.domain.publications import Publications
from crossfoot.domain.selections import Selection
from crossfoot.domain.threshold_rules import ThresholdRule
from crossfoot.usecases.evaluate_thresholds import EvaluateThresholds, Evaluation
from crossfoot.usecases.keep_outlooks import KeepOutlooks
from crossfoot.usecases.pipeline_ports import Query
from crossfoot.usecases.ports import Clock
from crossfoot.usecases.send_notices import SendNotices
from crossfoot.usecases.series_ports import SeriesSource
from crossfoot.usecases.threshold_ports import ThresholdBook

_JUDGEMENTS: Final = 5
"""How often a judge begins again where another one was quicker, before all is asked again."""


class Outcome(StrEnum):
    """What comes next: ask Athena, ask again later, or nothing."""

    ASK = "ask"
    AGAIN = "again"
    JUDGED = "judged"


class PublishedNow(Protocol):
    """Knows what is published."""

    def current(self) -> Publications:
        """Return what is published now, strongly consistent."""
        ...


class AskedSeries(Protocol):
    """Figures over time that are asked in one step and read in the next."""

    def questions(self, selections: Sequence[Selection], attempt: str) -> Sequence[Query]:
        """Return what has to be asked; raises ``ConfigurationError`` by name."""
        ...

    def opened(self, attempt: str, seen: Publications) -> SeriesSource:
        """Return the answers of an attempt, as of what was published meanwhile."""
        ...


class JudgedBook(ThresholdBook, Protocol):
    """The book as one judge sees it, who looked at so many publications."""

    @property
    def is_concluded(self) -> bool:
        """Whether the same was judged at the same publications, to the end."""
        ...

    def conclude(self) -> None:
        """Say that it was, unless somebody has judged later publications."""
        ...


class Turn(Protocol):
    """Whose turn it is: of many executions one asks, for all of them."""

    def take(self, holder: str) -> bool:
        """Take or renew the turn; return whether it is the holder's."""
        ...

    def give_back(self, holder: str) -> None:
        """End the turn; nothing happens where it is somebody else's by now."""
        ...


@dataclass(frozen=True, slots=True)
class Bench:
    """Where judges meet: what is published, whose turn it is, and the book of so many of them."""

    published: PublishedNow
    turn: Turn
    book: Callable[[int], JudgedBook]


@dataclass(frozen=True, slots=True)
class Asked:
    """What has to be asked; every attempt has folders of its own."""

    outcome: Outcome
    attempt: str
    snapshot: int
    queries: Sequence[Query] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found: limits that are breached now, and what was told for the first time."""

    outcome: Outcome
    snapshot: int
    n_breached: int = 0
    n_told: int = 0
    n_sent: int = 0


class JudgeRules:
    """Judge in two steps; what was published between them is judged by another attempt.

    Parameters
    ----------
    bench, series
        See above.
    outlooks : KeepOutlooks
        Forecasts, and judges targets.
    post : SendNotices
        Sends notices.
    """

    def __init__(
        self,
        bench: Bench,
        series: AskedSeries,
        *,
        outlooks: KeepOutlooks,
        post: SendNotices,
        clock: Clock,
    ) -> None:
        self._published = bench.published
        self._turn = bench.turn
        self._book = bench.book
        self._series = series
        self._outlooks = outlooks
        self._post = post
        self._clock = clock

    def ask(
        self, rules: Sequence[ThresholdRule], attempt: str, holder: str, *, always: bool
    ) -> Asked:
        """Say what has to be asked; nothing where somebody else does, or the same was judged.

        Whoever has the turn looks again before it ends, so that a publication whose own execution
        found the turn taken is seen. ``always`` asks all the same, so that nothing rests on turns
        and on the memory of having judged.

        Raises
        ------
        ConfigurationError
            A rule cannot be asked of this deployment; nothing was told.
        """
        if not always and not self._turn.take(holder):
            return Asked(Outcome.JUDGED, attempt, 0)
        seen = self._published.current()
        if not seen.months:
            return Asked(self._ended(holder, seen.snapshot), attempt, seen.snapshot)
        if not seen.is_settled:
            return Asked(Outcome.AGAIN, attempt, seen.snapshot)
        if self._book(seen.snapshot).is_concluded and not always:
            return Asked(self._ended(holder, seen.snapshot), attempt, seen.snapshot)
        selections = [*(rule.selection for rule in rules), *self._outlooks.selections]
        queries = self._series.questions(selections, attempt)
        queries = [*queries, *self._outlooks.questions(attempt)]
        return Asked(Outcome.ASK, attempt, seen.snapshot, queries)

    def judge(
        self, rules: Sequence[ThresholdRule], attempt: str, snapshot: int, holder: str
    ) -> Judged:
        """Judge what was answered, tell what is new, once, and keep forecasts and targets.

        Raises
        ------
        StorageError
            An answer shows another run than the one that is published; asked again, it may not.
        """
        seen = self._published.current()
        if seen.snapshot != snapshot or not seen.is_settled:
            return Judged(Outcome.AGAIN, seen.snapshot)
        source = self._series.opened(attempt, seen)
        evaluation = self._evaluated(rules, source)
        if evaluation is None:
            return Judged(Outcome.AGAIN, snapshot)
        n_sent = self._post.run()
        self._outlooks.run(attempt, source)
        self._book(snapshot).conclude()
        n_breached = sum(verdict.since is not None for verdict in evaluation.verdicts)
        n_told = len(evaluation.notices)
        return Judged(self._ended(holder, snapshot), snapshot, n_breached, n_told, n_sent)

    def _ended(self, holder: str, snapshot: int) -> Outcome:
        """End the turn, and look whether something was published while others found it taken."""
        self._turn.give_back(holder)
        is_same = self._published.current().snapshot == snapshot
        return Outcome.JUDGED if is_same else Outcome.AGAIN

    def _evaluated(self, rules: Sequence[ThresholdRule], source: SeriesSource) -> Evaluation | None:
        for _ in range(_JUDGEMENTS):
            evaluate = EvaluateThresholds(source, self._book(source.snapshot), self._clock)
            try:
                return evaluate.run(rules)
            except OvertakenError:
                continue
        return None
