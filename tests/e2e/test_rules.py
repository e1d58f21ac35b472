"""Thresholds of figures over time: each breach and each recovery is told once, whatever happens."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any, Final

import pytest
from harness.deployment import Deployment
from harness.exports import CARBON_EXPORT, Delivery, SampleExports
from harness.months import Months
from harness.notices import Notices
from harness.readers import AthenaReader
from harness.rules import BREACHED, Rules
from harness.scenario_table import Scenario
from harness.truths import kilograms
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

QUARTER: Final = ("2025-04", "2025-05", "2025-06")
RULE: Final = "quarter"
LIMITS: Final = {"warning": Decimal(200), "critical": Decimal(1000)}
WITHIN, ABOVE, FAR_ABOVE = 1.0, 20.0, 100.0
TOGETHER: Final = 8
CHAT_SECONDS: Final = 60.0
MBM: Final = ("scope_1_kgco2e", "scope_2_mbm_kgco2e", "scope_3_mbm_kgco2e")


class Desk:
    """Delivers the last month of the quarter, larger or smaller, and knows what must be told."""

    def __init__(
        self, deployment: Deployment, months: Months, rules: Rules, exports: SampleExports
    ) -> None:
        self.stand_in = deployment.stand_in
        self.months = months
        self.rules = rules
        self._s3 = deployment.stand_in.client("s3")
        self._landing = deployment.landing
        self._exports = exports
        self._number = 0
        self.current = self._newest(QUARTER[-1])
        self.expected = {severity: [0, False] for severity in LIMITS}

    def publish_quarter(self) -> None:
        """Deliver the months that nobody has delivered yet."""
        missing = [month for month, at in self.months.versions(QUARTER).items() if not at]
        for month in missing:
            self._newest(month).put(self._s3, self._landing)
        self.months.wait_for(dict.fromkeys(missing, 1))
        self.settle()

    def deliver(self, factor: float, *, wait: bool = True) -> Delivery:
        """Restate the last month, by a newer model version than all before."""
        self._number += 1
        delivery = self._newest(QUARTER[-1]).scaled(factor, f"v8.{self._number}.0")
        version = self.months.versions(QUARTER)[QUARTER[-1]]
        delivery.put(self._s3, self._landing)
        self.months.wait_for({QUARTER[-1]: version + 1})
        self.current = delivery
        if wait:
            self.settle()
        return delivery

    def settle(self) -> None:
        """Wait until months and judgements are at rest; count what must have been told."""
        self.months.wait_until_quiet()
        self.rules.wait_until_quiet()
        for severity, limit in LIMITS.items():
            count, is_open = self.expected[severity]
            is_above = self.amount() > limit
            self.expected[severity] = [count + (is_above and not is_open), is_above]

    def amount(self) -> Decimal:
        """Return the quarter's figure as it is delivered now."""
        deliveries = [*map(self._newest, QUARTER[:-1]), self.current]
        return sum((_total(each) for each in deliveries), Decimal(0))

    def check(self) -> None:
        """Compare the outbox with what must have been told: no row less and none twice."""
        turns = self.rules.turns(QUARTER[0], RULE)
        wanted = {}
        for severity, (count, is_open) in self.expected.items():
            wanted[severity, "breached"] = count
            wanted[severity, "recovered"] = count - is_open
        assert turns == {turn: count for turn, count in wanted.items() if count}
        assert self.rules.failures() == []

    def _newest(self, month: str) -> Delivery:
        return self._exports.deliveries(CARBON_EXPORT, {month})[-1]


def _total(delivery: Delivery) -> Decimal:
    found = kilograms(delivery)
    return sum((found[name] for name in MBM), Decimal(0))


@pytest.fixture(scope="module")
def desk(deployment: Deployment, months: Months, exports: SampleExports) -> Desk:
    """Return the desk, with the quarter published within its limits."""
    made = Desk(deployment, months, Rules(deployment), exports)
    made.publish_quarter()
    made.check()
    return made


@pytest.fixture(scope="module")
def channel(deployment: Deployment) -> Any:
    """Listen to the chat topic as a channel does."""
    sqs, sns = (deployment.stand_in.client(name) for name in ("sqs", "sns"))
    topic = deployment.named("AWS::SNS::Topic", "chat")
    url = sqs.create_queue(QueueName="a-channel")["QueueUrl"].replace("localhost", "127.0.0.1")
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    queue = asked["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(_letting_in(queue))})
    sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"}
    )

    def heard(thread: str, count: int) -> list[dict[str, Any]]:
        """Return the messages of a thread, once there are so many."""
        until = time.monotonic() + CHAT_SECONDS
        messages: list[dict[str, Any]] = []
        while len(messages) < count and time.monotonic() < until:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for each in answer.get("Messages", []):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
                message = json.loads(each["Body"])
                if message["metadata"]["threadId"] == thread:
                    messages.append(message)
        return messages

    return heard


def _letting_in(queue: str) -> dict[str, Any]:
    """Return the policy of a queue that topics may write to."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def test_a_breach_is_told_with_its_figure_its_accounts_and_its_query(
    desk: Desk, notices: Notices, athena: AthenaReader, channel: Any, scenario: Scenario
) -> None:
    """The figure is AWS's to the last digit, the query shows it, and a channel hears of it."""
    desk.deliver(ABOVE)
    desk.check()
    (told,) = (
        each
        for each in notices.of(BREACHED, QUARTER[-1])
        if each["threshold"] == RULE and each["direction"] == "breached"
    )
    assert Decimal(told["actual"]) == desk.amount()
    assert told["is_restatement"] is True
    rows = athena.table(told["query"]).to_pylist()
    assert sum(Decimal(row["total_mbm_kgco2e"]) for row in rows) == desk.amount()
    contributors = [each["usage_account_id"] for each in told["contributors"]]
    assert contributors == [row["usage_account_id"] for row in rows[: len(contributors)]]
    messages = channel(told["breach_id"], 1)
    assert [each["content"]["textType"] for each in messages] == ["client-markdown"]
    scenario.note(f"{told['actual']} {told['unit']}, {messages[0]['content']['title']!r}")


def test_a_recovery_is_told_in_the_same_thread(desk: Desk, notices: Notices, channel: Any) -> None:
    """A restatement below the limit ends the breach, under the breach's own id."""
    desk.deliver(WITHIN)
    desk.check()
    told = [each for each in notices.of(BREACHED, QUARTER[-1]) if each["threshold"] == RULE]
    assert [each["direction"] for each in told] == ["breached", "recovered"]
    assert len({each["breach_id"] for each in told}) == 1
    (message,) = channel(told[0]["breach_id"], 1)
    assert "has recovered" in message["content"]["title"]


def test_forecasts_and_targets_are_kept_beside(athena: AthenaReader, desk: Desk) -> None:
    """Each judgement keeps what the year will have been, once for what it says."""
    desk.rules.wait_for([desk.rules.start(always=True)])
    query = "SELECT record_id, count(*) AS n FROM {} GROUP BY record_id ORDER BY record_id"
    before = [athena.table(query.format(table)).to_pylist() for table in ("forecasts", "targets")]
    desk.rules.wait_for([desk.rules.start(always=True)])
    after = [athena.table(query.format(table)).to_pylist() for table in ("forecasts", "targets")]
    assert all(before)
    assert after == before


def test_judges_that_run_together_tell_once(desk: Desk, scenario: Scenario) -> None:
    """Eight executions ask, judge and commit at the same time, beside the publication's own."""
    desk.deliver(FAR_ABOVE, wait=False)
    with ThreadPoolExecutor(TOGETHER) as pool:
        started = [*pool.map(lambda _: desk.rules.start(always=True), range(TOGETHER))]
    ended = desk.rules.wait_for(started)
    desk.settle()
    desk.check()
    assert {each["status"] for each in ended} == {"SUCCEEDED"}
    scenario.note(f"{TOGETHER} executions at once")


def test_a_judgement_whose_answer_was_lost_tells_nothing_twice(desk: Desk) -> None:
    """A function that fails after its work, and a query that fails, are repeated."""
    desk.stand_in.order(
        {"target": "judge_rules", "kind": "error", "moment": "after", "match": {"step": "judge"}},
        {"target": "athena", "kind": "error", "match": {"sql": "/series/"}},
    )
    desk.deliver(WITHIN)
    left = [each["times"] for each in desk.stand_in.faults()]
    desk.stand_in.clear_faults()
    desk.check()
    assert left == [0, 0]


class Anything(RuleBasedStateMachine):
    """Restatements up and down, replays, judges by hand and lost answers, in any order."""

    desk: Desk

    @initialize()
    def rest(self) -> None:
        """Begin at rest."""
        self.desk.settle()

    @rule(factor=st.sampled_from([WITHIN, ABOVE, FAR_ABOVE]))
    def restate(self, factor: float) -> None:
        """Restate the month and judge it."""
        self.desk.deliver(factor)

    @rule(factor=st.sampled_from([WITHIN, ABOVE, FAR_ABOVE]), count=st.integers(1, 4))
    def restate_while_others_judge(self, factor: float, count: int) -> None:
        """Restate while judges run that began before it."""
        started = [self.desk.rules.start(always=True) for _ in range(count)]
        self.desk.deliver(factor)
        self.desk.rules.wait_for(started)

    @rule(count=st.integers(1, 4))
    def judge_again(self, count: int) -> None:
        """Judge again, several at once, though nothing is new."""
        self.desk.rules.wait_for([self.desk.rules.start(always=True) for _ in range(count)])

    @rule(moment=st.sampled_from(["before", "after"]), step=st.sampled_from(["ask", "judge"]))
    def lose_an_answer(self, moment: str, step: str) -> None:
        """Let the next call of a step fail, before or after its work."""
        fault = {"kind": "error", "moment": moment, "match": {"step": step}}
        self.desk.stand_in.order({"target": "judge_rules", **fault})
        self.desk.rules.wait_for([self.desk.rules.start(always=True)])

    @invariant()
    def nothing_is_lost_and_nothing_is_told_twice(self) -> None:
        """Compare the outbox with what was delivered."""
        self.desk.check()


def test_in_any_order_each_turn_is_told_once(desk: Desk, scenario: Scenario) -> None:
    """A short run of the state machine above on the emulator."""
    Anything.desk = desk
    run_state_machine_as_test(
        Anything,
        settings=settings(
            max_examples=1,
            stateful_step_count=10,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    desk.stand_in.clear_faults()
    turns = desk.rules.turns(QUARTER[0], RULE)
    scenario.note(", ".join(f"{' '.join(turn)}: {n}" for turn, n in sorted(turns.items())))
