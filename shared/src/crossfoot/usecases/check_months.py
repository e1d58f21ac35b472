"""Prove every published month again, from its inputs where they still are."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.configuration import AllocationMethod
from crossfoot.domain.errors import CrossfootError, ReconciliationError
from crossfoot.domain.findings import CheckResult
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.statuses import Status, status_of
from crossfoot.domain.tables import CarbonDelivery
from crossfoot.domain.versions import EngineVersion, FactorSetVersion
from crossfoot.usecases.ports import MonthWriter, Progress, UsageMonth
from crossfoot.usecases.write_month import write_month

_REHEARSED = ("usage", "emissions", "emissions_ranges", "impacts")


class RehearsalWriter(MonthWriter, Protocol):
    """Writes a month aside, to be compared with the published one."""

    def digests(self) -> Mapping[str, str]:
        """Return the SHA-256 of each table that was written."""
        ...


class PublishedLedger(Protocol):
    """What ``check`` needs of the warehouse."""

    def runs(self) -> Sequence[tuple[UsagePeriod, str]]:
        """Return the published runs."""
        ...

    def manifest(self, period: UsagePeriod, run_id: str) -> Mapping[str, Any]:
        """Return the manifest of a run."""
        ...

    def damaged(self, period: UsagePeriod, run_id: str) -> Sequence[str]:
        """Return files of the run, or of its delivery, that are missing or changed."""
        ...

    def changed_inputs(self, manifest: Mapping[str, Any]) -> tuple[Sequence[str], Sequence[str]]:
        """Return the input files that are gone, and those with other bytes than were read."""
        ...

    def delivery(self, delivery_id: str) -> CarbonDelivery:
        """Return AWS's rows as they were kept."""
        ...

    def usage_again(
        self, period: UsagePeriod, run_id: str, *, from_files: bool
    ) -> AbstractContextManager[UsageMonth]:
        """Open the month's usage: its files, or the roll-up that the run kept."""
        ...

    def rehearse(
        self, period: UsagePeriod, run_id: str, delivery: CarbonDelivery
    ) -> AbstractContextManager[RehearsalWriter]:
        """Begin a copy of the run outside of the warehouse."""
        ...


def check_months(
    ledger: PublishedLedger,
    engine_version: EngineVersion,
    factor_set: FactorSetVersion,
    progress: Progress,
) -> list[CheckResult]:
    """Prove every published month again, and say of each how far back the proof reaches."""
    runs = ledger.runs()
    results = []
    for number, (period, run_id) in enumerate(runs):
        progress.step(f"checking {period}", number, len(runs))
        said: list[str] = []
        try:
            said.extend(_prove(ledger, period, run_id, (engine_version, factor_set)))
            is_proven = True
        except CrossfootError as error:
            said.append(f"{type(error).__name__}: {error}")
            is_proven = False
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            # a manifest that somebody has edited may hold anything
            said.append(f"ReconciliationError: a manifest is not as it was written ({error!r}).")
            is_proven = False
        results.append(CheckResult(period.text, run_id, is_proven, tuple(said)))
    return results


def _prove(
    ledger: PublishedLedger,
    period: UsagePeriod,
    run_id: str,
    versions: tuple[EngineVersion, FactorSetVersion],
) -> Iterator[str]:
    manifest = ledger.manifest(period, run_id)
    damaged = ledger.damaged(period, run_id)
    if damaged:
        raise ReconciliationError("files are not as they were written", keys=damaged)
    delivery = ledger.delivery(manifest["carbon"]["delivery_id"])
    cells = ReportedCells.from_rows(delivery.rows)
    _require_reported(cells, manifest)
    gone, changed = ledger.changed_inputs(manifest)
    yield f"{len(manifest['files'])} files of the run unchanged"
    from_files = not gone and not changed
    usage_kind = manifest["usage"]["kind"]
    opened = (
        nullcontext()
        if usage_kind == "none"
        else ledger.usage_again(period, run_id, from_files=from_files and usage_kind == "files")
    )
    with opened as month, ledger.rehearse(period, run_id, delivery) as writer:
        method = AllocationMethod(manifest["configuration"]["method"])
        written = write_month(writer, cells, month, method)
        digests = writer.digests()
    whose = "a nowcast" if status_of(delivery.delivery_id) is Status.NOWCAST else "AWS"
    yield f"{written.proof.n_checks} sums equal, {len(cells)} cells of {whose}"
    yield _origin(usage_kind, gone, changed)
    yield _same_bytes(manifest, digests, *versions)


def _require_reported(cells: ReportedCells, manifest: Mapping[str, Any]) -> None:
    kept = cells.totals_ug()
    if kept != manifest["reported_ug"]:
        raise ReconciliationError("AWS's rows are not as they were read", keys=sorted(kept))


def _origin(usage_kind: str, gone: Sequence[str], changed: Sequence[str]) -> str:
    if usage_kind == "none":
        return "no usage was given"
    if changed:
        return (
            f"{len(changed)} input files have changed since, such as {changed[0]}: run again to "
            "publish them; proven from the roll-up that was kept"
        )
    if gone:
        return f"{len(gone)} input files are gone; proven from the roll-up that was kept"
    if usage_kind == "published-run":
        return "proven from the roll-up that was kept"
    return "proven from the usage files themselves"


def _same_bytes(
    manifest: Mapping[str, Any],
    digests: Mapping[str, str],
    engine_version: EngineVersion,
    factor_set: FactorSetVersion,
) -> str:
    if manifest["engine_version"] != engine_version:
        return f"written by engine {manifest['engine_version']}, so bytes are not compared"
    if manifest["factor_set"] != factor_set:
        return f"estimated with factors {manifest['factor_set']}, so bytes are not compared"
    published = {file["path"].split("/")[0]: file["sha256"] for file in manifest["files"]}
    differing = [name for name in _REHEARSED if digests[name] != published[name]]
    if differing:
        raise ReconciliationError("a replay gives other bytes", keys=differing)
    return "a replay gives the same bytes"
