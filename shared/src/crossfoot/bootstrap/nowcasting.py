"""Months that AWS has not published, and how well they could be told in the past."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from crossfoot.adapters.nowcast_history import read_history
from crossfoot.adapters.nowcast_output import check_output, json_of, write_nowcast
from crossfoot.adapters.silent_usage import read_silent_usage
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_query import open_query_session
from crossfoot.bootstrap.clock import SystemClock
from crossfoot.domain.tables import IntakeNote
from crossfoot.usecases.backtest_nowcast import Backtest, backtest_nowcast
from crossfoot.usecases.nowcast_months import NowcastReceipt, nowcast_months


@dataclass(frozen=True, slots=True, eq=False)
class NowcastAnswer:
    """Nowcasts, their JSON, and what was met while reading the usage."""

    receipt: NowcastReceipt
    json: str
    notes: tuple[IntakeNote, ...]


def nowcast(path: Path, usage: Path, out: Path | None = None) -> NowcastAnswer:
    """Nowcast the months of an export that AWS has not published; write them where asked.

    Raises
    ------
    CrossfootError
        By name; the warehouse is only read.
    """
    if out is not None:
        check_output(out)
    warehouse = Warehouse.open(path)
    with open_query_session(warehouse) as session, tempfile.TemporaryDirectory() as scratch:
        silent = read_silent_usage(usage, session.catalog.months, Path(scratch))
        history = read_history(session, silent.months)
    receipt = nowcast_months(history, SystemClock().now())
    if out is not None:
        write_nowcast(receipt, out)
    return NowcastAnswer(receipt, json_of(receipt), silent.notes)


def backtest(path: Path) -> Backtest:
    """Replay the history of a warehouse month by month.

    Raises
    ------
    UnknownFigureError
        No month can be replayed.
    """
    with open_query_session(Warehouse.open(path)) as session:
        return backtest_nowcast(read_history(session, {}))
