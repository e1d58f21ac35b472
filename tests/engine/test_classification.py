"""The classification of usage lines, line by line and as a whole."""

import csv
from pathlib import Path

import pytest

from crossfoot.engine.classification import (
    UNKNOWN_PRODUCT,
    ClassifiedKind,
    UsageKind,
    classify,
    strip_region,
)
from crossfoot.factors.usage_rules import focus_product_codes, usage_rules

REPOSITORY = Path(__file__).parents[2]
GOLDEN = REPOSITORY / "tests" / "golden" / "usage_lines.csv"
SAMPLES = REPOSITORY.parent / "shared" / "samples"
BUCKETS = {"AmazonEC2", "AmazonS3", "AmazonCloudFront", "Other"}
DRIVERS = {
    "normalized-instance-hours": "AmazonEC2",
    "gb-months": "AmazonS3",
    "gb-out": "AmazonCloudFront",
}

with GOLDEN.open(newline="", encoding="utf-8") as golden_file:
    LINES = list(csv.DictReader(golden_file))


def kind_of(line: dict[str, str]) -> UsageKind:
    """Return the kind of a golden line; an empty cell is missing."""
    return UsageKind(
        product_code=line["product_code"] or None,
        usage_type=line["usage_type"] or None,
        operation=line["operation"] or None,
        unit=line["unit"] or None,
        description=line["description"] or None,
    )


def one(
    product_code: str | None,
    usage_type: str | None = None,
    unit: str | None = "Hrs",
    description: str | None = None,
) -> ClassifiedKind:
    """Classify a single kind."""
    return classify([UsageKind(product_code, usage_type, None, unit, description)])[0]


def sample_rows(name: str) -> list[dict[str, str]]:
    """Read a public sample that may lie beside the repository."""
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip(f"sample {name} is not beside the repository")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    "line", LINES, ids=lambda line: f"{line['product_code']}-{line['usage_type']}"
)
def test_each_line_lands_in_its_bucket_with_its_driver(line: dict[str, str]) -> None:
    """Bucket, family, driver, amount and placement are those written by hand."""
    classified = classify([kind_of(line)])[0]

    assert classified.carbon_service == line["carbon_service"]
    assert classified.usage_family == line["usage_family"]
    assert classified.driver_unit == (line["driver_unit"] or None)
    assert classified.driver_milli_per_unit == int(line["driver_milli_per_unit"])
    assert classified.is_global is (line["is_global"] == "true")


@pytest.mark.parametrize(
    "line", LINES, ids=lambda line: f"{line['product_code']}-{line['usage_type']}"
)
def test_each_line_has_its_usage_model_and_so_many_units(line: dict[str, str]) -> None:
    """Model and units per unit of usage are those written by hand."""
    model = classify([kind_of(line)])[0].model

    assert model.name == line["usage_model"]
    assert model.units_per_usage == pytest.approx(float(line["model_units_per_usage"]), rel=1e-9)
    assert (model.unit is None) is (model.name in {"cost", "carried"})


def test_there_are_enough_lines_and_every_rule_is_hit() -> None:
    """A rule that no line reaches is untested, or cannot be reached at all."""
    hit = {classified.rule_id for classified in classify([kind_of(line) for line in LINES])}

    assert len(LINES) >= 200
    assert [rule.rule_id for rule in usage_rules() if rule.rule_id not in hit] == []


def test_every_rule_gives_a_reason_and_a_bucket_of_its_driver() -> None:
    """Rules are unique, say why, and a driver stands only in the bucket that it weighs."""
    rules = usage_rules()

    assert len({rule.rule_id for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.reason.endswith(".")
        assert rule.usage_family
        assert rule.carbon_service in BUCKETS
        assert DRIVERS.get(rule.driver, rule.carbon_service) == rule.carbon_service


def test_the_last_rule_matches_everything() -> None:
    """So that no line is without a bucket."""
    last = usage_rules()[-1]

    assert (last.product_code, last.usage_type, last.operation) == ("", "", "")
    assert (last.unit, last.description, last.carbon_service) == ("", "", "Other")


@pytest.mark.parametrize(
    ("usage_type", "stripped"),
    [
        ("BoxUsage:m5.large", "BoxUsage:m5.large"),
        ("EUC1-BoxUsage:m5.large", "BoxUsage:m5.large"),
        ("EU-CloudFront-In-Bytes", "CloudFront-In-Bytes"),
        ("eu-central-1-KMS-Requests", "KMS-Requests"),
        ("us-gov-west-1-KMS-Keys", "KMS-Keys"),
        ("eusc-de-east-1-KMS-Keys", "KMS-Keys"),
        ("USE1-USW2-AWS-Out-Bytes", "AWS-Out-Bytes"),
        ("Global-WebACL", "WebACL"),
        ("VPN-Usage-Hours:ipsec.1", "VPN-Usage-Hours:ipsec.1"),
        ("KMS-Requests", "KMS-Requests"),
        ("EUC1-", "EUC1-"),
        ("", ""),
    ],
)
def test_the_region_is_stripped_and_nothing_else(usage_type: str, stripped: str) -> None:
    """Every spelling of a Region falls away; a word that only looks like one stays."""
    assert strip_region(usage_type) == stripped


@pytest.mark.parametrize("unit", ["Hrs", "Hours", "hours", "Hour", "hrs", "Instance-Hours", None])
def test_hours_are_hours_in_every_spelling(unit: str | None) -> None:
    """AWS's spellings of an hour weigh the same; a missing unit is taken as hours."""
    assert one("AmazonEC2", "BoxUsage:m5.large", unit).driver_milli_per_unit == 4000


@pytest.mark.parametrize("unit", ["GB-Mo", "GB-Months", "GB-month", "GB-Month", "gb-mo"])
def test_gigabyte_months_are_the_same_in_every_spelling(unit: str) -> None:
    """AWS's spellings of a gigabyte-month weigh the same."""
    assert one("AmazonS3", "TimedStorage-ByteHrs", unit).driver_milli_per_unit == 1000


def test_a_unit_that_does_not_fit_leaves_no_driver_and_says_so() -> None:
    """Money weighs such a line, and the reason tells."""
    classified = one("AmazonS3", "TimedStorage-ByteHrs", "ByteHrs")

    assert (classified.driver_unit, classified.driver_milli_per_unit) == (None, 0)
    assert classified.model.name == "cost"
    assert "unit ByteHrs does not fit gb-months" in classified.reason


def test_an_unknown_size_or_family_has_a_marked_default() -> None:
    """What had to be assumed stands in the reason, and is never zero."""
    unknown_size = one("AmazonEC2", "BoxUsage:strange")
    unknown_family = one("AmazonEC2", "BoxUsage:zz9.4xlarge")

    assert unknown_size.driver_milli_per_unit == 4000
    assert "large assumed" in unknown_size.reason
    assert unknown_family.driver_milli_per_unit == 32000
    assert "family zz9 not in the table" in unknown_family.reason


def test_service_names_of_focus_become_product_codes() -> None:
    """A name that the table does not know stays as it is; a missing one is said to be unknown."""
    assert one("Amazon Elastic Compute Cloud").service_code == "AmazonEC2"
    assert one("Quantum Toaster").service_code == "Quantum Toaster"
    assert one(None).service_code == UNKNOWN_PRODUCT
    assert len(focus_product_codes()) >= 120


def test_instances_of_the_focus_sample_are_ec2_and_its_transfer_is_not() -> None:
    """All 26 instance rows are EC2, and nothing else is."""
    rows = [
        row
        for row in sample_rows("focus-1.0_focus_sample.csv")
        if row["ProviderName"] == "AWS" and row["ChargeCategory"] == "Usage"
    ]
    kinds = [
        UsageKind(row["ServiceName"], None, None, row["ConsumedUnit"], row["ChargeDescription"])
        for row in rows
    ]
    classified = classify(kinds)

    instances = [
        kind
        for row, kind in zip(rows, classified, strict=True)
        if row["ResourceType"] == "instance"
    ]
    assert len(instances) == 26
    assert {kind.carbon_service for kind in instances} == {"AmazonEC2"}
    assert all(kind.driver_milli_per_unit for kind in instances)
    assert sum(kind.carbon_service == "AmazonEC2" for kind in classified) == 26


def test_the_legacy_sample_is_recognised_throughout() -> None:
    """No line of a real report falls through to the catch-all; storage has its driver."""
    rows = [
        row
        for row in sample_rows("cur-legacy_sample-anonymous-aws-export-dataset.csv")
        if row["lineItem/LineItemType"] == "Usage"
    ]
    classified = classify(
        [
            UsageKind(
                row["lineItem/ProductCode"],
                row["lineItem/UsageType"],
                row["lineItem/Operation"],
                row["pricing/unit"],
                None,
            )
            for row in rows
        ]
    )

    assert {kind.rule_id for kind in classified}.isdisjoint({"catch-all"})
    for row, kind in zip(rows, classified, strict=True):
        is_storage = row["lineItem/ProductCode"] == "AmazonS3" and (
            "TimedStorage" in row["lineItem/UsageType"]
        )
        assert (kind.driver_unit == "gb-months") is is_storage
        assert (kind.usage_family == "Data transfer") is (
            row["product/productFamily"] == "Data Transfer"
        )
