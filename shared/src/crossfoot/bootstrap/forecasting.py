"""Forecasts and targets over a warehouse; kept as records where that is asked for."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crossfoot.adapters.configuration_file import read_fiscal_year, read_targets
from crossfoot.adapters.outlook_records import (
    LAST_BASES,
    Row,
    forecast_rows,
    kept_bases,
    newest_query,
    next_record_id,
    target_rows,
)
from crossfoot.adapters.record_shelf import FolderRecordShelf
from crossfoot.adapters.session_series import SessionSeries
from crossfoot.adapters.unit_files import FileUnits
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_history import state_at
from crossfoot.adapters.warehouse_query import QuerySession, open_query_session
from crossfoot.bootstrap.clock import SystemClock
from crossfoot.domain.columns import Table
from crossfoot.domain.errors import InvalidArgumentError
from crossfoot.domain.forecasts import FORECASTS
from crossfoot.domain.instants import instant_from_text
from crossfoot.domain.targets import TARGETS
from crossfoot.usecases.forecast_years import Forecasts, forecast_years
from crossfoot.usecases.judge_targets import Judgement, JudgeTargets


@dataclass(frozen=True, slots=True)
class Kept:
    """Which records tell of a judgement, where it was kept."""

    judgement: Judgement
    record_ids: tuple[str, ...] = ()


def forecast(path: Path, configuration: Path | None, as_known_at: str | None) -> Forecasts:
    """Forecast the year that is running, as known now or at an instant; only reads.

    Raises
    ------
    CrossfootError
        The configuration or the warehouse cannot be used.
    """
    fiscal = read_fiscal_year(configuration)
    with _session(Warehouse.open(path), as_known_at) as session:
        return forecast_years(SessionSeries(session), fiscal)


def judge(path: Path, configuration: Path, units: Path | None, as_known_at: str | None) -> Kept:
    """Judge the configuration's targets, as known now or at an instant; only reads.

    Raises
    ------
    CrossfootError
        The configuration, a count of functional units or the warehouse cannot be used.
    """
    with _session(Warehouse.open(path), as_known_at) as session:
        return Kept(judged_targets(session, configuration, units))


def judge_and_keep(path: Path, configuration: Path, units: Path | None) -> Kept:
    """Judge the targets and keep them, and the forecasts beside them, as records.

    What says the same as the record before is not kept again.

    Raises
    ------
    CrossfootError
        As for ``judge``, or another process is writing to the warehouse.
    """
    warehouse = Warehouse.open(path)
    with warehouse.lock():
        with open_query_session(warehouse) as session:
            judgement = judged_targets(session, configuration, units)
            forecasts = forecast_years(SessionSeries(session), read_fiscal_year(configuration))
            told = {TARGETS: target_rows(judgement), FORECASTS: forecast_rows(forecasts)}
            newest = {table: _newest(session, table) for table in told}
        record_ids = tuple(
            _keep(warehouse, table, rows, newest[table]) for table, rows in told.items() if rows
        )
    return Kept(judgement, record_ids)


def judged_targets(session: QuerySession, configuration: Path, units: Path | None) -> Judgement:
    """Judge the configuration's targets over what a session reads."""
    counted = FileUnits(configuration.parent, units)
    judging = JudgeTargets(SessionSeries(session), counted, read_fiscal_year(configuration))
    return judging.run(read_targets(configuration), kept_bases(session.rows(LAST_BASES)))


def _newest(session: QuerySession, table: Table) -> str | None:
    return next((row["record_id"] for row in session.rows(newest_query(table))), None)


def _keep(warehouse: Warehouse, table: Table, rows: list[Row], newest: str | None) -> str:
    record_id = next_record_id(table, rows, newest)
    FolderRecordShelf(warehouse).keep(table, record_id, rows, SystemClock().now())
    return record_id


@contextlib.contextmanager
def _session(warehouse: Warehouse, as_known_at: str | None) -> Iterator[QuerySession]:
    instant = None if as_known_at is None else instant_from_text(as_known_at)
    with open_query_session(warehouse, catalog=state_at(warehouse, instant)) as session:
        yield session


def check_keeping(as_known_at: str | None, *, keep: bool) -> None:
    """Refuse to keep what was judged of the past: a record says what was judged now.

    Raises
    ------
    InvalidArgumentError
        Both were asked for.
    """
    if keep and as_known_at is not None:
        raise InvalidArgumentError(
            "--keep with --as-known-at would write the past anew.", mend="Give one of them."
        )
