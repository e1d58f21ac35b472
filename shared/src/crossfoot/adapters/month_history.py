"""A warehouse's states as comparisons see them: ``MonthHistory`` and ``KnownMonths``."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from crossfoot.adapters.arrow_decimals import int64_from_decimal
from crossfoot.adapters.carbon_table import label_of, read_carbon_table
from crossfoot.adapters.duckdb_paths import literal_paths
from crossfoot.adapters.proof_sums import cell_sums
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_history import state_at
from crossfoot.domain.accounts import Account
from crossfoot.domain.cells import ReportedCells, texts
from crossfoot.domain.columns import EMISSIONS, IMPACTS
from crossfoot.domain.errors import UnknownFigureError
from crossfoot.domain.history import AccountFigures, KnownRun
from crossfoot.domain.impacts import Criterion
from crossfoot.domain.measures import MEASURES, TOTALS, Measure, column_of
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import DeliveryLabel
from crossfoot.usecases.compare_months import UsedCells

_MEMORY: Final = "512MB"
_CELL: Final = "usage_account_id, region_code, carbon_service"
_FILES: Final = "read_parquet($files, hive_partitioning = false)"
_MASS: Final = "DECIMAL(38, 9)"
_LEDGER: Final = (*map(column_of, MEASURES), "on_demand_cost")
_CRITERIA: Final = (Criterion.GHG_USE, Criterion.GHG_EMBODIED)

_ESTIMATED: Final = f"""
    SELECT {_CELL}, {", ".join(f"CAST(sum({name}) AS {_MASS}) AS {name}" for name in _CRITERIA)}
    FROM {_FILES} GROUP BY ALL ORDER BY ALL
"""

_USED: Final = f"""
    SELECT {_CELL}, {", ".join(f"CAST(sum({n}) AS {_MASS}) AS {n}" for n in _LEDGER)},
        list(DISTINCT currency_code) FILTER (currency_code IS NOT NULL) AS currencies
    FROM {_FILES} GROUP BY {_CELL} ORDER BY {_CELL}
"""

_OF_ACCOUNT: Final = ("usage_account_id", "account_name", "ou_path")
_ACCOUNTS: Final = f"""
    SELECT usage_account_id, max(account_name) AS account_name, max(ou_path) AS ou_path,
        {", ".join(f"CAST(sum({n}) AS {_MASS}) AS {n}" for n in map(column_of, MEASURES))}
    FROM {_FILES} GROUP BY usage_account_id ORDER BY usage_account_id
"""

_PLACE: Final = f"{_CELL}, service_code, resource_id, usage_family"
_SIGNED: Final = " UNION ALL ".join(
    f"SELECT {_PLACE}, "
    + ", ".join(f"{sign}coalesce({column_of(total)}, 0) AS {total}" for total in TOTALS)
    + f" FROM read_parquet(${side}, hive_partitioning = false)"
    for sign, side in (("-", "before"), ("", "after"))
)
_SUMMED: Final = ", ".join(f"CAST(sum({total}) AS {_MASS}) AS {total}" for total in TOTALS)
_CHANGE: Final = ", ".join(f"CAST(sum(abs({t})) AS {_MASS}) AS {t}" for t in TOTALS)

_PLACED_OTHERWISE: Final = f"""
    WITH places AS (SELECT {_PLACE}, {_SUMMED} FROM ({_SIGNED}) GROUP BY ALL),
        cells AS (SELECT {_CELL}, {_SUMMED} FROM places GROUP BY ALL)
    SELECT {_CHANGE} FROM places UNION ALL SELECT {_CHANGE} FROM cells
"""
"""What changed by place, and then what changed by cell."""


class FolderMonthHistory:
    """The snapshots, runs and deliveries that one warehouse keeps."""

    def __init__(self, warehouse: Warehouse, scratch: Path) -> None:
        self._warehouse = warehouse
        self._scratch = scratch

    def runs(
        self, period: UsagePeriod, start: datetime | None, end: datetime | None
    ) -> list[KnownRun]:
        """Return the run that spoke for the month at ``start``, and each one after it to ``end``.

        Without a start it is the first run ever, without an end the one of now.

        Raises
        ------
        UnknownFigureError
            The month was not published at one of the two.
        """
        last = state_at(self._warehouse, end).snapshot
        first = 0 if start is None else state_at(self._warehouse, start).snapshot
        runs = list(self._changes(period, last))
        earlier = [run for run in runs if run.snapshot <= first]
        if not runs or (start is not None and not earlier):
            raise UnknownFigureError(
                f"nothing was published for {period} by then.", mend=self._published(period)
            )
        return [*earlier[-1:], *(run for run in runs if run.snapshot > first)]

    def run_at(self, period: UsagePeriod, instant: datetime | None) -> KnownRun:
        """Return the run that spoke for the month at an instant, or speaks now.

        Its snapshot is that of the instant, which may know deliveries that the run did not.

        Raises
        ------
        UnknownFigureError
            The month was not published.
        """
        run = self.runs(period, None, instant)[-1]
        return replace(run, snapshot=state_at(self._warehouse, instant).snapshot)

    def used(self, period: UsagePeriod, run_id: str) -> UsedCells:
        """Return the sums of a run's ledger by cell, with usage."""
        files = self._warehouse.run_files(period, run_id, EMISSIONS)
        with self._session() as connection:
            answer = connection.sql(_USED, params={"files": literal_paths(files)})
            table = answer.to_arrow_table()
        names = [column_of(measure) for measure in MEASURES]
        currencies = {code for codes in table["currencies"].to_pylist() for code in codes or ()}
        return UsedCells(
            _cells_in(table, names),
            int64_from_decimal(table["on_demand_cost"]),
            frozenset(currencies),
        )

    def reported(self, period: UsagePeriod, run_id: str) -> ReportedCells:
        """Return the sums of a run's ledger by cell, in the order of ``MEASURES``."""
        files = self._warehouse.run_files(period, run_id, EMISSIONS)
        return cell_sums(files, self._scratch).cells

    def estimated(self, period: UsagePeriod, run_id: str) -> ReportedCells:
        """Return the sums of a run's estimate by cell; none where the run did not estimate."""
        files = self._warehouse.run_files(period, run_id, IMPACTS)
        if not files:
            nothing = np.zeros((len(_CRITERIA), 0), np.int64)
            empty = texts([])
            return ReportedCells(empty, empty, empty, nothing, nothing.astype(np.bool_))
        with self._session() as connection:
            answer = connection.sql(_ESTIMATED, params={"files": literal_paths(files)})
            return _cells_in(answer.to_arrow_table(), _CRITERIA)

    def accounts(self, period: UsagePeriod, run_id: str) -> dict[str, AccountFigures]:
        """Return every account of a run's ledger, as it is called there, with its sums."""
        files = self._warehouse.run_files(period, run_id, EMISSIONS)
        with self._session() as connection:
            answer = connection.sql(_ACCOUNTS, params={"files": literal_paths(files)})
            table = answer.to_arrow_table()
        keys, names, paths = (table[column].to_pylist() for column in _OF_ACCOUNT)
        sums: list[dict[Measure, int]] = [{} for _ in keys]
        for measure in MEASURES:
            column = table[column_of(measure)]
            known = zip(int64_from_decimal(column).tolist(), column.is_valid(), strict=True)
            for told, (amount, is_known) in zip(sums, known, strict=True):
                if is_known.as_py():
                    told[measure] = amount
        return {
            key: AccountFigures(Account(name, path), told)
            for key, name, path, told in zip(keys, names, paths, sums, strict=True)
        }

    def deliveries(self, period: UsagePeriod, snapshot: int) -> list[DeliveryLabel]:
        """Return every delivery of the month that a snapshot knows."""
        known = self._warehouse.catalog(snapshot).deliveries
        return [
            label_of(delivery_id, self._warehouse.delivery_manifest(delivery_id))
            for delivery_id, of_period in known.items()
            if of_period == period
        ]

    def delivered(self, delivery_id: str) -> ReportedCells:
        """Return a delivery's figures by cell."""
        manifest = self._warehouse.delivery_manifest(delivery_id)
        files = self._warehouse.delivery_files(delivery_id)
        return ReportedCells.from_rows(read_carbon_table(files, delivery_id, manifest).rows)

    def placed_otherwise_ug(self, period: UsagePeriod, before: str, after: str) -> dict[str, int]:
        """Return how much two runs place on other services or resources of the same cell.

        It is half of what the places change by beyond what their cells change by. [ug CO2e]
        """
        sides = {
            name: literal_paths(self._warehouse.run_files(period, run_id, EMISSIONS))
            for name, run_id in (("before", before), ("after", after))
        }
        with self._session() as connection:
            answer = connection.sql(_PLACED_OTHERWISE, params=sides).to_arrow_table()
        amounts = {total: int64_from_decimal(answer[str(total)]).tolist() for total in TOTALS}
        return {str(total): (places - cells) // 2 for total, (places, cells) in amounts.items()}

    def _changes(self, period: UsagePeriod, last: int) -> Iterator[KnownRun]:
        """Yield the runs of the month in the order in which they were published."""
        spoke: str | None = None
        for number in range(1, last + 1):
            catalog = self._warehouse.catalog(number)
            run_id = catalog.months.get(period)
            if run_id is not None and run_id != spoke and catalog.published_at is not None:
                spoke = run_id
                manifest = self._warehouse.manifest(period, run_id)
                yield KnownRun(number, catalog.published_at, run_id, manifest)

    def _published(self, period: UsagePeriod) -> str:
        first = next(self._changes(period, self._warehouse.current().snapshot), None)
        if first is None:
            return "Ask `crossfoot query` for the periods that there are."
        return f"It was first published at {first.published_at.isoformat()}."

    @contextmanager
    def _session(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._connection.cursor() as cursor:
            yield cursor

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        """One engine for all questions: a bridge of many states asks a hundred times."""
        connection = duckdb.connect(":memory:")
        connection.execute(f"SET memory_limit = '{_MEMORY}'")
        connection.execute("SET temp_directory = ?", [str(self._scratch)])
        return connection


def _cells_in(answer: pa.Table, names: Sequence[str]) -> ReportedCells:
    account, region, service = (texts(answer[name].to_pylist()) for name in _CELL.split(", "))
    return ReportedCells(
        account,
        region,
        service,
        np.vstack([int64_from_decimal(answer[name]) for name in names]),
        np.vstack([np.asarray(answer[name].is_valid()).astype(np.bool_) for name in names]),
    )
