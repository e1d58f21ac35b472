"""Runs on top of runs: replay, growth, restatement, and what each of them may change."""

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

MARCH = datetime(2026, 3, 1)  # noqa: DTZ001 - INT96 has no zone
NEXT = {
    "usage_period_start": datetime(2026, 4, 1),  # noqa: DTZ001
    "usage_period_end": datetime(2026, 4, 30, 23, 59, 59),  # noqa: DTZ001
}


def ask(crossfoot: Any, warehouse: Path, sql: str) -> list[dict[str, Any]]:
    """Return the rows of a query as the command line answers it."""
    result = crossfoot("query", "--warehouse", warehouse, sql, "--format", "json")
    assert result.exit_code == 0, result.stderr
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    return rows


def ran(crossfoot: Any, *arguments: object) -> str:
    """Run, and return what was said."""
    result = crossfoot("run", *arguments)
    assert result.exit_code == 0, result.stderr
    return str(result.stdout)


def deliver(
    exports: Any, delivered: Any, version: str, day: int, *rows: dict[str, Any],
    month: str = "2026-03",
) -> Path:  # fmt: skip
    """Add one execution to the carbon export, in create-new mode; return the export."""
    partition = f"carbon_model_version={version}/usage_period={month}"
    folder = exports.carbon / "data" / partition / f"2026-05-{day:02d}T07:52:10.494Z-e{day}"
    delivered.parquet(
        folder / "carbon-00001.snappy.parquet",
        delivered.carbon(*[{"model_version": version, **row} for row in rows]),
    )
    return Path(exports.carbon)


def without_first(exports: Any) -> None:
    """Take the first delivery out of the export."""
    exports.carbon_file.unlink()
    exports.carbon_manifest.unlink()


def test_a_replay_changes_nothing(
    exports: Any, crossfoot: Any, tmp_path: Path, bytes_of: Any
) -> None:
    """The same inputs again: no new snapshot, and not one byte of the warehouse differs."""
    arguments = ["--carbon", exports.carbon, "--usage", exports.usage]
    out = tmp_path / "one"
    first = ran(crossfoot, *arguments, "--out", out)
    before = bytes_of(out)
    again = ran(crossfoot, *arguments, "--out", out)

    assert "1 of 1 periods published" in first
    assert "0 of 1 periods published" in again
    assert "as published" in again
    assert bytes_of(out) == before


def test_two_warehouses_of_one_input_have_the_same_bytes(
    exports: Any, crossfoot: Any, tmp_path: Path
) -> None:
    """Run ids and digests of every table are equal wherever and whenever it is run."""
    manifests = []
    for name in ("one", "two"):
        ran(
            crossfoot,
            "--carbon",
            exports.carbon,
            "--usage",
            exports.usage,
            "--out",
            tmp_path / name,
        )
        (manifest,) = (tmp_path / name / "runs").glob("*/*/manifest.json")
        manifests.append(json.loads(manifest.read_text()))

    assert manifests[0]["run_id"] == manifests[1]["run_id"]
    assert manifests[0]["files"] == manifests[1]["files"]


def test_a_month_is_added_to_a_warehouse(
    exports: Any, delivered: Any, crossfoot: Any, warehouse: Path
) -> None:
    """The months that were there stay as published, and the new one stands beside them."""
    carbon = deliver(exports, delivered, "v3.0.1", 20, NEXT, month="2026-04")
    said = ran(crossfoot, "--carbon", carbon, "--usage", exports.usage, "--out", warehouse)

    assert "1 of 2 periods published" in said
    assert ask(crossfoot, warehouse, "SELECT usage_period, max(allocation_level) AS level "
               "FROM emissions GROUP BY 1 ORDER BY 1") == [
        {"usage_period": "2026-03", "level": "service-key"},
        {"usage_period": "2026-04", "level": "unallocated"},
    ]  # fmt: skip


def test_carbon_alone_keeps_the_usage_that_was_published(
    exports: Any, delivered: Any, crossfoot: Any, warehouse: Path
) -> None:
    """A correction without the usage files is allocated over the roll-up that was kept."""
    without_first(exports)
    changed = {"total_lbm_emissions_value": 0.000242, "total_scope_3_lbm_emissions_value": 0.000221}
    carbon = deliver(exports, delivered, "v3.0.1", 20, changed, {"product_code": "Other"})
    before = ask(
        crossfoot, warehouse, "SELECT resource_id, on_demand_cost FROM emissions ORDER BY ALL"
    )
    ran(crossfoot, "--carbon", carbon, "--out", warehouse)

    rows = ask(
        crossfoot, warehouse, "SELECT resource_id, on_demand_cost FROM emissions ORDER BY ALL"
    )
    assert rows == before
    assert ask(
        crossfoot, warehouse, "SELECT sum(scope_3_lbm_kgco2e) AS kg FROM emissions "
        "WHERE resource_id = 'i-2' AND carbon_service = 'AmazonEC2'",
    ) == [{"kg": _json("0.165750000")}]  # fmt: skip
    assert ask(crossfoot, warehouse, "SELECT DISTINCT cause FROM restatements") == [
        {"cause": "correction"}
    ]


def _json(text: str) -> Any:
    """Return a decimal as the query's JSON has it."""
    return pytest.approx(float(text), abs=1e-12)


@pytest.mark.parametrize(
    ("version", "cause"), [("v3.0.2", "model-version"), ("v3.0.1", "correction")]
)
def test_a_restated_month_says_before_after_and_why(
    exports: Any, delivered: Any, crossfoot: Any, warehouse: Path, version: str, cause: str
) -> None:
    """One figure per month stays, and the restatement holds both sides of what changed."""
    changed = {"total_scope_1_emissions_value": 0.000002, "total_lbm_emissions_value": 0.000122,
               "total_mbm_emissions_value": 0.000105}  # fmt: skip
    carbon = deliver(exports, delivered, version, 20, changed, {"product_code": "Other"})
    ran(crossfoot, "--carbon", carbon, "--usage", exports.usage, "--out", warehouse)

    rows = ask(crossfoot, warehouse, "SELECT * FROM restatements ORDER BY measure")
    assert {
        (row["cause"], row["previous_model_version"], row["model_version"]) for row in rows
    } == {(cause, "v3.0.1", version)}
    assert [(row["measure"], row["before_kgco2e"], row["after_kgco2e"]) for row in rows] == [
        ("scope_1", _json("0.001"), _json("0.002")),
        ("total_lbm", _json("0.121"), _json("0.122")),
        ("total_mbm", _json("0.104"), _json("0.105")),
    ]
    sql = "SELECT count(DISTINCT run_id) AS n, sum(total_lbm_kgco2e) AS kg FROM emissions"
    assert ask(crossfoot, warehouse, sql) == [{"n": 1, "kg": _json("0.243")}]


def test_new_usage_is_a_restatement_that_moves_no_total(
    exports: Any, crossfoot: Any, warehouse: Path
) -> None:
    """AWS's figure stands; what is said is that its placing changed, and when."""
    exports.use({}, {"line_item_resource_id": "i-9"})
    ran(crossfoot, "--carbon", exports.carbon, "--usage", exports.usage, "--out", warehouse)

    rows = ask(crossfoot, warehouse, "SELECT * FROM restatements")
    assert {row["cause"] for row in rows} == {"usage"}
    assert all(row["before_kgco2e"] == row["after_kgco2e"] for row in rows)
    assert len(rows) == 7


def test_another_method_is_a_restatement_by_policy(
    exports: Any, crossfoot: Any, warehouse: Path
) -> None:
    """The inputs are the same, so the cause is ours."""
    ran(crossfoot, "--carbon", exports.carbon, "--usage", exports.usage, "--out", warehouse,
        "--method", "cost")  # fmt: skip

    assert ask(crossfoot, warehouse, "SELECT DISTINCT cause FROM restatements") == [
        {"cause": "policy"}
    ]
    assert ask(crossfoot, warehouse, "SELECT DISTINCT allocation_method AS m FROM emissions") == [
        {"m": "cost"}
    ]


def test_returning_to_an_earlier_policy_is_a_restatement_too(
    exports: Any, crossfoot: Any, warehouse: Path
) -> None:
    """There and back again: the figures are the first ones, and both steps are on record."""
    sql = "SELECT resource_id, sum(total_lbm_kgco2e) AS kg FROM emissions GROUP BY ALL ORDER BY ALL"
    first = ask(crossfoot, warehouse, sql)
    arguments = ["--carbon", exports.carbon, "--usage", exports.usage, "--out", warehouse]
    ran(crossfoot, *arguments, "--method", "cost")
    between = ask(crossfoot, warehouse, sql)
    ran(crossfoot, *arguments)
    again = ran(crossfoot, *arguments)

    assert ask(crossfoot, warehouse, sql) == first != between
    assert "0 of 1 periods published" in again
    steps = "SELECT DISTINCT restated_at, cause FROM restatements"
    assert [row["cause"] for row in ask(crossfoot, warehouse, steps)] == ["policy"] * 2


@pytest.mark.parametrize("day", [1, 25])
def test_an_older_version_that_comes_late_does_not_win(
    exports: Any, delivered: Any, crossfoot: Any, warehouse: Path, bytes_of: Any, day: int
) -> None:
    """It is kept, and the figure of the newer version stays, without a restatement."""
    published = bytes_of(warehouse / "runs")
    without_first(exports)
    late = {"total_lbm_emissions_value": 9.0}
    carbon = deliver(exports, delivered, "v3.0.0", day, late)
    ran(crossfoot, "--carbon", carbon, "--usage", exports.usage, "--out", warehouse)

    assert bytes_of(warehouse / "runs") == published
    assert ask(crossfoot, warehouse, "SELECT model_version, count(*) AS n FROM carbon_reported "
               "GROUP BY 1 ORDER BY 1") == [
        {"model_version": "v3.0.0", "n": 1},
        {"model_version": "v3.0.1", "n": 2},
    ]  # fmt: skip


def test_only_tags_that_were_rolled_up_can_be_asked_of_stored_usage(
    exports: Any, crossfoot: Any, warehouse: Path, tmp_path: Path
) -> None:
    """Carbon alone cannot bring a new tag; with the files again the tag is there."""
    exports.use({"resource_tags": {"user_team": "blue"}})
    config = tmp_path / "c.toml"
    config.write_text('tags = ["team"]\n')
    plain = ["--carbon", exports.carbon, "--out", warehouse]
    ran(crossfoot, *plain, "--usage", exports.usage)
    said = ran(crossfoot, *plain, "--config", config)
    assert "team" in said
    ran(crossfoot, *plain, "--config", config, "--usage", exports.usage)

    assert ask(
        crossfoot,
        warehouse,
        "SELECT DISTINCT tag_team AS t FROM emissions WHERE tag_team IS NOT NULL",
    ) == [{"t": "blue"}]


def test_an_annual_console_report_is_whole_and_unallocated(crossfoot: Any, tmp_path: Path) -> None:
    """A year without usage: every figure is there to the digit, under its reason."""
    report = tmp_path / "report.csv"
    names = "usage_year,service,region,total_lbm_emissions,total_mbm_emissions,model_version"
    report.write_text(f"{names}\n2025,EC2,Global,1.234567,1,v3.0.1\n2025,S3,Global,0.1,0,v3.0.1\n")
    out = tmp_path / "w"
    ran(crossfoot, "--carbon", report, "--account", "012345678901", "--out", out)

    rows = ask(crossfoot, out, "SELECT usage_period, usage_account_id, allocation_level AS level, "
               "allocation_key AS key, sum(total_lbm_kgco2e)::VARCHAR AS kg FROM emissions "
               "GROUP BY ALL")  # fmt: skip
    assert rows == [
        {
            "usage_period": "2025",
            "usage_account_id": "012345678901",
            "level": "unallocated",
            "key": "no-usage-delivered-for-the-period",
            "kg": "1334.567000000",
        }
    ]


def test_a_year_and_its_month_are_refused(
    exports: Any, crossfoot: Any, tmp_path: Path, bytes_of: Any
) -> None:
    """Their sum would count twice; the year that is published stays as it is."""
    report = tmp_path / "report.csv"
    names = "usage_year,service,region,total_lbm_emissions,total_mbm_emissions,model_version"
    report.write_text(f"{names}\n2026,EC2,Global,1,1,v3.0.1\n")
    out = tmp_path / "w"
    ran(crossfoot, "--carbon", report, "--account", "000000000001", "--out", out)
    before = bytes_of(out)

    result = crossfoot("run", "--carbon", exports.carbon, "--out", out)

    assert result.exit_code == 2
    assert result.stderr.startswith("OverlappingPeriodError: ")
    assert bytes_of(out) == before


def test_every_reason_of_the_unallocated_is_told(
    exports: Any, crossfoot: Any, tmp_path: Path
) -> None:
    """No usage of the account, or usage that weighs nothing: the row says which."""
    exports.report({}, {"usage_account_id": "000000000007"}, {"usage_account_id": "000000000008"})
    nothing = {"pricing_public_on_demand_cost": 0.0, "line_item_usage_amount": 0.0}
    exports.use({}, {"line_item_usage_account_id": "000000000008", **nothing})
    out = tmp_path / "w"
    ran(crossfoot, "--carbon", exports.carbon, "--usage", exports.usage, "--out", out)

    rows = ask(
        crossfoot,
        out,
        "SELECT DISTINCT usage_account_id AS a, allocation_key AS k FROM emissions "
        "WHERE allocation_level = 'unallocated' ORDER BY 1",
    )
    assert [(row["a"], row["k"]) for row in rows] == [
        ("000000000007", "no-usage-of-account"),
        ("000000000008", "usage-without-weight"),
    ]


def test_pods_stand_on_their_nodes_grams(exports: Any, crossfoot: Any, tmp_path: Path) -> None:
    """60 of 80 are used by two pods, the rest stays on the node under its own name."""
    pods = [
        {
            "line_item_resource_id": f"pod/{name}",
            "split_line_item_parent_resource_id": "i-1",
            "split_line_item_public_on_demand_split_cost": used,
            "split_line_item_public_on_demand_unused_cost": 0.01,
            "line_item_unblended_cost": 0.0,
        }
        for name, used in (("a", 0.02), ("b", 0.04))
    ]
    exports.use({}, *pods)
    exports.report({})
    out = tmp_path / "w"
    ran(crossfoot, "--carbon", exports.carbon, "--usage", exports.usage, "--out", out)

    rows = ask(crossfoot, out, "SELECT resource_id AS r, usage_family AS f, "
               "sum(total_lbm_kgco2e)::VARCHAR AS kg, sum(on_demand_cost)::VARCHAR AS usd "
               "FROM emissions GROUP BY ALL ORDER BY ALL")  # fmt: skip
    assert [(row["r"], row["f"]) for row in rows] == [
        ("i-1", "Compute instance, unused by its containers"),
        ("pod/a", "Container on an instance"),
        ("pod/b", "Container on an instance"),
    ]
    kilograms = [float(row["kg"]) for row in rows]
    assert sum(kilograms) == pytest.approx(0.121, abs=1e-12)
    assert kilograms == pytest.approx([0.121 / 4, 0.121 / 4, 0.121 / 2], abs=1e-8)
    assert sum(float(row["usd"] or 0) for row in rows) == pytest.approx(0.1, abs=1e-12)


@pytest.mark.parametrize("method", ["provider-mirror", "physical", "cost"])
def test_every_method_lies_within_the_range(
    organisation: Any, crossfoot: Any, tmp_path: Path, method: str
) -> None:
    """Low and high of all methods hold the published figure, whichever was chosen."""
    out = tmp_path / "w"
    ran(crossfoot, "--carbon", organisation.out, "--usage", organisation.out, "--out", out,
        "--method", method)  # fmt: skip
    keys = ("usage_period, usage_account_id, region_code, carbon_service, service_code, "
            "resource_id, usage_family")  # fmt: skip
    outside = ask(crossfoot, out, f"""
        WITH e AS (SELECT {keys}, sum(total_lbm_kgco2e) AS kg FROM emissions GROUP BY ALL),
        r AS (SELECT {keys}, sum(total_lbm_low_kgco2e) AS low, sum(total_lbm_high_kgco2e) AS high
            FROM emissions_ranges GROUP BY ALL)
        SELECT count(*) AS n, count(*) FILTER (kg < low OR kg > high OR low IS NULL) AS outside
        FROM e LEFT JOIN r ON {" AND ".join(f"e.{k} IS NOT DISTINCT FROM r.{k}"
                                            for k in keys.split(", "))}
    """)  # fmt: skip

    assert outside[0]["n"] > 500
    assert outside[0]["outside"] == 0


@pytest.mark.parametrize("how", ["direct", "step-down", "reciprocal"])
def test_redistribution_loses_nothing(
    organisation: Any, crossfoot: Any, tmp_path: Path, how: str
) -> None:
    """What leaves the pools arrives, measure by measure, to the microgram."""
    config = tmp_path / "c.toml"
    text = organisation.config.read_text()
    config.write_text(text.replace('how = "direct"', f'how = "{how}"'))
    out = tmp_path / "w"
    ran(crossfoot, "--carbon", organisation.out, "--usage", organisation.out, "--out", out,
        "--config", config)  # fmt: skip

    rows = ask(
        crossfoot,
        out,
        "SELECT usage_period, method, count(DISTINCT pool) AS pools, "
        "sum(total_lbm_kgco2e)::VARCHAR AS lbm, sum(scope_2_mbm_kgco2e)::VARCHAR AS mbm, "
        "min(total_lbm_kgco2e) AS lowest FROM redistributions GROUP BY ALL ORDER BY 1",
    )
    assert len(rows) == 3
    assert {
        (row["method"], row["pools"], float(row["lbm"]), float(row["mbm"])) for row in rows
    } == {(how, 2, 0.0, 0.0)}
    assert all(row["lowest"] < 0 for row in rows)


def test_order_and_chunking_of_files_change_no_byte(
    organisation: Any, crossfoot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files renamed, cut in two and in other row groups, one thread: the same three tables."""
    digests = []
    for name, n_chunks, threads in (("a", 1, 2), ("b", 3, 1)):
        usage = tmp_path / name / "cur"
        _rechunk(organisation.usage, usage, n_chunks)
        if threads == 1:
            monkeypatch.setattr(duckdb, "connect", _connect_with_one_thread)
        out = tmp_path / f"w{name}"
        ran(crossfoot, "--carbon", organisation.carbon, "--usage", usage, "--out", out,
            "--config", organisation.config)  # fmt: skip
        manifests = [json.loads(path.read_text()) for path in out.glob("runs/*/*/manifest.json")]
        digests.append(
            {(m["usage_period"], f["path"]): f["rows"] for m in manifests for f in m["files"]}
        )
        digests[-1] |= {"content": _content(out)}

    assert digests[0] == digests[1]


_connect = duckdb.connect


def _connect_with_one_thread(*arguments: Any, **options: Any) -> duckdb.DuckDBPyConnection:
    connection = _connect(*arguments, **options)
    connection.execute("SET threads = 1")
    return connection


def _rechunk(export: Path, target: Path, n_chunks: int) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415

    for folder in sorted((export / "data").iterdir()):
        files = sorted(folder.glob("*.parquet"))
        table = pa.concat_tables([pq.read_table(file, partitioning=None) for file in files])
        size = -(-table.num_rows // n_chunks)
        for number in range(n_chunks):
            place = target / "data" / folder.name / f"chunk-{n_chunks - number}.parquet"
            place.parent.mkdir(parents=True, exist_ok=True)
            part = table.slice(number * size, size)
            order = pa.array(range(part.num_rows - 1, -1, -1)) if n_chunks > 1 else None
            pq.write_table(
                part if order is None else part.take(order),
                place,
                row_group_size=500 * number + 100,
                use_deprecated_int96_timestamps=number % 2 == 0,
                store_schema=False,
            )


def _content(warehouse: Path) -> dict[str, str]:
    """Return a digest of each large table but for the run's own name."""
    out = {}
    for table in ("usage", "emissions", "emissions_ranges"):
        files = str(warehouse / table / "**" / "*.parquet")
        (row,) = duckdb.sql(
            f"SELECT md5(string_agg(e::VARCHAR, '|')) FROM (SELECT * EXCLUDE (run_id) "
            f"FROM read_parquet('{files}', file_row_number = true, hive_partitioning = false) "
            "ORDER BY usage_period, file_row_number) AS e"
        ).fetchall()
        out[table] = row[0]
    return out


def test_shuffled_copies_are_one_delivery(
    exports: Any, crossfoot: Any, tmp_path: Path, warehouse: Path, bytes_of: Any
) -> None:
    """The exports moved elsewhere with other times are the same deliveries and the same runs."""
    before = bytes_of(warehouse / "runs")
    moved = tmp_path / "elsewhere"
    shutil.copytree(exports.carbon.parent, moved)
    stamp = datetime.now().astimezone() - timedelta(days=400)
    for path in moved.rglob("*"):
        path.touch()
    assert stamp
    ran(crossfoot, "--carbon", moved / "carbon", "--usage", moved / "cur", "--out", warehouse)

    assert bytes_of(warehouse / "runs") == before
