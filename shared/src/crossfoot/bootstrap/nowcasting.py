"""Months that AWS has not published, and how well they could be told in the past."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from crossfoot.adapters.kept_nowcasts import keep_nowcast, read_nowcast
from crossfoot.adapters.ledger_store import FolderNowcastStore
from crossfoot.adapters.nowcast_history import read_history
from crossfoot.adapters.nowcast_output import check_output, json_of, write_nowcast
from crossfoot.adapters.observation_files import FieldInputs
from crossfoot.adapters.silent_usage import SilentUsage, read_silent_usage, weigh_silent_usage
from crossfoot.adapters.usage_exports import find_usage
from crossfoot.adapters.usage_source import UsageInFiles
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_history import state_at
from crossfoot.adapters.warehouse_opening import open_for_a_run, scratch_folder
from crossfoot.adapters.warehouse_query import open_query_session
from crossfoot.bootstrap.clock import SystemClock
from crossfoot.bootstrap.closing import policy_of
from crossfoot.domain.instants import instant_from_text
from crossfoot.domain.nowcasts import NOWCASTS
from crossfoot.domain.tables import CarbonDelivery, IntakeNote
from crossfoot.domain.told_months import ToldMonth
from crossfoot.usecases.backtest_nowcast import Backtest, backtest_nowcast
from crossfoot.usecases.carbon_history import CarbonHistory
from crossfoot.usecases.close_months import CloseMonths
from crossfoot.usecases.nowcast_months import NowcastReceipt, nowcast_months
from crossfoot.usecases.place_nowcasts import place_nowcasts
from crossfoot.usecases.ports import Progress
from crossfoot.usecases.tell_month import nowcast_id, told_month


@dataclass(frozen=True, slots=True, eq=False)
class NowcastAnswer:
    """Nowcasts, their JSON, and what was met; the snapshot that shows them, where published."""

    receipt: NowcastReceipt
    json: str
    notes: tuple[IntakeNote, ...]
    snapshot: int | None = None


@dataclass(frozen=True, slots=True)
class LedgerInputs:
    """What placing a nowcast takes besides its usage: as ``crossfoot run`` takes it."""

    configuration: Path | None = None
    inventory: Path | None = None


def nowcast(
    path: Path, usage: Path, out: Path | None = None, as_known_at: str | None = None
) -> NowcastAnswer:
    """Nowcast the months of an export that AWS has not published; write them where asked.

    Raises
    ------
    CrossfootError
        By name; the warehouse is only read.
    """
    if out is not None:
        check_output(out)
    warehouse = Warehouse.open(path)
    instant = None if as_known_at is None else instant_from_text(as_known_at)
    catalog = state_at(warehouse, instant)
    with (
        open_query_session(warehouse, catalog=catalog) as session,
        tempfile.TemporaryDirectory() as scratch,
    ):
        silent = read_silent_usage(usage, catalog.months, Path(scratch))
        history = read_history(session, silent.months)
    receipt = nowcast_months(history, instant or SystemClock().now())
    return _answer(receipt, silent.notes, out)


def publish_nowcast(
    path: Path,
    usage: Path,
    inputs: LedgerInputs,
    progress: Progress,
    out: Path | None = None,
) -> NowcastAnswer:
    """Nowcast, place the figures in the ledger, and let them stand in until AWS publishes.

    Raises
    ------
    CrossfootError
        By name; the warehouse is as it was.
    """
    if out is not None:
        check_output(out)
    Warehouse.open(path)
    policy = policy_of(inputs.configuration, inputs.inventory)
    found = find_usage(usage)
    field = FieldInputs(() if inputs.inventory is None else (inputs.inventory,))
    clock = SystemClock()
    with (
        open_for_a_run(path) as warehouse,
        scratch_folder(warehouse) as scratch,
        UsageInFiles(found, tags=policy.configuration.tags, scratch=scratch, field=field) as source,
    ):
        progress.step("rolling up usage", 0, 1)
        silent, history = _survey(warehouse, source, usage)
        receipt = nowcast_months(history, clock.now())
        payer = history.labels[-1].payer_account_id
        told = [told_month(receipt, each, payer) for each in receipt.months]
        nowcasts = [_kept(warehouse, each, clock) for each in told]
        store = FolderNowcastStore(warehouse, policy.configuration, policy.accounts, scratch)
        close = CloseMonths(store, policy, clock=clock, progress=progress)
        placed = place_nowcasts(close, nowcasts, source)
    notes = (*found.notes, *silent.notes, *source.notes, *placed.notes)
    return _answer(receipt, tuple(dict.fromkeys(notes)), out, placed.snapshot)


def backtest(path: Path, as_known_at: str | None = None) -> Backtest:
    """Replay the history of a warehouse month by month, as known now or at an instant.

    Raises
    ------
    UnknownFigureError
        No month can be replayed.
    """
    warehouse = Warehouse.open(path)
    instant = None if as_known_at is None else instant_from_text(as_known_at)
    with open_query_session(warehouse, catalog=state_at(warehouse, instant)) as session:
        return backtest_nowcast(read_history(session, {}))


def _survey(
    warehouse: Warehouse, source: UsageInFiles, usage: Path
) -> tuple[SilentUsage, CarbonHistory]:
    with open_query_session(warehouse) as session:
        silent = weigh_silent_usage(source, session.catalog.months, usage)
        return silent, read_history(session, silent.months)


def _kept(warehouse: Warehouse, told: ToldMonth, clock: SystemClock) -> CarbonDelivery:
    """Keep a nowcast, and return it as it was kept first."""
    period = told.usage_period
    run_id = warehouse.current().nowcasts.get(period)
    current = None
    if run_id is not None:
        current = str(warehouse.manifest(period, run_id)["carbon"]["delivery_id"])
    name = nowcast_id(told, current, lambda each: warehouse.has_record(NOWCASTS, each))
    keep_nowcast(warehouse, name, told, clock.now())
    return read_nowcast(warehouse, name)


def _answer(
    receipt: NowcastReceipt,
    notes: tuple[IntakeNote, ...],
    out: Path | None,
    snapshot: int | None = None,
) -> NowcastAnswer:
    if out is not None:
        write_nowcast(receipt, out)
    return NowcastAnswer(receipt, json_of(receipt), notes, snapshot)
