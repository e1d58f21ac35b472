"""The fuse box: the only room that knows the real parts and puts them together."""

import contextlib
import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any, BinaryIO

from crossfoot import __version__
from crossfoot.adapters.account_directory import read_accounts
from crossfoot.adapters.carbon_exports import read_carbon
from crossfoot.adapters.configuration_file import read_configuration
from crossfoot.adapters.disk import disk_errors_named
from crossfoot.adapters.examination import examine_machine
from crossfoot.adapters.explanation import explain_figure
from crossfoot.adapters.ledger_store import FolderLedgerStore
from crossfoot.adapters.published_ledger import FolderPublishedLedger
from crossfoot.adapters.query_output import ResultFormat, write_result
from crossfoot.adapters.sample import SampleReceipt, write_sample
from crossfoot.adapters.sample.carbon_for_usage import UsageCell, write_carbon_for_usage
from crossfoot.adapters.usage_exports import find_usage
from crossfoot.adapters.usage_source import UsageInFiles
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_opening import open_for_a_run
from crossfoot.adapters.warehouse_query import QuerySession, open_query_session
from crossfoot.domain.configuration import AllocationMethod, Configuration
from crossfoot.domain.errors import ConfigurationError, ReportError
from crossfoot.domain.findings import CheckResult, Finding
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.units import NANOS_PER_UNIT
from crossfoot.domain.versions import EngineVersion, FactorSetVersion
from crossfoot.report.vendor import read_chart_library
from crossfoot.report.write_report import ReportReceipt, write_report
from crossfoot.usecases.check_months import check_months
from crossfoot.usecases.close_months import CloseMonths, Policy, RunReceipt
from crossfoot.usecases.ports import Progress


@dataclass(frozen=True, slots=True)
class RunInputs:
    """What a run is asked to read."""

    carbon: Path
    usage: Path | None = None
    inventory: Path | None = None
    configuration: Path | None = None
    method: AllocationMethod | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class SampleSize:
    """How large the sample organisation is."""

    accounts: int = 24
    months: int = 15
    rows: int = 150_000
    seed: int = 2026


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo made."""

    receipt: RunReceipt
    report: Path


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)


def run_ledger(inputs: RunInputs, out: Path, progress: Progress) -> RunReceipt:
    """Read, allocate, prove and publish into the warehouse at ``out``.

    Everything that can be refused is refused before the warehouse is touched.

    Raises
    ------
    CrossfootError
        By name; the warehouse is as it was.
    """
    policy = _policy(inputs)
    progress.step("reading carbon", 0, 1)
    intake = read_carbon(inputs.carbon, payer_account_id=inputs.account)
    found = None if inputs.usage is None else find_usage(inputs.usage)
    with (
        open_for_a_run(out) as warehouse,
        _scratch(warehouse) as scratch,
        contextlib.ExitStack() as stack,
    ):
        store = FolderLedgerStore(warehouse, policy.configuration, policy.accounts, scratch)
        usage = None
        if found is not None:
            progress.step("rolling up usage", 0, 1)
            tags = policy.configuration.tags
            usage = stack.enter_context(UsageInFiles(found, tags=tags, scratch=scratch))
        close = CloseMonths(store, policy, clock=SystemClock(), progress=progress)
        receipt = close.run(intake, usage)
    notes = receipt.notes if found is None else (*receipt.notes, *found.notes)
    return replace(receipt, notes=notes)


def make_sample(out: Path, size: SampleSize, progress: Progress) -> SampleReceipt:
    """Write the sample organisation."""
    return write_sample(
        out,
        accounts=size.accounts,
        months=size.months,
        rows=size.rows,
        seed=size.seed,
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
    """Make a sample organisation, run it through, and write its report."""
    sample = make_sample(out / "exports", SampleSize(), progress)
    inputs = RunInputs(
        carbon=sample.out,
        usage=sample.out,
        inventory=sample.accounts,
        configuration=sample.config,
    )
    receipt = run_ledger(inputs, out / "warehouse", progress)
    progress.step("writing the report", 0, 1)
    written = report(out / "warehouse", out / "report.html")
    return Demo(receipt, written.html)


def open_session(path: Path) -> contextlib.AbstractContextManager[QuerySession]:
    """Open a read-only session over the published tables and views."""
    return open_query_session(Warehouse.open(path))


def report(path: Path, html: Path) -> ReportReceipt:
    """Write the offline report of a warehouse."""
    with open_session(path) as session:
        return write_report(session, html)


def query(
    path: Path, sql: str, result_format: ResultFormat, stream: BinaryIO, width: int | None
) -> None:
    """Run one SELECT over the published tables and write its result."""
    with open_session(path) as session:
        result = session.arrow(sql) if result_format == "table" else session.stream(sql)
        write_result(result, result_format, stream, width=width)


def explain(path: Path, period: str, account: str, resource: str | None) -> dict[str, Any]:
    """Walk from a figure back to AWS's row, and to the usage that weighed it."""
    warehouse = Warehouse.open(path)
    months = warehouse.current().months
    manifests = [warehouse.manifest(month, run_id) for month, run_id in months.items()]
    with open_query_session(warehouse) as session:
        return explain_figure(session, manifests, UsagePeriod(period).text, account, resource)


def check(path: Path, progress: Progress) -> list[CheckResult]:
    """Prove every published month again."""
    warehouse = Warehouse.open(path)
    with tempfile.TemporaryDirectory(prefix="crossfoot-") as scratch:
        ledger = FolderPublishedLedger(warehouse, Path(scratch))
        return check_months(ledger, EngineVersion(__version__), progress)


def examine(*, aws: bool) -> list[Finding]:
    """Look for what is missing or misconfigured.

    Raises
    ------
    ConfigurationError
        The deployment was asked for, and this version has none.
    """
    if aws:
        raise ConfigurationError(
            "this version runs embedded only; it has no deployment to look at.",
            mend="Run `crossfoot doctor` without --aws.",
        )
    return [*examine_machine(), _charts()]


def _charts() -> Finding:
    try:
        library = read_chart_library()
    except ReportError as error:
        return Finding("chart library", error.message, is_well=False, mend=error.mend or "")
    return Finding("chart library", f"{len(library.script):,} characters", is_well=True)


def factor_set_version() -> FactorSetVersion:
    """Return a digest of the factor and rule tables that this engine carries."""
    digest = hashlib.sha256()
    folder = resources.files("crossfoot.factors")
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".csv"):
            digest.update(entry.name.encode())
            digest.update(entry.read_bytes())
    return FactorSetVersion(f"f-{digest.hexdigest()[:12]}")


def _policy(inputs: RunInputs) -> Policy:
    configuration: Configuration = read_configuration(inputs.configuration)
    if inputs.method is not None:
        configuration = replace(configuration, method=inputs.method)
    return Policy(
        configuration=configuration,
        accounts=read_accounts(inputs.inventory),
        engine_version=EngineVersion(__version__),
        factor_set=factor_set_version(),
    )


@contextlib.contextmanager
def _scratch(warehouse: Warehouse) -> Iterator[Path]:
    """Make a folder for what does not fit into memory, on the warehouse's own disk."""
    with disk_errors_named("making room for the roll-up"):
        folder = tempfile.TemporaryDirectory(dir=warehouse.root, prefix=".scratch-")
    with folder as name:
        yield Path(name)
