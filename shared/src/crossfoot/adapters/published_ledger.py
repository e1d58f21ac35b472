"""The published warehouse as ``check`` sees it: implements ``PublishedLedger``."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crossfoot.adapters.file_guards import fingerprint
from crossfoot.adapters.ledger_accounts import accounts_in
from crossfoot.adapters.ledger_store import FolderLedgerStore, StoredUsage
from crossfoot.adapters.ledger_tables import RunLabels
from crossfoot.adapters.month_writer import ParquetMonthWriter
from crossfoot.adapters.observation_files import inputs_again, source_files, strangers
from crossfoot.adapters.usage_exports import usage_part
from crossfoot.adapters.usage_rollup import UsageRollup
from crossfoot.adapters.usage_source import RolledUpMonth
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_catalog import Catalog
from crossfoot.adapters.warehouse_staging import StagedRun, damaged_files, file_sha256
from crossfoot.domain.accounts import AccountDirectory
from crossfoot.domain.columns import EMISSIONS
from crossfoot.domain.configuration import AllocationMethod, Configuration, TagKey
from crossfoot.domain.nowcasts import NOWCASTS
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.statuses import Status, status_of
from crossfoot.domain.tables import CarbonDelivery, SourceFile


class RehearsalMonthWriter(ParquetMonthWriter):
    """Writes a month aside, to be compared with the published one."""

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of each table that was written."""
        return {name: file_sha256(path) for name, path in self.closed_files().items()}


class FolderPublishedLedger:
    """Published runs of one state of a warehouse, and room to rehearse them in."""

    def __init__(self, warehouse: Warehouse, catalog: Catalog, scratch: Path) -> None:
        self._warehouse = warehouse
        self._scratch = scratch
        self._catalog = catalog

    def runs(self) -> list[tuple[UsagePeriod, str]]:
        """Return the published runs, and those that stand in for months."""
        return [*self._catalog.months.items(), *self._catalog.nowcasts.items()]

    def manifest(self, period: UsagePeriod, run_id: str) -> dict[str, Any]:
        """Return the manifest of a run."""
        return self._warehouse.manifest(period, run_id)

    def damaged(self, period: UsagePeriod, run_id: str) -> list[str]:
        """Return files of the run, or of its delivery, that are missing or changed."""
        delivery_id = self.manifest(period, run_id)["carbon"]["delivery_id"]
        layout = self._warehouse.layout
        is_nowcast = status_of(delivery_id) is Status.NOWCAST
        kept = layout.record(NOWCASTS, delivery_id) if is_nowcast else layout.delivery(delivery_id)
        return [
            *(
                f"runs/{period}/{run_id}/{name}"
                for name in self._warehouse.damaged_files(period, run_id)
            ),
            *(f"{kept.relative_to(layout.root)}/{name}" for name in damaged_files(kept)),
        ]

    def changed_inputs(self, manifest: Mapping[str, Any]) -> tuple[list[str], list[str]]:
        """Return the input files that are gone, and those with other bytes than were read."""
        gone, changed = [], []
        listed = (*manifest["carbon"]["files"], *manifest["usage"]["files"])
        files = [SourceFile(**file) for file in listed] + source_files(manifest["usage"])
        for file in files:
            path = Path(file.path)
            if not path.is_file():
                gone.append(file.path)
            elif fingerprint(path) != file:
                changed.append(file.path)
        # a folder that has lost its files is told by them
        return gone, changed if gone else [*changed, *strangers(manifest["usage"])]

    def delivery(self, delivery_id: str) -> CarbonDelivery:
        """Return AWS's rows as they were kept."""
        return self._store(Configuration()).delivery(delivery_id)

    @contextmanager
    def usage_again(
        self, period: UsagePeriod, run_id: str, *, from_files: bool
    ) -> Iterator[RolledUpMonth | StoredUsage]:
        """Open the month's usage: its files, or the roll-up that the run kept."""
        manifest = self.manifest(period, run_id)
        tags = _tags(manifest)
        if not from_files:
            store = self._store(Configuration(tags=tags))
            yield store.run_usage(period, run_id)
            return
        files = tuple(Path(file["path"]) for file in manifest["usage"]["files"])
        field = inputs_again(manifest["usage"])
        with UsageRollup(
            usage_part(files), tags=tags, scratch=self._scratch, intensities=field.intensities()
        ) as rollup:
            rollup.run()
            yield RolledUpMonth(rollup, period, tags, field.observations(period))

    @contextmanager
    def rehearse(
        self, period: UsagePeriod, run_id: str, delivery: CarbonDelivery
    ) -> Iterator[RehearsalMonthWriter]:
        """Begin a copy of the run outside of the warehouse."""
        manifest = self.manifest(period, run_id)
        tag_columns = tuple(manifest["tag_columns"])
        labels = RunLabels(
            usage_period=period.text,
            run_id=run_id,
            model_version=delivery.model_version.text,
            payer_account_id=delivery.payer_account_id,
            method=AllocationMethod(manifest["configuration"]["method"]),
            tag_columns=tag_columns,
            has_usage=manifest["usage"]["kind"] != "none",
            factor_set=manifest["factor_set"],
            status=status_of(delivery.delivery_id),
        )
        folder = self._scratch / run_id
        identity = {"tag_columns": list(tag_columns)}
        with StagedRun(folder, folder.with_suffix(".never"), identity) as staged:
            accounts = self._accounts(period, run_id)
            yield RehearsalMonthWriter(staged, labels, accounts, self._scratch)

    def _accounts(self, period: UsagePeriod, run_id: str) -> AccountDirectory:
        """Return the names that the run published: labels, which no proof depends on."""
        return accounts_in(self._warehouse.run_files(period, run_id, EMISSIONS))

    def _store(self, configuration: Configuration) -> FolderLedgerStore:
        return FolderLedgerStore(
            self._warehouse, configuration, AccountDirectory({}), self._scratch
        )


def _tags(manifest: Mapping[str, Any]) -> tuple[TagKey, ...]:
    return tuple(TagKey(**tag) for tag in manifest["configuration"]["tags"])
