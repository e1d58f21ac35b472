"""What a nowcast reads: the same weights from the warehouse as from the files behind it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crossfoot.adapters.nowcast_history import read_history
from crossfoot.adapters.sample import SampleReceipt
from crossfoot.adapters.silent_usage import read_silent_usage
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_query import open_query_session
from crossfoot.domain.errors import UnknownFigureError, UsagePeriodMismatchError
from crossfoot.domain.measures import MEASURES
from crossfoot.domain.period import UsagePeriod
from crossfoot.usecases.carbon_history import CarbonHistory


@pytest.fixture(scope="module")
def history(
    closed_warehouse: Path, organisation: SampleReceipt, tmp_path_factory: pytest.TempPathFactory
) -> CarbonHistory:
    """Read the sample's warehouse, and its files as if only an older month were published."""
    scratch = tmp_path_factory.mktemp("scratch")
    silent = read_silent_usage(organisation.out, [UsagePeriod("2024-01")], scratch)
    with open_query_session(Warehouse.open(closed_warehouse)) as session:
        return read_history(session, silent.months)


def test_files_and_warehouse_weigh_alike(history: CarbonHistory) -> None:
    """The roll-up of an export gives each cell the key and value that a run has kept of it."""
    assert history.usage.keys() == history.silent.keys()
    assert len(history.usage) == 3
    for period, kept in history.usage.items():
        read = history.silent[period]
        assert (read.cell == kept.cell).all()
        assert (read.key_nano == kept.key_nano).all()
        assert (read.cost_nano == kept.cost_nano).all()
        assert kept.key_nano.any()


def test_every_delivery_is_remembered_to_the_microgram(
    history: CarbonHistory, closed_warehouse: Path
) -> None:
    """Sums of what was read are those of the table of deliveries."""
    with open_query_session(Warehouse.open(closed_warehouse)) as session:
        rows = session.rows(
            "SELECT delivery_id, sum(total_lbm_kgco2e) AS kilograms FROM carbon_reported GROUP BY 1"
        )
    lbm = MEASURES.index("total_lbm")

    assert {row["delivery_id"]: int(row["kilograms"] * 10**9) for row in rows} == {
        delivery_id: int(history.figures_of(delivery_id).amount_ug[lbm].sum())
        for delivery_id in history.figures
    }
    assert {label.delivery_id for label in history.labels} == set(history.figures)


def test_cells_are_numbered_in_the_order_of_their_names(history: CarbonHistory) -> None:
    """Account, Region and bucket sort as their codes do, and each cell is there once."""
    names = history.names
    keys = list(zip(names.account, names.region, names.service, strict=True))

    assert keys == sorted(set(keys))
    assert [history.accounts[code] for code in history.account] == names.account.tolist()
    assert [history.services[code] for code in history.service] == names.service.tolist()
    assert (np.diff(history.account) >= 0).all()


def test_only_later_months_are_silent(organisation: SampleReceipt, tmp_path: Path) -> None:
    """Months up to the last published one are passed over, and told; without any it is refused."""
    periods = sorted(read_silent_usage(organisation.out, [UsagePeriod("2024-01")], tmp_path).months)

    last = read_silent_usage(organisation.out, [periods[1]], tmp_path)
    assert list(last.months) == [periods[2]]
    (note,) = (each for each in last.notes if each.code == "not-silent")
    assert note.count == 2
    with pytest.raises(UsagePeriodMismatchError, match=f"AWS's figures reach to {periods[2]}"):
        read_silent_usage(organisation.out, [periods[2]], tmp_path)
    with pytest.raises(UnknownFigureError, match="has published no month"):
        read_silent_usage(organisation.out, [], tmp_path)


def test_a_missing_bucket_sorts_last(delivered: Any, crossfoot: Any, tmp_path: Path) -> None:
    """A row of AWS without a bucket is a cell of its own."""
    carbon = delivered.parquet(tmp_path / "c.parquet", delivered.carbon({}, {"product_code": None}))
    usage = delivered.parquet(tmp_path / "u.parquet", delivered.cur({}))
    out = tmp_path / "warehouse"
    assert crossfoot("run", "--carbon", carbon, "--usage", usage, "--out", out).exit_code == 0

    with open_query_session(Warehouse.open(out)) as session:
        history = read_history(session, {})

    assert history.services == ("AmazonEC2", None)
    assert history.names.service.tolist() == ["AmazonEC2", None]
