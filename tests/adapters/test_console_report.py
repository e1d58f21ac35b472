"""The CSV of the AWS Sustainability console: no account, no unit, long names, months or years."""

import csv
from datetime import UTC
from decimal import Decimal
from pathlib import Path

import pytest

from crossfoot.adapters.carbon_exports import read_carbon
from crossfoot.domain.errors import (
    ColumnTypeError,
    DuplicateRowError,
    InvalidAccountError,
    InvalidModelVersionError,
    InvalidPeriodError,
    MissingAccountError,
    MissingColumnError,
    UnknownRegionError,
)
from crossfoot.domain.measures import MEASURES, Measure

ACCOUNT = "012345678901"
SAMPLE = Path(__file__).parents[2].parent / "shared" / "samples" / "carbon-json_cloud_example_1.csv"
HEADER = (
    "usage_month,service,region,total_lbm_emissions,total_mbm_emissions,"
    "total_scope_1_emissions_value,total_scope_2_lbm_emissions_value,"
    "total_scope_2_mbm_emissions_value,total_scope_3_lbm_emissions_value,"
    "total_scope_3_mbm_emissions_value,cfe_savings_value,model_version"
)


def report(path: Path, *rows: str, header: str = HEADER) -> Path:
    """Write a report of these rows; each is month, service and Region."""
    figures = "0.000006,0.000004,0.000001,0.000002,0,0.000003,0.000003,0.000002,v3.0.1"
    path.write_text("\n".join([header, *(f"{row},{figures}" for row in rows)]) + "\n")
    return path


def test_a_report_is_one_delivery_of_the_account_named(tmp_path: Path) -> None:
    """Figures are metric tons; payer and user are the account that the user names."""
    path = report(tmp_path / "r.csv", "2026-09,EC2,Europe (Frankfurt)", "2026-09,S3,Global")

    intake = read_carbon(path, payer_account_id=ACCOUNT)

    (delivery,) = intake.deliveries
    rows = delivery.rows
    assert (delivery.payer_account_id, list(rows.usage_account_id)) == (ACCOUNT, [ACCOUNT] * 2)
    assert str(delivery.usage_period) == "2026-09"
    assert delivery.delivered_at.tzinfo is UTC
    assert list(rows.region) == ["eu-central-1", "global"]
    assert list(rows.location) == ["Europe (Frankfurt)", "Global"]
    assert list(rows.region_code) == [None, None]
    assert list(rows.product_code) == ["EC2", "S3"]
    assert list(rows.carbon_service) == ["AmazonEC2", "AmazonS3"]
    assert rows.amount_ug[:, 0].tolist() == [10**6 * tonnes for tonnes in (1, 2, 0, 3, 3, 6, 4)]
    assert rows.is_reported.all()
    assert [note.code for note in intake.notes] == ["console-units"]


@pytest.mark.parametrize("text", ["2026-09", "2026-09-01", "2026-09-01 00:00:00Z"])
def test_months_have_several_spellings(tmp_path: Path, text: str) -> None:
    """With and without the first of the month."""
    path = report(tmp_path / "r.csv", f"{text},EC2,Global")

    (delivery,) = read_carbon(path, payer_account_id=ACCOUNT).deliveries

    assert str(delivery.usage_period) == "2026-09"


def test_a_year_is_a_period(tmp_path: Path) -> None:
    """The annual report has usage_year in the place of usage_month."""
    header = HEADER.replace("usage_month", "usage_year")
    path = report(tmp_path / "r.csv", "2025,EC2,Global", header=header)

    (delivery,) = read_carbon(path, payer_account_id=ACCOUNT).deliveries

    assert (str(delivery.usage_period), delivery.usage_period.is_month) == ("2025", False)


def test_several_months_are_several_deliveries(tmp_path: Path) -> None:
    """The console exports any span of months into one file."""
    path = report(tmp_path / "r.csv", "2026-08,EC2,Global", "2026-09,EC2,Global")

    deliveries = read_carbon(path, payer_account_id=ACCOUNT).deliveries

    assert [str(d.usage_period) for d in deliveries] == ["2026-08", "2026-09"]


@pytest.mark.parametrize(
    ("service", "bucket"),
    [
        ("EC2", "AmazonEC2"),
        ("Amazon EC2", "AmazonEC2"),
        ("AmazonEC2", "AmazonEC2"),
        ("ComputeVM", "AmazonEC2"),
        ("S3", "AmazonS3"),
        ("ObjectStorage", "AmazonS3"),
        ("Amazon CloudFront", "AmazonCloudFront"),
        ("ContentDelivery", "AmazonCloudFront"),
        ("Other", "Other"),
        ("Amazon Braket", "Amazon Braket"),
    ],
)
def test_services_fall_into_awss_buckets(tmp_path: Path, service: str, bucket: str) -> None:
    """Under one spelling; a new service keeps AWS's text."""
    path = report(tmp_path / "r.csv", f"2026-09,{service},Global")

    (delivery,) = read_carbon(path, payer_account_id=ACCOUNT).deliveries

    assert list(delivery.rows.carbon_service) == [bucket]


def test_the_account_must_be_named(tmp_path: Path) -> None:
    """The mend says how."""
    path = report(tmp_path / "r.csv", "2026-09,EC2,Global")

    with pytest.raises(MissingAccountError, match="--account") as caught:
        read_carbon(path)
    assert caught.value.file == str(path)
    with pytest.raises(InvalidAccountError):
        read_carbon(path, payer_account_id="acme")


@pytest.mark.parametrize(
    ("row", "error", "column"),
    [
        ("2026-09,EC2,Atlantis (North)", UnknownRegionError, "region"),
        ("2026-13,EC2,Global", InvalidPeriodError, "usage_month"),
        (",EC2,Global", InvalidPeriodError, "usage_month"),
        ("September,EC2,Global", InvalidPeriodError, "usage_month"),
    ],
)
def test_a_bad_cell_is_named(tmp_path: Path, row: str, error: type[Exception], column: str) -> None:
    """With file, column and row."""
    path = report(tmp_path / "r.csv", "2026-09,EC2,US East (Ohio)", row)

    with pytest.raises(error) as caught:
        read_carbon(path, payer_account_id=ACCOUNT)
    assert vars(caught.value) | {"file": str(path), "column": column, "row": 2} == vars(
        caught.value
    )


def test_text_for_figures_and_versions_is_named(tmp_path: Path) -> None:
    """As in an export."""
    path = report(tmp_path / "r.csv", "2026-09,EC2,Global")
    text = path.read_text()

    path.write_text(text.replace("0.000006", "=1+1"))
    with pytest.raises(ColumnTypeError):
        read_carbon(path, payer_account_id=ACCOUNT)
    path.write_text(text.replace("v3.0.1", "three"))
    with pytest.raises(InvalidModelVersionError):
        read_carbon(path, payer_account_id=ACCOUNT)


def test_one_cell_twice_is_refused(tmp_path: Path) -> None:
    """Two reports of one month in a folder are not added."""
    for name in ("a.csv", "b.csv"):
        report(tmp_path / name, "2026-09,EC2,Global")

    with pytest.raises(DuplicateRowError):
        read_carbon(tmp_path, payer_account_id=ACCOUNT)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    """A report without Regions cannot be placed."""
    path = report(tmp_path / "r.csv", "2026-09,EC2,Global", header=HEADER.replace("region", "area"))

    with pytest.raises(MissingColumnError) as caught:
        read_carbon(path, payer_account_id=ACCOUNT)
    assert caught.value.column == "region"


@pytest.mark.skipif(not SAMPLE.is_file(), reason=f"{SAMPLE.name} is not here")
def test_a_real_report_keeps_its_own_sum() -> None:
    """The LBM total is the exact sum of the file's own decimal figures."""
    with SAMPLE.open(newline="") as stream:
        figures = [Decimal(row["total_lbm_emissions"]) for row in csv.DictReader(stream)]

    intake = read_carbon(SAMPLE, payer_account_id=ACCOUNT)

    (delivery,) = intake.deliveries
    total_ug = delivery.rows.totals_ug()[MEASURES.index(Measure.TOTAL_LBM)]
    assert total_ug == sum(figures) * 10**12
    assert (str(delivery.usage_period), str(delivery.model_version)) == ("2025", "v3.0.1")
    assert (delivery.rows.n_rows, set(delivery.rows.carbon_service)) == (
        23,
        {"AmazonEC2", "AmazonS3", "AmazonCloudFront", "Other"},
    )
