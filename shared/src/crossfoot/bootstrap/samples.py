"""Making sample exports, and the demo that runs them through."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from crossfoot.adapters.sample import SampleReceipt, write_sample
from crossfoot.adapters.sample.carbon_for_usage import UsageCell, write_carbon_for_usage
from crossfoot.adapters.sample.watched import write_watched
from crossfoot.adapters.usage_exports import find_usage
from crossfoot.adapters.usage_source import UsageInFiles
from crossfoot.bootstrap.closing import RunInputs, run_ledger
from crossfoot.bootstrap.forecasting import Kept, judge_and_keep
from crossfoot.bootstrap.nowcasting import LedgerInputs, publish_nowcast
from crossfoot.bootstrap.reporting import report
from crossfoot.bootstrap.watching import evaluate_thresholds
from crossfoot.domain.units import NANOS_PER_UNIT
from crossfoot.usecases.close_months import RunReceipt
from crossfoot.usecases.evaluate_thresholds import Evaluation
from crossfoot.usecases.nowcast_months import NowcastReceipt
from crossfoot.usecases.ports import Progress


@dataclass(frozen=True, slots=True)
class SampleSize:
    """How large the sample organisation is."""

    accounts: int = 24
    months: int = 15
    rows: int = 150_000
    seed: int = 2026
    silent: int = 0


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo made."""

    receipt: RunReceipt
    nowcast: NowcastReceipt
    thresholds: Evaluation
    targets: Kept
    report: Path


def make_sample(out: Path, size: SampleSize, progress: Progress) -> SampleReceipt:
    """Write the sample organisation."""
    return write_sample(
        out,
        accounts=size.accounts,
        months=size.months,
        rows=size.rows,
        seed=size.seed,
        silent=size.silent,
        progress=progress.step,
    )


def make_carbon_for(usage: Path, out: Path, seed: int, progress: Progress) -> SampleReceipt:
    """Write a carbon export for the accounts, Regions and months of a real usage export."""
    progress.step("rolling up usage", 0, 1)
    cells: list[UsageCell] = []
    payers: set[str] = set()
    with tempfile.TemporaryDirectory(prefix="crossfoot-") as scratch:
        found = find_usage(usage)
        with UsageInFiles(found, tags=(), scratch=Path(scratch)) as source:
            for period in source.periods():
                with source.open(period) as month:
                    payers.update(month.payers())
                    cells += [
                        UsageCell(period, account, region, bucket, cost_nano / NANOS_PER_UNIT)
                        for account, region, bucket, cost_nano in month.cell_costs()
                    ]
    payer = min(payers, default=min((cell.usage_account_id for cell in cells), default=""))
    return write_carbon_for_usage(out, cells, payer_account_id=payer, seed=seed)


def make_demo(out: Path, progress: Progress) -> Demo:
    """Live through the sample: publish, nowcast, watch, and write the report.

    Safe to repeat: the same sample publishes nothing new and tells nothing twice.
    """
    sample = make_sample(out / "exports", SampleSize(silent=1), progress)
    if sample.config is None:
        raise ValueError("a sample of a whole organisation has a configuration")
    configuration = write_watched(sample.config, out / "crossfoot.toml")
    warehouse = out / "warehouse"
    inputs = RunInputs(sample.out, sample.out, sample.inventory, configuration)
    receipt = run_ledger(inputs, warehouse, progress)
    ledger = LedgerInputs(configuration, sample.inventory)
    nowcast = publish_nowcast(warehouse, sample.out, ledger, progress)
    progress.step("looking at thresholds and targets", 0, 1)
    thresholds = evaluate_thresholds(warehouse, configuration)
    targets = judge_and_keep(warehouse, configuration, None)
    progress.step("writing the report", 0, 1)
    written = report(warehouse, out / "report.html", configuration=configuration)
    return Demo(receipt, nowcast.receipt, thresholds, targets, written.html)
