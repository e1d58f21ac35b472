"""The outbox in DynamoDB: one row per event id, written with what it tells of."""

from collections.abc import Sequence
from datetime import UTC, datetime

from crossfoot.adapters.aws.dynamo_rows import OPEN_NOTICE, OUTBOX, notice_of_row, notice_write
from crossfoot.adapters.aws.dynamo_table import OPEN_KIND, DynamoTable, Key, Outcome, Write
from crossfoot.domain.deliveries import Notice


class DynamoOutbox:
    """Notices that wait to be sent.

    The index of unsent notices lags behind the table by moments. So that a publication sends its
    own notices at once, those that this process wrote are remembered until they are sent; the
    others wait for the next round.
    """

    def __init__(self, table: DynamoTable) -> None:
        self._table = table
        self._written_here: dict[str, None] = {}

    def put(self, notice: Notice) -> bool:
        """Add a notice once; return whether it is new."""
        write = notice_write(notice)
        is_new = self._table.put_new(write.key, write.item)
        self.expect([notice])
        return is_new

    def put_with(self, fact: Write, notice: Notice) -> Outcome:
        """Write a fact and the notice of it, both or neither; return what became of the fact.

        Where people have been told of the fact already, only the fact is written.
        """
        done, told = self._table.transact([fact, notice_write(notice)])
        if done.is_done and not told.is_done:
            done = self._table.write(fact)
        self.expect([notice])
        return done

    def holds(self, event_id: str) -> bool:
        """Whether a notice was ever added, sent or not; strongly consistent."""
        return self._table.get(Key(OUTBOX, event_id)) is not None

    def expect(self, notices: Sequence[Notice]) -> None:
        """Remember notices that were written together with what they tell of."""
        self._written_here |= dict.fromkeys(notice.event_id for notice in notices)

    def unsent(self) -> Sequence[Notice]:
        """Return the notices not marked as sent, each read again, strongly consistent."""
        listed = [key.sk for key in self._table.open_keys(OPEN_NOTICE)]
        waiting: list[Notice] = []
        for event_id in dict.fromkeys([*list(self._written_here), *listed]):
            row = self._table.get(Key(OUTBOX, event_id))
            if row is not None and OPEN_KIND in row:
                waiting.append(notice_of_row(row))
            else:
                self._written_here.pop(event_id, None)
        return waiting

    def mark_sent(self, event_id: str, at: datetime) -> None:
        """Record that the bus took a notice; the first time stays."""
        self._table.write(
            Write(
                "Update",
                Key(OUTBOX, event_id),
                f"attribute_exists(#{OPEN_KIND})",
                values={"at": at.astimezone(UTC).isoformat()},
                update=f"SET #sent_at = :at REMOVE #{OPEN_KIND}",
            )
        )
        self._written_here.pop(event_id, None)
