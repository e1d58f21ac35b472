"""The warehouse folder as the use cases see it: implements ``LedgerStore``."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from crossfoot.adapters.arrow_decimals import int64_from_decimal
from crossfoot.adapters.carbon_table import carbon_table, describe, label_of, read_carbon_table
from crossfoot.adapters.kept_nowcasts import keep_errors, read_nowcast
from crossfoot.adapters.ledger_accounts import accounts_in
from crossfoot.adapters.ledger_tables import USAGE_DECIMALS, RunLabels
from crossfoot.adapters.month_writer import ParquetMonthWriter
from crossfoot.adapters.proof_sums import cell_sums
from crossfoot.adapters.proof_tables import restatements_in
from crossfoot.adapters.usage_shards import UsageShard, cut_shards
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.domain.accounts import AccountDirectory
from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.columns import EMISSIONS, RESTATEMENTS, USAGE, USAGE_LINES
from crossfoot.domain.configuration import Configuration
from crossfoot.domain.errors import MissingColumnError
from crossfoot.domain.nowcasts import NOWCAST_ERRORS, NOWCASTS
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.proof import CellSums, Restatement
from crossfoot.domain.statuses import Status, status_of
from crossfoot.domain.tables import CarbonDelivery, DeliveryLabel, IntakeNote
from crossfoot.domain.usage import LineCount
from crossfoot.domain.versions import FactorSetVersion
from crossfoot.usecases.carbon_history import first_published

_BATCH_ROWS = 131_072


class FolderLedgerStore:
    """One warehouse folder whose lock the caller holds; ``notes`` tells of nowcasts replaced."""

    def __init__(
        self,
        warehouse: Warehouse,
        configuration: Configuration,
        accounts: AccountDirectory,
        scratch: Path,
    ) -> None:
        self._warehouse = warehouse
        self._configuration = configuration
        self._accounts = accounts
        self._scratch = scratch
        self._catalog = warehouse.current()
        self._runs = self._catalog.months
        self.notes: list[IntakeNote] = []

    def labels(self) -> list[DeliveryLabel]:
        """Return the labels of every delivery ever kept."""
        return [
            label_of(delivery_id, self._warehouse.delivery_manifest(delivery_id))
            for delivery_id in self._catalog.deliveries
        ]

    def delivery(self, delivery_id: str) -> CarbonDelivery:
        """Return one delivery as AWS made it, or a nowcast in the same shape."""
        if status_of(delivery_id) is Status.NOWCAST:
            return read_nowcast(self._warehouse, delivery_id)
        files = self._warehouse.delivery_files(delivery_id)
        manifest = self._warehouse.delivery_manifest(delivery_id)
        return read_carbon_table(files, delivery_id, manifest)

    def keep(self, delivery: CarbonDelivery) -> None:
        """Keep a delivery for ever; the same again changes nothing."""
        if not self._warehouse.has_delivery(delivery.delivery_id):
            self._warehouse.add_delivery(
                delivery.delivery_id,
                carbon_table(delivery),
                delivery.usage_period,
                describe(delivery),
            )

    def published(self, period: UsagePeriod) -> Mapping[str, Any] | None:
        """Return the manifest of the run that speaks for the period."""
        run_id = self._runs.get(period)
        return None if run_id is None else self._warehouse.manifest(period, run_id)

    def has_run(self, period: UsagePeriod, run_id: str) -> bool:
        """Whether that run is finished."""
        return self._warehouse.has_run(period, run_id)

    def published_sums(self, period: UsagePeriod) -> CellSums:
        """Return what is published now, by cell."""
        files = self._warehouse.run_files(period, self._runs[period], EMISSIONS)
        return cell_sums(files, self._scratch)

    def published_accounts(self, period: UsagePeriod) -> AccountDirectory:
        """Return the accounts of the published run, as they are called in it."""
        return accounts_in(self._warehouse.run_files(period, self._runs[period], EMISSIONS))

    def published_restatements(self, period: UsagePeriod) -> list[Restatement]:
        """Return the restatements that the published run carries."""
        files = self._warehouse.run_files(period, self._runs[period], RESTATEMENTS)
        return [row for file in files for row in restatements_in(_read(file))]

    @contextmanager
    def stored_usage(self, period: UsagePeriod) -> Iterator["StoredUsage"]:
        """Open the published run's roll-up, to allocate it again."""
        yield self.run_usage(period, self._runs[period])

    def run_usage(self, period: UsagePeriod, run_id: str) -> "StoredUsage":
        """Return the roll-up that a run kept."""
        tags = tuple(self._warehouse.manifest(period, run_id)["tag_columns"])
        return StoredUsage(
            self._warehouse.run_files(period, run_id, USAGE),
            self._warehouse.run_files(period, run_id, USAGE_LINES),
            year=period.year,
            stored_tags=tags,
            wanted_tags=self._configuration.tag_columns,
        )

    @contextmanager
    def stage(
        self,
        delivery: CarbonDelivery,
        run_id: str,
        *,
        has_usage: bool,
        factor_set: FactorSetVersion,
    ) -> Iterator[ParquetMonthWriter]:
        """Begin a run; what is not finished is forgotten."""
        tags = self._configuration.tag_columns
        labels = RunLabels(
            usage_period=delivery.usage_period.text,
            run_id=run_id,
            model_version=delivery.model_version.text,
            payer_account_id=delivery.payer_account_id,
            method=self._configuration.method,
            tag_columns=tags,
            has_usage=has_usage,
            factor_set=factor_set,
            status=status_of(delivery.delivery_id),
        )
        with self._warehouse.stage(delivery.usage_period, run_id, tags) as staged:
            accounts = self._accounts.at(delivery.usage_period)
            yield ParquetMonthWriter(staged, labels, accounts, self._scratch)

    def publish(
        self, runs: Mapping[UsagePeriod, str], deliveries: Sequence[str], published_at: datetime
    ) -> int:
        """Swap everything in at once; return the number of the snapshot.

        A month that a nowcast stood in for keeps how far the nowcasts were off.
        """
        awaited = sorted(runs.keys() & self._catalog.nowcasts.keys())
        self.notes += [
            IntakeNote(
                "nowcast-replaced",
                f"{period}: AWS's figure takes the nowcast's place; nowcast_errors says how far "
                "it was off",
            )
            for period in awaited
        ]
        errors = [
            keep_errors(self._warehouse, self._first_of(period, deliveries), published_at)
            for period in awaited
        ]
        records = {NOWCAST_ERRORS.name: errors} if errors else {}
        return self._warehouse.publish(runs, deliveries, published_at, records=records).snapshot

    def _first_of(self, period: UsagePeriod, deliveries: Sequence[str]) -> CarbonDelivery:
        """Return what AWS published first of a month that is published now."""
        labels = [
            label_of(delivery_id, self._warehouse.delivery_manifest(delivery_id))
            for delivery_id in deliveries
        ]
        return self.delivery(first_published(labels)[period].delivery_id)


class FolderNowcastStore(FolderLedgerStore):
    """The same of months that AWS has not published: runs stand in for them until it does."""

    def __init__(
        self,
        warehouse: Warehouse,
        configuration: Configuration,
        accounts: AccountDirectory,
        scratch: Path,
    ) -> None:
        super().__init__(warehouse, configuration, accounts, scratch)
        self._runs = self._catalog.nowcasts

    def labels(self) -> list[DeliveryLabel]:
        """Return nothing: a nowcast is no vintage of AWS's figure."""
        return []

    def keep(self, delivery: CarbonDelivery) -> None:
        """Check that the nowcast is kept: its record says more than its cells."""
        if not self._warehouse.has_record(NOWCASTS, delivery.delivery_id):
            raise ValueError(f"{delivery.delivery_id} is to be kept before it is placed")

    def publish(
        self, runs: Mapping[UsagePeriod, str], deliveries: Sequence[str], published_at: datetime
    ) -> int:
        """Let the runs stand in for their months, and show the records of their nowcasts."""
        return self._warehouse.publish(
            {}, (), published_at, nowcasts=runs, records={NOWCASTS.name: deliveries}
        ).snapshot


class StoredUsage:
    """A roll-up that a run kept; implements ``UsageMonth``."""

    def __init__(
        self,
        usage: Sequence[Path],
        lines: Sequence[Path],
        *,
        year: int,
        stored_tags: tuple[str, ...],
        wanted_tags: tuple[str, ...],
    ) -> None:
        self._usage = usage
        self._lines = lines
        self._year = year
        self._stored_tags = stored_tags
        self._wanted_tags = wanted_tags

    def line_counts(self) -> list[LineCount]:
        """Count every line of the month, in and out, in rows and money."""
        counts = []
        for file in self._lines:
            table = _read(file)
            money = [
                (int64_from_decimal(table[name]).tolist(), table[name].is_valid().to_pylist())
                for name in ("on_demand_cost", "unblended_cost")
            ]
            for index, row in enumerate(table.to_pylist()):
                costs = [amounts[index] if valid[index] else None for amounts, valid in money]
                counts.append(
                    LineCount(
                        row["line_item_type"],
                        row["billing_entity"],
                        None if row["is_included"] else row["reason"],
                        row["currency_code"],
                        row["line_count"],
                        *costs,
                    )
                )
        return counts

    def control(self) -> tuple[int, int]:
        """Return the kept counts themselves: the files may be gone by now."""
        counts = self.line_counts()
        return (
            sum(count.line_count for count in counts),
            sum(count.unblended_nano or 0 for count in counts),
        )

    def payers(self) -> list[str]:
        """Return nothing: the roll-up does not keep the payer of a line."""
        return []

    def shards(self, cells: ReportedCells) -> Iterator[UsageShard]:
        """Yield whole accounts in sorted order; every cell in exactly one shard."""
        return cut_shards(self._batches(), cells, year=self._year, tag_columns=self._wanted_tags)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        for file in self._usage:
            with pq.ParquetFile(file) as parquet:
                _require_models(parquet.schema_arrow, file)
                for batch in parquet.iter_batches(_BATCH_ROWS):
                    yield self._as_rolled_up(batch)

    def _as_rolled_up(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Undo the published form: decimals become whole numbers again."""
        columns = {}
        for name in batch.schema.names:
            if name in USAGE_DECIMALS:
                whole = pa.array(int64_from_decimal(batch[name]))
                empty = pa.scalar(None, pa.int64())
                columns[USAGE_DECIMALS[name]] = pc.if_else(batch[name].is_valid(), whole, empty)
            elif name not in {"usage_period", "run_id"} and name not in self._stored_tags:
                columns[name] = batch[name]
        for tag in self._wanted_tags:
            known = tag in self._stored_tags
            columns[tag] = batch[tag] if known else pa.nulls(batch.num_rows, pa.string())
        return pa.RecordBatch.from_pydict(columns)


def _require_models(schema: pa.Schema, file: Path) -> None:
    if "model_name" not in schema.names:
        raise MissingColumnError(
            "The roll-up that the run kept is of a version that did not estimate.",
            mend="Run again with the usage files of the month; until then it stays as it is.",
            file=str(file),
            column="model_name",
        )


def _read(file: Path) -> pa.Table:
    return pq.read_table(file, partitioning=None).combine_chunks()
