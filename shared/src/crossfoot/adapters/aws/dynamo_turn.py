"""Whose turn it is to judge, in DynamoDB: of many executions one asks Athena, for all of them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from crossfoot.adapters.aws.dynamo_rows import microseconds
from crossfoot.adapters.aws.dynamo_table import DynamoTable, Key, Write
from crossfoot.adapters.aws.dynamo_threshold_book import BOOK

TURN: Final = Key(BOOK, "turn")
_LASTS: Final = timedelta(minutes=15)


class DynamoTurn:
    """A lease that spares questions; what is told once rests on the book alone.

    Parameters
    ----------
    table : DynamoTable
        The ledger's.
    now : callable
        Tells the time.
    """

    def __init__(self, table: DynamoTable, now: Callable[[], datetime]) -> None:
        self._table = table
        self._now = now

    def take(self, holder: str) -> bool:
        """Take or renew the turn; return whether it is the holder's."""
        now = self._now()
        values: dict[str, str | int] = {
            "holder": holder,
            "now": microseconds(now),
            "until": microseconds(now + _LASTS),
        }
        taken = self._table.write(
            Write(
                "Update",
                TURN,
                "attribute_not_exists(#holder) OR #holder = :holder OR #until <= :now",
                values=values,
                update="SET #holder = :holder, #until = :until",
            )
        )
        return taken.is_done

    def give_back(self, holder: str) -> None:
        """End the turn; nothing happens where it is somebody else's by now."""
        self._table.write(
            Write(
                "Update",
                TURN,
                "#holder = :holder",
                values={"holder": holder},
                update="REMOVE #holder, #until",
            )
        )
