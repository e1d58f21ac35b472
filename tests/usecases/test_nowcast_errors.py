"""What was told beside what AWS published: every row of either side, and names of nowcasts."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from crossfoot.adapters.record_rows import record_rows
from crossfoot.adapters.told_rows import told_month_in, told_rows
from crossfoot.domain.cells import ReportedCells, texts
from crossfoot.domain.measures import MEASURES, TOTALS
from crossfoot.domain.nowcasts import NOWCASTS, CellNames, Grain, NowcastLevel
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.told_months import TOLD_GRAINS, ToldFigures, ToldMonth
from crossfoot.domain.versions import ModelVersion
from crossfoot.usecases.nowcast_errors import compare_nowcast
from crossfoot.usecases.tell_month import delivery_of, nowcast_id

LBM = MEASURES.index("total_lbm")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _figures(keys: list[tuple[str | None, ...]], amounts: list[int]) -> ToldFigures:
    names = CellNames(*(texts([key[part] for key in keys]) for part in range(3)))
    amount_ug = np.array([amounts] * len(MEASURES), np.int64)
    of_totals = amount_ug[: len(TOTALS)]
    return ToldFigures(
        names,
        amount_ug,
        np.ones(amount_ug.shape, np.bool_),
        of_totals - 5,
        of_totals + 5,
        np.ones(of_totals.shape, np.bool_),
    )


@pytest.fixture
def told() -> ToldMonth:
    """Return a nowcast of two cells in two accounts; one cell has no bucket."""
    return ToldMonth(
        usage_period=UsagePeriod("2026-10"),
        model_version=ModelVersion("v3.0.1"),
        payer_account_id="000000000001",
        learnt_from=UsagePeriod("2026-07"),
        learnt_to=UsagePeriod("2026-09"),
        horizon=1,
        is_running=False,
        level=np.array([NowcastLevel.SERVICE_KEY, NowcastLevel.REPEATED]),
        unknown_cost_nano=7,
        figures={
            Grain.ORGANISATION: _figures([(None, None, None)], [30]),
            Grain.ACCOUNT: _figures([("1", None, None), ("2", None, None)], [10, 20]),
            Grain.CELL: _figures([("1", "eu-west-1", "Other"), ("2", "global", None)], [10, 20]),
        },
    )


@pytest.fixture
def published() -> ReportedCells:
    """Return AWS's figures: one cell that was told, and one of an account that was not."""
    amount_ug = np.array([[4, 9]] * len(MEASURES), np.int64)
    amount_ug[LBM] = 0
    return ReportedCells(
        texts(["1", "3"]),
        texts(["eu-west-1", "eu-west-1"]),
        texts(["Other", "Other"]),
        amount_ug,
        np.ones(amount_ug.shape, np.bool_),
    )


def test_rows_of_either_side_are_compared(told: ToldMonth, published: ReportedCells) -> None:
    """What only one side knows has no figure on the other; nothing is dropped."""
    cells = compare_nowcast(told, published)[Grain.CELL]

    assert cells.told.names.account.tolist() == ["1", "2", "3"]
    assert cells.told.is_figure[0].tolist() == [True, True, False]
    assert cells.is_published[0].tolist() == [True, False, True]
    assert cells.told.amount_ug[0].tolist() == [10, 20, 0]
    assert cells.published_ug[0].tolist() == [4, 0, 9]


def test_awss_totals_are_the_sums_of_their_scopes(
    told: ToldMonth, published: ReportedCells
) -> None:
    """As in the ledger; and sums of accounts and of the whole are those of the cells."""
    compared = compare_nowcast(told, published)

    assert compared[Grain.CELL].published_ug[LBM].tolist() == [12, 0, 27]
    assert compared[Grain.ACCOUNT].published_ug[LBM].tolist() == [12, 0, 27]
    assert compared[Grain.ORGANISATION].published_ug[LBM].tolist() == [39]


def test_a_nowcast_survives_its_record(told: ToldMonth) -> None:
    """Rows of every grain, ranges and levels come back as they were kept."""
    again = told_month_in(record_rows(NOWCASTS, "n-1", told_rows(told), NOON))

    assert told_rows(again).equals(told_rows(told))
    assert again.unknown_cost_nano == 7
    assert again.level.tolist() == told.level.tolist()
    for grain in TOLD_GRAINS:
        assert (again.figures[grain].low_ug == told.figures[grain].low_ug).all()


def test_a_nowcast_is_named_by_what_it_says(told: ToldMonth) -> None:
    """Equal ones share a name; any figure, range or horizon makes another."""
    name = nowcast_id(told, None, lambda _: False)
    other = _figures([("1", "eu-west-1", "Other"), ("2", "global", None)], [10, 21])

    assert name == nowcast_id(replace(told), None, lambda _: False)
    for changed in (
        replace(told, horizon=2),
        replace(told, is_running=True),
        replace(told, figures={**told.figures, Grain.CELL: other}),
        replace(told, level=told.level[::-1]),
    ):
        assert nowcast_id(changed, None, lambda _: False) != name


def test_a_nowcast_that_returns_is_named_after_the_one_before(told: ToldMonth) -> None:
    """So the newest record is the one that counts, and repeating it changes nothing."""
    first = nowcast_id(told, None, lambda _: False)
    returned = nowcast_id(told, "n-other", {first}.__contains__)

    assert returned.startswith(f"{first}-")
    assert nowcast_id(told, returned, {first, returned}.__contains__) == returned
    assert nowcast_id(told, first, {first}.__contains__) == first


def test_cells_are_a_delivery_of_nobodys(told: ToldMonth) -> None:
    """The cells come back as they were told; there is no file of AWS behind them."""
    delivery = delivery_of(told, "n-1", NOON)
    cells = ReportedCells.from_rows(delivery.rows)

    assert delivery.files == ()
    assert cells.account.tolist() == ["1", "2"]
    assert cells.service.tolist() == ["Other", None]
    assert (cells.amount_ug == told.figures[Grain.CELL].amount_ug).all()
