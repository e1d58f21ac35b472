"""What thresholds have told, in DynamoDB: once, whoever judges, and by nobody who saw less."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from crossfoot.adapters.aws.dynamo_threshold_book import DynamoThresholdBook
from crossfoot.domain.deliveries import Notice
from crossfoot.domain.errors import DeploymentError, OvertakenError, StorageError
from crossfoot.engine.breaches import Breach, Told
from crossfoot.usecases.threshold_ports import Judged, Watched

KEY: Final = "t-0123456789abcdef"
BREACHED: Final = Watched(
    "all",
    "warning",
    "all",
    Told(1, (Breach("2026-01", "2026-02", None, 1),)),
    {"2026-01": Judged(10**17, 5, is_nowcast=True)},
)
THROTTLED: Final = {
    "Error": {"Code": "ThrottlingException", "Message": "slow down"},
    "ResponseMetadata": {"HTTPStatusCode": 400},
}


def book(world: Any, snapshot: int = 7, digest: str = "rules") -> DynamoThresholdBook:
    """Return the book as a judge of so many publications sees it."""
    return DynamoThresholdBook(world.table, world.outbox, snapshot=snapshot, digest=digest)


def told(number: int = 1, **data: Any) -> Notice:
    """Return a notice."""
    return Notice(f"e-{number:032x}", "Emission Threshold Breached", {"data": data})


def waiting(world: Any) -> list[str]:
    """Return the ids of the notices that wait."""
    return sorted(each.event_id for each in world.outbox.unsent())


def test_a_state_comes_back_as_it_was_kept(world: Any) -> None:
    """Breaches, numbers and judged months survive, beside the limits that did not change."""
    first = book(world)
    assert first.load() == {}
    first.commit({KEY: BREACHED}, {KEY: [told()]})

    assert book(world).load() == {KEY: BREACHED}
    assert waiting(world) == [told().event_id]


def test_the_same_again_writes_nothing(world: Any) -> None:
    """A judge who finds what is known leaves every row of the limits as it is."""
    for _ in range(3):
        judge = book(world)
        judge.load()
        judge.commit({KEY: BREACHED}, {})

    (row,) = world.table.query("thresholds", "t-")
    assert row["version"] == 1


def test_who_saw_less_changes_nothing_once_somebody_saw_more(world: Any) -> None:
    """A slow judge of older figures is refused, whether it has read the book already or not."""
    slow = book(world, 7)
    slow.load()
    newer = book(world, 8)
    newer.load()

    with pytest.raises(OvertakenError):
        slow.commit({KEY: BREACHED}, {KEY: [told()]})
    with pytest.raises(OvertakenError):
        book(world, 7).load()
    assert waiting(world) == []
    newer.commit({KEY: BREACHED}, {KEY: [told()]})
    assert waiting(world) == [told().event_id]


def test_two_judges_of_the_same_publications_tell_once(world: Any) -> None:
    """The second finds another version than the one it read, and has to judge again."""
    judges = [book(world), book(world)]
    for judge in judges:
        judge.load()
    judges[0].commit({KEY: BREACHED}, {KEY: [told(1)]})

    with pytest.raises(OvertakenError):
        judges[1].commit({KEY: BREACHED}, {KEY: [told(2)]})
    assert waiting(world) == [told(1).event_id]
    assert judges[1].load() == {KEY: BREACHED}


def test_of_twenty_judges_at_once_one_tells(world: Any) -> None:
    """However many commit the same breach at once, one row of the outbox is there."""

    def judge(number: int) -> bool:
        own = book(world)
        try:
            if own.load():
                return False
            own.commit({KEY: BREACHED}, {KEY: [told(number)]})
        except (OvertakenError, StorageError):
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        done = [*pool.map(judge, range(20))]

    assert sum(done) == 1
    assert len(waiting(world)) == 1


def test_a_notice_that_is_there_already_stays_as_it_is(world: Any) -> None:
    """Where people were told before, only the state is written."""
    world.outbox.put(told(1, n=1))
    judge = book(world)
    judge.load()
    judge.commit({KEY: BREACHED}, {KEY: [told(1, n=2), told(2)]})

    kept = {each.event_id: each.detail for each in world.outbox.unsent()}
    assert kept == {told(1).event_id: {"data": {"n": 1}}, told(2).event_id: {"data": {}}}


def test_a_failure_between_two_transactions_loses_nothing_and_repeats_nothing(
    world: Any,
) -> None:
    """What the first transaction kept stays; the limits of the second are told next time."""
    many = {f"t-{number:016x}": BREACHED for number in range(120)}
    notices = {key: [told(number)] for number, key in enumerate(many)}
    judge, calls = book(world), []
    judge.load()

    def once(**_: Any) -> None:
        calls.append(1)
        if len(calls) > 1:
            world.fault("dynamodb", "TransactWriteItems", THROTTLED)

    events = world.dynamodb.meta.events
    events.register("before-parameter-build.*.TransactWriteItems", once, unique_id="once")
    with pytest.raises(StorageError):
        judge.commit(many, notices)
    events.unregister("before-parameter-build.*.TransactWriteItems", unique_id="once")
    world.mend("dynamodb", "TransactWriteItems")

    assert 0 < len(waiting(world)) < len(many)
    assert not book(world).is_concluded
    again = book(world)
    known = again.load()
    again.commit(many, {key: each for key, each in notices.items() if key not in known})
    assert len(waiting(world)) == len(many)
    assert book(world).load() == many


def test_it_is_known_what_was_judged_to_the_end(world: Any) -> None:
    """The same publications under the same rules are not asked again; others are."""
    judge = book(world)
    assert not judge.is_concluded
    judge.load()
    judge.commit({}, {})
    assert not book(world).is_concluded
    judge.conclude()

    assert book(world).is_concluded
    assert not book(world, 8).is_concluded
    assert not book(world, digest="other rules").is_concluded
    book(world, 8).load()
    judge.conclude()
    assert not book(world, 8).is_concluded


def test_more_than_a_transaction_takes_is_refused_by_name(world: Any) -> None:
    """A limit is never divided: half of its notices would be told of half of a state."""
    judge = book(world)
    judge.load()

    with pytest.raises(DeploymentError, match="more to tell at once"):
        judge.commit({KEY: BREACHED}, {KEY: [told(number) for number in range(100)]})
    assert waiting(world) == []
