"""AWS's water beside ours: the newest answer of each year, and nothing ever added."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from crossfoot.report.water import water_years
from crossfoot.report.write_report import write_report


def _answer(warehouse: Any, record_id: str, day: int, *amounts_m3: int) -> None:
    until = datetime(2026, 1, 1, tzinfo=UTC)
    for amount in amounts_m3:
        row = {"record_id": record_id, "recorded_at": datetime(2026, 9, day, tzinfo=UTC),
               "water_year": "2025", "model_version": "v3.0.1", "covered_until": until,
               "water_withdrawal_m3": Decimal(amount)}  # fmt: skip
        warehouse.insert("water_reported", [row])


def test_the_newest_answer_of_a_year_counts(empty: Any) -> None:
    """Two answers are two vintages; the later one is shown, its cells summed."""
    _answer(empty, "w-1", 1, 5, 6)
    _answer(empty, "w-2", 2, 7, 1)

    (year,) = water_years(empty)
    assert (year.year, year.reported, year.n_vintages) == ("2025", Decimal(8), 2)
    assert (year.is_spread, year.site, year.n_months) == (False, None, 0)


def test_ours_stands_beside_it_in_cubic_metres(empty: Any) -> None:
    """Only the published months of that year count; a spread of the answer is told."""
    _answer(empty, "w-1", 1, 5)
    for month, status in (("2025-03", "published"), ("2025-04", "nowcast")):
        empty.insert("emissions", [{"usage_period": month, "status": status}])
        liters = {"water_site_l": Decimal(1500), "water_generation_l": Decimal(250)}
        empty.insert("impacts", [{"usage_period": month, **liters}])
    empty.insert("water_allocated", [{"water_record_id": "w-1", "usage_period": "2025-03"}])

    (year,) = water_years(empty)
    assert (year.is_spread, year.n_months) == (True, 1)
    assert (year.site, year.generation) == (Decimal("1.5"), Decimal("0.25"))


def test_the_page_has_the_table_only_with_an_answer(filled_warehouse: Any, tmp_path: Any) -> None:
    """A warehouse that asked AWS for no water says nothing of it."""
    page = write_report(filled_warehouse, tmp_path / "r.html").html.read_text("utf-8")

    assert 'id="water"' not in page
