"""The ledger in DynamoDB: deliveries, claims, pointers and the outbox."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from botocore.exceptions import ReadTimeoutError

from crossfoot.domain.deliveries import Claim, DeliveryState, ExportKind, Pointer
from crossfoot.domain.errors import (
    DeploymentError,
    MonthBusyError,
    RunContentError,
    StaleClaimError,
    StorageError,
)
from crossfoot.domain.period import UsagePeriod

MARCH: Final = UsagePeriod("2026-03")
NOW: Final = datetime(2026, 4, 20, 12, tzinfo=UTC)
LEASE: Final = 1800


def pointer(version: int = 1, run_id: str = "r-1", settled: int = 0) -> Pointer:
    """Return a pointer of March."""
    return Pointer(MARCH, version, run_id, f"identity of {run_id}", "d-1", "v3.0.1", NOW, settled)


def claimed(world: Any, holder: str = "close-1", at: datetime = NOW) -> Claim:
    """Claim March."""
    claim: Claim = world.months.claim(MARCH, holder, at, LEASE)
    return claim


def rows(world: Any) -> list[dict[str, Any]]:
    """Return every row of the table."""
    found: list[dict[str, Any]] = world.dynamodb.scan(TableName="ledger")["Items"]
    return found


def test_fifty_duplicates_from_twenty_threads_are_one_delivery(world: Any, made: Any) -> None:
    """However often and at once a delivery is accepted, one call finds it new."""
    delivery = made.pinned("a", "b")

    with ThreadPoolExecutor(20) as pool:
        new = [*pool.map(lambda _: world.deliveries.accept(delivery), range(50))]

    assert sum(new) == 1
    assert len(world.deliveries.deliveries(MARCH)) == 1
    assert len([*world.objects.keys(world.places.pin(MARCH, ExportKind.CARBON, "0" * 32))]) == 0
    assert world.deliveries.pinned(MARCH, ExportKind.CARBON, delivery.digest) == delivery


def test_the_second_manifest_of_an_execution_is_the_same_delivery(world: Any, made: Any) -> None:
    """Two manifests with one set of files are one row, dated and pinned by the first."""
    first = made.pinned("a")
    second = replace(
        made.pinned("a", at=NOW + timedelta(seconds=2)),
        manifest=replace(first.manifest, key="other-Manifest.json"),
    )

    assert world.deliveries.accept(first)
    assert not world.deliveries.accept(second)

    (known,) = world.deliveries.deliveries(MARCH)
    assert known.delivered_at == NOW
    assert known.state is DeliveryState.ACCEPTED
    assert world.deliveries.pinned(MARCH, first.kind, first.digest) == first


def test_an_accept_that_dies_after_its_pins_is_taken_up_again(world: Any, made: Any) -> None:
    """Pins come first: a retry finds them and writes the row."""
    delivery = made.pinned("a")
    world.fault("dynamodb", "PutItem", ReadTimeoutError(endpoint_url="https://dynamodb"))
    with pytest.raises(StorageError):
        world.deliveries.accept(delivery)
    world.mend("dynamodb", "PutItem")

    assert world.deliveries.accept(delivery)


def test_a_row_whose_answer_was_lost_is_known_again(
    world: Any, made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client repeats a call that timed out; its own row is not taken for another's."""
    once = world.dynamodb.put_item

    def put_twice(**parameters: Any) -> Any:
        once(**parameters)
        return once(**parameters)

    monkeypatch.setattr(world.dynamodb, "put_item", put_twice)

    assert world.outbox.put(made.notice())
    assert not world.outbox.put(made.notice())


def test_damaged_pins_are_refused(world: Any, made: Any) -> None:
    """Pins that do not give the digest they are kept under are not used."""
    delivery = made.pinned("a")
    world.deliveries.accept(delivery)
    place = world.places.pin(MARCH, delivery.kind, delivery.digest)
    original = world.objects.read(place)
    for content in (b"[]", b"{", b"{}", original.replace(b'"v1"', b'"v2"')):
        world.objects.put(place, content)
        with pytest.raises(RunContentError, match="damaged"):
            world.deliveries.pinned(MARCH, delivery.kind, delivery.digest)


def test_a_delivery_that_was_read_tells_what_it_is(world: Any, made: Any) -> None:
    """Reading adds id, version and payer, and AWS's own time of the delivery."""
    world.deliveries.accept(made.pinned("a", at=NOW + timedelta(days=2)))
    (known,) = world.deliveries.deliveries(MARCH)

    for _ in range(2):
        world.deliveries.mark_read(known, made.carbon_delivery())

    (read,) = world.deliveries.deliveries(MARCH)
    assert read.state is DeliveryState.READ
    assert (read.delivery_id, read.model_version) == ("d-0123456789abcdef", "v3.0.1")
    assert (read.payer_account_id, read.delivered_at) == ("000000000001", NOW)


def test_what_was_never_accepted_can_be_neither_read_nor_quarantined(world: Any, made: Any) -> None:
    """The ledger makes up no delivery; a notice of one is not sent either."""
    world.deliveries.accept(made.pinned("a"))
    (known,) = world.deliveries.deliveries(MARCH)
    unknown = replace(known, digest="f" * 32)

    with pytest.raises(DeploymentError, match="knows no carbon delivery"):
        world.deliveries.mark_read(unknown, made.carbon_delivery())
    with pytest.raises(DeploymentError, match="knows no carbon delivery"):
        world.deliveries.mark_quarantined(unknown, "because", made.notice())
    assert len(world.deliveries.deliveries(MARCH)) == 1
    assert not world.outbox.unsent()


def test_a_delivery_is_quarantined_once_with_its_notice(world: Any, made: Any) -> None:
    """The first reason stays, and one notice waits."""
    world.deliveries.accept(made.pinned("a"))
    (known,) = world.deliveries.deliveries(MARCH)

    world.deliveries.mark_quarantined(known, "no unit", made.notice("e-1"))
    world.deliveries.mark_quarantined(known, "again", made.notice("e-2"))

    (bad,) = world.deliveries.deliveries(MARCH)
    assert (bad.state, bad.reason) == (DeliveryState.QUARANTINED, "no unit")
    assert [each.event_id for each in world.outbox.unsent()] == ["e-1"]


def test_what_people_know_already_can_be_quarantined_again(world: Any, made: Any) -> None:
    """A delivery that was healed and is of no use after all is marked without a second notice."""
    world.deliveries.accept(made.pinned("a"))
    (known,) = world.deliveries.deliveries(MARCH)
    world.deliveries.mark_quarantined(known, "no unit", made.notice())
    world.deliveries.mark_read(known, made.carbon_delivery())
    assert world.deliveries.deliveries(MARCH)[0].reason is None

    world.deliveries.mark_quarantined(known, "no unit", made.notice())

    assert world.deliveries.deliveries(MARCH)[0].state is DeliveryState.QUARANTINED
    assert len(world.outbox.unsent()) == 1


def test_a_refused_manifest_is_told_once_for_each_version(world: Any, made: Any) -> None:
    """The same version of the same manifest is one refusal and one notice."""
    for version, event in (("v1", "e-1"), ("v1", "e-2"), ("v2", "e-3"), (None, "e-4")):
        is_new = world.deliveries.refuse(
            ExportKind.USAGE, "usage/x-Manifest.json", version, "bad", made.notice(event)
        )
        assert is_new == (event != "e-2")

    assert [each.event_id for each in world.outbox.unsent()] == ["e-1", "e-3", "e-4"]


def test_a_quarantine_is_all_or_nothing(world: Any, made: Any) -> None:
    """Where the notice cannot be written, the delivery is not marked."""
    world.deliveries.accept(made.pinned("a"))
    (known,) = world.deliveries.deliveries(MARCH)

    with pytest.raises(DeploymentError, match="too large"):
        world.deliveries.mark_quarantined(known, "bad", made.notice(text="x" * 300_000))

    assert world.deliveries.deliveries(MARCH)[0].state is DeliveryState.ACCEPTED


def test_deliveries_of_a_month_come_page_by_page(world: Any, made: Any) -> None:
    """All deliveries of a month are returned, and none of another month's."""
    for number in range(30):
        world.deliveries.accept(made.pinned(f"a{number}"))

    assert len(world.deliveries.deliveries(MARCH)) == 30
    assert not world.deliveries.deliveries(UsagePeriod("2026-04"))


def test_one_of_twenty_threads_gets_the_month(world: Any) -> None:
    """Twenty executions claim at once: one holds the month, the others are told that it is busy."""

    def attempt(number: int) -> int | None:
        try:
            return int(claimed(world, f"close-{number}").fence)
        except MonthBusyError:
            return None

    with ThreadPoolExecutor(20) as pool:
        fences = [*pool.map(attempt, range(20))]

    assert [fence for fence in fences if fence is not None] == [1]


def test_the_same_holder_keeps_its_fence(world: Any) -> None:
    """Claiming again only makes the claim last."""
    first = claimed(world)
    again = claimed(world, at=NOW + timedelta(minutes=20))

    assert again.fence == first.fence == 1
    assert again.expires_at == NOW + timedelta(minutes=50)


def test_fences_grow_with_every_new_holder(world: Any) -> None:
    """After release or expiry the next holder has a higher fence, for ever."""
    first = claimed(world, "a")
    world.months.release(first)
    second = claimed(world, "b")
    with pytest.raises(MonthBusyError):
        claimed(world, "c", NOW + timedelta(seconds=LEASE - 1))
    third = claimed(world, "c", NOW + timedelta(seconds=LEASE))

    assert [first.fence, second.fence, third.fence] == [1, 2, 3]
    with pytest.raises(MonthBusyError, match="2026-03 is held by c until 13:00:00 UTC"):
        claimed(world, "d", NOW + timedelta(seconds=LEASE))


def test_a_lost_answer_to_a_claim_is_no_other_holder(world: Any) -> None:
    """The client's repetition of a claim that went through finds the claim to be its own."""
    months = world.months
    taken = months._take(MARCH, "close-1", NOW, 10**16)
    assert taken.is_done
    repeated = months._take(MARCH, "close-1", NOW, 10**16)
    assert not repeated.is_done
    assert repeated.item["holder"] == "close-1"

    assert claimed(world).fence == 1


def test_only_the_holder_gives_a_month_back(world: Any) -> None:
    """A late release of an earlier holder changes nothing."""
    first = claimed(world, "a")
    second = claimed(world, "b", NOW + timedelta(seconds=LEASE))

    world.months.release(first)

    with pytest.raises(MonthBusyError):
        claimed(world, "c", NOW + timedelta(seconds=LEASE + 1))
    world.months.release(second)
    assert claimed(world, "c").fence == 3


def test_a_claim_that_was_renewed_since_is_not_given_back(world: Any) -> None:
    """Whoever renewed it may still be at work; the one before knows nothing of that."""
    first = claimed(world, "a")
    renewed = world.months.renew(first, NOW + timedelta(seconds=1), LEASE)

    world.months.release(first)
    with pytest.raises(MonthBusyError):
        claimed(world, "b", NOW + timedelta(seconds=2))
    world.months.release(renewed)
    assert claimed(world, "b", NOW + timedelta(seconds=3)).fence == 2


def test_a_claim_is_renewed_unless_the_fence_has_moved_on(world: Any) -> None:
    """One's own claim lasts again, expired or given back; a taken month stays taken."""
    first = claimed(world, "a")
    late = NOW + timedelta(hours=2)
    assert world.months.renew(first, late, LEASE).expires_at == late + timedelta(seconds=LEASE)
    world.months.release(first)
    assert world.months.renew(first, late, LEASE).fence == 1
    claimed(world, "b", late + timedelta(seconds=LEASE))

    with pytest.raises(StaleClaimError, match="fence 1"):
        world.months.renew(first, late, LEASE)
    with pytest.raises(StaleClaimError):
        world.months.renew(Claim(UsagePeriod("2026-04"), "a", 1, NOW), NOW, LEASE)


def test_a_publication_moves_the_pointer_and_tells(world: Any, made: Any) -> None:
    """Pointer and notices are there together, and the pointer waits to be settled."""
    assert world.months.pointer(MARCH) is None

    world.months.publish(claimed(world), pointer(), [made.notice("e-1"), made.notice("e-2")])

    assert world.months.pointer(MARCH) == pointer()
    assert world.months.unsettled() == [pointer()]
    assert [each.event_id for each in world.outbox.unsent()] == ["e-1", "e-2"]


@pytest.mark.parametrize("stale", ["taken over", "released", "never claimed", "other holder"])
def test_a_stale_claim_publishes_nothing(world: Any, made: Any, stale: str) -> None:
    """Whoever lost the month moves no pointer and puts no notice."""
    claim = claimed(world)
    match stale:
        case "taken over":
            claimed(world, "close-2", NOW + timedelta(seconds=LEASE))
        case "released":
            world.months.release(claim)
        case "never claimed":
            claim = replace(claim, fence=7)
        case _:
            claim = replace(claim, holder="close-2")

    with pytest.raises(StaleClaimError):
        world.months.publish(claim, pointer(), [made.notice()])

    assert world.months.pointer(MARCH) is None
    assert not world.outbox.unsent()
    assert not world.months.unsettled()


@pytest.mark.parametrize("version", [1, 3])
def test_a_pointer_moves_by_one_version_only(world: Any, made: Any, version: int) -> None:
    """A publication that does not follow the current one is refused whole."""
    claim = claimed(world)
    world.months.publish(claim, pointer(), [])

    with pytest.raises(StaleClaimError, match="version 1"):
        world.months.publish(claim, pointer(version, "r-2"), [made.notice()])

    assert world.months.pointer(MARCH) == pointer()
    assert not world.outbox.unsent()


def test_a_publication_that_has_happened_may_be_repeated(world: Any, made: Any) -> None:
    """The same pointer again is no other publication: its first answer was lost."""
    claim = claimed(world)
    for _ in range(2):
        world.months.publish(claim, pointer(), [made.notice()])

    assert len(world.outbox.unsent()) == 1


def test_a_notice_that_is_known_does_not_stop_a_publication(world: Any, made: Any) -> None:
    """A notice in the outbox stays as it is there; the others come with the pointer."""
    world.outbox.put(made.notice("e-1", total=1))
    wanted = [made.notice("e-1", total=2), made.notice("e-2"), made.notice("e-2")]

    world.months.publish(claimed(world), pointer(), wanted)

    assert world.months.pointer(MARCH) == pointer()
    assert [each.detail["data"] for each in world.outbox.unsent()] == [{"total": 1}, {}]


def test_of_racing_publications_one_wins(world: Any, made: Any) -> None:
    """Twenty threads with one claim publish different runs: one pointer, one notice."""
    claim = claimed(world)

    def publish(number: int) -> bool:
        try:
            world.months.publish(claim, pointer(1, f"r-{number}"), [made.notice(f"e-{number}")])
        except StaleClaimError:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        won = [*pool.map(publish, range(20))]

    assert sum(won) == 1
    assert [each.event_id for each in world.outbox.unsent()] == [f"e-{won.index(True)}"]


def test_settling_an_old_version_leaves_the_new_one_open(world: Any) -> None:
    """Only the version that the catalogue shows is settled."""
    claim = claimed(world)
    world.months.publish(claim, pointer(), [])
    world.months.settle(pointer())
    assert not world.months.unsettled()
    second = pointer(2, "r-2", settled=1)
    world.months.publish(claim, second, [])

    world.months.settle(pointer())
    assert world.months.unsettled() == [second]
    world.months.settle(second)
    assert not world.months.unsettled()
    assert world.months.pointer(MARCH) == replace(second, settled_version=2)


def test_an_execution_that_gave_up_is_told_once(world: Any, made: Any) -> None:
    """One record and one notice for each execution."""
    assert world.months.stall(MARCH, "close-1", "why", made.notice("e-1"))
    assert not world.months.stall(MARCH, "close-1", "why", made.notice("e-2"))
    assert world.months.stall(MARCH, "close-2", "why", made.notice("e-3"))

    assert [each.event_id for each in world.outbox.unsent()] == ["e-1", "e-3"]


def test_a_notice_is_put_once_sent_once_and_kept(world: Any, made: Any) -> None:
    """After sending a notice waits no longer, is still known, and cannot come back."""
    outbox = world.outbox
    assert outbox.put(made.notice())
    assert outbox.unsent() == [made.notice()]
    outbox.mark_sent("e-1", NOW)
    outbox.mark_sent("e-1", NOW + timedelta(days=1))
    outbox.mark_sent("e-unknown", NOW)

    assert not outbox.put(made.notice())
    assert not outbox.unsent()
    assert outbox.holds("e-1")
    assert not outbox.holds("e-unknown")
    (row,) = rows(world)
    assert row["sent_at"]["S"] == NOW.isoformat()


def test_a_process_sees_its_own_notices_before_the_index_does(world: Any, made: Any) -> None:
    """The index lags; what this process wrote is sent at once, and others' a little later."""
    outbox = world.outbox
    outbox._table.open_keys = lambda _: iter(())
    world.outbox.put(made.notice("e-other"))
    outbox.put(made.notice("e-own"))

    assert [each.event_id for each in outbox.unsent()] == ["e-own"]
    outbox.mark_sent("e-own", NOW)
    assert not outbox.unsent()


def test_a_lagging_index_does_not_open_what_is_closed(world: Any, made: Any) -> None:
    """Every row that the index lists is read again before it counts."""
    claim = claimed(world)
    world.months.publish(claim, pointer(), [made.notice()])
    months, outbox = world.months, world.outbox
    listed = {kind: [*world.table.open_keys(kind)] for kind in ("pointer", "notice")}
    world.months.settle(pointer())
    world.outbox.mark_sent("e-1", NOW)
    months._table.open_keys = outbox._table.open_keys = lambda kind: iter(listed[kind])

    assert listed["pointer"]
    assert listed["notice"]
    assert not months.unsettled()
    assert not outbox.unsent()


def test_every_row_tells_in_text_and_whole_numbers(world: Any, made: Any) -> None:
    """No float is ever written: DynamoDB's numbers are compared exactly."""
    world.deliveries.accept(made.pinned("a"))
    world.months.publish(claimed(world), pointer(), [made.notice()])

    values = [value for row in rows(world) for value in row.values()]
    assert all({*value} <= {"S", "N"} for value in values)
    assert all(value["N"].isdigit() for value in values if "N" in value)
