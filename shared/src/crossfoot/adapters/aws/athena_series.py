"""Figures over time from Athena: asked by the state machine, read where it unloaded them."""

import hashlib
from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from crossfoot.adapters import athena_sql
from crossfoot.adapters.aws.places import WorkPlaces
from crossfoot.adapters.aws.query_results import QueryResults
from crossfoot.adapters.series_sql import (
    SpeakingRuns,
    contributors_query,
    series_of,
    series_query,
)
from crossfoot.domain.errors import ConfigurationError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.publications import Publications
from crossfoot.domain.selections import Selection
from crossfoot.usecases.pipeline_ports import Query
from crossfoot.usecases.series_ports import Series, SeriesSource

_DIGITS: Final = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_NAME_LENGTH: Final = 24
_SUM_DIGITS: Final = 38

MOST_CHARACTERS: Final = 200_000
"""Of all questions together: a state takes 256 KiB, and a statement 262,144 bytes."""


class AthenaSeries:
    """Words the questions of an attempt, and opens their answers.

    Parameters
    ----------
    results, places
        Where answers are unloaded, and who reads them.
    tag_columns : sequence of str
        Columns of configured keys, which the published tables have.
    """

    def __init__(
        self, results: QueryResults, places: WorkPlaces, tag_columns: Sequence[str]
    ) -> None:
        self._results = results
        self._places = places
        self._tag_columns = frozenset(tag_columns)

    def questions(self, selections: Sequence[Selection], attempt: str) -> Sequence[Query]:
        """Return what has to be asked, each selection once.

        Raises
        ------
        ConfigurationError
            A selection filters by a tag that is not configured, or all of them are too long.
        """
        queries = [self._question(each, attempt) for each in dict.fromkeys(selections)]
        if sum(len(query.sql) for query in queries) > MOST_CHARACTERS:
            raise ConfigurationError(
                "thresholds and targets name too many accounts, services or values.",
                mend="Filter by organizational units or tags instead.",
            )
        return queries

    def opened(self, attempt: str, seen: Publications) -> SeriesSource:
        """Return the answers of an attempt, as of what was published meanwhile."""
        return AnsweredSeries(self._results, self._places, attempt, seen)

    def _question(self, selection: Selection, attempt: str) -> Query:
        for column, _ in selection.rows.tags:
            if column not in self._tag_columns:
                raise ConfigurationError(
                    f"{column} is no column of the published tables.",
                    mend="Put the tag's key under `tags`, and run the months again.",
                )
        place = self._places.series(attempt, answer_name(selection))
        return Query(answer_name(selection), athena_sql.unload(series_query(selection), place.uri))


class AnsweredSeries:
    """One moment of a deployment, as thresholds, forecasts and targets ask it."""

    def __init__(
        self, results: QueryResults, places: WorkPlaces, attempt: str, seen: Publications
    ) -> None:
        self._results = results
        self._places = places
        self._attempt = attempt
        self._seen = seen

    @property
    def snapshot(self) -> int:
        """Number of publications that there were."""
        return self._seen.snapshot

    def series(self, selection: Selection) -> Series:
        """Sum up a selection's rows, month by month.

        Raises
        ------
        StorageError
            An answer shows another run than the one that speaks for its month.
        """
        folder = self._places.series(self._attempt, answer_name(selection))
        rows = self._results.table(folder, _schema(selection)).to_pylist()
        return series_of(selection, SpeakingRuns(self._seen.published, self._seen.silent), rows)

    def query(self, selection: Selection, months: Sequence[UsagePeriod]) -> str:
        """Return SQL that shows the accounts behind a window's figure, the largest first."""
        return contributors_query(selection, months)


def answer_name(selection: Selection) -> str:
    """Return the name that an answer lies under: of letters, and of this selection only."""
    digest = hashlib.sha256(series_query(selection).encode()).hexdigest()[:_NAME_LENGTH]
    return f"series_{digest.translate(_DIGITS)}"


def _schema(selection: Selection) -> pa.Schema:
    amount = pa.decimal128(_SUM_DIGITS, selection.scale)
    texts = ("kind", "usage_period", "run_id", "usage_account_id")
    return pa.schema(
        [
            *((name, pa.string()) for name in texts),
            *((name, pa.int64()) for name in ("n_rows", "n_known")),
            *((name, amount) for name in ("amount", "low", "high")),
            ("version", pa.string()),
        ]
    )
