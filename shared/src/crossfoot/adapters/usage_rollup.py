"""Rolling usage up with DuckDB: raw lines in, one month of resources out, nothing dropped."""

import contextlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import duckdb
import pyarrow as pa

from crossfoot.adapters import grid_sql, usage_sql
from crossfoot.adapters.grid_intensity import GridIntensities
from crossfoot.adapters.grid_intervals import GridCoverage, grid_intervals
from crossfoot.adapters.usage_exports import UsagePart
from crossfoot.adapters.usage_kinds import classified, require_month
from crossfoot.domain.configuration import TagKey
from crossfoot.domain.errors import (
    ColumnTypeError,
    InputError,
    InvalidAmountError,
    UnreadableFileError,
    WarehouseFullError,
)
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.usage import LineCount
from crossfoot.domain.usage_contract import Kind

_BATCH_ROWS: Final = 32_768
_BASE_MEMORY_MB: Final = 400
_MEMORY_BYTES_PER_LINE: Final = 8
_MOST_MEMORY_MB: Final = 1_200
_LINES_OF_UNKNOWN_CSV: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class UsageControl:
    """What an independent look at the raw lines says. Money in billionths of the currency."""

    line_count: int
    unblended_nano: int


class UsageRollup:
    """One part of a usage export, rolled up; a context manager that owns a DuckDB session.

    Parameters
    ----------
    part : UsagePart
        The files to read.
    tags : sequence of TagKey
        Keys whose values become columns.
    scratch : Path
        Folder for what does not fit into memory; emptied by DuckDB.
    intensities : GridIntensities, optional
        Grids by the hour: each row of usage then has the mean of its hours, as
        ``grid_nano_g_per_kwh``, null where one of them is not known.
    """

    def __init__(
        self,
        part: UsagePart,
        *,
        tags: Sequence[TagKey],
        scratch: Path,
        intensities: GridIntensities | None = None,
    ) -> None:
        self._part = part
        self._tags = tuple(tags)
        self._intensities = intensities
        self._intervals: dict[UsagePeriod, tuple[pa.Table, list[GridCoverage]]] = {}
        self._connection = duckdb.connect(":memory:")
        n_bytes = (part.n_rows or _LINES_OF_UNKNOWN_CSV) * _MEMORY_BYTES_PER_LINE
        self._memory = min(_BASE_MEMORY_MB + (n_bytes >> 20), _MOST_MEMORY_MB)
        for setting in (
            f"memory_limit = '{self._memory}MB'",
            f"temp_directory = '{str(scratch).replace(chr(39), chr(39) * 2)}'",
            "preserve_insertion_order = false",
            "TimeZone = 'UTC'",
        ):
            self._connection.execute(f"SET {setting}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def run(self) -> None:
        """Count every line, in and out, and classify every kind of line.

        Raises
        ------
        ColumnTypeError, UnreadableFileError
            A cell is not what its column says, or a page is broken.
        UsagePeriodMismatchError
            The lines are of another month than the folder.
        WarehouseFullError
            No space is left for what does not fit into memory.
        """
        contract = self._part.contract
        # the lens in two branches pays where the Region is read, and costs where it is not
        branches = usage_sql.lines_select_for_duckdb(contract, self._tags)
        with self._named_errors():
            for statement in (
                f"CREATE VIEW usage_export AS {self._part.relation()}",
                f"CREATE VIEW lines AS {usage_sql.plain_lines_for_duckdb(contract)}",
                f"CREATE VIEW lines_in_branches AS {branches}",
                f"CREATE VIEW marked_lines AS {usage_sql.mark_lines('lines')}",
                f"CREATE VIEW marked_in_branches AS {usage_sql.mark_lines('lines_in_branches')}",
                f"CREATE TEMP TABLE counted AS {usage_sql.duckdb_sql('count_lines')}",
            ):
                self._connection.execute(statement)
        self._check_periods()
        names = usage_sql.duckdb_sql("list_accounts")
        with self._named_errors():
            self._connection.execute(f"CREATE TEMP TABLE account_names AS {names}")
        self._classify()

    def periods(self) -> list[UsagePeriod]:
        """Return the months that have lines."""
        return [UsagePeriod(text) for (text,) in self._rows(_PERIODS) if text is not None]

    def payers(self, period: UsagePeriod) -> list[str]:
        """Return the management accounts named by the month's usage of AWS."""
        sql = (
            "SELECT DISTINCT payer_account_id FROM counted "
            "WHERE exclusion IS NULL AND payer_account_id IS NOT NULL "
            f"AND {_within('billing_period', period)} ORDER BY 1"
        )
        return [payer for (payer,) in self._rows(sql)]

    def line_counts(self, period: UsagePeriod) -> list[LineCount]:
        """Count every line of the month, in and out, in rows and money."""
        sql = _LINE_COUNTS.format(within=_within("billing_period", period))
        return [LineCount(*row) for row in self._rows(sql)]

    def control(self, period: UsagePeriod) -> UsageControl:
        """Count lines and money of the month straight from the files, past the roll-up."""
        contract = self._part.contract
        sql = usage_sql.control_lines_for_duckdb(contract, _within(contract.period_column, period))
        ((line_count, nano),) = self._rows(sql)
        return UsageControl(int(line_count), int(nano))

    def usage(self, period: UsagePeriod) -> Iterator[pa.RecordBatch]:
        """Yield the month's usage in canonical order: by account, Region, bucket, service, ..."""
        with self._named_errors():
            self._connection.execute(_lines_of(period))
            if self._intensities is None:
                sql = usage_sql.roll_up_usage(self._tags)
            else:
                self._register_intervals(period, self._intensities)
                sql = grid_sql.roll_up_with_grid(self._tags)
            yield from self._reader(sql)

    def grid_coverage(self, period: UsagePeriod) -> list[GridCoverage]:
        """Tell how much of the month's usage lies in hours whose grid is known, by Region.

        Nothing without intensities, and nothing of a Region that has none.
        """
        if self._intensities is None:
            return []
        with self._named_errors():
            self._connection.execute(_lines_of(period))
            return self._register_intervals(period, self._intensities)

    def cell_costs(self, period: UsagePeriod) -> list[tuple[str, str, str, int]]:
        """Return account, Region, bucket and on-demand value (in billionths) of each cell."""
        self._rows(_lines_of(period))
        rows = self._rows(
            "SELECT usage_account_id, region_code, carbon_service, "
            "CAST(coalesce(sum(on_demand_nano), 0) AS BIGINT) "
            f"FROM ({usage_sql.roll_up_usage(self._tags)}) GROUP BY ALL ORDER BY ALL"
        )
        return [(account, region, bucket, nano) for account, region, bucket, nano in rows]

    def cell_weights(self, period: UsagePeriod) -> pa.Table:
        """Return account, Region, bucket, allocation key and on-demand value of each cell.

        Keys and value are in billionths, and negative lines weigh nothing, as in the published
        method (F-5).
        """
        with self._named_errors():
            self._connection.execute(_lines_of(period))
            return self._reader(usage_sql.weigh_cells_for_duckdb()).read_all()

    def _reader(self, sql: str) -> pa.RecordBatchReader:
        """Run a statement within the memory meant for it, and with more where that is too little.

        DuckDB spills what it can; very many groups of long texts may still not fit.
        """
        for memory in (self._memory, 2 * self._memory):
            self._connection.execute(f"SET memory_limit = '{memory}MB'")
            with contextlib.suppress(duckdb.OutOfMemoryException):
                return self._connection.sql(sql).to_arrow_reader(_BATCH_ROWS)
        self._connection.execute(f"SET memory_limit = '{4 * self._memory}MB'")
        return self._connection.sql(sql).to_arrow_reader(_BATCH_ROWS)

    def _register_intervals(
        self, period: UsagePeriod, intensities: GridIntensities
    ) -> list[GridCoverage]:
        """Give the roll-up the mean intensity of every interval that the month's lines have."""
        if period not in self._intervals:
            regions = pa.table({"region_code": [*intensities.series]})
            self._connection.register("grid_regions", regions)
            found = self._connection.sql(grid_sql.LIST_INTERVALS).to_arrow_table()
            self._intervals[period] = grid_intervals(found, intensities)
        table, coverage = self._intervals[period]
        self._connection.register("grid_intervals", table)
        return coverage

    def _check_periods(self) -> None:
        periods = [text for (text,) in self._rows(_PERIODS)]
        require_month(
            periods,
            self._part.period,
            file=str(self._part.files[0]),
            column=self._part.contract.period_column,
        )

    def _classify(self) -> None:
        kinds, places = classified(self._rows(usage_sql.duckdb_sql("list_kinds")))
        self._connection.register("kinds", kinds)
        self._connection.register("places", places)

    def _rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._named_errors():
            return self._connection.execute(sql, list(parameters)).fetchall()

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except duckdb.InterruptException as error:
            raise KeyboardInterrupt from error
        except (duckdb.DataError, duckdb.InvalidInputException) as error:
            raise self._bad_cell(error) from error
        except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
            if isinstance(error, duckdb.OutOfMemoryException) or "No space left" in str(error):
                raise WarehouseFullError(
                    "No room is left for the roll-up of the usage, in memory or on the disk.",
                    mend="Free some and run again; the warehouse is as it was.",
                ) from error
            raise self._unreadable(error) from error
        except duckdb.Error as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: duckdb.Error) -> InputError:
        lines = [line for line in str(error).splitlines() if not line.startswith("Original Line")]
        text = " ".join(lines[:2])[:300]
        named = next((f for f in self._part.files if str(f) in str(error)), self._part.files[0])
        return UnreadableFileError(
            f"cannot be read ({text}).",
            mend="Fetch the file again from the export's bucket.",
            file=str(named),
        )

    def _bad_cell(self, error: duckdb.Error) -> InputError:
        """Find the first cell that is not what its column says, to name file, column and row."""
        named = self._bad_csv_cell() if self._part.is_csv else None
        if named is not None:
            return named
        message = re.sub(r"\s+", " ", str(error))
        if "out of range" in message or isinstance(error, duckdb.OutOfRangeException):
            return InvalidAmountError(
                "usage or cost of one kind adds up to more than 64 bits hold.",
                mend="Look for amounts beyond all measure, and export the file again.",
                file=str(self._part.files[0]),
            )
        if isinstance(error, duckdb.InvalidInputException):
            return self._unreadable(error)
        return ColumnTypeError(
            message[:300], mend="Export the file again.", file=str(self._part.files[0])
        )

    def _bad_csv_cell(self) -> ColumnTypeError | None:
        columns = [
            column
            for column in self._part.contract.columns
            if column.name in self._part.columns and column.kind is not Kind.TEXT
        ]
        for file in self._part.files:
            for column in columns:
                try:
                    found = self._first_bad_row(file, column.name, column.kind)
                except duckdb.Error:
                    # the file is no table, or has no such column: the first error says more
                    continue
                if found is not None:
                    return ColumnTypeError(
                        f"{found[1][:80]!r} is not a {_SAID[column.kind]}.",
                        mend="Correct the cell, or export the file again.",
                        file=str(file),
                        column=column.name,
                        row=found[0],
                    )
        return None

    def _first_bad_row(self, file: Path, column: str, kind: Kind) -> tuple[int, str] | None:
        as_kind = (
            f"TRY_CAST(TRY_CAST(value AS JSON) AS {kind})"
            if kind is Kind.MAP
            else f"TRY_CAST(value AS {kind})"
        )
        found = self._connection.execute(
            f'SELECT row, value FROM (SELECT row_number() OVER () AS row, "{column}" AS value '
            f"FROM {self._part.raw(file)}) WHERE value IS NOT NULL AND {as_kind} IS NULL "
            "ORDER BY row LIMIT 1"
        ).fetchone()
        return None if found is None else (int(found[0]), str(found[1]))


_SAID: Final = {Kind.NUMBER: "number", Kind.TIMESTAMP: "timestamp", Kind.MAP: "JSON object"}

_PERIODS: Final = "SELECT DISTINCT strftime(billing_period, '%Y-%m') FROM counted ORDER BY 1"

_LINE_COUNTS: Final = """
    SELECT line_item_type, billing_entity, exclusion, currency_code,
        CAST(sum(line_count) AS BIGINT), CAST(sum(on_demand_nano) AS BIGINT),
        CAST(sum(unblended_nano) AS BIGINT)
    FROM counted WHERE {within} GROUP BY ALL ORDER BY ALL
"""


def _within(column: str, period: UsagePeriod) -> str:
    start, end = (instant.strftime("%Y-%m-%d") for instant in (period.start, period.end))
    return f"\"{column}\" >= TIMESTAMP '{start}' AND \"{column}\" < TIMESTAMP '{end}'"


def _lines_of(period: UsagePeriod) -> str:
    return (
        "CREATE OR REPLACE TEMP VIEW lines_of_month AS SELECT * FROM marked_in_branches "
        f"WHERE {_within('billing_period', period)}"
    )
