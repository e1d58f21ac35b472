"""Figures over time of the snapshot that a DuckDB session reads."""

from collections.abc import Sequence

from crossfoot.adapters.series_sql import (
    SpeakingRuns,
    contributors_query,
    series_of,
    series_query,
)
from crossfoot.adapters.warehouse_query import QuerySession
from crossfoot.domain.errors import ConfigurationError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.selections import Selection
from crossfoot.usecases.series_ports import Series


class SessionSeries:
    """A ``SeriesSource`` over one session. Years of console reports are no months."""

    def __init__(self, session: QuerySession) -> None:
        self._session = session
        self._columns: dict[str, frozenset[str]] = {}

    @property
    def snapshot(self) -> int:
        """Number of the snapshot."""
        return self._session.catalog.snapshot

    def series(self, selection: Selection) -> Series:
        """Sum up a selection's rows, month by month."""
        self._check_tags(selection)
        catalog = self._session.catalog
        runs = SpeakingRuns(catalog.months, catalog.nowcasts)
        return series_of(selection, runs, self._session.rows(series_query(selection)))

    def query(self, selection: Selection, months: Sequence[UsagePeriod]) -> str:
        """Return SQL that shows the accounts behind a window's figure, the largest first."""
        return contributors_query(selection, months)

    def _check_tags(self, selection: Selection) -> None:
        if selection.table not in self._columns:
            described = self._session.arrow(f"SELECT * FROM {selection.table} LIMIT 0")
            self._columns[selection.table] = frozenset(described.column_names)
        for column, _ in selection.rows.tags:
            if column not in self._columns[selection.table]:
                raise ConfigurationError(
                    f"The warehouse has no column {column}.",
                    mend="Put the tag's key under `tags`, and run the months again.",
                )
