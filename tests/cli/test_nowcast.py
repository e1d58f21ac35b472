"""Silent months at the door: figures with ranges as text, JSON and Parquet, and the backtest."""

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from crossfoot.adapters.sample import SampleReceipt
from crossfoot.domain.nowcasts import NOWCAST


@pytest.fixture(scope="module")
def silent_month(
    organisation: SampleReceipt, crossfoot: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """Publish the sample without the carbon of its last month; return warehouse and month."""
    place = tmp_path_factory.mktemp("silent")
    carbon = place / "exports"
    shutil.copytree(organisation.out, carbon)
    months = sorted({path.name for path in carbon.rglob("usage_period=*")})
    for folder in [*carbon.rglob(months[-1])]:
        shutil.rmtree(folder)
    out = place / "warehouse"
    result = crossfoot("run", "--carbon", carbon, "--usage", organisation.out, "--out", out)
    assert result.exit_code == 0, result.stderr
    return out, months[-1].partition("=")[2]


def _published(crossfoot: Any, warehouse: Path, month: str) -> float:
    sql = f"SELECT sum(total_lbm_kgco2e) AS kg FROM emissions WHERE usage_period = '{month}'"
    answer = crossfoot("query", "--warehouse", warehouse, sql, "--format", "json").stdout
    return float(json.loads(answer)[0]["kg"])


def test_a_silent_month_is_told_near_what_aws_publishes_later(
    silent_month: tuple[Path, str],
    closed_warehouse: Path,
    organisation: SampleReceipt,
    crossfoot: Any,
) -> None:
    """The organisation's figure is within a tenth, and sums of cells are those of accounts."""
    warehouse, month = silent_month
    result = crossfoot("nowcast", "--warehouse", warehouse, "--usage", organisation.out, "--json")
    answer = json.loads(result.stdout)
    (told,) = answer["months"]
    whole = Decimal(told["organisation"]["total_lbm_kgco2e"]["value"])

    assert (answer["status"], told["usage_period"], told["horizon"]) == ("nowcast", month, 1)
    assert float(whole) == pytest.approx(_published(crossfoot, closed_warehouse, month), rel=0.1)
    accounts = [Decimal(each["total_lbm_kgco2e"]["value"]) for each in told["accounts"]]
    cells = [Decimal(each["total_lbm_kgco2e"]) for each in told["cells"]]
    assert sum(accounts) == sum(cells) == whole


def test_nothing_of_a_nowcast_enters_the_ledger(
    silent_month: tuple[Path, str], organisation: SampleReceipt, crossfoot: Any, bytes_of: Any
) -> None:
    """The warehouse is as it was, to the last byte."""
    warehouse, _ = silent_month
    before = bytes_of(warehouse)

    crossfoot("nowcast", "--warehouse", warehouse, "--usage", organisation.out)

    assert bytes_of(warehouse) == before


def test_a_nowcast_is_written_as_parquet_and_as_json(
    silent_month: tuple[Path, str], organisation: SampleReceipt, crossfoot: Any, tmp_path: Path
) -> None:
    """The declared columns in their order, decimals exact; JSON holds the same sums."""
    warehouse, month = silent_month
    rows, document = tmp_path / "n.parquet", tmp_path / "n.json"
    for out in (rows, document):
        asked = ("--warehouse", warehouse, "--usage", organisation.out, "--out", out)
        assert crossfoot("nowcast", *asked).exit_code == 0
    table = pq.read_table(rows)
    (told,) = json.loads(document.read_text())["months"]

    assert table.column_names == [column.name for column in NOWCAST.columns]
    assert set(table["status"].to_pylist()) == {"nowcast"}
    assert set(table["usage_period"].to_pylist()) == {month}
    whole = sum(table["total_lbm_kgco2e"].to_pylist())
    assert f"{whole:.9f}" == told["organisation"]["total_lbm_kgco2e"]["value"]
    required = [column.name for column in NOWCAST.columns if not column.is_nullable]
    assert not any(table[name].null_count for name in required)


def test_a_nowcast_is_told_in_words(
    silent_month: tuple[Path, str], organisation: SampleReceipt, crossfoot: Any
) -> None:
    """It is said not to be AWS's, what it rests on, and that published months were passed over."""
    warehouse, month = silent_month
    told = crossfoot("nowcast", "--warehouse", warehouse, "--usage", organisation.out).stdout

    assert told.startswith("Nowcast, not published by AWS: learnt from ")
    assert f"{month}, 1 after the last published month" in told
    assert "service-key: " in told
    assert "note  not-silent: " in told
    (line,) = (line for line in told.splitlines() if line.startswith("organisation"))
    assert line.count("none") == 4, "two months give no range"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--out", "n.txt"), "InvalidArgumentError: --out n.txt ends in neither"),
        ((), "UsagePeriodMismatchError: The usage is of "),
    ],
)
def test_what_cannot_be_told_is_refused_by_name(
    closed_warehouse: Path,
    organisation: SampleReceipt,
    crossfoot: Any,
    options: tuple[str, ...],
    error: str,
) -> None:
    """Another kind of file, and usage without a silent month."""
    asked = ("--warehouse", closed_warehouse, "--usage", organisation.out, *options)
    result = crossfoot("nowcast", *asked)

    assert result.exit_code == 2
    assert error in result.stderr.replace(f"{organisation.out}: ", "")


def test_the_backtest_is_told_in_words_and_as_json(closed_warehouse: Path, crossfoot: Any) -> None:
    """Errors by group, horizon and total, the rivals' beside them, in both forms."""
    told = crossfoot("backtest", "--warehouse", closed_warehouse).stdout
    found = json.loads(crossfoot("backtest", "--warehouse", closed_warehouse, "--json").stdout)

    assert found["n_replays"] == 3
    grains = {(each["grain"], each["horizon"]) for each in found["errors"]}
    assert grains >= {
        (grain, horizon)
        for grain in ("organisation", "bucket", "account", "cell")
        for horizon in (1, 2)
    }
    (whole,) = (
        each
        for each in found["errors"]
        if (each["grain"], each["measure"], each["horizon"]) == ("organisation", "total_lbm", 1)
    )
    assert 0 <= whole["nowcast"] < 0.2
    assert whole["last_year"] is None
    assert f"3 replays of {found['first']} to {found['last']}" in told
    assert "last month" in told


def test_a_warehouse_of_one_month_has_no_backtest(warehouse: Path, crossfoot: Any) -> None:
    """One month is no history."""
    result = crossfoot("backtest", "--warehouse", warehouse)

    assert result.exit_code == 2
    assert "no month of this warehouse can be replayed" in result.stderr
