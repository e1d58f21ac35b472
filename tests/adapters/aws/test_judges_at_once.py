"""Judges of one deployment in any order, cut off anywhere: each turn of a breach is told once."""

import itertools
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossfoot.adapters.aws.dynamo_publications import DynamoPublications
from crossfoot.adapters.aws.dynamo_rows import pointer_row
from crossfoot.adapters.aws.dynamo_threshold_book import DynamoThresholdBook
from crossfoot.domain.deliveries import Notice, Pointer
from crossfoot.domain.errors import OvertakenError
from crossfoot.domain.measures import Measure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.selections import Selection
from crossfoot.domain.threshold_rules import Against, Level, Severity, ThresholdRule, Window
from crossfoot.usecases.evaluate_thresholds import EvaluateThresholds
from crossfoot.usecases.series_ports import MonthFigure, Series
from crossfoot.usecases.threshold_ports import ThresholdState

MARCH: Final = UsagePeriod("2026-03")
NOW: Final = datetime(2026, 4, 20, 12, tzinfo=UTC)
LIMIT: Final = 100
NUMBERS: Final = itertools.count(1)


class CutOffError(Exception):
    """The function ended: out of time, or its machine was taken away."""


@dataclass(frozen=True)
class Moment:
    """What was published at one moment: a series source, and a clock."""

    snapshot: int
    amount: int

    def series(self, _: Selection) -> Series:
        """Return the one month there is."""
        figure = MonthFigure(f"r-{self.snapshot}", self.amount, {"1": self.amount})
        return Series({MARCH: figure}, has_rows=True)

    def query(self, *_: Any) -> str:
        """Return some query."""
        return "SELECT 1"

    def now(self) -> datetime:
        """Return the time."""
        return NOW


class Interrupted(DynamoThresholdBook):
    """A book whose judge is interrupted between reading and writing, and maybe cut off."""

    def __init__(
        self, world: Any, snapshot: int, meanwhile: Callable[[], None], *, is_cut_off: bool
    ) -> None:
        super().__init__(world.table, world.outbox, snapshot=snapshot, digest="rules")
        self._meanwhile = meanwhile
        self._is_cut_off = is_cut_off

    def commit(self, state: ThresholdState, notices: Mapping[str, Sequence[Notice]]) -> None:
        """Let others go first."""
        self._meanwhile()
        if self._is_cut_off:
            raise CutOffError
        super().commit(state, notices)


class Deployment:
    """One month that is restated again and again, judged by anybody at any time."""

    def __init__(self, world: Any) -> None:
        number = next(NUMBERS)
        self._world = world
        self._snapshot = number * 1_000
        self.name = f"rule {number}"
        self.amounts: list[int] = []
        self.rule = ThresholdRule(
            name=self.name,
            figure=Measure.TOTAL_LBM,
            window=Window.MONTH,
            against=Against.AMOUNT,
            levels=(Level(Severity.WARNING, LIMIT), Level(Severity.CRITICAL, 2 * LIMIT)),
        )
        self.publish(0)

    def publish(self, amount: int) -> None:
        """Publish another figure of the month."""
        self._snapshot += 1
        self.amounts.append(amount)

    def judge(
        self, meanwhile: Callable[[], None] = lambda: None, *, is_cut_off: bool = False
    ) -> None:
        """Judge what is published now; others may do as they like before it is written down."""
        moment = Moment(self._snapshot, self.amounts[-1])
        book = Interrupted(self._world, moment.snapshot, meanwhile, is_cut_off=is_cut_off)
        try:
            EvaluateThresholds(moment, book, moment).run([self.rule])
        except (OvertakenError, CutOffError):
            return

    def told(self, severity: Severity) -> Counter[str]:
        """Return how often each direction was told, and that nothing was told twice."""
        rows = self._world.table.query("outbox", "e-")
        data = [json.loads(str(row["detail"]))["data"] for row in rows]
        own = [
            each for each in data if (each["threshold"], each["severity"]) == (self.name, severity)
        ]
        turns = Counter((each["breach_id"], each["direction"]) for each in own)
        assert set(turns.values()) <= {1}
        return Counter(each["direction"] for each in own)

    def rises(self, limit: int) -> int:
        """Return how often the figure came above a limit."""
        steps = itertools.pairwise(self.amounts)
        return sum(before <= limit < after for before, after in steps)


ACTIONS: Final = st.recursive(
    st.one_of(
        st.tuples(st.just("publish"), st.sampled_from([50, 150, 250])),
        st.tuples(st.just("judge"), st.just([]), st.booleans()),
    ),
    lambda inner: st.tuples(st.just("judge"), st.lists(inner, max_size=4), st.booleans()),
    max_leaves=6,
)
"""Publications and judgements; a judgement may have others in its midst, and be cut off."""


def act(deployment: Deployment, action: Any) -> None:
    """Do one thing, and what happens in its midst."""
    if action[0] == "publish":
        deployment.publish(action[1])
        return

    def meanwhile() -> None:
        for each in action[1]:
            act(deployment, each)

    deployment.judge(meanwhile, is_cut_off=action[2])


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(actions=st.lists(ACTIONS, min_size=1, max_size=6))
def test_whatever_happens_each_turn_is_told_once_and_none_is_lost(
    world: Any, actions: list[Any]
) -> None:
    """Breaches and recoveries alternate, end as the figure stands, and are never more than it."""
    deployment = Deployment(world)
    for action in actions:
        act(deployment, action)
    deployment.judge()

    for severity, limit in ((Severity.WARNING, LIMIT), (Severity.CRITICAL, 2 * LIMIT)):
        told = deployment.told(severity)
        is_above = deployment.amounts[-1] > limit
        assert told["breached"] - told["recovered"] == int(is_above)
        assert told["breached"] <= deployment.rises(limit)


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(amounts=st.lists(st.sampled_from([50, 150, 250]), max_size=6))
def test_where_every_publication_is_judged_every_rise_is_told(
    world: Any, amounts: list[int]
) -> None:
    """As many breaches are told as there were, and as many recoveries."""
    deployment = Deployment(world)
    for amount in amounts:
        deployment.publish(amount)
        deployment.judge()
        deployment.judge()

    for severity, limit in ((Severity.WARNING, LIMIT), (Severity.CRITICAL, 2 * LIMIT)):
        assert deployment.told(severity)["breached"] == deployment.rises(limit)


def test_the_pointers_of_all_months_are_one_moment(world: Any) -> None:
    """Versions add up to the snapshot; a nowcast counts, and gives way to AWS's month."""
    months = (MARCH, UsagePeriod("2020-08"), UsagePeriod("2026-04"))
    for number, month in enumerate(months, 1):
        pointer = Pointer(month, number, f"r-{number}", "i", "d", "v3.0.1", NOW, number)
        world.dynamodb.put_item(TableName="ledger", Item=_row(pointer, "pointer"))
    for month in (MARCH, UsagePeriod("2026-05")):
        pointer = Pointer(month, 5, "r-n", "i", "n", "v3.0.1", NOW, 0)
        world.dynamodb.put_item(TableName="ledger", Item=_row(pointer, "nowcast"))
    seen = DynamoPublications(world.table, lambda: datetime(2026, 5, 3, tzinfo=UTC)).current()

    assert seen.snapshot == 1 + 2 + 3 + 5 + 5
    assert seen.published == {months[1]: "r-2", MARCH: "r-1", months[2]: "r-3"}
    assert seen.silent == {UsagePeriod("2026-05"): "r-n"}
    assert not seen.is_settled


def _row(pointer: Pointer, sort_key: str) -> dict[str, Any]:
    row = {"pk": f"month#{pointer.usage_period}", "sk": sort_key, **pointer_row(pointer)}
    return {
        name: {"S": value} if isinstance(value, str) else {"N": str(value)}
        for name, value in row.items()
    }
