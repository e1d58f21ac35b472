"""Write a whole organisation: usage, carbon, truth, and the files that go with them."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from crossfoot.adapters.sample.carbon import carbon_rows, write_carbon
from crossfoot.adapters.sample.chunks import chunks
from crossfoot.adapters.sample.delivery import (
    CARBON_EXPORT,
    USAGE_EXPORT,
    Execution,
    Export,
    total_bytes,
    write_export_file,
)
from crossfoot.adapters.sample.folder import (
    SampleReceipt,
    explain,
    prepare_folder,
    write_organisation,
)
from crossfoot.adapters.sample.inventory import write_inventory
from crossfoot.adapters.sample.line_columns import (
    LineColumns,
    Offers,
    figures_of,
    make_offers,
)
from crossfoot.adapters.sample.month import MonthPlan, plan_month
from crossfoot.adapters.sample.places import PLACES
from crossfoot.adapters.sample.populate import make_world
from crossfoot.adapters.sample.story import deliveries_of
from crossfoot.adapters.sample.truth import Cells, TruthOfMonth, cells_of, write_truth
from crossfoot.adapters.sample.unexplained import joined, unexplained_cells
from crossfoot.adapters.sample.world import World
from crossfoot.domain.errors import InputError
from crossfoot.domain.period import UsagePeriod

type Progress = Callable[[str, int, int], None]

LAST_YEAR, LAST_MONTH = 2026, 9
"""The sample always ends here, so that it never depends on the clock."""
ROWS_PER_FILE: Final = 1_000_000
_WRITERS: Final = 2
"""Files being encoded while the next is made; each holds its chunk in memory."""
_GROWTH: Final = 0.01
"""Growth of the lines from month to month. [1]"""


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """What all months share while they are written."""

    world: World
    offers: Offers
    carbon: Export
    usage: Export
    out: Path

    @property
    def n_months(self) -> int:
        return self.world.n_months


def write_sample(  # noqa: PLR0913 - one parameter per option of the command
    out: Path,
    *,
    accounts: int = 24,
    months: int = 15,
    rows: int = 150_000,
    seed: int = 2026,
    silent: int = 0,
    progress: Progress | None = None,
) -> SampleReceipt:
    """Write the organisation that these arguments describe, byte for byte the same each time.

    Parameters
    ----------
    accounts
        Accounts of the organisation, the management account included.
    months
        Months of history; the last one is 2026-09. From 30 to 57 they are lived through: see
        ``story``.
    rows
        Lines of usage in all months together, met to about one in a hundred. A month has some 500
        lines at least, as there is one resource of every kind.
    silent
        Months after the last one that have usage and no carbon yet; their lines come on top.
    progress
        Called with what is written, lines done and lines in all.

    Raises
    ------
    InputError
        An argument below one, or a folder that holds something else.

    Notes
    -----
    Memory is bounded by one chunk file of a million lines and the resources (rows / 33 a month).
    """
    _check(accounts=accounts, months=months, rows=rows)
    arguments = f"accounts={accounts}, months={months}, rows={rows}, seed={seed}"
    arguments += f", silent={silent}" if silent else ""
    prepare_folder(out, f"Being written: {arguments}.\n")
    targets = _rows_by_month(rows, months)
    sample = _sample(out, make_world(accounts, months, max(targets), seed))
    periods = last_periods(months)
    silent_periods = following_periods(silent)
    targets += [round(targets[-1] * (1 + _GROWTH) ** (after + 1)) for after in range(silent)]
    n_usage = n_carbon = 0
    every_period = (*periods, *silent_periods)
    for month, (period, target) in enumerate(zip(every_period, targets, strict=True)):
        plan = plan_month(sample.world, period, month, target)
        cells = _write_usage_and_truth(sample, plan)
        n_usage += plan.n_rows
        if month < months:
            n_carbon += _write_carbon_of_month(sample, cells, plan)
        write_inventory(out, sample.world, period, month)
        if progress is not None:
            progress("usage lines", n_usage, max(rows, n_usage))
    listing, config = write_organisation(out, sample.world.accounts, periods)
    explain(out, arguments, periods, silent_periods, n_usage=n_usage, n_carbon=n_carbon)
    return SampleReceipt(
        out=out,
        carbon=sample.carbon.folder,
        periods=periods,
        n_carbon_rows=n_carbon,
        usage=sample.usage.folder,
        truth=out / "truth",
        config=config,
        accounts=listing,
        inventory=out,
        silent=silent_periods,
        n_usage_rows=n_usage,
        n_resources=len(sample.world.resources),
        n_bytes=total_bytes(path for path in out.rglob("*") if path.is_file()),
    )


def _check(**numbers: int) -> None:
    for name, number in numbers.items():
        if number < 1:
            raise InputError(f"{name} is {number}.", mend=f"Give --{name} a number of at least 1.")


def _sample(out: Path, world: World) -> _Sample:
    payer = world.accounts[0].account_id
    return _Sample(
        world=world,
        offers=make_offers(world),
        carbon=Export(out, CARBON_EXPORT, payer),
        usage=Export(out, USAGE_EXPORT, payer),
        out=out,
    )


def last_periods(n_months: int) -> tuple[UsagePeriod, ...]:
    """Return that many months, oldest first; the last is 2026-09."""
    last = LAST_YEAR * 12 + LAST_MONTH - 1
    months = range(last - n_months + 1, last + 1)
    return tuple(UsagePeriod.of_month(month // 12, month % 12 + 1) for month in months)


def following_periods(n_months: int) -> tuple[UsagePeriod, ...]:
    """Return that many months after 2026-09, oldest first."""
    after = LAST_YEAR * 12 + LAST_MONTH
    return tuple(
        UsagePeriod.of_month(month // 12, month % 12 + 1)
        for month in range(after, after + n_months)
    )


def _rows_by_month(n_rows: int, n_months: int) -> list[int]:
    weights = [(1 + _GROWTH) ** month for month in range(n_months)]
    return [max(1, round(n_rows * weight / sum(weights))) for weight in weights]


def _write_usage_and_truth(sample: _Sample, plan: MonthPlan) -> Cells:
    """Write the month's lines and truth; return all its cells, explained or not."""
    world, period = sample.world, plan.calendar.period
    truth = TruthOfMonth(world, sample.offers, plan)
    execution = Execution.of(period.end + timedelta(days=14, hours=5), plan.month, is_new=False)
    partition = f"BILLING_PERIOD={period}"
    columns = LineColumns(world, sample.offers, plan)
    files: list[Path] = []
    pending: deque[Future[None]] = deque()
    with ThreadPoolExecutor(max_workers=_WRITERS) as writers:
        for number, lines in enumerate(chunks(world, plan, ROWS_PER_FILE), start=1):
            figures = figures_of(world, sample.offers, lines)
            truth.add(lines, figures)
            table = columns.table(lines, figures)
            if len(pending) == _WRITERS:
                pending.popleft().result()
            files.append(sample.usage.data_path(partition, execution, number))
            pending.append(writers.submit(write_export_file, table, files[-1], execution))
        for one in pending:
            one.result()
    if plan.month == sample.n_months - 2:
        # a refresh that needed fewer chunks empties the leftover one and does not name it
        leftover = sample.usage.data_path(partition, execution, len(files) + 1)
        write_export_file(table.slice(0, 0), leftover, execution)
    sample.usage.finish(partition, period, execution, files)
    return _finish_truth(sample, truth, plan)


def _finish_truth(sample: _Sample, truth: TruthOfMonth, plan: MonthPlan) -> Cells:
    world, period = sample.world, plan.calendar.period
    stakes_ug, is_present = truth.stakes_ug(), truth.has_lines()
    explained = cells_of(world, stakes_ug, is_present)
    extra = unexplained_cells(world.accounts, explained)
    told = deliveries_of(plan.month, sample.n_months, period)
    has_scopes = all(delivery.has_scopes for delivery in told[-1:])
    path = sample.out / "truth" / f"usage_period={period}" / "truth.parquet"
    write_truth(path, world, stakes_ug, is_present, extra, has_scopes=has_scopes)
    return joined(explained, extra)


def _write_carbon_of_month(sample: _Sample, cells: Cells, plan: MonthPlan) -> int:
    """Write every delivery of the month; return the rows of all of them."""
    account_ids = tuple(account.account_id for account in sample.world.accounts)
    period, n_rows = plan.calendar.period, 0
    for salt, delivery in enumerate(deliveries_of(plan.month, sample.n_months, period)):
        rows = carbon_rows(cells, account_ids, PLACES, delivery)
        write_carbon(sample.carbon, period, delivery, rows, salt)
        n_rows += len(rows.account_ids)
    return n_rows
