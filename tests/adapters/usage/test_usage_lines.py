"""Which lines are usage, under which key; every other line is counted with its money."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossfoot.domain.configuration import TagKey

CODES = ("product_region_code", "product_from_region_code")
UNUSABLE = "amount is not a usable number"
HOSTILE = [
    "quotes \" and '",
    "'; DROP TABLE emissions;--",
    "<script>alert(1)</script>",
    '=HYPERLINK("http://x","y")',
    "line\nbreak\r\nand\ttab",
    "${jndi:ldap://x}{{7*7}}%s",
    "\u202e right to left, \u00e9 and e\u0301",
    "NUL \x00 inside",
    "x" * 10_000,
    " ",
    "null",
]


def _places(delivered: Any, folder: Path, *lines: Mapping[str, Any]) -> Path:
    return Path(delivered.parquet(folder / "a.parquet", delivered.cur(*lines)))


@pytest.mark.parametrize(
    ("codes", "product", "region"),
    [
        (("eu-west-1", None), {"region": "eu-west-1"}, "eu-west-1"),
        (("", "us-west-2"), {}, "us-west-2"),
        ((None, "us-west-2"), {"region": "us-west-2"}, "us-west-2"),
        ((None, None), {"region": "ap-east-1"}, "ap-east-1"),
        (("", ""), {"region": "ap-east-1"}, "ap-east-1"),
        ((None, ""), {"region": "global"}, "global"),
        (("", None), {"region": "Any"}, "global"),
        (("GLOBAL", None), {}, "global"),
        ((None, None), {"region": ""}, "global"),
        (("", ""), {}, "global"),
        ((None, None), None, "global"),
        (("mars-north-1", None), {}, "mars-north-1"),
    ],
)
def test_the_region_key_needs_no_code_column(
    delivered: Any, roll_up: Any, tmp_path: Path,
    codes: tuple[str | None, str | None], product: dict[str, str] | None, region: str,
) -> None:  # fmt: skip
    """``product['region']`` fills in where both code columns are null or empty."""
    line = dict(zip(CODES, codes, strict=True)) | {"product": product}

    assert roll_up(_places(delivered, tmp_path, line)).only()["region_code"] == region


def test_every_line_item_type_is_counted(delivered: Any, roll_up: Any, tmp_path: Path) -> None:
    """Three types are usage; Tax, with its amount of 1.0, and the rest are money."""
    types = (
        *("Usage", "DiscountedUsage", "SavingsPlanCoveredUsage", "SavingsPlanNegation", "RIFee"),
        *("SavingsPlanRecurringFee", "SavingsPlanUpfrontFee", "Fee", "Tax", "Credit", "Refund"),
        *("Discount", "BundledDiscount", "EdpDiscount", "PrivateRateDiscount", "Novelty"),
        *("FlatRateSubscription", "FlateRateSubscription"),
    )
    lines = [
        {"line_item_line_item_type": kind, "line_item_unblended_cost": 2.0**n}
        for n, kind in enumerate(types)
    ]
    month = roll_up(_places(delivered, tmp_path, *lines))
    counted = {c.line_item_type: (c.line_count, c.unblended_nano) for c in month.counts}

    assert month.only()["line_count"] == 3
    assert counted == {kind: (1, 2**n * 10**9) for n, kind in enumerate(types)}
    assert month.excluded() == {"money only, no usage": len(types) - 3}
    assert month.control.unblended_nano == (2 ** len(types) - 1) * 10**9


def test_a_marketplace_seller_is_not_aws(delivered: Any, roll_up: Any, tmp_path: Path) -> None:
    """Usage that AWS only bills for someone else emits nothing of AWS's."""
    lines = [{}, {"bill_billing_entity": "AWS Marketplace"}, {"bill_billing_entity": None}]

    month = roll_up(_places(delivered, tmp_path, *lines))

    assert month.excluded() == {"not usage of AWS itself": 2}
    assert month.only()["line_count"] == 1


def test_day_and_month_long_lines_weigh_what_they_say(
    delivered: Any, roll_up: Any, tmp_path: Path
) -> None:
    """The amount counts, not the length of the interval."""
    start, day, month = datetime(2026, 3, 1), datetime(2026, 3, 2), datetime(2026, 4, 1)  # noqa: DTZ001
    lines = [
        {"line_item_usage_start_date": start, "line_item_usage_end_date": end,
         "line_item_usage_amount": hours}
        for end, hours in ((day, 24.0), (month, 744.0))
    ]  # fmt: skip
    row = roll_up(_places(delivered, tmp_path, *lines)).only()

    assert row["driver_nano"] == 4 * 768 * 10**9


def test_another_months_usage_is_counted_apart(
    delivered: Any, roll_up: Any, tmp_path: Path
) -> None:
    """The half-open month: its first instant belongs, the first of the next does not."""
    starts = [(2026, 2, 28, 23), (2026, 3, 1, 0), (2026, 3, 31, 23), (2026, 4, 1, 0)]
    lines = [{"line_item_usage_start_date": datetime(*start)} for start in starts]  # noqa: DTZ001

    month = roll_up(_places(delivered, tmp_path, *lines))

    assert month.excluded() == {"usage of another month": 2}
    assert month.only()["line_count"] == 2


@pytest.mark.parametrize("amount", [float("nan"), float("inf"), float("-inf"), 1e300, -1e18])
@pytest.mark.parametrize(
    "column",
    ["line_item_usage_amount", "pricing_public_on_demand_cost", "line_item_unblended_cost"],
)
def test_what_is_no_number_is_counted_apart(
    delivered: Any, roll_up: Any, tmp_path: Path, column: str, amount: float
) -> None:
    """NaN, infinities and the absurd neither weigh nor stop the month."""
    month = roll_up(_places(delivered, tmp_path, {column: amount}, {}))

    assert month.excluded() == {UNUSABLE: 1}
    assert month.only()["on_demand_nano"] == 10**8


@pytest.mark.parametrize("account", [None, ""])
def test_usage_of_nobody_is_counted_apart(
    delivered: Any, roll_up: Any, tmp_path: Path, account: str | None
) -> None:
    """A line without an account id could only be placed by guessing."""
    month = roll_up(_places(delivered, tmp_path, {"line_item_usage_account_id": account}, {}))

    assert month.excluded() == {"no account id": 1}
    assert month.only()["usage_account_id"] == "000000000002"


def test_split_cost_rows_repeat_no_money(delivered: Any, roll_up: Any, tmp_path: Path) -> None:
    """A pod has its split cost and nothing of its own; it is told apart in the counts."""
    pod = {
        "line_item_resource_id": "arn:aws:eks:pod/a",
        "line_item_usage_amount": 0.5,
        "split_line_item_parent_resource_id": "i-1",
        "split_line_item_public_on_demand_split_cost": 0.06,
        "split_line_item_public_on_demand_unused_cost": 0.01,
        "resource_tags": {"aws_eks_namespace": "shop"},
    }
    month = roll_up(_places(delivered, tmp_path, {}, pod), [TagKey("aws_eks_namespace")])
    node, split = sorted(month.rows, key=lambda row: row["resource_id"], reverse=True)

    assert (node["resource_id"], node["on_demand_nano"]) == ("i-1", 10**8)
    assert (split["on_demand_nano"], split["unblended_nano"]) == (0, 0)
    assert (split["split_nano"], split["split_unused_nano"]) == (60_000_000, 10_000_000)
    assert (split["usage_family"], split["tag_aws_eks_namespace"]) == (
        "Container on an instance",
        "shop",
    )
    assert [reason.split(":")[0] for reason in month.excluded()] == ["split-cost row"]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_tag_value_is_data(
    delivered: Any, roll_up: Any, tmp_path: Path, text: str, form: str
) -> None:
    """Quotes, newlines, SQL, HTML, formulas and 10,000 characters come out as they went in."""
    if form == "csv" and "\x00" in text:
        pytest.skip("no CSV can hold NUL")
    table = delivered.cur({"resource_tags": {"user_team": text}, "line_item_resource_id": text})
    place = getattr(delivered, form)(tmp_path / f"a.{form}", table)

    row = roll_up(place, [TagKey("team")]).only()

    assert row["tag_team"] == text
    assert row["resource_id"] == text


@pytest.mark.parametrize(
    ("key", "maps", "value"),
    [
        (TagKey("team"), {"resource_tags": {"user_team": "a", "team": "b"}}, "a"),
        (TagKey("team"), {"resource_tags": {"team": "b"}}, "b"),
        (TagKey("team"), {"resource_tags": {"user_team": ""}}, None),
        (TagKey("team"), {"resource_tags": {}}, None),
        (TagKey("team"), {"resource_tags": None}, None),
        (TagKey("team"), {"cost_category": {"team": "c"}}, None),
        (TagKey('it\'s "a" key'), {"resource_tags": {'user_it\'s "a" key': "q"}}, "q"),
        (TagKey("x'] OR 1=1--"), {"resource_tags": {"user_x'] OR 1=1--": "q"}}, "q"),
        (TagKey("Division", is_cost_category=True), {"cost_category": {"Division": "d"}}, "d"),
        (TagKey("Division", is_cost_category=True), {"resource_tags": {"Division": "t"}}, None),
        (TagKey("Division", is_cost_category=True), {"cost_category": {"Division": ""}}, None),
    ],
)
def test_a_key_is_looked_up_where_it_belongs(
    delivered: Any, roll_up: Any, tmp_path: Path,
    key: TagKey, maps: dict[str, Any], value: str | None,
) -> None:  # fmt: skip
    """Tags in the tags, cost categories in theirs; an empty value is no value."""
    assert roll_up(_places(delivered, tmp_path, maps), [key]).only()[key.column] == value


def test_leading_zeros_and_look_alike_accounts_stay_apart(
    delivered: Any, roll_up: Any, tmp_path: Path
) -> None:
    """Ids are text: 000000000012, 12 and a padded 12 are three accounts."""
    accounts = ["000000000012", "12", " 12"]
    lines = [{"line_item_usage_account_id": account} for account in accounts]
    table = delivered.cur(*lines)
    parquet = roll_up(delivered.parquet(tmp_path / "p" / "a.parquet", table))
    csv = roll_up(delivered.csv(tmp_path / "c" / "a.csv", table))

    assert [row["usage_account_id"] for row in parquet.rows] == sorted(accounts)
    assert csv.rows == parquet.rows


_amounts = st.one_of(
    st.none(),
    st.floats(-1e6, 1e6),
    st.sampled_from([float("nan"), float("inf"), 0.0, -0.0, 1e-320, 9e12, 1e308]),
)
_line = st.fixed_dictionaries(
    {
        "line_item_line_item_type": st.sampled_from(["Usage", "DiscountedUsage", "Tax", None, ""]),
        "bill_billing_entity": st.sampled_from(["AWS", "AWS Marketplace", None]),
        "line_item_usage_account_id": st.sampled_from(["1", "2", "", None]),
        "line_item_usage_amount": _amounts,
        "line_item_unblended_cost": _amounts,
        "pricing_public_on_demand_cost": _amounts,
        "line_item_resource_id": st.sampled_from(["i-1", "", None]),
        "split_line_item_parent_resource_id": st.sampled_from([None, "", "i-1"]),
        "product_region_code": st.sampled_from([None, "", "eu-west-1"]),
    }
)


@given(lines=st.lists(_line, min_size=1, max_size=12))
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_line_and_no_money_is_lost(
    delivered: Any, roll_up: Any, tmp_path: Path, lines: list[dict[str, Any]]
) -> None:
    """Whatever the lines are: in and out add up to the file, and the rows to what is in."""
    month = roll_up(_places(delivered, tmp_path, *lines))
    included = [count for count in month.counts if count.exclusion is None]

    assert sum(count.line_count for count in month.counts) == len(lines)
    assert month.control.line_count == len(lines)
    assert sum(count.unblended_nano or 0 for count in month.counts) == month.control.unblended_nano
    for money in ("unblended_nano", "on_demand_nano"):
        assert sum(row[money] or 0 for row in month.rows) == sum(
            getattr(count, money) or 0 for count in included
        )
