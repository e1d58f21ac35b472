"""Published figures as thresholds ask for them: one SQL that is read, and shown in the notice."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from crossfoot.adapters.warehouse_query import QuerySession
from crossfoot.domain.errors import ConfigurationError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.threshold_rules import ThresholdRule
from crossfoot.usecases.threshold_ports import MonthFigure, RuleFigures

_A_MONTH: Final = "usage_period LIKE '____-__'"


class SessionThresholdFigures:
    """Figures of the snapshot that a session reads. Years of console reports are no months."""

    def __init__(self, session: QuerySession) -> None:
        self._session = session
        self._columns: dict[str, frozenset[str]] = {}

    @property
    def snapshot(self) -> int:
        """Number of the snapshot."""
        return self._session.catalog.snapshot

    def figures(self, rule: ThresholdRule) -> RuleFigures:
        """Sum up the rule's rows, month by month.

        In a month that has the figure, a selection without rows is zero: all that AWS reported
        is in the month's rows. A row of AWS's without the measure leaves the month without
        figure; a row that the estimate has no model for is left out, as in every view.
        """
        self._check_tags(rule)
        parts: dict[str, list[dict[str, Any]]] = {}
        for row in self._session.rows(_sums_query(rule)):
            parts.setdefault(row["usage_period"], []).append(row)
        have = {row["usage_period"] for row in self._session.rows(_months_query(rule))}
        months = {
            month: _month(rule, run_id, parts.get(month.text, []))
            if month.text in have
            # a month without the figure has none of it in any selection
            else MonthFigure(run_id, None)
            for month, run_id in self._session.catalog.months.items()
            if month.is_month
        }
        return RuleFigures(months, has_rows=bool(parts))

    def query(self, rule: ThresholdRule, months: Sequence[UsagePeriod]) -> str:
        """Return SQL that shows the accounts behind a window's figure, the largest first."""
        window = f"usage_period BETWEEN '{months[0]}' AND '{months[-1]}'"
        return (
            f"SELECT usage_account_id, sum({rule.column}) AS {rule.column} FROM {rule.table} "
            f"WHERE {' AND '.join((window, *_conditions(rule)))} "
            "GROUP BY ALL ORDER BY 2 DESC NULLS LAST, 1"
        )

    def _check_tags(self, rule: ThresholdRule) -> None:
        if rule.table not in self._columns:
            described = self._session.arrow(f"SELECT * FROM {rule.table} LIMIT 0")
            self._columns[rule.table] = frozenset(described.column_names)
        for column, _ in rule.rows.tags:
            if column not in self._columns[rule.table]:
                raise ConfigurationError(
                    f"threshold {rule.name!r}: the warehouse has no column {column}.",
                    mend="Put the tag's key under `tags`, and run the months again.",
                )


def _month(rule: ThresholdRule, run_id: str, rows: Sequence[Mapping[str, Any]]) -> MonthFigure:
    is_whole = rule.table == "impacts" or all(row["n_rows"] == row["n_known"] for row in rows)
    amounts: dict[str, Decimal] = {
        row["usage_account_id"]: row["amount"] for row in rows if row["n_known"]
    }
    if not is_whole or (rows and not amounts):
        return MonthFigure(run_id, None)
    by_account = {account: int(each.scaleb(rule.scale)) for account, each in amounts.items()}
    return MonthFigure(run_id, sum(by_account.values()), by_account)


def _months_query(rule: ThresholdRule) -> str:
    conditions = (_A_MONTH, f"{rule.column} IS NOT NULL", *_published(rule))
    return f"SELECT DISTINCT usage_period FROM {rule.table} WHERE {' AND '.join(conditions)}"


def _sums_query(rule: ThresholdRule) -> str:
    return (
        f"SELECT usage_period, usage_account_id, sum({rule.column}) AS amount, "
        f"count(*) AS n_rows, count({rule.column}) AS n_known FROM {rule.table} "
        f"WHERE {' AND '.join((_A_MONTH, *_conditions(rule)))} GROUP BY ALL ORDER BY ALL"
    )


def _published(rule: ThresholdRule) -> Iterator[str]:
    if rule.table == "emissions":
        yield "status = 'published'"


def _conditions(rule: ThresholdRule) -> Iterator[str]:
    yield from _published(rule)
    for column, words in rule.rows.words().items():
        any_of = f"{column} IN ({', '.join(_literal(word) for word in words)})"
        if column == "ou_path":
            below = (f"starts_with({column}, {_literal(f'{word}/')})" for word in words)
            any_of = f"({' OR '.join((any_of, *below))})"
        yield any_of


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
