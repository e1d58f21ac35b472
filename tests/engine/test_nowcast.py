"""Carrying AWS's figures forward: each way by hand, and laws over any history."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossfoot.domain.errors import InvalidAmountError
from crossfoot.domain.measures import MEASURES, TOTAL_PARTS
from crossfoot.domain.nowcasts import LEVEL_MEANINGS, NowcastLevel
from crossfoot.engine.nowcast import (
    CellCodes,
    CellFigures,
    CellNowcast,
    CellUsage,
    LearntMonth,
    nowcast,
)

SCOPE_2 = MEASURES.index("scope_2_lbm")
LBM = MEASURES.index("total_lbm")
SCOPES_OF_LBM = [MEASURES.index(part) for part in TOTAL_PARTS["total_lbm"]]
GRAM = 1_000_000


def _codes(*cells: tuple[int, int, int]) -> CellCodes:
    account, region, service = np.array(cells, np.int64).reshape(-1, 3).T
    return CellCodes.of(account, region, service)


def _figures(*grams: int | None) -> CellFigures:
    """Return cells whose scopes are all of so many grams; None for a cell without a row."""
    is_reported = np.array([[each is not None for each in grams]] * len(MEASURES), np.bool_)
    amount_ug = np.array([[each or 0 for each in grams]] * len(MEASURES), np.int64) * GRAM
    amount_ug[LBM] = amount_ug[SCOPES_OF_LBM].sum(axis=0)
    return CellFigures(amount_ug, is_reported)


def _usage(*cells: tuple[int, int] | None) -> CellUsage:
    """Return key and cost of cells; None for a cell without usage."""
    key, cost = np.array([each or (0, 0) for each in cells], np.int64).reshape(-1, 2).T
    return CellUsage(
        key.copy(), cost.copy(), np.array([each is not None for each in cells], np.bool_)
    )


def _learnt(figures: CellFigures, usage: CellUsage) -> LearntMonth:
    return LearntMonth(figures, usage)


def _grams(told: CellNowcast, cell: int = 0) -> float:
    return float(told.amount_ug[SCOPE_2, cell]) / GRAM


def test_a_cell_follows_its_own_key() -> None:
    """Ten grams for 200 hours are fifteen for 300, whatever the hours are worth."""
    month = _learnt(_figures(10), _usage((200, 7)))

    told = nowcast(_codes((0, 0, 0)), [month], _usage((300, 1)))

    assert _grams(told) == 15
    assert told.level.tolist() == [NowcastLevel.SERVICE_KEY]


def test_a_cell_without_its_driver_follows_its_value() -> None:
    """Hours that are no longer counted leave the on-demand value to carry the figure."""
    month = _learnt(_figures(10), _usage((200, 8)))

    told = nowcast(_codes((0, 0, 0)), [month], _usage((0, 4)))

    assert _grams(told) == 5
    assert told.level.tolist() == [NowcastLevel.SERVICE_COST]


def test_usage_that_has_ended_is_zero_and_no_gap() -> None:
    """A machine that was stopped for the whole month is told as nothing, and is a figure."""
    month = _learnt(_figures(10), _usage((200, 8)))

    told = nowcast(_codes((0, 0, 0)), [month], _usage(None))

    assert _grams(told) == 0
    assert told.is_figure.all()


@pytest.mark.parametrize(
    ("other", "level"),
    [
        ((0, 0, 1), NowcastLevel.REGION_COST),
        ((0, 1, 1), NowcastLevel.ACCOUNT_COST),
        ((1, 0, 1), NowcastLevel.REPEATED),
    ],
)
def test_a_cell_without_usage_follows_what_stands_near(
    other: tuple[int, int, int], level: NowcastLevel
) -> None:
    """The account's value in the Region, then anywhere; without any the last month is repeated."""
    month = _learnt(_figures(10, 1), _usage(None, (5, 5)))

    told = nowcast(_codes((0, 0, 0), other), [month], _usage(None, (10, 10)))

    assert told.level[0] == level
    assert _grams(told) == (10 if level is NowcastLevel.REPEATED else 20)


@pytest.mark.parametrize(("spent_now", "grams"), [(10, 10), (0, 0)])
def test_what_is_allocated_by_physical_usage_does_not_follow_value(
    spent_now: int, grams: int
) -> None:
    """Storage that no line of usage shows stays as it was, until the account spends nothing."""
    month = _learnt(_figures(10, 1), _usage(None, (5, 5)))
    account, region, service = np.array([(0, 0, 0), (0, 0, 1)]).T
    codes = CellCodes.of(account, region, service, np.array([False, True]))

    told = nowcast(codes, [month], _usage(None, (spent_now, spent_now)))

    assert told.level[0] == NowcastLevel.REPEATED
    assert _grams(told) == grams


@pytest.mark.parametrize(
    ("known", "level"),
    [
        ((1, 0, 0), NowcastLevel.REGION_SERVICE),
        ((0, 1, 1), NowcastLevel.ACCOUNT),
        ((1, 1, 1), NowcastLevel.ORGANISATION),
    ],
)
def test_a_new_cell_takes_the_intensity_of_what_it_belongs_to(
    known: tuple[int, int, int], level: NowcastLevel
) -> None:
    """The bucket in the Region, else the account, else the organisation."""
    month = _learnt(_figures(None, 10), _usage(None, (5, 5)))

    told = nowcast(_codes((0, 0, 0), known), [month], _usage((4, 4), (5, 5)))

    assert told.level[0] == level
    assert _grams(told) == 8


def test_usage_that_aws_was_silent_about_has_no_figure() -> None:
    """Where usage bore no row of AWS before, none is invented, and it is no zero either."""
    month = _learnt(_figures(None, 10), _usage((3, 3), (5, 5)))

    told = nowcast(_codes((0, 0, 0), (0, 0, 1)), [month], _usage((4, 4), (5, 5)))

    assert told.level[0] == NowcastLevel.NONE
    assert not told.is_figure[:, 0].any()


def test_the_newest_row_of_a_cell_counts() -> None:
    """Intensities are of the last month in which AWS reported the cell."""
    earlier = _learnt(_figures(10, 30), _usage((10, 10), (10, 10)))
    last = _learnt(_figures(20, None), _usage((10, 10), None))

    told = nowcast(_codes((0, 0, 0), (0, 0, 1)), [earlier, last], _usage((10, 10), (20, 20)))

    assert [_grams(told, cell) for cell in (0, 1)] == [20, 60]


def test_what_aws_stopped_reporting_is_not_repeated() -> None:
    """An account without usage that left the last report has no figure."""
    earlier, last = (_learnt(_figures(each), _usage(None)) for each in (10, None))

    told = nowcast(_codes((0, 0, 0)), [earlier, last], _usage(None))

    assert not told.is_figure.any()


def test_scopes_that_were_not_reported_stay_unknown() -> None:
    """Of an old delivery the totals alone are carried."""
    figures = _figures(10)
    is_reported = figures.is_reported.copy()
    is_reported[:LBM] = False
    month = _learnt(replace(figures, is_reported=is_reported), _usage((1, 1)))

    told = nowcast(_codes((0, 0, 0)), [month], _usage((2, 2)))

    assert told.is_figure[:, 0].tolist() == is_reported[:, 0].tolist()
    assert told.amount_ug[LBM, 0] == 2 * figures.amount_ug[LBM, 0]


def test_a_figure_beyond_the_columns_is_refused() -> None:
    """Usage beyond all measure has a named end."""
    month = _learnt(_figures(10**11), _usage((1, 1)))

    with pytest.raises(InvalidAmountError, match="beyond what the columns hold"):
        nowcast(_codes((0, 0, 0)), [month], _usage((10**9, 1)))


def test_no_cells_are_no_figures() -> None:
    """An empty organisation is told as such."""
    month = _learnt(_figures(), _usage())

    assert nowcast(_codes(), [month], _usage()).amount_ug.shape == (len(MEASURES), 0)


def test_every_level_has_a_meaning() -> None:
    """What is printed of a level is declared for each."""
    assert set(LEVEL_MEANINGS) | {NowcastLevel.NONE} == set(NowcastLevel)


_CELLS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)),
    min_size=1,
    max_size=9,
    unique=True,
)


@st.composite
def _histories(draw: st.DrawFn) -> tuple[CellCodes, list[LearntMonth], CellUsage]:
    cells = draw(_CELLS)
    grams = st.none() | st.integers(0, 10**6)
    used = st.none() | st.tuples(st.integers(0, 10**9), st.integers(0, 10**9))

    def row(one: st.SearchStrategy) -> list:
        return draw(st.lists(one, min_size=len(cells), max_size=len(cells)))

    months = [
        _learnt(_figures(*row(grams)), _usage(*row(used))) for _ in range(draw(st.integers(1, 3)))
    ]
    return _codes(*cells), months, _usage(*row(used))


@given(_histories())
def test_columns_of_a_nowcast_cross_foot(
    history: tuple[CellCodes, list[LearntMonth], CellUsage],
) -> None:
    """A total is the sum of its scopes to the microgram, and no figure is below zero."""
    try:
        told = nowcast(*history)
    except InvalidAmountError:
        return

    assert (told.amount_ug[LBM] == told.amount_ug[SCOPES_OF_LBM].sum(axis=0)).all()
    assert (told.amount_ug >= 0).all()
    assert (told.is_figure.any(axis=0) == (told.level != NowcastLevel.NONE)).all()


@given(_histories())
def test_the_same_usage_again_gives_the_same_figures(
    history: tuple[CellCodes, list[LearntMonth], CellUsage],
) -> None:
    """A month like the last one is told as the last one was published, cell by cell."""
    codes, months, _ = history
    last = months[-1]

    told = nowcast(codes, [last], last.usage)

    known = last.figures.is_reported[LBM] & told.is_figure[LBM]
    off = told.amount_ug[SCOPE_2] - last.figures.amount_ug[SCOPE_2]
    assert (np.abs(off[known]) <= 1).all()
    assert (told.is_figure[LBM] >= last.figures.is_reported[LBM]).all()
