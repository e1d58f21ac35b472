"""Thresholds under everything that can happen to them: one notice a breach, none lost or twice."""

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from crossfoot.adapters.threshold_book import FolderThresholdBook
from crossfoot.domain.measures import Measure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.selections import Selection
from crossfoot.domain.threshold_rules import Against, Level, Severity, ThresholdRule, Window
from crossfoot.usecases.evaluate_thresholds import EvaluateThresholds, Evaluation
from crossfoot.usecases.series_ports import MonthFigure, Series

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
MILLION = 10**6
WARNING, CRITICAL = Level(Severity.WARNING, 100), Level(Severity.CRITICAL, 140)
RULES = (
    ThresholdRule(
        "month",
        Measure.TOTAL_LBM,
        Window.MONTH,
        Against.AMOUNT,
        (WARNING, CRITICAL),
        recovery_margin=10 * MILLION,
    ),
    ThresholdRule(
        "quarter",
        Measure.TOTAL_LBM,
        Window.QUARTER,
        Against.AMOUNT,
        (Level(Severity.CRITICAL, 250),),
    ),
    ThresholdRule(
        "year on year",
        Measure.TOTAL_LBM,
        Window.MONTH,
        Against.LAST_YEAR,
        (Level(Severity.WARNING, 20 * MILLION),),
    ),
)

_STORIES = (["breached"], ["breached", "recovered"])

figures = st.sampled_from([None, 0, 50, 90, 95, 100, 101, 139, 141, 200])


class Crash(BaseException):
    """The process ends at this instant; nobody may catch it by accident."""


class FrozenClock:
    """A clock that stands."""

    def now(self) -> datetime:
        """Return the one instant."""
        return NOW


class Ledger:
    """Published months, and what they sum up to."""

    def __init__(self) -> None:
        self.months: dict[UsagePeriod, int | None] = {}
        self.snapshot = 1

    def series(self, selection: Selection) -> Series:  # noqa: ARG002 - one figure for all
        """Return every month."""
        run = f"r-{self.snapshot:016x}"
        return Series(
            {month: MonthFigure(run, amount) for month, amount in self.months.items()},
            has_rows=True,
        )

    def query(self, selection: Selection, months: Sequence[UsagePeriod]) -> str:
        """Name the question."""
        return f"{selection.column} {months[0]} {months[-1]}"


class CrashingBook(FolderThresholdBook):
    """The book on disk, whose process ends before or after its nth write, or within a line."""

    def __init__(self, root: Path, countdown: int) -> None:
        super().__init__(root)
        self._countdown = countdown

    def _replace_state(self, *arguments: Any) -> None:
        self._step()
        super()._replace_state(*arguments)
        self._step()

    def _append(self, lines: Iterable[Mapping[str, Any]]) -> None:
        self._step()
        super()._append(lines)
        self._tear()
        self._step()

    def _tear(self) -> None:
        """End within the last line, as when the disk has taken a part of it."""
        self._countdown -= 1
        if self._countdown == 0:
            content = self._outbox.read_bytes()
            self._outbox.write_bytes(content[:-7])
            raise Crash

    def _step(self) -> None:
        self._countdown -= 1
        if self._countdown == 0:
            raise Crash


def episodes(series: Sequence[tuple[int | None, int | None, int | None]]) -> list[list[int]]:
    """Return the breaches of a lap, said in another way: marks of months, then runs of marks."""
    marks: list[bool] = []
    for amount, limit, recovery in series:
        was = bool(marks) and marks[-1]
        if amount is None or limit is None or recovery is None:
            marks.append(was)
        else:
            marks.append(amount > limit or (was and amount > recovery))
    starts = [at for at, mark in enumerate(marks) if mark and (at == 0 or not marks[at - 1])]
    return [[at, _end(marks, at)] for at in starts]


def _end(marks: Sequence[bool], start: int) -> int:
    return next((at for at in range(start, len(marks)) if not marks[at]), len(marks))


class Thresholds(RuleBasedStateMachine):
    """Publications, restatements, evaluations, replays and crashes, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        # no power is cut here, and waiting for the disk takes nine tenths of the time
        self._flush = mock.patch("os.fsync")
        self._flush.start()
        self.root = Path(self._folder.name)
        self.ledger = Ledger()
        self.is_current = True

    def teardown(self) -> None:
        """Remove the folder."""
        self._flush.stop()
        self._folder.cleanup()

    @precondition(lambda self: len(self.ledger.months) < 20)
    @rule(amount=figures, more=st.lists(figures, max_size=2))
    def publish(self, amount: int | None, more: list[int | None]) -> None:
        """One month, or several at once."""
        for each in (amount, *more):
            n_months = len(self.ledger.months)
            self.ledger.months[UsagePeriod.of_month(2025 + n_months // 12, n_months % 12 + 1)] = (
                each
            )
        self._changed()

    @precondition(lambda self: self.ledger.months)
    @rule(data=st.data(), amount=figures)
    def restate(self, data: st.DataObject, amount: int | None) -> None:
        """Any earlier month, to any figure or none."""
        month = data.draw(st.sampled_from(sorted(self.ledger.months)))
        self.ledger.months[month] = amount
        self._changed()

    @rule()
    def evaluate(self) -> None:
        """Look, and look again: the second look changes no byte."""
        self._evaluated(FolderThresholdBook(self.root))
        before = self._files()
        again = self._evaluated(FolderThresholdBook(self.root))

        assert again.notices == ()
        assert self._files() == before
        self.is_current = True

    @rule(countdown=st.integers(1, 8))
    def crash(self, countdown: int) -> None:
        """End anywhere within an evaluation, if it writes as often."""
        try:
            self._evaluated(CrashingBook(self.root, countdown))
        except Crash:
            return
        self.is_current = True

    @invariant()
    def no_notice_is_there_twice(self) -> None:
        """Find each event id in the outbox once."""
        ids = [line["event_id"] for line in self._notices()]

        assert len(ids) == len(set(ids))

    @invariant()
    def each_breach_begins_before_it_recovers(self) -> None:
        """Find a breach's beginning once, and after it at most one recovery."""
        directions: dict[str, list[str]] = {}
        for data in self._told():
            directions.setdefault(data["breach_id"], []).append(data["direction"])

        assert all(each in _STORIES for each in directions.values())

    @invariant()
    def what_lasts_was_told(self) -> None:
        """Find as told and not recovered, after an evaluation, what lasts by the figures."""
        lasting: dict[str, tuple[str, ...]] = {}
        for data in self._told():
            if data["direction"] == "breached":
                lasting[data["breach_id"]] = (data["threshold"], data["severity"], _lap(data))
            else:
                del lasting[data["breach_id"]]

        assert not self.is_current or sorted(lasting.values()) == sorted(self._lasting())

    def _changed(self) -> None:
        self.ledger.snapshot += 1
        self.is_current = False

    def _evaluated(self, book: FolderThresholdBook) -> Evaluation:
        return EvaluateThresholds(self.ledger, book, FrozenClock()).run(RULES)

    def _lasting(self) -> Iterable[tuple[str, ...]]:
        for each, level, limits, lap_of, total_of in _oracle():
            laps: dict[str, list[tuple[int | None, int | None, int | None]]] = {}
            for month in sorted(self.ledger.months):
                amount, base = total_of(self.ledger.months, month)
                laps.setdefault(lap_of(month), []).append((amount, *limits(base)))
            for lap, series in laps.items():
                if any(end == len(series) for _, end in episodes(series)):
                    yield (each, level, lap)

    def _files(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in self.root.rglob("*")
            if path.is_file()
        }

    def _told(self) -> list[dict[str, Any]]:
        return [line["detail"]["data"] for line in self._notices()]

    def _notices(self) -> list[dict[str, Any]]:
        outbox = self.root / "outbox" / "notices.jsonl"
        content = outbox.read_bytes() if outbox.exists() else b""
        # what follows the last newline is not written yet
        return [json.loads(line) for line in content.split(b"\n")[:-1]]


def _lap(data: Mapping[str, Any]) -> str:
    return _quarter(UsagePeriod(data["usage_period"])) if data["window"] == "quarter" else ""


def _quarter(month: UsagePeriod) -> str:
    return f"{month.year} {(month.start.month + 2) // 3}"


type _Months = Mapping[UsagePeriod, int | None]
type _Limits = Callable[[int | None], tuple[int | None, int | None]]
type _Total = Callable[[_Months, UsagePeriod], tuple[int | None, int | None]]


def _oracle() -> list[tuple[str, str, _Limits, Callable[[UsagePeriod], str], _Total]]:
    """Return the rules in plain words of their own: limits, laps and sums."""

    def month(months: _Months, at: UsagePeriod) -> tuple[int | None, int | None]:
        return months[at], months.get(UsagePeriod.of_month(at.year - 1, at.start.month))

    def quarter(months: _Months, at: UsagePeriod) -> tuple[int | None, int | None]:
        so_far = [months[each] for each in months if _quarter(each) == _quarter(at) and each <= at]
        known = [each for each in so_far if each is not None]
        return (sum(known) if len(known) == len(so_far) else None), None

    def above_last_year(base: int | None) -> tuple[int | None, int | None]:
        return (None, None) if not base else (base * 6 // 5, base * 6 // 5)

    return [
        ("month", "warning", lambda _: (100, 90), lambda _: "", month),
        ("month", "critical", lambda _: (140, 126), lambda _: "", month),
        ("quarter", "critical", lambda _: (250, 250), _quarter, quarter),
        ("year on year", "warning", above_last_year, lambda _: "", month),
    ]


TestThresholds = Thresholds.TestCase
TestThresholds.settings = settings(max_examples=120, stateful_step_count=30, deadline=None)
