"""The aggregates are the ledger's own sums, whichever way it is cut."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from crossfoot.domain.measures import MEASURES, column_of
from crossfoot.report import breakdowns
from crossfoot.report.aggregates import ALL_PERIODS, missing_months, read_ledger, span_totals
from crossfoot.report.charts import line_view, proof_view, revised_periods, slice_labels


def figures(warehouse: Any, period: str) -> tuple[Decimal, Decimal]:
    """Return both totals of a period, or of all, straight from the ledger."""
    where = "" if period == ALL_PERIODS else f" AND usage_period = '{period}'"
    (row,) = warehouse.rows(
        "SELECT sum(total_lbm_kgco2e) AS lbm, sum(total_mbm_kgco2e) AS mbm FROM emissions"
        f" WHERE status = 'published'{where}"
    )
    return row["lbm"], row["mbm"]


CUTS: dict[str, Callable[[Any], breakdowns.ByPeriod[Any]]] = {
    "region": breakdowns.by_region,
    "level": breakdowns.by_level,
    "team": lambda warehouse: breakdowns.by_tag(warehouse, "tag_team"),
    "environment": lambda warehouse: breakdowns.by_tag(warehouse, "tag_environment"),
    "resource": lambda warehouse: breakdowns.by_resource(warehouse, read_ledger(warehouse).periods),
}


@pytest.mark.parametrize("cut", CUTS)
def test_every_breakdown_sums_to_the_total_of_its_period(filled_warehouse: Any, cut: str) -> None:
    """However the ledger is cut, the parts of each period and of all sum to it exactly."""
    found = CUTS[cut](filled_warehouse)

    assert set(found) == {*read_ledger(filled_warehouse).periods, ALL_PERIODS}
    for period, parts in found.items():
        sums = sum(p.lbm for p in parts), sum(p.mbm for p in parts)
        assert sums == figures(filled_warehouse, period)


def test_scopes_and_unsplit_part_sum_to_the_total(filled_warehouse: Any) -> None:
    """Scope 1, 2, 3 and what came without scopes are the total, in both series."""
    for totals in read_ledger(filled_warehouse).totals:
        for basis in (totals.lbm, totals.mbm):
            parts = (basis.scope_1, basis.scope_2, basis.scope_3, basis.unsplit)

            assert sum(part for part in parts if part is not None) == basis.total


def test_totals_without_scopes_leave_the_scopes_unknown(filled_warehouse: Any) -> None:
    """A month that AWS reported as a total has no scope, not a scope of zero."""
    first = read_ledger(filled_warehouse).totals[0]

    assert (first.lbm.scope_1, first.lbm.scope_2, first.lbm.scope_3) == (None, None, None)
    assert first.lbm.unsplit == first.lbm.total


def test_a_partly_split_month_keeps_both_parts(empty: Any) -> None:
    """Rows with and without scopes in one month: the scopes, and the rest as unsplit."""
    base = {
        "status": "published",
        "usage_period": "2026-01",
        "run_id": "r",
        "usage_account_id": "1",
    }
    split = {column_of(m): Decimal(2) for m in MEASURES} | {"total_lbm_kgco2e": Decimal(6)}
    empty.insert("emissions", [base | split])
    empty.insert("emissions", [base | {"total_lbm_kgco2e": Decimal(5)}])

    lbm = read_ledger(empty).totals[0].lbm

    assert (lbm.scope_1, lbm.unsplit, lbm.total) == (Decimal(2), Decimal(5), Decimal(11))


def test_a_series_that_was_never_reported_is_unknown(empty: Any) -> None:
    """Without any LBM figure its total is unknown, not zero, and so is that of the span."""
    row = {"status": "published", "usage_period": "2024", "total_mbm_kgco2e": Decimal(3)}
    empty.insert("emissions", [row])

    totals = read_ledger(empty).totals

    assert totals[0].lbm.total is None
    assert span_totals(totals, "lbm").total is None
    assert span_totals(totals, "mbm").total == Decimal(3)


def test_a_nowcast_is_in_no_total(empty: Any) -> None:
    """An estimate of a silent month is listed apart from what AWS reported."""
    for status, amount in (("published", 3), ("nowcast", 100)):
        month = "2026-02" if status == "nowcast" else "2026-01"
        row = {"status": status, "usage_period": month, "total_mbm_kgco2e": Decimal(amount)}
        empty.insert("emissions", [row | {"region_code": "eu-west-1"}])

    ledger = read_ledger(empty)

    assert ledger.periods == ("2026-01",)
    assert [(one.period, one.total_mbm) for one in ledger.nowcasts] == [("2026-02", Decimal(100))]
    assert breakdowns.by_region(empty)[ALL_PERIODS][0].mbm == Decimal(3)


def test_names_beyond_the_top_are_one_row(empty: Any) -> None:
    """With more tag values than are shown, the smallest are summed and counted as the rest."""
    n_values = breakdowns.TOP_VALUES + 5
    empty.insert(
        "emissions",
        [
            {
                "status": "published",
                "usage_period": "2026-01",
                "tag_team": f"team {at:02d}",
                "total_lbm_kgco2e": Decimal(at + 1),
                "total_mbm_kgco2e": Decimal(1),
            }
            for at in range(n_values)
        ],
    )

    parts = breakdowns.by_tag(empty, "tag_team")["2026-01"]

    assert len(parts) == breakdowns.TOP_VALUES + 1
    assert (parts[-1].kind, parts[-1].n_names, parts[-1].lbm) == ("rest", 5, Decimal(15))
    assert slice_labels(parts, "Untagged")[-1] == "Other (5 smaller values)"


def test_the_treemap_stays_small_and_loses_nothing(empty: Any) -> None:
    """With many of each level only the largest are named, and the sum stays exact."""
    empty.insert(
        "emissions",
        [
            {
                "status": "published",
                "usage_period": "2026-01",
                "usage_account_id": f"{account:012d}",
                "service_code": f"service {service}",
                "resource_id": f"resource {resource}",
                "total_lbm_kgco2e": Decimal(1 + account + service + resource).scaleb(-9),
                "total_mbm_kgco2e": Decimal(1),
            }
            for account in range(13)
            for service in range(9)
            for resource in range(9)
        ],
    )

    leaves = breakdowns.by_resource(empty, ("2026-01",))["2026-01"]

    per_service = breakdowns.TOP_RESOURCES + 1
    per_account = breakdowns.TOP_SERVICES * per_service + 1
    assert len(leaves) == breakdowns.TOP_ACCOUNTS * per_account + 1
    assert sum(leaf.lbm or 0 for leaf in leaves) == figures(empty, "2026-01")[0]


def test_untagged_and_unallocated_are_told_apart(filled_warehouse: Any) -> None:
    """What nobody tagged and what nobody used are two rows of a tag, each by its kind."""
    kinds = [part.kind for part in breakdowns.by_tag(filled_warehouse, "tag_team")["2026-06"]]

    assert kinds.count("none") == 1
    assert kinds.count("unallocated") == 1


def test_unallocated_amounts_keep_their_reason(filled_warehouse: Any) -> None:
    """The key column of an unallocated row says why, and the report repeats it."""
    (reason,) = breakdowns.unallocated(filled_warehouse)["2026-06"]

    assert reason.reason == "the account has no usage in this month"
    assert reason.service == "AmazonCloudFront"


def test_ranges_hold_the_published_figure(filled_warehouse: Any) -> None:
    """Low and high of a service in an account lie on either side of what was published."""
    for found in breakdowns.by_method_range(filled_warehouse).values():
        assert len(found) <= breakdowns.TOP_RANGES
        for one in found:
            assert one.lbm_low <= one.lbm <= one.lbm_high
            assert one.mbm_low <= one.mbm <= one.mbm_high


def test_a_pool_sums_to_zero(filled_warehouse: Any) -> None:
    """What a shared pool gave is what its consumers received."""
    moves = breakdowns.redistributed(filled_warehouse)

    assert all(sum(move.mbm for move in found) == 0 for found in moves.values())


def test_gaps_between_months_are_named() -> None:
    """A month without a figure is missing; one inside a year reported as a whole is not."""
    assert missing_months(("2024", "2025-11", "2026-02")) == ("2025-12", "2026-01")
    assert missing_months(("2023-12", "2024", "2025-01")) == ()
    assert missing_months(("2023", "2024")) == ()


def test_a_period_delivered_twice_is_marked(filled_warehouse: Any) -> None:
    """The month with two model versions and a restatement is marked, no other."""
    assert revised_periods(read_ledger(filled_warehouse)) == {"2026-04"}


def test_the_proof_of_all_periods_is_the_sum_of_each(filled_warehouse: Any) -> None:
    """Both sides of a check over all periods are the exact sums of the periods' sides."""
    ledger = read_ledger(filled_warehouse)
    rows = proof_view(ledger.proof)["rows"]
    (total,) = [row for row in rows[ALL_PERIODS] if row[1:3] == ["carbon-cell", "total_lbm"]]

    assert Decimal(total[4]) == Decimal(total[5]) == figures(filled_warehouse, ALL_PERIODS)[0]
    assert total[7] == total[8] == len(ledger.periods)


def test_money_of_two_currencies_is_not_summed(filled_warehouse: Any, empty: Any) -> None:
    """Costs have a sum under the table only where one currency is all there is."""
    one = line_view(read_ledger(filled_warehouse).lines)
    for currency in ("USD", "EUR"):
        row = {"usage_period": "2026-01", "line_count": 1, "currency_code": currency}
        empty.insert("usage_lines", [row | {"is_included": True, "on_demand_cost": Decimal(1)}])
    two = line_view(read_ledger(empty).lines)

    assert one["totals"] == [4, 5, 6]
    assert two["totals"] == [4]
    assert len(two["rows"]["2026-01"]) == 2


def test_a_nowcast_has_the_range_of_its_last_record(empty: Any) -> None:
    """An earlier record says nothing any more, also where the last one has no range."""
    empty.insert("emissions", [{"usage_period": "2026-02", "status": "nowcast",
                                "total_mbm_kgco2e": Decimal(7)}])  # fmt: skip
    for day, low in ((1, Decimal(5)), (2, Decimal(6)), (3, None)):
        told = {"usage_period": "2026-02", "grain": "organisation", "learnt_from": "2025-12",
                "learnt_to": "2026-01", "is_running": True, "total_mbm_low_kgco2e": low,
                "recorded_at": datetime(2026, 2, day, tzinfo=UTC)}  # fmt: skip
        empty.insert("nowcasts", [told])

        (one,) = read_ledger(empty).nowcasts
        assert (one.range_mbm, one.is_running) == ((low, None), True)
        assert (one.learnt, one.made_at) == ("2025-12 to 2026-01", f"2026-02-0{day} 00:00 UTC")
