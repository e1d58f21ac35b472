"""Series: one statement for two engines, and an answer that adds up or says what is missing."""

from decimal import Decimal
from typing import Any

import pytest
import sqlglot

from crossfoot.adapters.series_sql import (
    SpeakingRuns,
    contributors_query,
    series_of,
    series_query,
)
from crossfoot.domain.errors import StorageError
from crossfoot.domain.impacts import Criterion
from crossfoot.domain.measures import Measure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.selections import RowFilter, Selection

MARCH, APRIL, YEAR = UsagePeriod("2026-03"), UsagePeriod("2026-04"), UsagePeriod("2025")
RUNS = SpeakingRuns({MARCH: "r-1", YEAR: "r-0"}, {APRIL: "r-n"})
TOTAL = Selection(Measure.TOTAL_LBM)
TEAM = RowFilter(ous=("Root/It's",), tags=(("tag_team", ("a",)),))


def row(
    kind: str, period: str, run: str | None = None, account: str | None = None, **said: Any
) -> dict[str, Any]:
    """Return one row of an answer."""
    nothing = {
        "n_rows": 1,
        "n_known": 1,
        "amount": None,
        "low": None,
        "high": None,
        "version": "v3.0.1",
    }
    names = {"kind": kind, "usage_period": period, "run_id": run, "usage_account_id": account}
    return {**nothing, **names, **said}


def rows_of(period: str, run: str, *amounts: str) -> list[dict[str, Any]]:
    """Return the answer of one month, account by account."""
    parts = [
        row("account", period, run, f"{number}", amount=Decimal(each))
        for number, each in enumerate(amounts, 1)
    ]
    return [*reversed(parts), row("month", period, run)]


@pytest.mark.parametrize(
    "selection",
    [
        TOTAL,
        Selection(Measure.SCOPE_1, TEAM),
        Selection(Criterion.ADP_USE, TEAM, with_nowcasts=True),
        Selection(Measure.TOTAL_MBM, RowFilter(regions=("eu-west-1",)), with_nowcasts=True),
        Selection(Measure.TOTAL_MBM, RowFilter(accounts=("1",)), with_nowcasts=True),
    ],
)
def test_both_engines_read_the_statement(selection: Selection) -> None:
    """What one dialect writes, the other one reads as the same statement."""
    for statement in (series_query(selection), contributors_query(selection, [MARCH])):
        athena = sqlglot.parse_one(statement, dialect="athena")
        duckdb = sqlglot.parse_one(statement, dialect="duckdb")

        assert athena.sql("athena") == duckdb.sql("athena")


@pytest.mark.parametrize(
    ("selection", "tables"),
    [
        (TOTAL, {"emissions"}),
        (Selection(Measure.TOTAL_LBM, with_nowcasts=True), {"emissions", "nowcasts"}),
        (Selection(Measure.SCOPE_1, with_nowcasts=True), {"emissions", "nowcasts"}),
        (
            Selection(Measure.TOTAL_LBM, TEAM, with_nowcasts=True),
            {"emissions", "emissions_ranges", "nowcasts"},
        ),
        (Selection(Criterion.ENERGY, TEAM), {"impacts"}),
        (Selection(Criterion.ENERGY, TEAM, with_nowcasts=True), {"impacts", "nowcasts"}),
    ],
)
def test_a_statement_reads_the_tables_that_it_needs(selection: Selection, tables: set[str]) -> None:
    """Ranges of methods where a method moves the sum; what was told where nowcasts are asked."""
    statement = sqlglot.parse_one(series_query(selection), dialect="athena")

    assert {table.name for table in statement.find_all(sqlglot.exp.Table)} == tables


def test_accounts_add_up_to_their_month() -> None:
    """To the smallest unit; AWS's own cells have no range to speak of, and years are no months."""
    found = series_of(TOTAL, RUNS, rows_of("2026-03", "r-1", "0.000000001", "2"))
    march = found.months[MARCH]

    assert list(found.months) == [MARCH]
    assert found.has_rows
    assert (march.amount, march.by_account) == (2_000_000_001, {"1": 1, "2": 2 * 10**9})
    assert (march.low, march.high, march.is_nowcast) == (march.amount, march.amount, False)


def test_a_month_without_selected_rows_is_zero_and_one_without_the_figure_is_none() -> None:
    """All that AWS reported is in a month's rows, unless it did not report the measure."""
    there = series_of(TOTAL, RUNS, [row("month", "2026-03", "r-1")])
    old = series_of(TOTAL, RUNS, [row("month", "2026-03", "r-1", n_known=0)])
    torn = [*rows_of("2026-03", "r-1", "1"), row("account", "2026-03", "r-1", "2", n_known=0)]

    assert (there.months[MARCH].amount, there.has_rows) == (0, False)
    assert old.months[MARCH].amount is None
    assert series_of(TOTAL, RUNS, []).months[MARCH].amount is None
    assert series_of(TOTAL, RUNS, torn).months[MARCH].amount is None
    assert series_of(Selection(Criterion.GHG_USE), RUNS, torn).months[MARCH].amount == 10**9


def test_a_range_is_that_of_what_a_method_can_move() -> None:
    """The method range of tagged rows, the estimate's own bounds, and none where one is missing."""
    tagged = [
        *rows_of("2026-03", "r-1", "2"),
        row("range", "2026-03", "r-1", low=Decimal(1), high=Decimal(4)),
    ]
    march = series_of(Selection(Measure.TOTAL_LBM, TEAM), RUNS, tagged).months[MARCH]
    bounded = row("account", "2026-03", "r-1", "1", amount=Decimal(2), low=Decimal(1))
    rows = [{**bounded, "high": Decimal(3)}, row("month", "2026-03", "r-1")]
    energy = Selection(Criterion.ENERGY)
    estimate = series_of(energy, RUNS, rows).months[MARCH]
    half = series_of(energy, RUNS, [bounded, rows[1]]).months[MARCH]

    assert (march.low, march.high) == (10**9, 4 * 10**9)
    assert (estimate.low, estimate.high) == (10**9, 3 * 10**9)
    assert (half.amount, half.low, half.high) == (2 * 10**9, None, None)


def test_nowcasts_are_marked_and_asked_for() -> None:
    """Without the wish they are not there, though the estimate's table has their rows."""
    rows = [*rows_of("2026-03", "r-1", "1"), *rows_of("2026-04", "r-n", "2")]
    asked = series_of(Selection(Measure.TOTAL_LBM, with_nowcasts=True), RUNS, rows)

    assert [each.is_nowcast for each in asked.months.values()] == [False, True]
    assert list(series_of(Selection(Criterion.ENERGY), RUNS, rows).months) == [MARCH]


def test_a_month_that_was_not_over_is_marked() -> None:
    """The last nowcast was told of its usage so far; a published month is never running."""
    rows = [*rows_of("2026-03", "r-1", "1"), *rows_of("2026-04", "r-n", "2")]
    running = [{**row("running", period), "run_id": None} for period in ("2026-03", "2026-04")]
    asked = Selection(Measure.TOTAL_LBM, with_nowcasts=True)
    found = series_of(asked, RUNS, [*rows, *running])

    assert [each.is_running for each in found.months.values()] == [False, True]


def test_a_nowcast_has_the_range_that_was_told() -> None:
    """The organisation's own, or those of the accounts added up; none of another nowcast's."""

    def told(account: str | None, amount: int, low: int, high: int) -> dict[str, Any]:
        bounds = {"amount": Decimal(amount), "low": Decimal(low), "high": Decimal(high)}
        return {**row("nowcast", "2026-04", "", account, **bounds), "run_id": None}

    rows = rows_of("2026-04", "r-n", "2", "3")
    ranges = [told(None, 5, 4, 6), told("1", 2, 1, 3), told("2", 3, 2, 5), told("9", 7, 7, 7)]
    everything = Selection(Measure.TOTAL_LBM, with_nowcasts=True)
    accounts = Selection(Measure.TOTAL_LBM, RowFilter(ous=("Root",)), with_nowcasts=True)
    other = [told(None, 6, 4, 6)]
    nowhere = Selection(Measure.SCOPE_1, RowFilter(regions=("eu-west-1",)), with_nowcasts=True)

    def range_of(selection: Selection, answer: list[dict[str, Any]]) -> tuple[Any, Any]:
        april = series_of(selection, RUNS, answer).months[APRIL]
        return april.low, april.high

    assert range_of(everything, [*rows, *ranges]) == (4 * 10**9, 6 * 10**9)
    assert range_of(accounts, [*rows, *ranges]) == (3 * 10**9, 8 * 10**9)
    assert range_of(everything, [*rows, *other]) == (None, None)
    assert range_of(nowhere, rows) == (None, None)


def test_an_answer_of_another_publication_is_refused() -> None:
    """The run that speaks for a month is the one whose rows are summed."""
    with pytest.raises(StorageError, match="2026-03 is told by r-9, and published by r-1"):
        series_of(TOTAL, RUNS, rows_of("2026-03", "r-9", "1"))
