"""Evaluate the configured thresholds over what is published, and tell each breach once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from crossfoot.domain.deliveries import Notice, event_id_of
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.threshold_notices import Cause, RuleCrossing, rule_crossed
from crossfoot.domain.threshold_rules import Against, Level, ThresholdRule
from crossfoot.domain.thresholds import Direction
from crossfoot.engine.breaches import Breach, Point, Turn, breaches_of, told_after
from crossfoot.engine.threshold_windows import laps_of
from crossfoot.usecases.ports import Clock
from crossfoot.usecases.series_ports import Series, SeriesSource
from crossfoot.usecases.threshold_ports import Judged, ThresholdBook, ThresholdState, Watched

_CONTRIBUTORS: Final = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one limit stands at the latest published month; no point where nothing is published.

    ``since`` is the month in which the breach that lasts began.
    """

    rule: ThresholdRule
    level: Level
    point: Point | None
    since: str | None

    @property
    def reason(self) -> str | None:
        """Why there is nothing to compare, if so."""
        return "nothing is published" if self.point is None else self.point.reason

    @property
    def state(self) -> str:
        """``breached``, ``within`` or ``no figure``; without a figure a breach lasts."""
        if self.since is not None:
            return "breached"
        return "within" if self.reason is None else "no figure"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was found: verdicts in the order of the configuration, and what is new to tell.

    ``retired`` names limits whose breaches last, but that are not configured any more.
    """

    snapshot: int
    verdicts: tuple[Verdict, ...]
    notices: tuple[Notice, ...]
    retired: tuple[str, ...]


class EvaluateThresholds:
    """Compare what is published with the rules; safe to repeat, and after any crash."""

    def __init__(self, source: SeriesSource, book: ThresholdBook, clock: Clock) -> None:
        self._source = source
        self._book = book
        self._clock = clock

    def run(self, rules: Sequence[ThresholdRule]) -> Evaluation:
        """Judge every month that is published, commit what is new, and say how things stand.

        Raises
        ------
        ConfigurationError
            A rule cannot be asked of this warehouse; nothing was told.
        WarehouseError
            The book cannot be read or written; repeating tells what is missing, once.
        """
        before = self._book.load()
        looked: dict[str, Watched] = {}
        verdicts: list[Verdict] = []
        notices: dict[str, tuple[Notice, ...]] = {}
        for rule in rules:
            figures = self._source.series(rule.selection)
            for level in rule.levels:
                look = self._looked(rule, level, figures, before)
                looked |= look.watched
                verdicts.append(look.verdict)
                notices |= look.notices
        self._book.commit({**before, **looked}, notices)
        others = [watched for key, watched in before.items() if key not in looked]
        return Evaluation(
            self._source.snapshot,
            tuple(verdicts),
            tuple(chain.from_iterable(notices.values())),
            tuple(_retired(others)),
        )

    def _looked(
        self, rule: ThresholdRule, level: Level, figures: Series, before: ThresholdState
    ) -> "_Look":
        watched: dict[str, Watched] = {}
        notices: dict[str, tuple[Notice, ...]] = {}
        last: Point | None = None
        since: str | None = None
        for lap, points in _laps(rule, level, figures, before).items():
            key = _key(rule, level, lap)
            known = before.get(key) or Watched(rule.name, level.severity, lap)
            told, turns = told_after(known.told, breaches_of(points))
            crossed = _Crossed(rule, level, known, {each.month: each for each in points})
            notices[key] = tuple(self._notice(crossed, turn, figures) for turn in turns)
            watched[key] = replace(known, told=told, judged={**known.judged, **_judged(points)})
            if points:
                last = points[-1]
                since = _since(told.breaches)
        return _Look(Verdict(rule, level, last, since), watched, notices)

    def _notice(self, crossed: "_Crossed", turn: Turn, figures: Series) -> Notice:
        rule, point = crossed.rule, crossed.points.get(turn.month, _gone(turn.month))
        months = rule.months_to(UsagePeriod(turn.month))
        speaking = figures.months.get(months[-1])
        crossing = RuleCrossing(
            rule=rule,
            level=crossed.level,
            lap=crossed.known.lap,
            number=turn.number,
            direction=Direction.BREACHED if turn.is_breach else Direction.RECOVERED,
            start=turn.start,
            months=months,
            amount=point.amount,
            low=point.low,
            high=point.high,
            limit=point.limit,
            base=point.base,
            nowcasts=point.nowcasts,
            cause=_cause(crossed, turn, point),
            contributors=_contributors(figures, months),
            query=self._source.query(rule.selection, months),
            run_id=None if speaking is None else speaking.run_id,
            snapshot=self._source.snapshot,
        )
        return rule_crossed(crossing, self._clock.now())


def judge_thresholds(source: SeriesSource, rules: Sequence[ThresholdRule]) -> Evaluation:
    """Say how things stand by the figures alone; nothing is told, and nothing remembered."""
    verdicts: list[Verdict] = []
    for rule in rules:
        figures = source.series(rule.selection)
        for level in rule.levels:
            points = next(reversed(_points(rule, level, figures).values()), ())
            last = points[-1] if points else None
            verdicts.append(Verdict(rule, level, last, _since(breaches_of(points))))
    return Evaluation(source.snapshot, tuple(verdicts), (), ())


def _since(breaches: Sequence[Breach]) -> str | None:
    return next((each.start for each in breaches if each.is_open), None)


@dataclass(frozen=True, slots=True)
class _Look:
    verdict: Verdict
    watched: dict[str, Watched]
    notices: dict[str, tuple[Notice, ...]]


@dataclass(frozen=True, slots=True)
class _Crossed:
    rule: ThresholdRule
    level: Level
    known: Watched
    points: Mapping[str, Point]


def _laps(
    rule: ThresholdRule, level: Level, figures: Series, before: ThresholdState
) -> Mapping[str, tuple[Point, ...]]:
    """Return the points by lap; one that was told of and has no month any more has no point."""
    laps = _points(rule, level, figures)
    gone: dict[str, tuple[Point, ...]] = {
        known.lap: ()
        for key, known in before.items()
        if known.lap not in laps and key == _key(rule, level, known.lap)
    }
    return {**gone, **laps}


def _points(rule: ThresholdRule, level: Level, figures: Series) -> dict[str, tuple[Point, ...]]:
    if figures.has_rows:
        return laps_of(rule, level, figures.months)
    # a misspelt account must not look like one that emits nothing
    laps: dict[str, tuple[Point, ...]] = {}
    for month in sorted(figures.months):
        lap = rule.lap_of(month)
        nothing = Point(month.text, None, None, None, reason="no published row is selected")
        laps[lap] = (*laps.get(lap, ()), nothing)
    return laps


def _judged(points: Sequence[Point]) -> dict[str, Judged]:
    return {
        each.month: Judged(each.amount, each.limit, bool(each.nowcasts))
        for each in points
        if each.reason is None
    }


def _gone(month: str) -> Point:
    return Point(month, None, None, None, reason="it is not there any more")


def _cause(crossed: "_Crossed", turn: Turn, point: Point) -> Cause:
    before = crossed.known.judged.get(turn.month)
    is_nowcast = bool(point.nowcasts)
    if before is None:
        if turn.was_undone:
            return Cause.RESTATED
        return Cause.NOWCAST if is_nowcast else Cause.PUBLISHED
    if before.is_nowcast:
        return Cause.NOWCAST if is_nowcast or point.amount is None else Cause.REPLACED
    is_same_figure = before.amount is not None and before.amount == point.amount
    is_of_budget = crossed.rule.against is Against.BUDGET
    if is_same_figure and is_of_budget and before.limit != point.limit:
        return Cause.BUDGET
    return Cause.RESTATED


def _key(rule: ThresholdRule, level: Level, lap: str) -> str:
    return f"t-{event_id_of('threshold', *rule.identity(level), lap).removeprefix('e-')}"


def _contributors(figures: Series, months: Sequence[UsagePeriod]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for month in months:
        found = figures.months.get(month)
        for account, amount in () if found is None else found.by_account.items():
            sums[account] = sums.get(account, 0) + amount
    largest = sorted(sums.items(), key=lambda each: (-each[1], each[0]))
    return dict(largest[:_CONTRIBUTORS])


def _retired(others: Sequence[Watched]) -> Iterator[str]:
    lasting = (each for each in others if any(breach.is_open for breach in each.told.breaches))
    yield from sorted({f"{each.name} ({each.severity})" for each in lasting})
