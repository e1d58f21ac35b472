"""Reported and estimated stand beside each other: the same months, each with its own sums."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crossfoot.domain.impacts import CRITERIA, UNITS, Basis
from crossfoot.report import estimated, write_report
from crossfoot.report.aggregates import ALL_PERIODS, read_ledger
from crossfoot.report.estimate_sources import estimate_sources
from crossfoot.report.estimate_views import (
    BASIS_LABELS,
    covered_by_cost,
    estimate_section,
    ratio_text,
)

BEFORE = ("2025-05", "2025-06")
GHG = "ghg_use_kgco2e + ghg_embodied_kgco2e"
ROW = {"status": "published", "usage_period": "2026-01", "total_lbm_kgco2e": Decimal(3)}


def data_of(html: Path) -> Any:
    """Return the data that the page's script reads."""
    found = re.findall(r"<script[^>]*json[^>]*>(.*?)</script>", html.read_text(encoding="utf-8"))
    return json.loads(found[0])


def test_only_months_with_an_estimate_are_compared(filled_warehouse: Any) -> None:
    """Months from before the estimate are in no ratio, and the span says what it spans."""
    periods = estimated.estimated_periods(filled_warehouse)
    ledger = {total.period: total.lbm.total for total in read_ledger(filled_warehouse).totals}
    span = estimated.span_of(periods)
    known = [mass for period, mass in ledger.items() if period not in BEFORE and mass is not None]

    assert [each.period for each in periods] == [each for each in ledger if each not in BEFORE]
    assert span.sums["reported_total"] == sum(known)


def test_a_span_compares_the_same_months(empty: Any) -> None:
    """Where one month has no scopes the span has none, so its ratio of use is not too high."""
    months = {"2026-01": Decimal(2), "2026-02": None}
    for month, kg in months.items():
        scopes = dict.fromkeys(("scope_1_kgco2e", "scope_2_lbm_kgco2e", "scope_3_lbm_kgco2e"), kg)
        empty.insert("emissions", [ROW | scopes | {"usage_period": month}])
        empty.insert("impacts", [{"usage_period": month, "ghg_use_kgco2e": Decimal(5)}])

    periods = estimated.estimated_periods(empty)
    span = estimated.span_of(periods)

    assert [each.sums["reported_use"] for each in periods] == [4, None]
    assert span.sums["reported_use"] is None
    assert span.sums["reported_total"] == Decimal(6)
    assert span.total.value == Decimal(10)


@pytest.mark.parametrize("column", ["usage_account_id", "region_code", "carbon_service"])
def test_each_side_keeps_its_own_sum(filled_warehouse: Any, column: str) -> None:
    """However both are cut, AWS's column sums to AWS's figure and the other to the estimate."""
    periods = estimated.estimated_periods(filled_warehouse)
    spans = {each.period: each for each in (*periods, estimated.span_of(periods))}
    found = estimated.beside_by(filled_warehouse, column, top=2)

    assert set(found) == {*spans}
    for period, sides in found.items():
        assert len(sides) <= 3
        assert _sum(each.reported for each in sides) == spans[period].sums["reported_total"]
        assert _sum(each.value for each in sides) == spans[period].total.value
        assert _sum(each.high for each in sides) == spans[period].total.high


def test_what_aws_reports_without_usage_has_no_estimate(filled_warehouse: Any) -> None:
    """The bucket of an unallocated amount stands with nothing beside it, not with a zero."""
    sides = estimated.beside_by(filled_warehouse, "carbon_service")["2026-06"]
    (lost,) = [each for each in sides if each.name == "AmazonCloudFront"]

    assert lost.reported is not None
    assert (lost.value, lost.low, lost.high) == (None, None, None)
    assert ratio_text(lost.value, lost.reported) is None


def test_coverage_is_of_all_rows_and_all_value(filled_warehouse: Any) -> None:
    """Nothing of the estimate is left out of what it rests on."""
    periods = estimated.estimated_periods(filled_warehouse)
    (row,) = filled_warehouse.rows("SELECT sum(on_demand_cost) AS usd FROM emissions WHERE"
        " allocation_level <> 'unallocated' AND usage_period = '2026-06'")  # fmt: skip
    rested = estimated.rested_on(filled_warehouse)["2026-06"]
    (latest,) = [each for each in periods if each.period == "2026-06"]

    assert sum(each.n_rows for each in rested) == latest.n_rows
    assert _sum(each.on_demand_cost for each in rested) == row["usd"]
    physical = estimated.ratio(latest.sums["physical_on_demand_cost"], row["usd"])
    assert covered_by_cost(latest) == physical
    assert 0 < latest.n_physical_rows < latest.n_rows


def test_the_idle_share_is_of_machines_of_known_load(filled_warehouse: Any) -> None:
    """A quarter of every machine is idle in the small warehouse, and of machines alone."""
    latest = estimated.estimated_periods(filled_warehouse)[-1]
    machines = estimated.idle_machines(filled_warehouse, [latest.period, ALL_PERIODS])

    share = estimated.ratio(latest.idle, latest.ghg_of_known_load)
    assert share is not None
    assert float(share) == pytest.approx(0.25)
    assert len(machines[latest.period]) == estimated.TOP_MACHINES
    assert {each.load_percent for each in machines[ALL_PERIODS]} == {Decimal("12.5")}


def test_the_largest_resources_carry_what_was_allocated(filled_warehouse: Any) -> None:
    """The estimate of the small warehouse is 1.2 times what the ledger gave each resource."""
    found = estimated.largest(filled_warehouse, ["2026-06", ALL_PERIODS])

    for one in (*found["2026-06"], *found[ALL_PERIODS]):
        assert _sum([one.low]) < _sum([one.value]) < _sum([one.high])
        assert one.reported is not None
    for one in found["2026-06"]:
        share = estimated.ratio(one.value, one.reported)
        assert share is not None
        assert float(share) == pytest.approx(1.2)


def test_every_criterion_says_what_it_follows_from(filled_warehouse: Any) -> None:
    """All nine in their order, each with its range, its unit and how it came about."""
    rows = estimate_section(filled_warehouse).views["criteria"]["rows"]["2026-06"]

    assert [row[5] for row in rows] == [UNITS[each] for each in CRITERIA]
    assert all(row[1] and row[6] for row in rows)
    assert all(float(row[3]) < float(row[2]) < float(row[4]) for row in rows)


def test_every_basis_has_words() -> None:
    """What the estimate rests on is said in words, whichever it is."""
    assert set(BASIS_LABELS) == {basis.text for basis in Basis}


def test_sources_are_told_for_models_and_regions(filled_warehouse: Any) -> None:
    """Each factor's source is there once a table, each Region with its six factors."""
    sources = estimate_sources(filled_warehouse)
    told = {one.what for one in sources.sources}

    assert sources.factor_sets == ("f-0123456789abcdef",)
    assert {"Storage: media, copies, drives", "Proxy by on-demand value"} <= told
    assert {"Greenhouse gases of electricity", "The site: PUE and WUE"} <= told
    assert all(one.source and one.licence and one.n_factors for one in sources.sources)
    assert {len(place.factors) for place in sources.places} == {6}
    assert (sources.unknown_models, sources.unknown_regions) == ((), ())


def test_what_the_factor_set_does_not_know_is_named(empty: Any, tmp_path: Path) -> None:
    """A model of a later version and a Region without factors are told, not passed over."""
    empty.insert("emissions", [ROW])
    empty.insert("impacts", [{
        "usage_period": "2026-01", "region_code": "mars-north-1", "factor_set": "f-1",
        "estimate_basis": "unknown-region", "estimate_models": "machine:m6i.large, warp:core",
    }])  # fmt: skip

    html = write_report(empty, tmp_path / "r.html").html.read_text(encoding="utf-8")

    assert "No factors are known for mars-north-1" in html
    assert "does not know warp:core" in html
    assert '<td class="number silent strong" data-value="">no estimate</td>' in html


def test_a_warehouse_from_before_says_that_nothing_was_estimated(
    empty: Any, tmp_path: Path
) -> None:
    """The section stands, with the mend, and no chart or table of it."""
    empty.insert("emissions", [ROW])

    receipt = write_report(empty, tmp_path / "r.html")

    html = receipt.html.read_text(encoding="utf-8")
    assert "<strong>Nothing was estimated.</strong>" in html
    assert 'id="beside-chart"' not in html
    assert data_of(receipt.html)["estimate"] == {}


def test_the_two_numbers_are_never_in_one_column(filled_warehouse: Any) -> None:
    """Every column of the section is one side's: reported, estimated, or their ratio."""
    views = estimate_section(filled_warehouse).views
    for name in ("beside", "beside-regions", "beside-buckets"):
        labels = [column["label"] for column in views[name]["columns"][1:]]
        assert labels == [
            "Reported LBM, kg CO₂e",
            *(f"{end}, kg CO₂e" for end in ("Estimate", "Low", "High")),
            "Estimate / reported",
        ]


def test_the_cards_hold_the_figures_of_the_tables(filled_warehouse: Any, tmp_path: Path) -> None:
    """Cards, table by account and warehouse say the same of the latest month."""
    data = data_of(write_report(filled_warehouse, tmp_path / "r.html").html)
    card = data["estimate"]["2026-06"]
    (row,) = filled_warehouse.rows(
        f"SELECT sum({GHG}) AS kg FROM impacts WHERE usage_period = '2026-06'"
    )

    assert Decimal(card["estimated"]["total"][0]) == row["kg"]
    accounts = data["views"]["beside"]["rows"]["2026-06"]
    assert sum(Decimal(each[3]) for each in accounts if each[3] is not None) == row["kg"]
    assert float(card["ratios"]["total"]) == pytest.approx(
        float(row["kg"]) / float(card["reported"]["total"]), abs=0.001
    )


def _sum(amounts: Any) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), Decimal(0))
