"""A year's water over its usage: whole, by the first level that can, and nowhere by chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfoot.domain.units import Int64Array
from crossfoot.engine.shapes import AllocationLevel, UnallocatedReason
from crossfoot.engine.water import WaterCells, WaterSpread, WaterUsage, spread_water

type Cell = tuple[int, int, int, int]
type Row = tuple[int, int, int, int, int]

CODES = st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2))
WEIGHT = st.one_of(st.just(0), st.integers(0, 10**15))


def cells(*given_cells: Cell) -> WaterCells:
    """Return account, Region, bucket and amount of each cell, sorted."""
    table = np.array(sorted(given_cells), np.int64).reshape(-1, 4)
    return WaterCells(*(np.ascontiguousarray(table[:, at]) for at in range(4)))


def usage(*rows: Row) -> WaterUsage:
    """Return account, Region, bucket, water and value of each row, sorted."""
    table = np.array(sorted(rows), np.int64).reshape(-1, 5)
    return WaterUsage(*(np.ascontiguousarray(table[:, at]) for at in range(5)))


def by_row(spread: WaterSpread, n_rows: int) -> Int64Array:
    """Return what each row bears, and last what none does."""
    borne = np.zeros(n_rows + 1, np.int64)
    np.add.at(borne, spread.row, spread.amount_ul)
    return borne


@given(
    st.dictionaries(CODES, st.integers(-(10**12), 10**17), max_size=8),
    st.lists(st.tuples(CODES, WEIGHT, WEIGHT), max_size=20),
)
def test_every_cell_is_spread_to_the_microlitre(
    amounts: dict[tuple[int, int, int], int], rows: list[tuple[tuple[int, int, int], int, int]]
) -> None:
    """Entries of a cell sum to it, and what bears has weight and is of the account."""
    asked = cells(*((*key, amount) for key, amount in amounts.items()))
    used = usage(*((*key, water, cost) for key, water, cost in rows))

    spread = spread_water(asked, used)

    placed = np.zeros_like(asked.amount_ul)
    np.add.at(placed, spread.cell, spread.amount_ul)
    assert placed.tolist() == asked.amount_ul.tolist()
    assert set(spread.cell.tolist()) == set(range(len(amounts)))
    bears = spread.row >= 0
    row, cell = spread.row[bears], spread.cell[bears]
    assert np.all(used.account[row] == asked.account[cell])
    assert np.all(used.water_nl[row] + used.on_demand_nano[row] > 0)


def test_estimated_water_weighs_before_value() -> None:
    """A third of the water is at the row with a third of the estimate, whatever it costs."""
    spread = spread_water(cells((0, 0, 0, 9)), usage((0, 0, 0, 1, 99), (0, 0, 0, 2, 1)))

    assert by_row(spread, 2).tolist() == [3, 6, 0]
    assert spread.level.tolist() == [AllocationLevel.SERVICE_KEY]


@pytest.mark.parametrize(
    ("row", "level"),
    [
        ((0, 0, 0, 0, 5), AllocationLevel.SERVICE_COST),
        ((0, 0, 1, 7, 5), AllocationLevel.REGION_COST),
        ((0, 1, 1, 7, 5), AllocationLevel.ACCOUNT_COST),
    ],
)
def test_where_the_cell_has_no_estimate_value_weighs(row: Row, level: AllocationLevel) -> None:
    """First in the cell, then in the Region, then in the account."""
    spread = spread_water(cells((0, 0, 0, 8)), usage(row))

    assert by_row(spread, 1).tolist() == [8, 0]
    assert spread.level.tolist() == [level]


@pytest.mark.parametrize(
    ("cell", "rows", "reason"),
    [
        ((0, 0, 0, 8), [(1, 0, 0, 1, 1)], UnallocatedReason.NO_USAGE_OF_ACCOUNT),
        ((0, 0, 0, 8), [(0, 1, 0, 1, 0)], UnallocatedReason.USAGE_WITHOUT_WEIGHT),
        ((0, 0, 0, 0), [(0, 0, 0, 1, 1)], UnallocatedReason.NOTHING_TO_ALLOCATE),
        ((0, 0, 0, 8), [], UnallocatedReason.NO_USAGE_OF_ACCOUNT),
    ],
)
def test_what_no_usage_can_bear_is_one_entry_with_its_reason(
    cell: Cell, rows: list[Row], reason: UnallocatedReason
) -> None:
    """Another account bears nothing, and a zero is said and not spread."""
    spread = spread_water(cells(cell), usage(*rows))

    assert by_row(spread, len(rows)).tolist() == [0] * len(rows) + [cell[3]]
    assert (len(spread.cell), spread.reason.tolist()) == (1, [reason])
