"""What is published in a deployment, read from the pointers of all months."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from crossfoot.adapters.aws.dynamo_rows import POINTERS, pointer_key, pointer_of_row
from crossfoot.adapters.aws.dynamo_table import DynamoTable
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.publications import Publications
from crossfoot.domain.statuses import Status

FIRST_YEAR: Final = 2018
"""AWS reports nothing of earlier years, and little of the first ones."""

_NOWCAST: Final = POINTERS[Status.NOWCAST]
_MONTHS: Final = 12


class DynamoPublications:
    """Pointers of every month until the running one, strongly consistent.

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

    def current(self) -> Publications:
        """Return what is published now."""
        months = [*_months_until(UsagePeriod.containing(self._now()))]
        published = [pointer_key(month) for month in months]
        nowcast = [pointer_key(month, Status.NOWCAST) for month in months]
        rows = sorted(
            self._table.get_all([*published, *nowcast]), key=lambda row: str(row["usage_period"])
        )
        return Publications(
            tuple(pointer_of_row(row) for row in rows if row["sk"] != _NOWCAST),
            tuple(pointer_of_row(row) for row in rows if row["sk"] == _NOWCAST),
        )


def _months_until(last: UsagePeriod) -> Iterator[UsagePeriod]:
    for year in range(FIRST_YEAR, last.year + 1):
        for month in range(1, _MONTHS + 1):
            yield UsagePeriod.of_month(year, month)
