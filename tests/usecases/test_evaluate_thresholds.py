"""Thresholds under everything that can happen to them: one notice a breach, none lost or twice."""

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from crossfoot.adapters.threshold_book import FolderThresholdBook
from crossfoot.adapters.warehouse_lock import exclusive_lock
from crossfoot.bootstrap import watching
from crossfoot.bootstrap.watching import patiently
from crossfoot.domain.budgets import Budget
from crossfoot.domain.fiscal import FiscalYear, month_after
from crossfoot.domain.impacts import Criterion
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.selections import Selection
from crossfoot.domain.threshold_rules import Against, Level, On, Severity, ThresholdRule, Window
from crossfoot.engine.threshold_windows import laps_of
from crossfoot.usecases.evaluate_thresholds import EvaluateThresholds, Evaluation, judge_thresholds
from crossfoot.usecases.series_ports import MonthFigure, Series

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
MILLION = 10**6
WARNING, CRITICAL = Level(Severity.WARNING, 100), Level(Severity.CRITICAL, 140)
STEADY = (95, 100, 101, 100, 95, 101, 100, 95, 100, 101)


def watched(name: str, *levels: Level, **settings: Any) -> ThresholdRule:
    """Return a rule over the one figure that there is."""
    defaults = {"window": Window.MONTH, "against": Against.AMOUNT}
    # the estimate's figures have no smallest gram below which nothing is a jump
    return ThresholdRule(name, Criterion.GHG_USE, levels=levels, **{**defaults, **settings})


RULES = (
    watched("month", WARNING, CRITICAL, recovery_margin=10 * MILLION),
    watched(
        "quarter",
        Level(Severity.CRITICAL, 250),
        window=Window.QUARTER,
        fiscal_year=FiscalYear(2),
    ),
    watched("year on year", Level(Severity.WARNING, 20 * MILLION), against=Against.LAST_YEAR),
    watched(
        "budget",
        Level(Severity.WARNING, 100 * MILLION),
        window=Window.YEAR_TO_DATE,
        against=Against.BUDGET,
        on=On.NOWCAST,
    ),
    watched("nowcast", CRITICAL, on=On.NOWCAST),
    watched("jump", Level(Severity.WARNING, 3 * MILLION), against=Against.NOISE, on=On.NOWCAST),
    watched("forecast", Level(Severity.WARNING, 1_200), window=Window.YEAR, on=On.FORECAST),
)
BY_THE_ENGINE = tuple(rule for rule in RULES if rule.name in {"jump", "forecast"})
"""Rules whose points an oracle would only repeat; their episodes are still its own."""

_STORIES = (["breached"], ["breached", "recovered"])

figures = st.sampled_from([None, 0, 50, 90, 95, 100, 101, 139, 141, 200, 5_000])


class Crash(BaseException):
    """The process ends at this instant; nobody may catch it by accident."""


class FrozenClock:
    """A clock that stands."""

    def now(self) -> datetime:
        """Return the one instant."""
        return NOW


class Ledger:
    """Published months and nowcasts of the next ones, and what they sum up to."""

    def __init__(self) -> None:
        self.months: dict[UsagePeriod, int | None] = {}
        self.nowcasts: dict[UsagePeriod, int | None] = {}
        self.snapshot = 1

    @property
    def told(self) -> dict[UsagePeriod, int | None]:
        """What is known of months, published or not."""
        return {**self.months, **self.nowcasts}

    def next_months(self, n_months: int) -> list[UsagePeriod]:
        """Return the months after the last published one."""
        first = UsagePeriod("2025-01")
        return [month_after(first, len(self.months) + at) for at in range(n_months)]

    def series(self, selection: Selection) -> Series:
        """Return every month that is asked for."""
        run = f"r-{self.snapshot:016x}"
        months = self.told if selection.with_nowcasts else self.months
        return Series(
            {
                month: MonthFigure(run, amount, is_nowcast=month in self.nowcasts)
                for month, amount in sorted(months.items())
            },
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
    """Publications, nowcasts, restatements, evaluations, replays and crashes, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        # no power is cut here, and waiting for the disk takes nine tenths of the time
        self._patches = (mock.patch("os.fsync"), mock.patch.object(watching, "_PAUSE_S", 1e-4))
        for each in self._patches:
            each.start()
        self.root = Path(self._folder.name)
        self.ledger = Ledger()
        self.is_current = True
        self.budget = 1_200

    def teardown(self) -> None:
        """Remove the folder."""
        for each in self._patches:
            each.stop()
        self._folder.cleanup()

    @initialize(is_old=st.booleans())
    def begin(self, *, is_old: bool) -> None:
        """Begin with nothing, or with months enough to tell noise from a jump."""
        if is_old:
            self.ledger.months = dict(zip(self.ledger.next_months(10), STEADY, strict=True))
            self._changed()

    @rule(amount=st.sampled_from([600, 1_200, 2_400]))
    def grant(self, amount: int) -> None:
        """Change the budget, and no figure."""
        self.budget = amount
        self._changed()

    @precondition(lambda self: len(self.ledger.months) < 20)
    @rule(amount=figures, more=st.lists(figures, max_size=2))
    def publish(self, amount: int | None, more: list[int | None]) -> None:
        """One month, or several at once; their nowcasts go."""
        for each in (amount, *more):
            (month,) = self.ledger.next_months(1)
            self.ledger.months[month] = each
            self.ledger.nowcasts.pop(month, None)
        self._changed()

    @rule(amounts=st.lists(figures, min_size=1, max_size=2))
    def nowcast(self, amounts: list[int | None]) -> None:
        """Tell the next months, for the first time or otherwise than before."""
        self.ledger.nowcasts |= dict(
            zip(self.ledger.next_months(len(amounts)), amounts, strict=True)
        )
        self._changed()

    @precondition(lambda self: self.ledger.nowcasts)
    @rule()
    def take_nowcasts_back(self) -> None:
        """As a restored backup does."""
        self.ledger.nowcasts.clear()
        self._changed()

    @precondition(lambda self: self.ledger.months)
    @rule(data=st.data(), amount=figures)
    def restate(self, data: st.DataObject, amount: int | None) -> None:
        """Any earlier month, to any figure or none."""
        month = data.draw(st.sampled_from(sorted(self.ledger.months)))
        self.ledger.months[month] = amount
        self._changed()

    @rule()
    def deliver_again(self) -> None:
        """Publish what is published: nobody is told what was told."""
        self.ledger.snapshot += 1
        found = self._evaluated(FolderThresholdBook(self.root))

        assert found.notices == () or not self.is_current
        self.is_current = True

    @rule()
    def evaluate(self) -> None:
        """Look, and look again: the second look changes no byte, and judges like one in passing."""
        self._evaluated(FolderThresholdBook(self.root))
        before = self._files()
        again = self._evaluated(FolderThresholdBook(self.root))

        assert again.notices == ()
        assert self._files() == before
        assert judge_thresholds(self.ledger, self._rules).verdicts == again.verdicts
        self.is_current = True

    @rule(countdown=st.integers(1, 8))
    def crash(self, countdown: int) -> None:
        """End anywhere within an evaluation, if it writes as often."""
        self.is_current |= self._has_evaluated(countdown)

    @rule(countdowns=st.lists(st.integers(1, 40), min_size=2, max_size=3))
    def evaluate_in_parallel(self, countdowns: list[int]) -> None:
        """Several at once, of which any may end anywhere."""
        with ThreadPoolExecutor(len(countdowns)) as threads:
            self.is_current |= any(threads.map(self._has_evaluated, countdowns))

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

    @property
    def _rules(self) -> list[ThresholdRule]:
        budget = Budget.of({"2025": self.budget}, FiscalYear())
        return [replace(each, budget=budget) if each.name == "budget" else each for each in RULES]

    def _changed(self) -> None:
        self.ledger.snapshot += 1
        self.is_current = False

    def _evaluated(self, book: FolderThresholdBook) -> Evaluation:
        with patiently(lambda: exclusive_lock(self.root / ".lock")):
            return EvaluateThresholds(self.ledger, book, FrozenClock()).run(self._rules)

    def _has_evaluated(self, countdown: int) -> bool:
        try:
            self._evaluated(CrashingBook(self.root, countdown))
        except Crash:
            return False
        return True

    def _lasting(self) -> Iterable[tuple[str, ...]]:
        for each, level, limits, lap_of, total_of in _oracle(self.budget):
            months = self.ledger.told if each in {"budget", "nowcast"} else self.ledger.months
            laps: dict[str, list[tuple[int | None, int | None, int | None]]] = {}
            for month in sorted(months):
                amount, base = total_of(months, month)
                laps.setdefault(lap_of(month), []).append((amount, *limits(base)))
            yield from _lasting_of(each, level, laps)
        for wish in BY_THE_ENGINE:
            found = laps_of(wish, wish.levels[0], self.ledger.series(wish.selection).months)
            laps = {
                "" if lap == "all" else lap: [
                    (each.amount, each.limit, each.recovery_limit) for each in points
                ]
                for lap, points in found.items()
            }
            yield from _lasting_of(wish.name, "warning", laps)

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


def _lasting_of(
    name: str, level: str, laps: Mapping[str, Sequence[tuple[int | None, int | None, int | None]]]
) -> Iterable[tuple[str, ...]]:
    for lap, series in laps.items():
        if any(end == len(series) for _, end in episodes(series)):
            yield (name, level, lap)


def _lap(data: Mapping[str, Any]) -> str:
    month = UsagePeriod(data["usage_period"])
    if data["window"] == "month":
        return ""
    return _quarter(month) if data["window"] == "quarter" else f"{month.year}"


def _quarter(month: UsagePeriod) -> str:
    """Return a name of the quarter, of years that begin in February."""
    return f"{(month.year * 12 + month.start.month - 2) // 3}"


type _Months = Mapping[UsagePeriod, int | None]
type _Limits = Callable[[int | None], tuple[int | None, int | None]]
type _Total = Callable[[_Months, UsagePeriod], tuple[int | None, int | None]]


def _oracle(budget: int) -> list[tuple[str, str, _Limits, Callable[[UsagePeriod], str], _Total]]:
    """Return the rules in plain words of their own: limits, laps and sums."""

    def month(months: _Months, at: UsagePeriod) -> tuple[int | None, int | None]:
        return months[at], months.get(UsagePeriod.of_month(at.year - 1, at.start.month))

    def quarter(months: _Months, at: UsagePeriod) -> tuple[int | None, int | None]:
        all_months = [month_after(at, -back) for back in range(3)]
        so_far = [months.get(each) for each in all_months if _quarter(each) == _quarter(at)]
        known = [each for each in so_far if each is not None]
        return (sum(known) if len(known) == len(so_far) else None), None

    def year_to_date(months: _Months, at: UsagePeriod) -> tuple[int | None, int | None]:
        so_far = [
            months.get(UsagePeriod.of_month(at.year, each)) for each in range(1, at.start.month + 1)
        ]
        known = [each for each in so_far if each is not None]
        days = (at.end - UsagePeriod(f"{at.year}").start).days
        granted = (budget * days + 182) // 365 if at.year == 2025 else None
        return (sum(known) if len(known) == len(so_far) else None), granted

    def above_last_year(base: int | None) -> tuple[int | None, int | None]:
        return (None, None) if not base else (base * 6 // 5, base * 6 // 5)

    return [
        ("month", "warning", lambda _: (100, 90), lambda _: "", month),
        ("month", "critical", lambda _: (140, 126), lambda _: "", month),
        ("quarter", "critical", lambda _: (250, 250), _quarter, quarter),
        ("year on year", "warning", above_last_year, lambda _: "", month),
        ("budget", "warning", lambda base: (base, base), lambda at: f"{at.year}", year_to_date),
        ("nowcast", "critical", lambda _: (140, 140), lambda _: "", month),
    ]


TestThresholds = Thresholds.TestCase
TestThresholds.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
