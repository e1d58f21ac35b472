"""Write a month's ledger shard by shard, read it back, and prove it."""

from collections import Counter
from dataclasses import asdict, dataclass

from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.configuration import AllocationMethod
from crossfoot.domain.proof import CellProof, CellSums, Check
from crossfoot.engine.ledger import allocate_month
from crossfoot.usecases.ports import MonthWriter, UsageMonth
from crossfoot.usecases.prove_month import (
    prove_cells,
    require_proof,
    rounding_checks,
    total_checks,
    usage_checks,
)


@dataclass(frozen=True, slots=True, eq=False)
class WrittenMonth:
    """What was written, and the proof of it."""

    sums: CellSums
    proof: CellProof
    checks: tuple[Check, ...]
    counts: Counter[str]

    @property
    def n_checks(self) -> int:
        """Number of comparisons made."""
        return int(self.proof.is_compared.sum()) + len(self.checks)


def write_month(
    writer: MonthWriter,
    cells: ReportedCells,
    month: UsageMonth | None,
    method: AllocationMethod,
) -> WrittenMonth:
    """Allocate AWS's cells over the month's usage, and compare what was written with what came in.

    Raises
    ------
    ReconciliationError
        A sum that was read back differs; the caller publishes nothing.
    """
    counts = _write_shards(writer, cells, month, method)
    writer.close_ledger()
    sums = writer.cell_sums()
    checks: list[Check] = []
    if month is not None:
        lines = month.line_counts()
        writer.write_line_counts(lines)
        checks += usage_checks(lines, month.control(), sums)
    proof = prove_cells(cells, sums.cells)
    checks += [*total_checks(proof), *rounding_checks(cells)]
    require_proof(proof, checks)
    return WrittenMonth(sums, proof, tuple(checks), counts)


def _write_shards(
    writer: MonthWriter,
    cells: ReportedCells,
    month: UsageMonth | None,
    method: AllocationMethod,
) -> Counter[str]:
    counts: Counter[str] = Counter()
    shards = writer.shards_without_usage(cells) if month is None else month.shards(cells)
    for shard in shards:
        ledger = allocate_month(shard.sources, shard.consumers, method=method)
        writer.write_shard(shard, ledger)
        counts.update(asdict(ledger.counts))
        counts["entries"] += ledger.n_entries
        counts["usage_rows"] += shard.consumers.n_rows
    return counts
