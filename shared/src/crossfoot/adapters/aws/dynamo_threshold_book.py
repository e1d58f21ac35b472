"""What thresholds have told, in DynamoDB: one row a limit and lap, changed with its notices.

The row ``seen`` says how many publications the newest judge looked at. It is raised before
anything is read, and every change is made under it: who looked at less changes nothing any more.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from crossfoot.adapters.aws.dynamo_outbox import DynamoOutbox
from crossfoot.adapters.aws.dynamo_rows import notice_write
from crossfoot.adapters.aws.dynamo_table import DynamoTable, Item, Key, Write
from crossfoot.adapters.threshold_book import watched_document, watched_of
from crossfoot.domain.deliveries import Notice
from crossfoot.domain.errors import DeploymentError, OvertakenError
from crossfoot.usecases.threshold_ports import ThresholdState, Watched

BOOK: Final = "thresholds"
LIMIT: Final = "t-"
SEEN: Final = Key(BOOK, "seen")

_MOST_WRITES: Final = 100
"""Writes of one transaction, as DynamoDB takes them."""

_MOST_BYTES: Final = 3_000_000
"""Of one transaction, well below the 4 MB that DynamoDB takes."""


@dataclass(frozen=True, slots=True)
class _Change:
    """A limit's new row, and the notices that are true with it."""

    row: Write
    notices: tuple[Notice, ...]

    @property
    def writes(self) -> list[Write]:
        return [self.row, *map(notice_write, self.notices)]


class DynamoThresholdBook:
    """The book as one judge sees it, who looked at so many publications.

    Parameters
    ----------
    table, outbox
        The ledger's.
    snapshot : int
        Publications that the figures were read at; it only grows.
    digest : str
        Name of the rules that are judged.
    """

    def __init__(
        self, table: DynamoTable, outbox: DynamoOutbox, *, snapshot: int, digest: str
    ) -> None:
        self._table = table
        self._outbox = outbox
        self._snapshot = snapshot
        self._digest = digest
        self._known: ThresholdState = {}
        self._versions: dict[str, int] = {}

    @property
    def is_concluded(self) -> bool:
        """Whether these rules were judged at these publications, to the end."""
        row = self._table.get(SEEN)
        found = None if row is None else (row.get("concluded"), row.get("digest"))
        return found == (self._snapshot, self._digest)

    def load(self) -> ThresholdState:
        """Return what is known; whoever looked at less can change nothing from now on.

        Raises
        ------
        OvertakenError
            Somebody has judged later publications.
        """
        raised = self._table.write(
            Write(
                "Update",
                SEEN,
                "attribute_not_exists(pk) OR #snapshot <= :snapshot",
                values={"snapshot": self._snapshot},
                update="SET #snapshot = :snapshot",
            )
        )
        if not raised.is_done:
            raise _overtaken()
        rows = {str(row["sk"]): row for row in self._table.query(BOOK, LIMIT)}
        self._versions = {key: int(row["version"]) for key, row in rows.items()}
        self._known = {key: watched_of(json.loads(str(row["state"]))) for key, row in rows.items()}
        return self._known

    def commit(self, state: ThresholdState, notices: Mapping[str, Sequence[Notice]]) -> None:
        """Keep what changed, each limit with its notices, all of it or nothing.

        A crash between two limits leaves the later ones as they were: judged again, they tell
        what is missing.

        Raises
        ------
        OvertakenError
            Somebody has judged meanwhile; what was kept before stays, and is told once.
        """
        changed = [
            self._change(key, watched, tuple(notices.get(key, ())))
            for key, watched in state.items()
            if watched != self._known.get(key) or notices.get(key)
        ]
        for changes in _transactions(changed):
            self._keep(changes)

    def conclude(self) -> None:
        """Say that all was judged; without it the same is asked again, and told once.

        Nothing happens where somebody has judged later publications: that says more.
        """
        self._table.write(
            Write(
                "Update",
                SEEN,
                "#snapshot = :snapshot",
                values={"snapshot": self._snapshot, "digest": self._digest},
                update="SET #concluded = :snapshot, #digest = :digest",
            )
        )

    def _change(self, key: str, watched: Watched, notices: tuple[Notice, ...]) -> _Change:
        text = json.dumps(watched_document(watched), sort_keys=True, ensure_ascii=False)
        before = self._versions.get(key)
        item: Item = {"version": (before or 0) + 1, "state": text}
        condition = "attribute_not_exists(pk)" if before is None else "#version = :version"
        values = {} if before is None else {"version": before}
        return _Change(Write("Put", Key(BOOK, key), condition, values=values, item=item), notices)

    def _keep(self, changes: Sequence[_Change]) -> None:
        """Write rows and notices; a notice that is in the outbox already stays as it is there."""
        rows = [_is_newest(self._snapshot), *(each.row for each in changes)]
        wanted = {notice.event_id: notice for each in changes for notice in each.notices}
        while True:
            told = [notice_write(notice) for notice in wanted.values()]
            outcomes = self._table.transact([*rows, *told])
            if all(outcome.is_done for outcome in outcomes):
                break
            if not all(outcome.is_done for outcome in outcomes[: len(rows)]):
                raise _overtaken()
            new = zip(wanted.items(), outcomes[len(rows) :], strict=True)
            wanted = dict(pair for pair, outcome in new if outcome.is_done)
        self._outbox.expect([notice for each in changes for notice in each.notices])


def _is_newest(snapshot: int) -> Write:
    return Write("ConditionCheck", SEEN, "#snapshot = :snapshot", values={"snapshot": snapshot})


def _transactions(changes: Sequence[_Change]) -> Iterator[list[_Change]]:
    """Yield as many changes at once as one transaction takes; a limit is never divided."""
    batch: list[_Change] = []
    count, size = 1, 0
    for change in changes:
        writes, length = len(change.writes), _size(change)
        if writes >= _MOST_WRITES or length > _MOST_BYTES:
            raise DeploymentError(
                f"{change.row.key.sk} has more to tell at once than one transaction takes.",
                mend="Shorten the threshold's filters, or give it a recovery margin.",
            )
        if batch and (count + writes > _MOST_WRITES or size + length > _MOST_BYTES):
            yield batch
            batch, count, size = [], 1, 0
        batch.append(change)
        count, size = count + writes, size + length
    if batch:
        yield batch


def _size(change: _Change) -> int:
    values: list[Any] = [value for write in change.writes for value in write.item.values()]
    return sum(len(str(value).encode()) for value in values)


def _overtaken() -> OvertakenError:
    return OvertakenError(
        "Somebody else has judged the thresholds meanwhile.",
        mend="Nothing is lost: they are asked again.",
    )
