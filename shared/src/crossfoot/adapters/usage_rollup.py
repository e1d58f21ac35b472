"""Rolling usage up with DuckDB: raw lines in, one month of resources out, nothing dropped."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import duckdb
import pyarrow as pa

from crossfoot.adapters import usage_sql
from crossfoot.adapters.usage_contract import Kind
from crossfoot.adapters.usage_exports import UsagePart
from crossfoot.domain.configuration import TagKey
from crossfoot.domain.errors import (
    ColumnTypeError,
    InputError,
    InvalidAmountError,
    UnreadableFileError,
    UsagePeriodMismatchError,
    WarehouseFullError,
)
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.usage import LineCount
from crossfoot.engine.classification import UsageKind, classify

_BATCH_ROWS: Final = 131_072
_BASE_MEMORY_MB: Final = 400
_MEMORY_BYTES_PER_LINE: Final = 8
_MOST_MEMORY_MB: Final = 1_200
_LINES_OF_UNKNOWN_CSV: Final = 10_000_000

_KIND_KEYS: Final = ("product_code", "usage_type", "operation", "unit", "description")


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
    """

    def __init__(self, part: UsagePart, *, tags: Sequence[TagKey], scratch: Path) -> None:
        self._part = part
        self._tags = tuple(tags)
        self._connection = duckdb.connect(":memory:")
        memory = _BASE_MEMORY_MB + (
            (part.n_rows or _LINES_OF_UNKNOWN_CSV) * _MEMORY_BYTES_PER_LINE >> 20
        )
        for setting in (
            f"memory_limit = '{min(memory, _MOST_MEMORY_MB)}MB'",
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
        """Read every line once and sum it by kind; classify the kinds.

        Raises
        ------
        ColumnTypeError, UnreadableFileError
            A cell is not what its column says, or a page is broken.
        UsagePeriodMismatchError
            The lines are of another month than the folder.
        WarehouseFullError
            No space is left for what does not fit into memory.
        """
        with self._named_errors():
            self._connection.execute(f"CREATE VIEW usage_export AS {self._part.relation()}")
            lens = usage_sql.lines_select_for_duckdb(self._part.contract, self._tags)
            self._connection.execute(f"CREATE VIEW lines AS {lens}")
            self._connection.execute(
                f"CREATE TEMP TABLE all_lines AS {usage_sql.roll_up_lines(self._tags)}"
            )
        self._check_periods()
        self._classify()

    def periods(self) -> list[UsagePeriod]:
        """Return the months that have lines."""
        return [UsagePeriod(text) for (text,) in self._rows(_PERIODS) if text is not None]

    def payers(self, period: UsagePeriod) -> list[str]:
        """Return the management accounts named by the month's usage of AWS."""
        sql = (
            "SELECT DISTINCT payer_account_id FROM all_lines WHERE exclusion IS NULL "
            "AND strftime(billing_period, '%Y-%m') = ? AND payer_account_id IS NOT NULL ORDER BY 1"
        )
        return [payer for (payer,) in self._rows(sql, [period.text])]

    def line_counts(self, period: UsagePeriod) -> list[LineCount]:
        """Count every line of the month, in and out, in rows and money."""
        return [LineCount(*row) for row in self._rows(_LINE_COUNTS, [period.text])]

    def control(self, period: UsagePeriod) -> UsageControl:
        """Count lines and money of the month straight from the files, past the roll-up."""
        column = self._part.contract.period_column
        money = "line_item_unblended_cost" if "bill" in column else "BilledCost"
        sql = (
            f'SELECT count(*), CAST(coalesce(sum(TRY_CAST(round("{money}" * 1e9) AS BIGINT)), 0) '
            f"AS HUGEINT) FROM usage_export WHERE strftime(\"{column}\", '%Y-%m') = ?"
        )
        ((line_count, nano),) = self._rows(sql, [period.text])
        return UsageControl(int(line_count), int(nano))

    def usage(self, period: UsagePeriod) -> Iterator[pa.RecordBatch]:
        """Yield the month's usage in canonical order: by account, Region, bucket, service, ..."""
        with self._named_errors():
            self._connection.execute(_LINES_OF_MONTH.format(period=period.text))
            result = self._connection.sql(usage_sql.roll_up_usage(self._tags))
            yield from result.to_arrow_reader(_BATCH_ROWS)

    def cell_costs(self, period: UsagePeriod) -> list[tuple[str, str, str, int]]:
        """Return account, Region, bucket and on-demand value (in billionths) of each cell."""
        self._rows(_LINES_OF_MONTH.format(period=period.text))
        rows = self._rows(
            "SELECT usage_account_id, region_code, carbon_service, "
            "CAST(coalesce(sum(on_demand_nano), 0) AS BIGINT) "
            f"FROM ({usage_sql.roll_up_usage(self._tags)}) GROUP BY ALL ORDER BY ALL"
        )
        return [(account, region, bucket, nano) for account, region, bucket, nano in rows]

    def _check_periods(self) -> None:
        periods = [text for (text,) in self._rows(_PERIODS)]
        expected = self._part.period
        wrong = [text for text in periods if expected is None or text != expected.text]
        if None in periods or (expected is not None and wrong):
            raise UsagePeriodMismatchError(
                f"holds lines of {', '.join(text or 'no month' for text in wrong)}"
                + ("." if expected is None else f" in the folder of {expected}."),
                mend="Deliver each month into its own folder, with its billing period filled in.",
                file=str(self._part.files[0]),
                column=self._part.contract.period_column,
            )

    def _classify(self) -> None:
        keys = ", ".join(_KIND_KEYS)
        found = self._connection.execute(f"SELECT DISTINCT {keys} FROM all_lines ORDER BY ALL")
        kinds = [UsageKind(*row) for row in found.fetchall()]
        classified = classify(kinds)
        table: dict[str, Any] = {
            key: pa.array([getattr(kind, key) for kind in kinds], pa.string()) for key in _KIND_KEYS
        }
        for name, arrow_type in _CLASSIFIED:
            table[name] = pa.array([getattr(kind, name) for kind in classified], arrow_type)
        self._connection.register("kinds", pa.table(table))

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
            if "No space left" in str(error) or "temp" in str(error).lower():
                raise WarehouseFullError(
                    "No space is left for the roll-up of the usage.",
                    mend="Free some and run again.",
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

_PERIODS: Final = "SELECT DISTINCT strftime(billing_period, '%Y-%m') FROM all_lines ORDER BY 1"

_LINES_OF_MONTH: Final = (
    "CREATE OR REPLACE TEMP VIEW rolled_lines AS SELECT * FROM all_lines "
    "WHERE strftime(billing_period, '%Y-%m') = '{period}'"
)

_LINE_COUNTS: Final = """
    SELECT line_item_type, billing_entity, exclusion, currency_code,
        CAST(sum(line_count) AS BIGINT), CAST(sum(on_demand_nano) AS BIGINT),
        CAST(sum(unblended_nano) AS BIGINT)
    FROM all_lines WHERE strftime(billing_period, '%Y-%m') = ?
    GROUP BY ALL ORDER BY ALL
"""

_CLASSIFIED: Final = (
    ("rule_id", pa.string()),
    ("carbon_service", pa.string()),
    ("service_code", pa.string()),
    ("usage_family", pa.string()),
    ("driver_unit", pa.string()),
    ("driver_milli_per_unit", pa.int64()),
    ("is_global", pa.bool_()),
    ("watt_hours_per_unit", pa.float64()),
    ("embodied_grams_per_unit", pa.float64()),
)
