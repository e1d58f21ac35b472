"""Claims and pointers in DynamoDB: who may publish a month, and which run speaks for it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from crossfoot.adapters.aws.dynamo_outbox import DynamoOutbox
from crossfoot.adapters.aws.dynamo_rows import (
    POINTERS,
    PUBLICATION,
    claim_of_row,
    lease_key,
    microseconds,
    month_pk,
    notice_write,
    pointer_key,
    pointer_of_row,
    pointer_row,
    publication_write,
    stalled_write,
)
from crossfoot.adapters.aws.dynamo_table import OPEN_KIND, DynamoTable, Item, Outcome, Write
from crossfoot.domain.deliveries import Claim, Notice, Pointer
from crossfoot.domain.errors import MonthBusyError, StaleClaimError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.statuses import Status


class DynamoMonthLedger:
    """The month's claim, a lease with a fencing number, and the month's pointer.

    Parameters
    ----------
    status : Status
        Whose figures the pointers are of. A month has one claim and a pointer of each; that of a
        nowcast moves only while AWS has published nothing.
    """

    def __init__(
        self, table: DynamoTable, outbox: DynamoOutbox, status: Status = Status.PUBLISHED
    ) -> None:
        self._table = table
        self._outbox = outbox
        self._status = status

    def claim(self, period: UsagePeriod, holder: str, now: datetime, lease_seconds: int) -> Claim:
        """Take or renew the right to publish; the same holder keeps its fence.

        Raises
        ------
        MonthBusyError
            Somebody else holds an unexpired claim.
        """
        until = microseconds(now + timedelta(seconds=lease_seconds))
        renewed = self._table.write(
            Write(
                "Update",
                lease_key(period),
                "#holder = :holder",
                values={"holder": holder, "until": until},
                update="SET #expires_at = :until",
            )
        )
        taken = renewed if renewed.is_done else self._take(period, holder, now, until)
        # not done although the holder is ours: the answer to an earlier attempt was lost
        if not taken.is_done and taken.item.get("holder") != holder:
            raise _busy(claim_of_row(period, taken.item))
        return claim_of_row(period, taken.item)

    def renew(self, claim: Claim, now: datetime, lease_seconds: int) -> Claim:
        """Make one's own claim last again, expired or released as it may be; never take over.

        Raises
        ------
        StaleClaimError
            A higher fence was given out since.
        """
        until = microseconds(now + timedelta(seconds=lease_seconds))
        renewed = self._table.write(
            Write(
                "Update",
                lease_key(claim.usage_period),
                # nobody else ever held this fence: without a holder it was given back
                "#fence = :fence AND (attribute_not_exists(#holder) OR #holder = :holder)",
                values={"holder": claim.holder, "fence": claim.fence, "until": until},
                update="SET #holder = :holder, #expires_at = :until",
            )
        )
        if not renewed.is_done:
            raise _stale(claim)
        return claim_of_row(claim.usage_period, renewed.item)

    def release(self, claim: Claim) -> None:
        """Give the right back; nothing happens where it was taken or renewed since.

        A renewal tells of another attempt of the same execution, which may still be at it.
        """
        self._table.write(
            Write(
                "Update",
                lease_key(claim.usage_period),
                "#holder = :holder AND #fence = :fence AND #expires_at = :until",
                values={
                    "holder": claim.holder,
                    "fence": claim.fence,
                    "until": microseconds(claim.expires_at),
                },
                update="REMOVE #holder, #expires_at",
            )
        )

    def pointer(self, period: UsagePeriod) -> Pointer | None:
        """Return the month's pointer, strongly consistent."""
        row = self._table.get(pointer_key(period, self._status))
        return None if row is None else pointer_of_row(row)

    def publish(self, claim: Claim, pointer: Pointer, notices: Sequence[Notice]) -> bool:
        """Move the pointer to its next version and put the notices into the outbox, all or none.

        Returns whether this call did it: the same publication again changes nothing. A notice
        that is in the outbox already stays as it is there.

        Raises
        ------
        StaleClaimError
            The fence is no longer the month's, the pointer is not at ``pointer.version - 1``, or
            it is a nowcast's and AWS has published the month.
        """
        guards = [_claim_check(claim), self._pointer_write(pointer), *self._silence(pointer)]
        history = [publication_write(pointer)] if self._status is Status.PUBLISHED else []
        wanted = list({notice.event_id: notice for notice in notices}.values())
        is_new = False
        while True:
            outcomes = self._table.transact([*guards, *map(notice_write, wanted), *history])
            is_new = all(outcome.is_done for outcome in outcomes)
            if is_new:
                break
            held, moved, *silent = outcomes[: len(guards)]
            told = outcomes[len(guards) : len(guards) + len(wanted)]
            if not held.is_done:
                raise _stale(claim)
            if not all(outcome.is_done for outcome in silent):
                raise _published(pointer.usage_period)
            if not moved.is_done:
                _require_same(pointer, moved.item)
                break
            wanted = [
                notice for notice, outcome in zip(wanted, told, strict=True) if outcome.is_done
            ]
        self._outbox.expect(notices)
        return is_new

    def publications(self, period: UsagePeriod) -> list[Pointer]:
        """Return every publication of a month as its pointer was then, the first one first."""
        rows = self._table.query(month_pk(period), PUBLICATION)
        return sorted((pointer_of_row(row) for row in rows), key=lambda each: each.version)

    def stall(self, period: UsagePeriod, holder: str, reason: str, notice: Notice) -> bool:
        """Record that an execution gave up, with its notice, both or neither.

        Once per ``(period, holder)``; returns whether it is new. Nothing but people reads it.
        """
        return self._outbox.put_with(stalled_write(period, holder, reason), notice).is_done

    def settle(self, pointer: Pointer) -> None:
        """Record that the catalogue shows this version; a later version stays unsettled."""
        self._table.write(
            Write(
                "Update",
                pointer_key(pointer.usage_period, self._status),
                "#version = :version",
                values={"version": pointer.version},
                update=f"SET #settled_version = :version REMOVE #{OPEN_KIND}",
            )
        )

    def unsettled(self) -> Sequence[Pointer]:
        """Return the pointers that the catalogue was not seen to follow.

        Each is read again, strongly consistent; one moved within the last moments may be missing
        and comes with the next call.
        """
        rows = (self._table.get(key) for key in self._table.open_keys(POINTERS[self._status]))
        pointers = [pointer_of_row(row) for row in rows if row is not None]
        return [pointer for pointer in pointers if not pointer.is_settled]

    def _take(self, period: UsagePeriod, holder: str, now: datetime, until: int) -> Outcome:
        return self._table.write(
            Write(
                "Update",
                lease_key(period),
                "attribute_not_exists(#holder) OR #expires_at <= :now",
                values={"holder": holder, "until": until, "now": microseconds(now), "one": 1},
                update="SET #holder = :holder, #expires_at = :until ADD #fence :one",
            )
        )

    def _pointer_write(self, pointer: Pointer) -> Write:
        key = pointer_key(pointer.usage_period, self._status)
        item = pointer_row(pointer, self._status)
        if pointer.version == 1:
            return Write("Put", key, "attribute_not_exists(pk)", item=item)
        before = {"before": pointer.version - 1}
        return Write("Put", key, "#version = :before", values=before, item=item)

    def _silence(self, pointer: Pointer) -> list[Write]:
        """Return the check that AWS has not published a month, where it must not have."""
        if self._status is Status.PUBLISHED:
            return []
        key = pointer_key(pointer.usage_period)
        return [Write("ConditionCheck", key, "attribute_not_exists(pk)")]


def _claim_check(claim: Claim) -> Write:
    return Write(
        "ConditionCheck",
        lease_key(claim.usage_period),
        "#holder = :holder AND #fence = :fence",
        values={"holder": claim.holder, "fence": claim.fence},
    )


def _require_same(pointer: Pointer, there: Item) -> None:
    """Let a publication that has happened pass: an earlier attempt made it, its answer was lost."""
    found = pointer_of_row(there) if there else None
    is_same = found is not None and (
        (found.version, found.run_id, found.identity)
        == (pointer.version, pointer.run_id, pointer.identity)
    )
    if not is_same:
        at = "at no version" if found is None else f"at version {found.version} ({found.run_id})"
        raise StaleClaimError(
            f"The pointer of {pointer.usage_period} is {at}, not before {pointer.version}.",
            mend="Nothing is lost: the execution that moved it speaks for the month.",
        )


def _busy(claim: Claim) -> MonthBusyError:
    return MonthBusyError(
        f"{claim.usage_period} is held by {claim.holder} until {claim.expires_at:%H:%M:%S} UTC.",
        mend="Wait until it is done; the claim expires by itself.",
    )


def _stale(claim: Claim) -> StaleClaimError:
    return StaleClaimError(
        f"{claim.holder} holds {claim.usage_period} no longer (fence {claim.fence}).",
        mend="Nothing is lost: whoever took the month over publishes it.",
    )


def _published(period: UsagePeriod) -> StaleClaimError:
    return StaleClaimError(
        f"AWS has published {period} since its nowcast was made.",
        mend="Nothing is lost: AWS's figure speaks for the month.",
    )
