"""Asking a warehouse: explain, check, query, doctor, help; and what goes to which stream."""

import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

COMMANDS = [
    *("demo", "sample", "run", "report", "query", "explain", "check", "diff"),
    *("doctor", "replay", "backfill", "job", "instance", "server"),
    *("jobs", "cross-check"),
]
WHERE = ["--period", "2026-03", "--account", "000000000002"]


def _explained(crossfoot: Any, warehouse: Path, *more: object) -> dict[str, Any]:
    result = crossfoot("explain", "--warehouse", warehouse, *WHERE, *more, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    walk: dict[str, Any] = json.loads(result.stdout)
    return walk


def test_a_resource_is_walked_back_to_awss_row(
    crossfoot: Any, warehouse: Path, exports: Any, small_warehouse: Path
) -> None:
    """From i-2's grams to file, digest and row of the export, and to the weights between."""
    walk = _explained(crossfoot, warehouse, "--resource", "i-2")
    source = (
        small_warehouse.parent / "exports" / exports.carbon_file.relative_to(exports.carbon.parent)
    )
    (by_hours, by_cost) = sorted(walk["aws_rows"], key=lambda row: row["product_code"])

    assert walk["figure"]["resource"] == "i-2"
    assert (by_hours["source_path"], by_hours["source_row"]) == (str(source), 1)
    assert (by_cost["product_code"], by_cost["source_row"]) == ("Other", 2)
    assert re.fullmatch("[0-9a-f]{64}", by_hours["source_sha256"])
    assert {row["allocation_key"] for row in walk["rows"]} == {
        "normalized-instance-hours",
        "on-demand-cost",
    }
    (weight,) = walk["weights"]
    assert [weight[name] for name in ("driver_amount", "driver_amount_of_cell")] == ["12", "16"]
    assert weight["usage_lines"] == 1
    assert [row["line_count"] for row in walk["usage_lines_of_the_month"]] == [2]
    assert all(row["is_proven"] for row in walk["proof"])


def test_an_account_is_explained_in_words_too(crossfoot: Any, warehouse: Path) -> None:
    """The table says what the JSON says: figure, rows, AWS's rows, weights, lines, proof, run."""
    result = crossfoot("explain", "--warehouse", warehouse, *WHERE)

    assert (result.exit_code, result.stderr) == (0, "")
    for text in ("Figure", "Aws rows", "Weights", "Proof", "Run", "carbon-00001", "source_row: 1"):
        assert text in result.stdout


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (["--period", "2026-04"], "nothing is published for 2026-04"),
        (["--period", "March"], "'March' is not a usage period"),
        (["--account", "999999999999"], "no account 999999999999"),
        (["--account", "' OR 1=1 --"], "no account"),
        (["--resource", "i-nowhere"], "no resource i-nowhere"),
    ],
)
def test_an_unknown_figure_is_named(
    crossfoot: Any, warehouse: Path, changed: list[str], told: str
) -> None:
    """Status 2 and the name of what is not there."""
    result = crossfoot("explain", "--warehouse", warehouse, *WHERE, *changed)

    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_a_warehouse_is_proven_from_its_inputs(crossfoot: Any, closed_warehouse: Path) -> None:
    """Every month: files unchanged, sums equal, and a replay gives the same bytes."""
    result = crossfoot("check", "--warehouse", closed_warehouse)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.count("proven from the usage files themselves") == 3
    assert result.stdout.count("a replay gives the same bytes") == 3
    assert "3 of 3 published months proven again" in result.stdout


def test_inputs_that_are_gone_are_told_and_the_month_still_proven(
    crossfoot: Any, exports: Any, tmp_path: Path
) -> None:
    """What was kept is enough; what is missing is said."""
    out = tmp_path / "w"
    crossfoot("run", "--carbon", exports.carbon, "--usage", exports.usage, "--out", out)
    exports.use({"line_item_usage_amount": 9.0})
    changed = crossfoot("check", "--warehouse", out)
    shutil.rmtree(exports.carbon.parent)
    gone = crossfoot("check", "--warehouse", out)

    assert (changed.exit_code, gone.exit_code) == (0, 0)
    assert "1 input files have changed since" in changed.stdout
    assert "2 input files are gone; proven from the roll-up that was kept" in gone.stdout


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))


def _one(warehouse: Path, pattern: str) -> Path:
    (path,) = warehouse.glob(pattern)
    return path


def _edit_manifest(
    change: Callable[[dict[str, Any]], None], pattern: str
) -> Callable[[Path], None]:
    def tamper(warehouse: Path) -> None:
        path = _one(warehouse, pattern)
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document))

    return tamper


def _another_figure(warehouse: Path) -> None:
    """Move a gram from one row to another, and make the manifest fit: every sum still agrees."""
    path = _one(warehouse, "runs/*/*/emissions/part-0.parquet")
    table = pq.read_table(path, partitioning=None)
    at = table.schema.get_field_index("resource_id")
    turned = pa.chunked_array([pa.array(list(reversed(table.column(at).to_pylist())))])
    pq.write_table(table.set_column(at, table.schema.field(at), turned), path)
    manifest = _one(warehouse, "runs/*/*/manifest.json")
    document = json.loads(manifest.read_text())
    from crossfoot.adapters.warehouse_staging import file_sha256  # noqa: PLC0415

    for file in document["files"]:
        if file["path"].startswith("emissions/"):
            file["sha256"] = file_sha256(path)
    manifest.write_text(json.dumps(document))


RUN, DELIVERY = "runs/*/*/manifest.json", "deliveries/*/manifest.json"
TAMPERED: dict[str, Callable[[Path], None]] = {
    "emissions": lambda w: _flip(_one(w, "runs/*/*/emissions/part-0.parquet")),
    "usage": lambda w: _flip(_one(w, "runs/*/*/usage/part-0.parquet")),
    "reconciliation": lambda w: _flip(_one(w, "runs/*/*/reconciliation/part-0.parquet")),
    "a table that is gone": lambda w: _one(w, "runs/*/*/emissions/part-0.parquet").unlink(),
    "the delivery": lambda w: _flip(_one(w, "deliveries/*/part-0.parquet")),
    "a figure of the manifest": _edit_manifest(
        lambda document: document["reported_ug"].update(total_lbm=1), RUN
    ),
    "a manifest without carbon": _edit_manifest(lambda document: document.pop("carbon"), RUN),
    "a manifest without files": _edit_manifest(lambda document: document.pop("files"), RUN),
    "a manifest of another method": _edit_manifest(
        lambda document: document["configuration"].update(method="guess"), RUN
    ),
    "a manifest of texts": _edit_manifest(
        lambda document: document.update(usage="none", reported_ug=[]), RUN
    ),
    "a delivery without version": _edit_manifest(
        lambda document: document.update(model_version=3), DELIVERY
    ),
    "a manifest that is no JSON": lambda w: _one(w, RUN).write_text("{"),
    "a manifest that is gone": lambda w: _one(w, RUN).unlink(),
    "rows, with a digest that fits": _another_figure,
}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_found(crossfoot: Any, warehouse: Path, name: str) -> None:
    """A byte, a figure or a whole file: status 3, and the month is named as not proven."""
    TAMPERED[name](warehouse)

    result = crossfoot("check", "--warehouse", warehouse)

    assert (result.exit_code, result.stderr) == (3, "")
    assert "NOT PROVEN" in result.stdout
    assert "0 of 1 published months proven again" in result.stdout


def test_query_formats_say_the_same(crossfoot: Any, warehouse: Path) -> None:
    """Table, CSV, JSON and Parquet hold the same rows."""
    sql = "SELECT resource_id, CAST(on_demand_cost AS VARCHAR) AS usd FROM usage ORDER BY 1"
    answers = {
        form: crossfoot("query", "--warehouse", warehouse, sql, "--format", form)
        for form in ("table", "csv", "json", "parquet")
    }
    rows = [{"resource_id": f"i-{n}", "usd": "0.100000000"} for n in (1, 2)]

    assert {form: (a.exit_code, a.stderr) for form, a in answers.items()} == dict.fromkeys(
        answers, (0, "")
    )
    assert list(csv.DictReader(io.StringIO(answers["csv"].stdout))) == rows
    assert json.loads(answers["json"].stdout) == rows
    table = pq.read_table(io.BytesIO(answers["parquet"].stdout_bytes))
    assert table.to_pylist() == rows
    assert "i-2" in answers["table"].stdout


def test_a_tag_cannot_become_a_spreadsheet_formula(
    exports: Any, crossfoot: Any, tmp_path: Path
) -> None:
    """From the tag of a resource to the cell of a spreadsheet: neutralised; JSON keeps it raw."""
    evil = '=HYPERLINK("http://x","y")'
    exports.use({"resource_tags": {"user_team": evil}})
    config = tmp_path / "c.toml"
    config.write_text('tags = ["team"]\n')
    out = tmp_path / "w"
    crossfoot("run", "--carbon", exports.carbon, "--usage", exports.usage, "--out", out,
              "--config", config)  # fmt: skip
    sql = "SELECT DISTINCT tag_team AS t FROM usage"
    as_csv = crossfoot("query", "--warehouse", out, sql, "--format", "csv").stdout
    as_json = crossfoot("query", "--warehouse", out, sql, "--format", "json").stdout

    assert list(csv.DictReader(io.StringIO(as_csv))) == [{"t": "'" + evil}]
    assert json.loads(as_json) == [{"t": evil}]


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE emissions",
        "SELECT * FROM nowhere",
        "SELECT 1; SELECT 2",
        "COPY emissions TO '/tmp/x.csv'",
        "SELECT * FROM read_text('/etc/passwd')",
        "ATTACH 'x.db'",
        "",
        "SELEC",
    ],
)
def test_only_a_select_over_the_tables_is_answered(
    crossfoot: Any, warehouse: Path, bytes_of: Any, sql: str
) -> None:
    """Anything else is status 2, with its name, and changes nothing."""
    before = bytes_of(warehouse)
    result = crossfoot("query", "--warehouse", warehouse, sql)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("QueryError: ")
    assert bytes_of(warehouse) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["query", "SELECT 1"],
        ["check"],
        ["explain", *WHERE],
        ["report", "--html", "report.html"],
    ],
)
def test_no_question_is_asked_of_a_stranger_s_folder(
    crossfoot: Any, tmp_path: Path, arguments: list[str]
) -> None:
    """A folder that is no warehouse is named, whatever is asked of it."""
    (tmp_path / "notes.txt").write_text("mine")
    result = crossfoot(*arguments, "--warehouse", tmp_path)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("NotAWarehouseError: ")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_the_doctor_looks_and_says_the_mend(crossfoot: Any) -> None:
    """Each thing is well or comes with its mend, and the status tells which it was."""
    result = crossfoot("doctor")
    lines = result.stdout.splitlines()
    ill = [number for number, line in enumerate(lines) if line.startswith("MEND")]

    assert (result.exit_code, result.stderr) == (1 if ill else 0, "")
    assert any(line.startswith("ok    duckdb: ") for line in lines)
    assert all(lines[number + 1].startswith("      ") for number in ill)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(crossfoot: Any, command: str) -> None:
    """Help goes to standard output, and names the options."""
    result = crossfoot(command, "--help")

    assert (result.exit_code, result.stderr) == (0, "")
    assert "--help" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["run"],
        ["run", "--carbon"],
        ["query", "--format", "xml"],
        ["sample", "--rows"],
    ],
)
def test_wrong_arguments_are_status_2(crossfoot: Any, arguments: list[str]) -> None:
    """Said on standard error, as every shell expects."""
    result = crossfoot(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr


def test_a_run_says_its_result_on_standard_output(
    exports: Any, crossfoot: Any, tmp_path: Path
) -> None:
    """Nothing goes to standard error in a pipe, and each month is one whole line."""
    result = crossfoot("run", "--carbon", exports.carbon, "--out", tmp_path / "w")
    lines = result.stdout.splitlines()

    assert (result.exit_code, result.stderr) == (0, "")
    assert any(
        line.startswith("2026-03") and line.rstrip().endswith("unallocated: no usage given")
        for line in lines
    )
