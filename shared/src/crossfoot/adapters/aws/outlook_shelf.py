"""Forecasts and targets as records of a deployment: Athena says what was kept last."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

import pyarrow as pa

from crossfoot.adapters import athena_sql
from crossfoot.adapters.aws.places import WorkPlaces
from crossfoot.adapters.aws.query_results import QueryResults
from crossfoot.adapters.outlook_records import (
    LAST_BASES,
    Row,
    forecast_rows,
    kept_bases,
    newest_query,
    next_record_id,
    target_rows,
)
from crossfoot.domain.columns import Table
from crossfoot.domain.forecasts import FORECASTS
from crossfoot.domain.targets import TARGETS, KeptBase
from crossfoot.usecases.forecast_years import Forecasts
from crossfoot.usecases.judge_targets import Judgement
from crossfoot.usecases.pipeline_ports import Query
from crossfoot.usecases.ports import RecordShelf

_BASES: Final = "last_bases"
_NEWEST: Final = MappingProxyType({FORECASTS: "newest_forecasts", TARGETS: "newest_targets"})
_BASES_SCHEMA: Final = pa.schema(
    [
        ("target_id", pa.string()),
        ("base_exact", pa.string()),
        ("recorded_at", pa.timestamp("us", tz="UTC")),
    ]
)
_NEWEST_SCHEMA: Final = pa.schema([("record_id", pa.string())])


class AthenaOutlookShelf:
    """Words the questions of an attempt, reads their answers, and keeps what is new.

    Parameters
    ----------
    results, places
        Where answers are unloaded, and who reads them.
    shelf : RecordShelf
        Where records are kept.
    now : callable
        Tells the time.
    """

    def __init__(
        self,
        results: QueryResults,
        places: WorkPlaces,
        shelf: RecordShelf,
        now: Callable[[], datetime],
    ) -> None:
        self._results = results
        self._places = places
        self._shelf = shelf
        self._now = now

    def questions(self, attempt: str) -> Sequence[Query]:
        """Return what has to be asked of the records that are there."""
        newest = {name: newest_query(table) for table, name in _NEWEST.items()}
        asked = {_BASES: LAST_BASES, **newest}
        return [
            Query(name, athena_sql.unload(sql, self._places.series(attempt, name).uri))
            for name, sql in asked.items()
        ]

    def bases(self, attempt: str) -> Mapping[str, KeptBase]:
        """Return by target the base that was kept last."""
        folder = self._places.series(attempt, _BASES)
        rows = self._results.table(folder, _BASES_SCHEMA).to_pylist()
        # the parts of an answer come in any order
        return kept_bases(sorted(rows, key=lambda row: row["recorded_at"]))

    def keep(self, attempt: str, forecasts: Forecasts, judgement: Judgement) -> None:
        """Keep both; what says the same as the record before is not kept again."""
        self._keep(attempt, FORECASTS, forecast_rows(forecasts))
        self._keep(attempt, TARGETS, target_rows(judgement))

    def _keep(self, attempt: str, table: Table, rows: Sequence[Row]) -> None:
        if not rows:
            return
        folder = self._places.series(attempt, _NEWEST[table])
        found = self._results.table(folder, _NEWEST_SCHEMA)["record_id"].to_pylist()
        record_id = next_record_id(table, rows, found[0] if found else None)
        self._shelf.keep(table, record_id, rows, self._now())
