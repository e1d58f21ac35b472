"""Nowcasts in the ledger: they stand in until AWS publishes, and their errors are kept."""

import json
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from crossfoot.adapters.sample import SampleReceipt
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_query import QuerySession, open_query_session
from crossfoot.domain.nowcasts import NOWCAST_TABLES

KG = "total_lbm_kgco2e"


@pytest.fixture(scope="module")
def exports(organisation: SampleReceipt, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the sample's exports without the carbon of the last month."""
    place = tmp_path_factory.mktemp("silent") / "exports"
    shutil.copytree(organisation.out, place)
    last = max(path.name for path in place.rglob("usage_period=*"))
    for folder in [*place.rglob(last)]:
        shutil.rmtree(folder)
    return place


@pytest.fixture(scope="module")
def asked(organisation: SampleReceipt) -> tuple[Any, ...]:
    """Return what `run` and `nowcast` are both given."""
    return ("--usage", organisation.out, "--config", organisation.config)


@pytest.fixture(scope="module")
def told(
    exports: Path, asked: tuple[Any, ...], crossfoot: Any, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Publish all months but the last, and its nowcast; to be copied, never changed."""
    out = tmp_path_factory.mktemp("told") / "warehouse"
    assert crossfoot("run", "--carbon", exports, *asked, "--out", out).exit_code == 0
    result = crossfoot("nowcast", "--warehouse", out, *asked, "--publish")
    assert result.exit_code == 0, result.stderr
    assert "status 'nowcast' until AWS publishes: snapshot 2" in result.stdout
    return out


@pytest.fixture(scope="module")
def published(
    told: Path,
    asked: tuple[Any, ...],
    organisation: SampleReceipt,
    crossfoot: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Publish AWS's figure of the month on top; to be read only."""
    out = tmp_path_factory.mktemp("published") / "warehouse"
    shutil.copytree(told, out, symlinks=True)
    result = crossfoot("run", "--carbon", organisation.out, *asked, "--out", out)
    assert result.exit_code == 0, result.stderr
    assert f"nowcast-replaced: {_month(told)}: AWS's figure takes" in result.stdout
    return out


@pytest.fixture(scope="module")
def ask() -> Iterator[Any]:
    """Return a function that queries a warehouse; sessions are opened once a snapshot."""
    sessions: dict[tuple[Path, int], QuerySession] = {}

    def rows(path: Path, sql: str, snapshot: int | None = None) -> list[dict[str, Any]]:
        warehouse = Warehouse.open(path)
        number = warehouse.current().snapshot if snapshot is None else snapshot
        if (path, number) not in sessions:
            catalog = warehouse.catalog(number)
            sessions[path, number] = open_query_session(warehouse, catalog=catalog)
        return sessions[path, number].rows(sql)

    yield rows
    for session in sessions.values():
        session.close()


def _month(warehouse: Path) -> str:
    (period,) = Warehouse.open(warehouse).current().nowcasts
    return period.text


def test_parts_of_a_nowcast_sum_to_its_cells_exactly(told: Path, ask: Any) -> None:
    """By account, Region and bucket the ledger's rows are the record's cells, to the microgram."""
    cells = ask(
        told,
        "SELECT count(*) AS n, sum(told) AS told, max(abs(told - placed)) AS off FROM ("
        f" SELECT usage_account_id AS a, region_code AS r, carbon_service AS s, {KG} AS told"
        " FROM nowcasts WHERE grain = 'cell') JOIN ("
        f" SELECT usage_account_id AS a, region_code AS r, carbon_service AS s, sum({KG}) AS placed"
        " FROM emissions WHERE status = 'nowcast' AND allocation_level IS NOT NULL GROUP BY ALL)"
        " USING (a, r, s)",
    )[0]
    sums = ask(told, f"SELECT grain, count(*) AS n, sum({KG}) AS kg FROM nowcasts GROUP BY 1")
    by_grain = {row["grain"]: row for row in sums}

    assert cells["n"] == by_grain["cell"]["n"]
    assert Decimal(cells["off"]) == 0
    assert len({Decimal(row["kg"]) for row in (*sums, {"kg": cells["told"]})}) == 1


def test_rows_say_whose_figure_they_are(told: Path, ask: Any) -> None:
    """One month has the status nowcast, in the table and in the views; its proof is not shown."""
    said = ask(told, "SELECT DISTINCT usage_period AS p FROM emissions WHERE status = 'nowcast'")
    viewed = ask(
        told, "SELECT DISTINCT usage_period AS p FROM emissions_by_account WHERE status = 'nowcast'"
    )
    shown = {
        table.name: ask(
            told, f"SELECT count(*) AS n FROM {table.name} WHERE usage_period = '{_month(told)}'"
        )[0]["n"]
        for table in NOWCAST_TABLES
    }
    others = ("reconciliation", "usage_lines", "carbon_reported", "restatements")

    assert said == viewed == [{"p": _month(told)}]
    assert all(shown.values())
    for name in others:
        sql = f"SELECT count(*) AS n FROM {name} WHERE usage_period = '{_month(told)}'"
        assert ask(told, sql) == [{"n": 0}]


def test_check_proves_a_nowcast_from_its_usage_files(told: Path, crossfoot: Any) -> None:
    """The run replays to the same bytes; a damaged record of its cells is found."""
    result = crossfoot("check", "--warehouse", told)
    lines = result.stdout.splitlines()
    (at,) = (at for at, line in enumerate(lines) if line.startswith(_month(told)))

    assert result.exit_code == 0
    assert "proven" in lines[at]
    assert "cells of a nowcast" in lines[at + 2]
    assert "a replay gives the same bytes" in lines[at + 4]


def test_a_damaged_nowcast_is_not_proven(told: Path, crossfoot: Any, tmp_path: Path) -> None:
    """The cells are kept beside the run; one that has changed fails the check by name."""
    copy = tmp_path / "warehouse"
    shutil.copytree(told, copy, symlinks=True)
    (part,) = copy.glob("records/nowcasts/*/part-0.parquet")
    part.write_bytes(part.read_bytes() + b"\0")

    result = crossfoot("check", "--warehouse", copy)

    assert result.exit_code == 3
    assert "records/nowcasts/n-" in result.stdout


def test_publishing_a_nowcast_again_changes_nothing(
    told: Path, asked: tuple[Any, ...], crossfoot: Any, bytes_of: Any
) -> None:
    """The same usage and history give the same record, run and snapshot."""
    before = bytes_of(told)
    result = crossfoot("nowcast", "--warehouse", told, *asked, "--publish")

    assert result.exit_code == 0, result.stderr
    assert bytes_of(told) == before


def test_a_newer_nowcast_takes_the_place_of_the_older(
    told: Path, asked: tuple[Any, ...], crossfoot: Any, ask: Any, tmp_path: Path
) -> None:
    """With less usage another figure stands in; both are kept, and going back is a third."""
    copy, less = tmp_path / "warehouse", tmp_path / "usage"
    shutil.copytree(told, copy, symlinks=True)
    shutil.copytree(asked[1], less)
    for part in less.rglob(f"BILLING_PERIOD={_month(told)}/*.parquet"):
        lines = pq.read_table(part, partitioning=None)
        pq.write_table(lines.slice(0, lines.num_rows // 2), part)
    other = crossfoot("nowcast", "--warehouse", copy, "--usage", less, *asked[2:], "--publish")
    assert other.exit_code == 0, other.stderr
    sql = f"SELECT sum({KG}) AS kg FROM emissions WHERE status = 'nowcast'"
    first, second = ask(told, sql), ask(copy, sql)
    crossfoot("nowcast", "--warehouse", copy, *asked, "--publish")
    crossfoot("nowcast", "--warehouse", copy, *asked, "--publish")

    assert Decimal(second[0]["kg"]) < Decimal(first[0]["kg"])
    assert ask(copy, sql) == first
    kept = Warehouse.open(copy).current().records["nowcasts"]
    assert len(kept) == 3
    assert kept[2].startswith(f"{kept[0]}-")


def test_awss_figure_takes_the_place_of_the_nowcast(
    told: Path, published: Path, crossfoot: Any, ask: Any
) -> None:
    """No row of a nowcast is left in the ledger; as known before, they are still there."""
    count = "SELECT count(*) AS n FROM emissions WHERE status = 'nowcast'"

    assert ask(published, count) == [{"n": 0}]
    assert ask(published, count, 2) == ask(told, count)
    assert crossfoot("check", "--warehouse", published).exit_code == 0
    assert ask(published, "SELECT count(*) AS n FROM restatements") == [{"n": 0}]


def test_the_error_is_kept_when_aws_publishes(published: Path, told: Path, ask: Any) -> None:
    """For each grain and measure: what was told, what AWS published first, and the difference."""
    whole = ask(
        published,
        "SELECT * FROM nowcast_errors WHERE grain = 'organisation' AND measure = 'total_lbm'",
    )
    month, ledger = _month(told), f"SELECT sum({KG}) AS kg FROM emissions"
    then = ask(told, f"{ledger} WHERE status = 'nowcast'")[0]["kg"]
    now = ask(published, f"{ledger} WHERE usage_period = '{month}'")[0]["kg"]
    (row,) = whole
    assert (row["usage_period"], row["horizon"]) == (month, 1)
    assert (row["told_kgco2e"], row["published_kgco2e"]) == (then, now)
    assert Decimal(row["error_kgco2e"]) == Decimal(then) - Decimal(now)

    sums = ask(
        published,
        "SELECT measure, count(DISTINCT told) AS told, count(DISTINCT was) AS published FROM ("
        " SELECT measure, grain, sum(told_kgco2e) AS told, sum(published_kgco2e) AS was"
        " FROM nowcast_errors GROUP BY ALL) GROUP BY ALL",
    )
    assert len(sums) == 7
    assert {(row["told"], row["published"]) for row in sums} == {(1, 1)}


def test_explain_says_that_a_month_is_a_nowcast(told: Path, crossfoot: Any, ask: Any) -> None:
    """It says so first, with what each cell is carried by; a published month says nothing of it."""
    account = ask(told, "SELECT min(usage_account_id) AS a FROM nowcasts")[0]["a"]
    first = max(Warehouse.open(told).current().months)
    where = ("--warehouse", told, "--account", account, "--json")
    answer = json.loads(crossfoot("explain", *where, "--period", _month(told)).stdout)
    earlier = json.loads(crossfoot("explain", *where, "--period", str(first)).stdout)

    assert next(iter(answer)) == "nowcast"
    assert answer["nowcast"]["said"].startswith("AWS has not published this month.")
    assert answer["nowcast"][KG] == answer["figure"][KG]
    assert all(cell["carried_by"] for cell in answer["nowcast"]["cells"])
    assert "nowcast" not in earlier


def test_learning_and_jobs_pass_over_nowcasts(told: Path, crossfoot: Any) -> None:
    """The backtest with a nowcast in the ledger is that of the months that AWS has published."""
    before = Warehouse.open(told).catalog(1).published_at
    assert before is not None
    at = ("--as-known-at", before.isoformat())
    for command in ("backtest", "jobs"):
        now = crossfoot(command, "--warehouse", told, "--json").stdout
        assert crossfoot(command, "--warehouse", told, "--json", *at).stdout == now


def test_a_nowcast_as_known_then_is_told_from_what_was_published(
    published: Path, told: Path, organisation: SampleReceipt, crossfoot: Any
) -> None:
    """After AWS has published, the month can still be told as it was before."""
    was = Warehouse.open(published).catalog(1).published_at
    assert was is not None
    ask = ("nowcast", "--usage", organisation.out, "--json")
    now = crossfoot(*ask, "--warehouse", told).stdout
    then = crossfoot(*ask, "--warehouse", published, "--as-known-at", was.isoformat()).stdout

    assert json.loads(then)["months"] == json.loads(now)["months"]


@pytest.mark.parametrize(
    "options",
    [("--publish", "--as-known-at", "2026-11-01"), ("--config", "c.toml"), ("--inventory", "i")],
)
def test_options_that_do_not_fit_are_refused(
    told: Path, crossfoot: Any, asked: tuple[Any, ...], options: tuple[str, ...]
) -> None:
    """What is known then cannot be published now, and nothing is placed without --publish."""
    result = crossfoot("nowcast", "--warehouse", told, *asked[:2], *options)

    assert result.exit_code == 2
    assert result.stderr.startswith("InvalidArgumentError: ")


def test_thresholds_judge_a_nowcast_until_aws_publishes(
    told: Path, asked: tuple[Any, ...], organisation: SampleReceipt, crossfoot: Any, tmp_path: Path
) -> None:
    """Marked as what it is, only where it is asked for; and judged again by AWS's own figure."""
    warehouse, config = tmp_path / "warehouse", tmp_path / "thresholds.toml"
    shutil.copytree(told, warehouse, symlinks=True)
    month = _month(warehouse)
    config.write_text(
        "".join(
            f'[[threshold]]\nname = "{on}"\nmeasure = "total_lbm"\non = "{on}"\nwarning = 0\n'
            for on in ("published", "nowcast")
        )
        + '[[threshold]]\nname = "tight"\nmeasure = "total_lbm"\non = "nowcast"\n'
        f'against = "budget"\nwarning_percent = 100\nbudget = {{"{month}" = 0.001}}\n',
        encoding="utf-8",
    )

    def found() -> dict[str, Any]:
        result = crossfoot("thresholds", "--warehouse", warehouse, "--config", config, "--json")
        assert result.exit_code == 0, result.stderr
        stood: dict[str, Any] = json.loads(result.stdout)
        return stood

    before = found()
    result = crossfoot("run", "--carbon", organisation.out, *asked, "--out", warehouse)
    assert result.exit_code == 0, result.stderr
    after = found()

    judged = {each["threshold"]: each for each in before["thresholds"]}
    assert judged["published"]["usage_period"] < month
    assert judged["published"]["nowcasts"] == []
    assert judged["nowcast"]["usage_period"] == month
    assert judged["nowcast"]["nowcasts"] == judged["tight"]["nowcasts"] == [month]
    told_first = {
        each["detail"]["data"]["threshold"]: each["detail"]["data"] for each in before["notices"]
    }
    assert (told_first["tight"]["cause"], told_first["tight"]["nowcasts"]) == ("nowcast", [month])
    assert {each["usage_period"] for each in after["thresholds"]} == {month}
    assert len({each["actual"] for each in after["thresholds"]}) == 1
    assert [each["nowcasts"] for each in after["thresholds"]] == [[], [], []]
    assert after["notices"] == []
