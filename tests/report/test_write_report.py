"""The page is one file, loads nothing, and is harmless whatever the ledger holds."""

import base64
import hashlib
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crossfoot.domain.errors import ReportError
from crossfoot.report import ReportReceipt, vendor, write_report
from crossfoot.report.write_report import embedded_json

SCRIPT = re.compile(r"<script(?P<type>[^>]*)>(?P<text>.*?)</script>", re.DOTALL)


@pytest.fixture(scope="module")
def receipt(filled_warehouse: Any, tmp_path_factory: pytest.TempPathFactory) -> ReportReceipt:
    """Return the receipt of the small warehouse's report."""
    return write_report(filled_warehouse, tmp_path_factory.mktemp("report") / "deep" / "r.html")


@pytest.fixture(scope="module")
def page(receipt: ReportReceipt) -> str:
    """Return the text of the report."""
    return receipt.html.read_text(encoding="utf-8")


def markup_of(page: str) -> str:
    """Return the page without the text of its scripts."""
    return SCRIPT.sub("", page)


def test_the_receipt_tells_what_was_written(receipt: ReportReceipt) -> None:
    """Size and digest are those of the file; every check of the fixture is proven."""
    content = receipt.html.read_bytes()

    assert receipt.size_bytes == len(content)
    assert receipt.sha256 == hashlib.sha256(content).hexdigest()
    assert receipt.n_checks == receipt.n_proven > 0
    assert (receipt.periods[0], receipt.periods[-1]) == ("2025-05", "2026-06")


def test_the_page_names_no_resource_to_load(page: str) -> None:
    """No element points anywhere but into the page itself."""
    found = re.findall(r"""(?:src|href|action|data)\s*=\s*["']([^"']*)""", markup_of(page))

    assert found
    assert all(target.startswith("#") or target == "data:," for target in found)
    assert "@import" not in page
    assert not re.search(r"url\(\s*['\"]?(?:https?:)?//", markup_of(page))


def test_the_policy_allows_only_the_scripts_of_the_page(page: str) -> None:
    """The policy starts from nothing and names each script by its digest."""
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    scripts = [m["text"] for m in SCRIPT.finditer(page) if "application/json" not in m["type"]]
    digests = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]

    assert policy is not None
    assert policy[1].startswith("default-src 'none';")
    assert len(scripts) == 2
    assert all(f"'sha256-{digest}'" in policy[1] for digest in digests)
    assert "script-src 'unsafe-inline'" not in policy[1]


def test_hostile_names_stay_text(page: str) -> None:
    """Tags, resources and account names that are HTML never become elements."""
    assert "<img" not in markup_of(page)
    assert "onmouseover=alert(2)>" not in page
    assert "<script>alert(3)" not in page
    assert "\u2028" not in page


def test_hostile_names_arrive_whole(page: str) -> None:
    """Escaping loses nothing: the data holds the names as they are."""
    (data,) = [json.loads(m["text"]) for m in SCRIPT.finditer(page) if "json" in m["type"]]
    teams = {row[1] for rows in data["views"]["tag-0"]["rows"].values() for row in rows}

    assert "</script><img src=x onerror=alert(1)>" in teams
    assert '=HYPERLINK("evil","click")' in teams


def test_a_hostile_title_is_escaped(empty: Any, tmp_path: Path) -> None:
    """The name of the organisation is text in the head and in the body."""
    row = {"status": "published", "usage_period": "2026-01", "total_mbm_kgco2e": Decimal(3)}
    empty.insert("emissions", [row])
    empty.title = "</title><script>alert(4)</script>"

    write_report(empty, tmp_path / "r.html")

    assert "<script>alert(4)" not in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_embedded_json_escapes_what_html_and_scripts_read() -> None:
    """No <, >, & or line separator is left, and the value is the same."""
    value = {"a": "</script><!-- & ' \u2028\u2029 é 𝄞"}
    text = embedded_json(value)

    assert not set("<>&'\u2028\u2029é") & set(text)
    assert json.loads(text) == value


def test_the_licences_of_the_chart_library_are_in_the_page(page: str) -> None:
    """Notice and licences travel with the inlined script."""
    assert "Copyright 2017-2026 The Apache Software Foundation" in page
    assert "Apache License" in page
    assert "Copyright (c) 2017, Baidu Inc." in page


def test_the_same_warehouse_gives_the_same_bytes(
    filled_warehouse: Any, receipt: ReportReceipt, tmp_path: Path
) -> None:
    """No clock and no chance: a second report differs in nothing."""
    assert write_report(filled_warehouse, tmp_path / "again.html").sha256 == receipt.sha256


def test_the_size_is_that_of_library_and_aggregates(receipt: ReportReceipt) -> None:
    """Thirteen months of the small warehouse stay below two megabytes, the library included."""
    assert receipt.size_bytes < 2_000_000


def test_no_query_returns_resources_in_bulk(filled_warehouse: Any, tmp_path: Path) -> None:
    """Every query of the ledger aggregates; none hands over its rows."""
    filled_warehouse.asked.clear()
    write_report(filled_warehouse, tmp_path / "r.html")

    ledger = [sql for sql in filled_warehouse.asked if "FROM emissions" in sql]
    assert ledger
    assert all("GROUP BY" in sql for sql in ledger)


def test_a_failed_check_is_said_at_the_head_of_the_page(empty: Any, tmp_path: Path) -> None:
    """The badge never says proven when one check is not."""
    row = {"status": "published", "usage_period": "2026-01", "total_mbm_kgco2e": Decimal(3)}
    check = {"usage_period": "2026-01", "check_name": "carbon-cell", "measure": "total_mbm",
             "unit": "kg CO2e", "expected_amount": Decimal(3), "actual_amount": Decimal(2),
             "difference": Decimal(-1), "is_proven": False}  # fmt: skip
    empty.insert("emissions", [row])
    empty.insert("reconciliation", [check])

    receipt = write_report(empty, tmp_path / "r.html")

    text = receipt.html.read_text(encoding="utf-8")
    assert (receipt.n_checks, receipt.n_proven) == (1, 0)
    assert "1 of 1 checks not proven" in text
    assert "It adds up" not in text


def test_annual_periods_are_reported_as_years(empty: Any, tmp_path: Path) -> None:
    """A year stands where a month would, and is compared with the year before."""
    for year, amount in (("2024", 4), ("2025", 5)):
        row = {"status": "published", "usage_period": year, "total_mbm_kgco2e": Decimal(amount)}
        empty.insert("emissions", [row])

    receipt = write_report(empty, tmp_path / "r.html")

    text = receipt.html.read_text(encoding="utf-8")
    assert receipt.periods == ("2024", "2025")
    assert "the latest year published" in text
    assert "+25.0 %" in text


def test_an_empty_warehouse_is_refused(empty: Any, tmp_path: Path) -> None:
    """Without a published period there is no report, and no file."""
    with pytest.raises(ReportError, match="no published period"):
        write_report(empty, tmp_path / "r.html")

    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_named(filled_warehouse: Any, tmp_path: Path) -> None:
    """The error names the file; nothing half-written is left."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")

    with pytest.raises(ReportError, match=r"r\.html: the report cannot be written"):
        write_report(filled_warehouse, tmp_path / "file" / "r.html")


def test_an_older_report_is_replaced(filled_warehouse: Any, tmp_path: Path) -> None:
    """Writing over a report leaves one whole file and nothing beside it."""
    html = tmp_path / "r.html"
    html.write_text("older", encoding="utf-8")

    write_report(filled_warehouse, html)

    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]
    assert html.read_text(encoding="utf-8").endswith("</html>\n")


def test_a_missing_chart_library_says_how_to_mend_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither packaged nor installed by npm: the error names the command."""
    monkeypatch.setattr(vendor, "files", lambda _: tmp_path / "package")

    with pytest.raises(ReportError, match="make setup"):
        vendor.read_chart_library()


def test_a_wheel_finds_the_library_in_its_own_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Files under report/vendor are used, and closing tags in them are made harmless."""
    folder = tmp_path / "vendor"
    folder.mkdir()
    for name in vendor.SOURCES:
        (folder / name).write_text(f"{name} </script> */", encoding="utf-8")
    monkeypatch.setattr(vendor, "files", lambda _: tmp_path)

    text = vendor.read_chart_library().inlined()

    assert "</script" not in text
    assert text.count("*/") == 2  # the end of our comment, and the library's own text
