"""Write a month's ledger shard by shard, read it back, and prove it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.configuration import AllocationMethod
from crossfoot.domain.proof import CellSums
from crossfoot.domain.usage import LineCount
from crossfoot.engine.ledger import allocate_month
from crossfoot.engine.shapes import Ledger
from crossfoot.usecases.ports import MonthWriter, Shard, UsageMonth
from crossfoot.usecases.prove_month import MonthProof, prove_month


class ShardWriter(Protocol):
    """What takes the ledger of each shard."""

    def write_shard(self, shard: Shard, ledger: Ledger) -> None:
        """Append a shard's usage, ledger and ranges."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class WrittenMonth:
    """What was written, and the proof of it."""

    sums: CellSums
    proof: MonthProof
    counts: Counter[str]
    unknown_regions: tuple[str, ...]


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
    shards = writer.shards_without_usage(cells) if month is None else month.shards(cells)
    unknown_regions: set[str] = set()
    counts = write_shards(writer, shards, method, unknown_regions)
    writer.close_ledger()
    sums = writer.cell_sums()
    lines: Sequence[LineCount] | None = None
    control = 0, 0
    if month is not None:
        lines, control = month.line_counts(), month.control()
        writer.write_line_counts(lines)
    proof = prove_month(cells, sums, lines, control)
    return WrittenMonth(sums, proof, counts, tuple(sorted(unknown_regions)))


def write_shards(
    writer: ShardWriter,
    shards: Iterable[Shard],
    method: AllocationMethod,
    unknown_regions: set[str] | None = None,
) -> Counter[str]:
    """Allocate and write shard by shard; return how much of what there was.

    Regions without factors are added to ``unknown_regions``, where it is given.
    """
    counts: Counter[str] = Counter()
    for shard in shards:
        ledger = allocate_month(shard.sources, shard.consumers, method=method)
        writer.write_shard(shard, ledger)
        counts.update(asdict(ledger.counts))
        counts["entries"] += ledger.n_entries
        counts["usage_rows"] += shard.consumers.n_rows
        if unknown_regions is not None:
            unknown_regions.update(shard.unknown_regions)
    return counts
