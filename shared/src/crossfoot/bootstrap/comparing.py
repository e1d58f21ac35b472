"""Jobs of a warehouse, and the comparison with another model."""

from collections.abc import Sequence
from pathlib import Path

from crossfoot.adapters.boavizta import Boavizta
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_history import state_at
from crossfoot.adapters.warehouse_jobs import JobTables
from crossfoot.adapters.warehouse_query import open_query_session
from crossfoot.domain.columns import tag_column
from crossfoot.domain.instants import instant_from_text
from crossfoot.domain.period import UsagePeriod
from crossfoot.usecases.cross_check import USUAL_TYPES, CrossCheck, cross_check
from crossfoot.usecases.sum_jobs import Job, sum_jobs


def jobs(
    path: Path, period: str | None, tag: str | None, as_known_at: str | None = None
) -> Sequence[Job]:
    """Return the jobs of a month, or of all, as known now or at an instant.

    A tag's key names the user's own.

    Raises
    ------
    UnknownFigureError
        Nothing is published for the month.
    InvalidArgumentError
        The ledger has no such tag.
    """
    month = None if period is None else UsagePeriod(period).text
    column = None if tag is None else tag_column(tag)
    warehouse = Warehouse.open(path)
    instant = None if as_known_at is None else instant_from_text(as_known_at)
    with open_query_session(warehouse, catalog=state_at(warehouse, instant)) as session:
        tables = JobTables.of(session, month, column)
        tables.check()
        return sum_jobs(tables.used(), tables.impacts(), tables.emissions(), column)


def compare_with_boavizta(
    url: str, types: Sequence[str], region: str, load_percent: float
) -> CrossCheck:
    """Return our estimate beside BoaviztAPI's; of the usual types where none are given."""
    return cross_check(types or USUAL_TYPES, region, load_percent, Boavizta(url))
