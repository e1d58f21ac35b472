"""Closing months on local files: what `crossfoot run` is made of."""

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from crossfoot import __version__
from crossfoot.adapters.account_directory import read_accounts
from crossfoot.adapters.carbon_exports import read_carbon
from crossfoot.adapters.configuration_file import read_base_year, read_configuration
from crossfoot.adapters.ledger_store import FolderLedgerStore
from crossfoot.adapters.observation_files import FieldInputs
from crossfoot.adapters.usage_exports import find_usage
from crossfoot.adapters.usage_source import UsageInFiles
from crossfoot.adapters.warehouse_opening import open_for_a_run, scratch_folder
from crossfoot.adapters.year_figures import FolderYearFigures
from crossfoot.bootstrap.clock import SystemClock
from crossfoot.bootstrap.factor_sets import factor_set_version
from crossfoot.domain.configuration import AllocationMethod, Configuration
from crossfoot.domain.errors import InvalidArgumentError
from crossfoot.domain.tables import IntakeNote
from crossfoot.domain.versions import EngineVersion
from crossfoot.factors.factor import Boundary
from crossfoot.usecases.close_months import CloseMonths, RunReceipt
from crossfoot.usecases.describe_run import Policy
from crossfoot.usecases.measure_base_year import MeasureBaseYear
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
    measured: tuple[Path, ...] = ()
    intensity: tuple[Path, ...] = ()
    intensity_boundary: Boundary = Boundary.LIFE_CYCLE

    def of_the_field(self) -> FieldInputs:
        """Return what was observed, which needs usage that it can be laid beside.

        Raises
        ------
        InvalidArgumentError
            Measurements or intensities without usage.
        """
        for option, paths in (("--measured", self.measured), ("--intensity", self.intensity)):
            if paths and self.usage is None:
                raise InvalidArgumentError(
                    f"{option} is given without --usage, so there is nothing to lay it beside.",
                    mend="Give the usage export of the same months as well.",
                )
        inventory = () if self.inventory is None else (self.inventory,)
        return FieldInputs(inventory, self.measured, self.intensity, self.intensity_boundary)


def run_ledger(inputs: RunInputs, out: Path, progress: Progress) -> RunReceipt:
    """Read, allocate, prove and publish into the warehouse at ``out``.

    Everything that can be refused is refused before the warehouse is touched.

    Raises
    ------
    CrossfootError
        By name; the warehouse is as it was.
    """
    # Arrow's own pool keeps what it has freed: a quarter of the memory of a large run
    pa.set_memory_pool(pa.system_memory_pool())
    field = inputs.of_the_field()
    policy = policy_of(inputs.configuration, inputs.inventory, inputs.method)
    progress.step("reading carbon", 0, 1)
    intake = read_carbon(inputs.carbon, payer_account_id=inputs.account)
    found = None if inputs.usage is None else find_usage(inputs.usage)
    with (
        open_for_a_run(out) as warehouse,
        scratch_folder(warehouse) as scratch,
        contextlib.ExitStack() as stack,
    ):
        store = FolderLedgerStore(warehouse, policy.configuration, policy.accounts, scratch)
        usage = None
        if found is not None:
            progress.step("rolling up usage", 0, 1)
            tags = policy.configuration.tags
            usage = stack.enter_context(
                UsageInFiles(found, tags=tags, scratch=scratch, field=field)
            )
        rule = read_base_year(inputs.configuration)
        close = CloseMonths(
            store,
            policy,
            clock=SystemClock(),
            progress=progress,
            base_year=None if rule is None else MeasureBaseYear(rule, FolderYearFigures(warehouse)),
        )
        receipt = close.run(intake, usage)
    notes = [*receipt.notes, *store.notes]
    if found is not None and usage is not None:
        notes += [*found.notes, *usage.notes]
    elif field.has_loads():
        notes.append(IntakeNote("loads-not-read", "loads are laid beside usage; none was given"))
    # one place may hold both exports, and is walked for each
    return replace(receipt, notes=tuple(dict.fromkeys(notes)))


def policy_of(
    configured: Path | None, inventory: Path | None, method: AllocationMethod | None = None
) -> Policy:
    """Return what decides figures besides the inputs, read from the user's files."""
    configuration: Configuration = read_configuration(configured)
    if method is not None:
        configuration = replace(configuration, method=method)
    return Policy(
        configuration=configuration,
        accounts=read_accounts(inventory),
        engine_version=EngineVersion(__version__),
        factor_set=factor_set_version(),
    )
