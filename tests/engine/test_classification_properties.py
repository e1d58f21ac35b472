"""Properties of the classification that hold for any text."""

from hypothesis import given
from hypothesis import strategies as st

from crossfoot.engine.classification import UsageKind, classify

BUCKETS = {"AmazonEC2", "AmazonS3", "AmazonCloudFront", "Other"}
HOSTILE = [
    "a" * 100_000,
    "*?[" * 1000,
    "-" * 5000 + "BoxUsage:" + "9" * 5000 + "xlarge",
    "BoxUsage:m5.0xlarge",
    "USE1-" * 2000,
    "'; drop table usage; --",
    "\x00\n\r\t",
    "\u202eegraL.5m",
    "\ud800",
    "BoxUsage:" + "a-" * 50_000,
]
text = st.one_of(
    st.none(),
    st.text(max_size=60),
    st.sampled_from(HOSTILE),
    st.sampled_from(["AmazonEC2", "AmazonS3", "AmazonCloudFront", "BoxUsage:m5.large", "Hrs"]),
)
kinds = st.builds(
    UsageKind, product_code=text, usage_type=text, operation=text, unit=text, description=text
)


@given(st.lists(kinds, max_size=5))
def test_any_text_has_exactly_one_bucket(usage: list[UsageKind]) -> None:
    """Nothing raises, nothing is lost, and a driver is there or is not, never half."""
    classified = classify(usage)

    assert len(classified) == len(usage)
    for kind in classified:
        assert kind.carbon_service in BUCKETS
        assert kind.rule_id
        assert kind.service_code
        assert kind.reason
        assert (kind.driver_unit is None) == (kind.driver_milli_per_unit == 0)
        assert (kind.model.unit is None) == (kind.model.name in {"cost", "carried"})
        assert (kind.model.unit is None) == (kind.model.units_per_usage == 0)
        assert kind.model.units_per_usage >= 0


@given(st.lists(kinds, max_size=5))
def test_the_same_kind_is_classified_the_same(usage: list[UsageKind]) -> None:
    """Alone or in company, in any order, today or again."""
    together = classify(usage)

    assert classify(usage[::-1])[::-1] == together
    assert [classify([kind])[0] for kind in usage] == together


@given(st.sampled_from(["EUC1-", "USE1-", "APN1-", "EU-", "us-east-1-", "USE1WL1-"]), kinds)
def test_the_region_of_a_usage_type_does_not_decide(prefix: str, kind: UsageKind) -> None:
    """Usage of one kind is the same kind in every Region."""
    usage_type = "BoxUsage:m5.large"
    plain, regional = classify(
        [
            UsageKind(kind.product_code, usage, kind.operation, kind.unit, kind.description)
            for usage in (usage_type, prefix + usage_type)
        ]
    )

    assert plain == regional


def test_hostile_text_takes_no_longer_than_other_text() -> None:
    """Text is cut and patterns cannot backtrack: a thousand hostile kinds are soon done."""
    usage = [
        UsageKind(product, usage_type, f"{number}", usage_type, usage_type)
        for number in range(10)
        for product in ("AmazonEC2", "AmazonS3", *HOSTILE)
        for usage_type in HOSTILE
    ]

    assert len(classify(usage)) == len(usage)
