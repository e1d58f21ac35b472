"""Usage rolled up with grids that are known by the hour: hand-computed means, or none."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from crossfoot.adapters.grid_intensity import GridIntensities
from crossfoot.adapters.usage_exports import find_usage
from crossfoot.adapters.usage_rollup import UsageRollup
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import IntakeNote
from crossfoot.engine.hourly_intensity import GAP, HourlyIntensity
from crossfoot.factors.factor import Boundary

MARCH = UsagePeriod("2026-03")
FIRST_HOUR = int(MARCH.start.timestamp()) // 3600
GRAM, NANO = 10**6, 10**9
GRID = "grid_nano_g_per_kwh"

type Line = Mapping[str, Any]
type Rolled = Callable[..., tuple[list[dict[str, Any]], list[IntakeNote]]]


def rising() -> GridIntensities:
    """Return Frankfurt's grid: 100 g in the month's first hour, one more each hour; one gap."""
    micro = (100 + np.arange(744, dtype=np.int64)) * GRAM
    micro[50] = GAP
    series = {"eu-central-1": HourlyIntensity(FIRST_HOUR, micro)}
    return GridIntensities(Boundary.LIFE_CYCLE, series, {"eu-central-1": "test"}, ())


def line(start: float, end: float, hours: float, resource: str = "i-1", **more: Any) -> Line:
    """Return a line of an instance, from and to an hour of the month."""
    month = datetime(2026, 3, 1)  # noqa: DTZ001 - INT96 has no zone
    return {
        "line_item_usage_start_date": month + timedelta(hours=start),
        "line_item_usage_end_date": month + timedelta(hours=end),
        "line_item_usage_amount": hours,
        "line_item_resource_id": resource,
    } | more


@pytest.fixture
def rolled(delivered: Any, tmp_path: Path) -> Rolled:
    """Return a function that rolls lines up with the rising grid: rows, and what is told."""

    def roll(
        *lines: Line, table: pa.Table | None = None, intensities: GridIntensities | None = None
    ) -> tuple[list[dict[str, Any]], list[IntakeNote]]:
        lines_table = delivered.cur(*lines) if table is None else table
        place = delivered.parquet(tmp_path / "usage" / "a.parquet", lines_table)
        (part,) = find_usage(place.parent).parts
        with UsageRollup(
            part, tags=(), scratch=tmp_path, intensities=intensities or rising()
        ) as rollup:
            rollup.run()
            rows = pa.Table.from_batches(list(rollup.usage(MARCH))).to_pylist()
            return rows, [coverage.note for coverage in rollup.grid_coverage(MARCH)]

    return roll


def grids(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the mean of each resource."""
    return {row["resource_id"]: row[GRID] for row in rows}


def test_a_rows_mean_weighs_hours_with_the_amount(rolled: Rolled) -> None:
    """One machine-hour at 100 g and three at 102 g are 101.5 g on average."""
    rows, notes = rolled(line(0, 1, 1.0), line(2, 3, 3.0))

    assert grids(rows) == {"i-1": 101_500_000_000}
    assert [note.message for note in notes] == [
        "eu-central-1: the grid is known by the hour for all 2 lines"
    ]


def test_a_long_line_has_the_mean_of_its_hours(rolled: Rolled) -> None:
    """Ten hours from the first: 104.5 g; half an hour and an hour: as the seconds are."""
    rows, _ = rolled(line(0, 10, 10.0), line(0.5, 2, 1.5, "i-2"))

    # half an hour of 100 and one of 101, in thirds: rounded once, to a billionth
    assert grids(rows) == {"i-1": 104_500_000_000, "i-2": 100_666_666_667}


def test_any_lines_have_the_exact_mean(rolled: Rolled) -> None:
    """Of three hundred lines of any length and amount: computed with fractions, rounded once."""
    rng = np.random.default_rng(11)
    starts = rng.integers(51, 700, 300).tolist()
    lengths = rng.integers(1, 40, 300).tolist()
    hours = rng.integers(1, 9_000, 300).tolist()
    lines = [
        line(start, start + length, amount / 1000, f"i-{index % 5}")
        for index, (start, length, amount) in enumerate(zip(starts, lengths, hours, strict=True))
    ]
    rows, _ = rolled(*lines)
    for index in range(5):
        mine = range(index, 300, 5)
        weighed = sum(hours[i] * (100 + starts[i] + Fraction(lengths[i] - 1, 2)) for i in mine)
        mean = Fraction(weighed, sum(hours[i] for i in mine)) * NANO
        assert abs(grids(rows)[f"i-{index}"] - mean) <= Fraction(1, 2)


def test_one_hour_that_nobody_knows_leaves_the_row_without_a_mean(rolled: Rolled) -> None:
    """A part of a month would pass for all of it; the share that is known is told."""
    rows, notes = rolled(
        line(49, 50, 1.0), line(50, 51, 1.0), line(0, 1, 2.0, "i-2"), line(0, 744, 1.0, "i-3")
    )

    assert grids(rows) == {"i-1": None, "i-2": 100 * NANO, "i-3": None}
    assert [note.code for note in notes] == ["hourly-intensity"]
    assert "2 of 4 lines, 50.0% of their on-demand value" in notes[0].message


def test_lines_that_weigh_nothing_ask_for_nothing(rolled: Rolled) -> None:
    """A line of zero hours in the gap changes no mean, and neither does one that gives back."""
    rows, _ = rolled(line(0, 1, 1.0), line(50, 51, 0.0), line(2, 3, -1.0), line(50, 51, -1.0))

    assert grids(rows) == {"i-1": 100 * NANO}


def test_a_region_without_a_series_keeps_none(rolled: Rolled) -> None:
    """So does usage of no Region; nobody is told of what was never given."""
    elsewhere: dict[str, Any] = {
        "product_region_code": "eu-west-1",
        "product": {"region": "eu-west-1"},
    }
    nowhere: dict[str, Any] = {"product_region_code": "", "product": {}}
    rows, notes = rolled(line(0, 1, 1.0, **elsewhere), line(0, 1, 1.0, "i-2", **nowhere))

    assert grids(rows) == {"i-1": None, "i-2": None}
    assert notes == []


def test_what_has_no_amount_weighs_with_its_value(rolled: Rolled) -> None:
    """Where on-demand value stands for the amount, it weighs the hours as well."""
    unknown: dict[str, Any] = {
        "line_item_product_code": "AmazonSomething",
        "line_item_usage_type": "EUC1-Thing",
        "line_item_operation": None,
        "pricing_unit": "Things",
    }
    rows, _ = rolled(
        line(0, 1, 7.0, pricing_public_on_demand_cost=1.0, **unknown),
        line(4, 5, 0.001, pricing_public_on_demand_cost=3.0, **unknown),
    )

    assert [row["model_name"] for row in rows] == ["cost"]
    assert grids(rows) == {"i-1": 103 * NANO}


def test_an_export_without_ends_has_no_hours(delivered: Any, rolled: Rolled) -> None:
    """Nobody guesses how long a line is."""
    table = delivered.cur(line(0, 1, 1.0), without=["line_item_usage_end_date"])
    rows, notes = rolled(table=table)

    assert grids(rows) == {"i-1": None}
    assert "0 of 1 lines, 0.0%" in notes[0].message


def test_focus_says_the_same(delivered: Any, rolled: Rolled) -> None:
    """Charge periods are intervals too."""
    month = datetime(2026, 3, 1)  # noqa: DTZ001 - INT96 has no zone
    table = delivered.focus(
        {"ChargePeriodStart": month, "ConsumedQuantity": 1.0},
        {"ChargePeriodStart": month + timedelta(hours=2), "ConsumedQuantity": 3.0},
    )
    ends = pa.array([month + timedelta(hours=1), month + timedelta(hours=3)], pa.timestamp("us"))
    rows, _ = rolled(table=table.append_column("ChargePeriodEnd", ends))

    assert grids(rows) == {"i-1": 101_500_000_000}


def test_all_else_is_as_it_is_without(
    delivered: Any, rolled: Rolled, roll_up: Any, tmp_path: Path
) -> None:
    """The column is added; no row, order or amount of the roll-up changes."""
    lines = [line(hour, hour + 1, 1.0, f"i-{hour % 7}") for hour in range(100)]
    rows, _ = rolled(*lines)
    plain = roll_up(delivered.parquet(tmp_path / "plain" / "a.parquet", delivered.cur(*lines)))

    assert [{k: v for k, v in row.items() if k != GRID} for row in rows] == plain.rows
