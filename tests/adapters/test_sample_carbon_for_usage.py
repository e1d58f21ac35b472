"""Carbon made for somebody's usage: the same accounts, Regions and months."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from crossfoot.adapters.sample import UsageCell, write_carbon_for_usage
from crossfoot.domain.errors import InputError, InputNotFoundError
from crossfoot.domain.period import UsagePeriod

PAYER = "012345678901"
JUNE, JULY = UsagePeriod("2026-06"), UsagePeriod("2026-07")
CELLS = (
    UsageCell(JUNE, PAYER, "eu-central-1", "AmazonEC2", 120.0),
    UsageCell(JUNE, PAYER, "eu-central-1", "AmazonRDS", 40.0),
    UsageCell(JUNE, PAYER, "eu-central-1", "AWSLambda", 10.0),
    UsageCell(JUNE, PAYER, None, "AmazonCloudFront", 5.0),
    UsageCell(JUNE, "223344556677", "xx-unknown-9", "AmazonS3", 80.0),
    UsageCell(JULY, PAYER, "us-east-1", "AmazonEC2", 7.0),
)


def _rows(out: Path, period: UsagePeriod) -> list[tuple[Any, ...]]:
    files = out / f"exports/crossfoot-carbon/data/*/usage_period={period}/*.parquet"
    return duckdb.sql(
        "SELECT usage_account_id, coalesce(region_code, location), product_code, "
        f"total_lbm_emissions_value FROM '{files}' ORDER BY ALL"
    ).fetchall()


def test_every_cell_of_the_usage_has_emissions(tmp_path: Path) -> None:
    """Products fold into AWS's four buckets, the edge into the global place."""
    receipt = write_carbon_for_usage(tmp_path / "c", CELLS, payer_account_id=PAYER)
    keys = {row[:3] for row in _rows(tmp_path / "c", JUNE) if row[3] > 0}

    assert receipt.periods == (JUNE, JULY)
    assert {
        (PAYER, "eu-central-1", "AmazonEC2"),
        (PAYER, "eu-central-1", "Other"),
        (PAYER, "Global", "AmazonCloudFront"),
        ("223344556677", "xx-unknown-9", "AmazonS3"),
    } <= keys


def test_some_emissions_have_no_usage(tmp_path: Path) -> None:
    """An idle account, a foreign Region and zero rows join each month."""
    write_carbon_for_usage(tmp_path / "c", CELLS, payer_account_id=PAYER)
    rows = _rows(tmp_path / "c", JULY)

    assert {row[0] for row in rows} - {PAYER} == {"012345678902"}
    assert [row[3] for row in rows].count(0.0) == 3
    assert any(row[2] == "AmazonS3" and row[3] > 0 for row in rows)


def test_the_file_has_the_23_columns(tmp_path: Path) -> None:
    """The export is shaped as AWS's own."""
    receipt = write_carbon_for_usage(tmp_path / "c", CELLS, payer_account_id=PAYER)
    path = next(receipt.carbon.rglob("*.parquet"))

    assert len(pq.read_schema(path)) == 23


def test_order_of_the_cells_does_not_matter(tmp_path: Path) -> None:
    """The same cells in another order give the same rows."""
    write_carbon_for_usage(tmp_path / "a", CELLS, payer_account_id=PAYER)
    write_carbon_for_usage(tmp_path / "b", CELLS[::-1], payer_account_id=PAYER)

    assert _rows(tmp_path / "a", JUNE) == _rows(tmp_path / "b", JUNE)


def test_no_usage_is_refused(tmp_path: Path) -> None:
    """Without cells there is nothing to fit."""
    with pytest.raises(InputNotFoundError):
        write_carbon_for_usage(tmp_path / "c", (), payer_account_id=PAYER)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """The error says what is there."""
    (tmp_path / "c").write_text("x")

    with pytest.raises(InputError, match="a file"):
        write_carbon_for_usage(tmp_path / "c", CELLS, payer_account_id=PAYER)
