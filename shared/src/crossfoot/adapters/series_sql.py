"""One figure over time in SQL that Athena and DuckDB both read, and what its answer says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from crossfoot.domain.errors import StorageError
from crossfoot.domain.impacts import Criterion
from crossfoot.domain.measures import TOTALS
from crossfoot.domain.nowcasts import Grain
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.selections import Selection
from crossfoot.usecases.series_ports import MonthFigure, Series

_A_MONTH: Final = "length(usage_period) = 7"
_ACCOUNT, _MONTH, _RANGE, _NOWCAST = "account", "month", "range", "nowcast"
_RUNNING: Final = "running"
_VERSIONS: Final = {"emissions": "model_version", "impacts": "factor_set"}
_KINDS: Final = (_ACCOUNT, _MONTH, _RANGE, _NOWCAST, _RUNNING)
_LAST_TOLD: Final = (
    "nowcasts n JOIN (SELECT usage_period, max(recorded_at) AS recorded_at FROM nowcasts "
    "GROUP BY usage_period) t ON n.usage_period = t.usage_period AND n.recorded_at = t.recorded_at"
)

type Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SpeakingRuns:
    """The run that speaks for each month, as published, and where AWS has not, as nowcast."""

    published: Mapping[UsagePeriod, str]
    nowcasts: Mapping[UsagePeriod, str]

    def of(self, selection: Selection) -> dict[UsagePeriod, str]:
        """Return the runs that a selection asks, month by month. Years are no months."""
        nowcasts = self.nowcasts if selection.with_nowcasts else {}
        runs = {**nowcasts, **self.published}
        return {month: runs[month] for month in sorted(runs) if month.is_month}


def series_query(selection: Selection) -> str:
    """Return the one statement that answers a selection: rows of five kinds.

    ``account``: sums by month, run and account. ``month``: what each month has of the figure in
    any selection, and by which version of the method. ``range``: the method range by month, where
    a method could move the sum. These three name their run, so that an answer is known from one of
    another publication. ``nowcast``: what was told last of a month, of the organisation and by
    account, with its range. ``running``: that the month was not over then.
    """
    parts = (
        *(_accounts(selection), _months(selection), *_ranges(selection)),
        *(*_told(selection), *_running(selection)),
    )
    return " UNION ALL ".join(parts)


def series_of(selection: Selection, runs: SpeakingRuns, rows: Sequence[Row]) -> Series:
    """Return what the rows of ``series_query`` say of the months that have a run.

    Raises
    ------
    StorageError
        A month's rows are of another run than the one that speaks for it: a publication is under
        way, and the question is to be asked again.
    """
    speaking = runs.of(selection)
    kinds: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        run_id = speaking.get(UsagePeriod(row["usage_period"]))
        if run_id is None:
            continue
        if row["kind"] not in {_NOWCAST, _RUNNING}:
            _require_settled(row, run_id)
        kinds.setdefault((row["kind"], row["usage_period"]), []).append(row)
    months = {
        month: _month(
            selection, run_id, _of_month(kinds, month), is_nowcast=month not in runs.published
        )
        for month, run_id in speaking.items()
    }
    return Series(months, has_rows=any(kind == _ACCOUNT for kind, _ in kinds))


def contributors_query(selection: Selection, months: Sequence[UsagePeriod]) -> str:
    """Return SQL that shows the accounts behind a window's figure, the largest first."""
    window = f"usage_period BETWEEN '{months[0]}' AND '{months[-1]}'"
    column = selection.column
    return (
        f"SELECT usage_account_id, sum({column}) AS {column} FROM {selection.table} "
        f"WHERE {_all((window, *_conditions(selection)))} "
        "GROUP BY usage_account_id ORDER BY 2 DESC NULLS LAST, 1"
    )


def _accounts(selection: Selection) -> str:
    column = selection.column
    bounds = (
        f"sum({column}_low) AS low, sum({column}_high) AS high"
        if isinstance(selection.figure, Criterion)
        else f"{_nothing(selection)} AS low, {_nothing(selection)} AS high"
    )
    return (
        f"SELECT '{_ACCOUNT}' AS kind, usage_period, run_id, usage_account_id, "
        f"count(*) AS n_rows, count({column}) AS n_known, sum({column}) AS amount, {bounds}, "
        "CAST(NULL AS VARCHAR) AS version "
        f"FROM {selection.table} WHERE {_all((_A_MONTH, *_conditions(selection)))} "
        "GROUP BY usage_period, run_id, usage_account_id"
    )


def _months(selection: Selection) -> str:
    column = selection.column
    return (
        f"SELECT '{_MONTH}' AS kind, usage_period, run_id, CAST(NULL AS VARCHAR), "
        f"count(*), count({column}), {', '.join([_nothing(selection)] * 3)}, "
        f"max({_VERSIONS[selection.table]}) "
        f"FROM {selection.table} WHERE {_all((_A_MONTH, *_published(selection)))} "
        "GROUP BY usage_period, run_id"
    )


def _ranges(selection: Selection) -> Iterator[str]:
    """Ask the method range of what a method can move; AWS's own cells no method can."""
    if isinstance(selection.figure, Criterion) or selection.rows.is_of_whole_cells:
        return
    low, high = (f"{selection.figure}_{end}_kgco2e" for end in ("low", "high"))
    conditions = [f"r.{each}" for each in _words(selection, without="ou_path")]
    accounts = (
        "SELECT DISTINCT usage_period, run_id, usage_account_id FROM emissions "
        f"WHERE {_all((_A_MONTH, *_conditions(selection)))}"
    )
    yield (
        f"SELECT '{_RANGE}' AS kind, r.usage_period, r.run_id, CAST(NULL AS VARCHAR), "
        f"count(*), count(r.{low}), {_nothing(selection)}, sum(r.{low}), sum(r.{high}), "
        "CAST(NULL AS VARCHAR) "
        f"FROM emissions_ranges r JOIN ({accounts}) a ON r.usage_period = a.usage_period "
        "AND r.run_id = a.run_id AND r.usage_account_id = a.usage_account_id "
        f"WHERE {_all(conditions)} GROUP BY r.usage_period, r.run_id"
    )


def _nothing(selection: Selection) -> str:
    """Return null of the type that a sum of the column has, so that the parts have one type."""
    return f"CAST(NULL AS DECIMAL(38, {selection.scale}))"


def _told(selection: Selection) -> Iterator[str]:
    """Ask the ranges of nowcasts, which the totals of whole accounts have."""
    is_told = selection.with_nowcasts and selection.figure in TOTALS
    if not is_told or not selection.rows.is_of_whole_accounts:
        return
    column = selection.column
    low, high = (f"{selection.figure}_{end}_kgco2e" for end in ("low", "high"))
    yield (
        f"SELECT '{_NOWCAST}' AS kind, n.usage_period, CAST(NULL AS VARCHAR), n.usage_account_id, "
        f"count(*), count(n.{column}), sum(n.{column}), sum(n.{low}), sum(n.{high}), "
        "CAST(NULL AS VARCHAR) "
        f"FROM {_LAST_TOLD} "
        f"WHERE n.grain IN ('{Grain.ORGANISATION}', '{Grain.ACCOUNT}') "
        "GROUP BY n.usage_period, n.usage_account_id"
    )


def _running(selection: Selection) -> Iterator[str]:
    """Ask which months were told before they were over."""
    if selection.with_nowcasts:
        yield (
            f"SELECT '{_RUNNING}' AS kind, n.usage_period, CAST(NULL AS VARCHAR), "
            "CAST(NULL AS VARCHAR), count(*), count(*), "
            f"{', '.join([_nothing(selection)] * 3)}, CAST(NULL AS VARCHAR) "
            f"FROM {_LAST_TOLD} "
            f"WHERE n.grain = '{Grain.ORGANISATION}' AND n.is_running GROUP BY n.usage_period"
        )


def _require_settled(row: Row, run_id: str) -> None:
    if row["run_id"] != run_id:
        raise StorageError(
            f"{row['usage_period']} is told by {row['run_id']}, and published by {run_id}.",
            mend="A publication is under way: ask again.",
        )


def _of_month(kinds: Mapping[tuple[str, str], list[Row]], month: UsagePeriod) -> dict[str, Any]:
    return {kind: kinds.get((kind, month.text), []) for kind in _KINDS}


def _month(
    selection: Selection, run_id: str, rows: Mapping[str, Sequence[Row]], *, is_nowcast: bool
) -> MonthFigure:
    # a month without the figure has none of it in any selection
    has_figure = any(row["n_known"] for row in rows[_MONTH])
    is_whole = selection.table == "impacts" or all(
        row["n_rows"] == row["n_known"] for row in rows[_ACCOUNT]
    )
    known = [row for row in rows[_ACCOUNT] if row["n_known"]]
    version = rows[_MONTH][0]["version"] if rows[_MONTH] else None
    if not has_figure or not is_whole or (rows[_ACCOUNT] and not known):
        return MonthFigure(run_id, None, is_nowcast=is_nowcast, version=version)
    parts = sorted((row["usage_account_id"], _whole(row["amount"], selection)) for row in known)
    amount = sum(part for _, part in parts)
    low, high = _range(selection, amount, rows, is_nowcast=is_nowcast)
    is_running = is_nowcast and bool(rows[_RUNNING])
    return MonthFigure(run_id, amount, dict(parts), low, high, is_nowcast, version, is_running)


def _range(
    selection: Selection, amount: int, rows: Mapping[str, Sequence[Row]], *, is_nowcast: bool
) -> tuple[int | None, int | None]:
    if isinstance(selection.figure, Criterion):
        return _bounds(selection, [row for row in rows[_ACCOUNT] if row["n_known"]])
    if is_nowcast:
        return _told_bounds(selection, amount, rows)
    if selection.rows.is_of_whole_cells:
        return amount, amount
    return _bounds(selection, rows[_RANGE])


def _told_bounds(
    selection: Selection, amount: int, rows: Mapping[str, Sequence[Row]]
) -> tuple[int | None, int | None]:
    """Return the range that was told of the organisation, or those of the accounts added up.

    None where what was told is not what the month shows, as when an earlier nowcast is back.
    """
    accounts = {row["usage_account_id"] for row in rows[_ACCOUNT]}
    wanted = accounts if selection.rows.words() else {None}
    told = [row for row in rows[_NOWCAST] if row["usage_account_id"] in wanted and row["n_known"]]
    is_shown = sum(_whole(row["amount"], selection) for row in told) == amount
    return _bounds(selection, told) if told and is_shown else (None, None)


def _bounds(selection: Selection, rows: Sequence[Row]) -> tuple[int | None, int | None]:
    if any(row["low"] is None or row["high"] is None for row in rows):
        return None, None
    low, high = (sum(_whole(row[end], selection) for row in rows) for end in ("low", "high"))
    return low, high


def _whole(amount: Decimal, selection: Selection) -> int:
    return int(amount.scaleb(selection.scale))


def _published(selection: Selection) -> Iterator[str]:
    if selection.table == "emissions" and not selection.with_nowcasts:
        yield "status = 'published'"


def _conditions(selection: Selection) -> Iterator[str]:
    yield from _published(selection)
    yield from _words(selection)


def _words(selection: Selection, without: str | None = None) -> Iterator[str]:
    for column, words in selection.rows.words().items():
        if column == without:
            continue
        any_of = f"{column} IN ({', '.join(_literal(word) for word in words)})"
        if column == "ou_path":
            below = (f"starts_with({column}, {_literal(f'{word}/')})" for word in words)
            any_of = f"({' OR '.join((any_of, *below))})"
        yield any_of


def _all(conditions: Sequence[str]) -> str:
    return " AND ".join(conditions)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
