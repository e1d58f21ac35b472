"""The three large tables of a run, written shard by shard wherever their files lie."""

from collections.abc import Callable, Iterator
from pathlib import Path

from crossfoot.adapters.ledger_tables import RunLabels, emission_rows, pieces_of, usage_rows
from crossfoot.adapters.parquet_tables import TableWriter
from crossfoot.adapters.usage_shards import UsageShard, cut_shards
from crossfoot.domain.accounts import AccountDirectory
from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.columns import EMISSIONS, EMISSIONS_RANGES, USAGE, Table
from crossfoot.domain.period import UsagePeriod
from crossfoot.engine.shapes import Ledger
from crossfoot.usecases.ports import Shard


class LedgerFiles:
    """Appends shards to ``usage``, ``emissions`` and ``emissions_ranges``.

    Parameters
    ----------
    writer_of : callable
        Opens the writer of a table; who opens it also abandons it where something fails.
    labels, accounts
        What every row repeats, and what people call the accounts.
    """

    def __init__(
        self,
        writer_of: Callable[[Table], TableWriter],
        labels: RunLabels,
        accounts: AccountDirectory,
    ) -> None:
        self._labels = labels
        self._accounts = accounts
        self.emissions = writer_of(EMISSIONS)
        self._ranges = writer_of(EMISSIONS_RANGES)
        self._usage = writer_of(USAGE)

    def shards_without_usage(self, cells: ReportedCells) -> Iterator[UsageShard]:
        """Yield cells that no usage was delivered for."""
        year = UsagePeriod(self._labels.usage_period).year
        return cut_shards((), cells, year=year, tag_columns=self._labels.tag_columns)

    def write_shard(self, shard: Shard, ledger: Ledger) -> None:
        """Append a shard's usage, ledger and ranges.

        Raises
        ------
        TypeError
            The shard was not cut by ``usage_shards``, so its texts are not known.
        """
        if not isinstance(shard, UsageShard):
            raise TypeError(f"cannot write {type(shard).__name__}, only UsageShard")
        for part in pieces_of(ledger):
            emissions, ranges = emission_rows(shard, part, self._labels, self._accounts)
            self.emissions.write(emissions)
            self._ranges.write(ranges)
        for rows in usage_rows(shard, self._labels, self._accounts):
            self._usage.write(rows)

    def close(self) -> dict[str, Path]:
        """Close the three tables and return where each was written."""
        writers = {
            "usage": self._usage,
            "emissions": self.emissions,
            "emissions_ranges": self._ranges,
        }
        for writer in writers.values():
            writer.close()
        return {name: writer.path for name, writer in writers.items()}
