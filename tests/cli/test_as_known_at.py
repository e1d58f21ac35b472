"""Asking a warehouse as it was known at an instant: the same bytes as were given then."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

SQL = "SELECT * FROM emissions ORDER BY ALL"
WHERE = ["--period", "2026-03", "--account", "000000000002"]


def _changed(exports: Any, crossfoot: Any, warehouse: Path) -> None:
    """Publish another state: AWS corrects, and there is new usage."""
    exports.report({"total_scope_1_emissions_value": 0.000002}, {"product_code": "Other"})
    exports.use({}, {"line_item_resource_id": "i-9"}, {"line_item_resource_id": "i-10"})
    result = crossfoot(
        "run", "--carbon", exports.carbon, "--usage", exports.usage, "--out", warehouse
    )
    assert result.exit_code == 0, result.stderr


def _answers(crossfoot: Any, warehouse: Path, page: Path, *instant: str) -> dict[str, bytes]:
    asked = {
        "query": ("query", SQL, "--format", "csv"),
        "parquet": ("query", SQL, "--format", "parquet"),
        "explain": ("explain", *WHERE, "--json"),
        "check": ("check",),
    }
    answers = {}
    for name, (command, *rest) in asked.items():
        result = crossfoot(command, *rest, "--warehouse", warehouse, *instant)
        assert result.exit_code == 0, result.stderr
        answers[name] = result.stdout_bytes
    told = crossfoot("report", "--warehouse", warehouse, "--html", page, *instant)
    assert told.exit_code == 0, told.stderr
    return {**answers, "report": page.read_bytes()}


def _published_at(warehouse: Path) -> datetime:
    document = json.loads((warehouse / "current" / "catalog.json").read_text())
    return datetime.fromisoformat(document["published_at"])


def test_every_answer_is_given_again_as_it_was(
    exports: Any, crossfoot: Any, warehouse: Path, tmp_path: Path
) -> None:
    """Query, explain, check and report: byte for byte, whatever was published since."""
    page = tmp_path / "report.html"
    then, before = _published_at(warehouse), _answers(crossfoot, warehouse, page)
    _changed(exports, crossfoot, warehouse)
    now, after = _published_at(warehouse), _answers(crossfoot, warehouse, page)
    last_moment = (now - timedelta(microseconds=1)).isoformat()

    assert all(before[name] != after[name] for name in ("query", "explain", "report"))
    for instant, answers in [(then.isoformat(), before), (last_moment, before),
                             (now.isoformat(), after), ("2199-01-01", after)]:  # fmt: skip
        again = _answers(crossfoot, warehouse, page, "--as-known-at", instant)
        assert {name for name in answers if again[name] != answers[name]} == set()


ASKED: list[Callable[[Path], list[object]]] = [
    lambda _: ["query", SQL],
    lambda _: ["explain", *WHERE],
    lambda _: ["check"],
    lambda folder: ["report", "--html", folder / "report.html"],
]


@pytest.mark.parametrize("command", ASKED, ids=["query", "explain", "check", "report"])
@pytest.mark.parametrize(
    ("instant", "told"),
    [
        ("2020-01-01", "UnknownFigureError: nothing was published at 2020-01-01T00:00:00+00:00"),
        ("yesterday", "InvalidArgumentError: 'yesterday' is no instant"),
        ("0001-01-01T00:00:00+23:00", "InvalidArgumentError"),
    ],
)
def test_an_instant_without_an_answer_is_named(
    crossfoot: Any, warehouse: Path, tmp_path: Path,
    command: Callable[[Path], list[object]], instant: str, told: str,
) -> None:  # fmt: skip
    """Status 2, why, and no report is written."""
    result = crossfoot(*command(tmp_path), "--warehouse", warehouse, "--as-known-at", instant)

    assert result.exit_code == 2
    assert told in result.stderr
    assert not (tmp_path / "report.html").exists()


def test_the_first_publication_is_told(crossfoot: Any, warehouse: Path) -> None:
    """Who asks too early learns from when on there is an answer."""
    result = crossfoot("check", "--warehouse", warehouse, "--as-known-at", "2020-01-01")

    assert f"The first publication was at {_published_at(warehouse).isoformat()}" in result.stderr


def test_an_offset_is_heeded(crossfoot: Any, warehouse: Path) -> None:
    """The same moment, written as another clock shows it, has the same answer."""
    published_at = _published_at(warehouse)
    elsewhere = published_at.astimezone(datetime.fromisoformat("2026-01-01T00+05:00").tzinfo)
    result = crossfoot("check", "--warehouse", warehouse, "--as-known-at", elsewhere.isoformat())

    assert result.exit_code == 0
