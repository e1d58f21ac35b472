"""Writing one run of one month into the warehouse's staging."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from crossfoot.adapters.impact_tables import ImpactFiles
from crossfoot.adapters.ledger_files import LedgerFiles
from crossfoot.adapters.ledger_tables import RunLabels
from crossfoot.adapters.proof_sums import cell_sums, party_sums
from crossfoot.adapters.proof_tables import (
    line_count_rows,
    reconciliation_rows,
    redistribution_rows,
    restatement_rows,
)
from crossfoot.adapters.usage_shards import UsageShard
from crossfoot.adapters.warehouse_staging import StagedRun
from crossfoot.domain.accounts import AccountDirectory
from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.columns import (
    RECONCILIATION,
    REDISTRIBUTIONS,
    RESTATEMENTS,
    USAGE_LINES,
    Table,
)
from crossfoot.domain.configuration import Redistribution
from crossfoot.domain.proof import CellProof, CellSums, Check, PartySums, PoolMove, Restatement
from crossfoot.domain.usage import LineCount
from crossfoot.engine.shapes import Ledger
from crossfoot.usecases.ports import Shard


class ParquetMonthWriter:
    """One run of one month; implements ``MonthWriter``. A context manager."""

    def __init__(
        self, staged: StagedRun, labels: RunLabels, accounts: AccountDirectory, scratch: Path
    ) -> None:
        self._staged = staged
        self._labels = labels
        self._scratch = scratch
        self._files = LedgerFiles(staged.writer, labels, accounts)
        self._impacts = ImpactFiles(staged.writer, labels, accounts)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._staged.discard()

    def shards_without_usage(self, cells: ReportedCells) -> Iterator[UsageShard]:
        """Yield the cells of a month whose usage nobody delivered."""
        return self._files.shards_without_usage(cells)

    def write_shard(self, shard: Shard, ledger: Ledger) -> None:
        """Append a shard's usage, ledger, ranges and impacts."""
        self._files.write_shard(shard, ledger)
        self._impacts.write_shard(shard)

    def write_line_counts(self, counts: Sequence[LineCount]) -> None:
        """Write ``usage_lines``."""
        self._write(USAGE_LINES, line_count_rows(counts, self._labels))

    def closed_files(self) -> dict[str, Path]:
        """Close the large tables and return where each was written."""
        return self._files.close() | self._impacts.close()

    def close_ledger(self) -> None:
        """Close the ledger, so that it can be read back."""
        self._files.emissions.close()

    def cell_sums(self) -> CellSums:
        """Return emissions by cell and the money, read back from what was written."""
        return cell_sums([self._files.emissions.path], self._scratch)

    def party_sums(self, redistribution: Redistribution) -> list[PartySums]:
        """Return what was written by pool and consumer."""
        return party_sums([self._files.emissions.path], redistribution, self._scratch)

    def write_proof(
        self,
        proof: CellProof,
        checks: Sequence[Check],
        restatements: Sequence[Restatement],
        moves: Sequence[PoolMove],
    ) -> None:
        """Write ``reconciliation``, ``restatements`` and ``redistributions``."""
        self._write(RECONCILIATION, reconciliation_rows(proof, checks, self._labels))
        self._write(RESTATEMENTS, restatement_rows(restatements, self._labels))
        self._write(REDISTRIBUTIONS, redistribution_rows(moves, self._labels))

    def finish(self, manifest: Mapping[str, Any]) -> None:
        """Make the run whole; it can be published now."""
        self._staged.finish(manifest)

    def _write(self, table: Table, batches: Sequence[pa.Table]) -> None:
        """Write a small table; its file is there even where it has no rows."""
        writer = self._staged.writer(table)
        for rows in batches:
            writer.write(rows)
