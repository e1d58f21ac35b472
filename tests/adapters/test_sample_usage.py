"""The usage export of the sample: shaped as CUR 2.0 is delivered."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from crossfoot.adapters.sample import write_sample
from crossfoot.adapters.sample.tags import HOSTILE_TEAMS


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one month of usage, in one file."""
    out = tmp_path_factory.mktemp("usage") / "s"
    receipt = write_sample(out, accounts=12, months=1, rows=30_000)
    assert receipt.usage is not None
    return next(receipt.usage.rglob("*.snappy.parquet"))


def _ask(lines: Path, sql: str) -> list[tuple[Any, ...]]:
    return duckdb.sql(sql.replace("LINES", f"'{lines}'")).fetchall()


def test_there_are_130_columns_of_the_delivered_types(lines: Path) -> None:
    """77 texts, 44 doubles, 4 INT96 instants, 4 text maps and one number map."""
    schema = pq.ParquetFile(lines).schema
    arrow = pq.read_schema(lines)
    kinds = [str(kind) for kind in arrow.types]
    leaves = [schema.column(n) for n in range(len(schema))]

    assert len(arrow.names) == len(set(arrow.names)) == 130
    assert kinds.count("string") == 77
    assert kinds.count("double") == 44
    assert sum(leaf.physical_type == "INT96" for leaf in leaves) == 4
    assert sum(kind.startswith("map<string, string") for kind in kinds) == 4
    assert sum(kind.startswith("map<string, double") for kind in kinds) == 1


def test_a_file_is_snappy_with_one_row_group(lines: Path) -> None:
    """As AWS writes them, without an Arrow schema that others would not have."""
    meta = pq.ParquetFile(lines).metadata

    assert meta.num_row_groups == 1
    assert meta.row_group(0).column(0).compression == "SNAPPY"
    assert b"ARROW:schema" not in (meta.metadata or {})


def test_all_line_item_types_occur(lines: Path) -> None:
    """Usage of three kinds, and all the money that is no usage."""
    found = _ask(lines, "SELECT DISTINCT line_item_line_item_type FROM LINES")

    assert {name for (name,) in found} == {
        "Usage", "DiscountedUsage", "SavingsPlanCoveredUsage", "SavingsPlanNegation",
        "SavingsPlanRecurringFee", "SavingsPlanUpfrontFee", "RIFee", "Fee", "Tax", "Credit",
        "Refund", "EdpDiscount", "BundledDiscount",
    }  # fmt: skip


def test_a_line_id_alone_is_not_unique_but_with_its_interval_it_is(lines: Path) -> None:
    """The key of a line is the pair."""
    counts = _ask(lines, """
        SELECT count(*), count(DISTINCT identity_line_item_id),
            count(DISTINCT (identity_line_item_id, identity_time_interval)) FROM LINES
    """)[0]  # fmt: skip

    assert counts[1] < counts[0] / 5
    assert counts[2] == counts[0]


def test_lines_last_an_hour_a_day_or_a_month(lines: Path) -> None:
    """Most are exactly one hour; the interval says the same as the two instants."""
    lengths = _ask(lines, """
        SELECT date_diff('hour', line_item_usage_start_date, line_item_usage_end_date) AS hours,
            count(*) AS n FROM LINES GROUP BY 1 ORDER BY 2 DESC
    """)  # fmt: skip
    wrong = _ask(lines, """
        SELECT count(*) FROM LINES WHERE identity_time_interval <> strftime(
            line_item_usage_start_date, '%Y-%m-%dT%H:%M:%SZ/')
            || strftime(line_item_usage_end_date, '%Y-%m-%dT%H:%M:%SZ')
    """)  # fmt: skip

    assert lengths[0][0] == 1
    assert {hours for hours, _ in lengths} == {1, 24, 720}
    assert wrong == [(0,)]


def test_all_lines_are_of_their_month(lines: Path) -> None:
    """No line starts before its billing period or ends after it."""
    outside = _ask(lines, """
        SELECT count(*) FROM LINES WHERE line_item_usage_start_date < bill_billing_period_start_date
            OR line_item_usage_end_date > bill_billing_period_end_date
    """)  # fmt: skip

    assert outside == [(0,)]


def test_the_region_code_is_missing_where_data_moves(lines: Path) -> None:
    """About half of the lines lack it, nearly all of them transfer with a from-code."""
    share, transfers = _ask(lines, """
        SELECT avg((product_region_code IS NULL)::INT),
            avg((product_from_region_code IS NOT NULL)::INT)
                FILTER (WHERE product_region_code IS NULL) FROM LINES
    """)[0]  # fmt: skip

    assert 0.35 < share < 0.65
    assert transfers > 0.75


def test_the_product_map_knows_the_region_of_all_but_taxes(lines: Path) -> None:
    """It equals the Region code where that is set, and the from-code of transfers."""
    without = _ask(lines, """
        SELECT DISTINCT line_item_line_item_type FROM LINES WHERE product['region'] IS NULL
    """)  # fmt: skip
    wrong = _ask(lines, """
        SELECT count(*) FROM LINES
        WHERE product['region'] <> coalesce(product_region_code, product_from_region_code, 'global')
    """)  # fmt: skip

    assert "Usage" not in {name for (name,) in without}
    assert wrong == [(0,)]


def test_a_tax_has_amount_one_and_a_credit_keeps_its_usage_type(lines: Path) -> None:
    """What trips a sum over all types."""
    tax = _ask(lines, """
        SELECT DISTINCT line_item_usage_amount, line_item_usage_type, product_region_code
        FROM LINES WHERE line_item_line_item_type = 'Tax'
    """)  # fmt: skip
    credit = _ask(lines, """
        SELECT max(line_item_usage_amount), max(line_item_unblended_cost),
            count(*) - count(line_item_usage_type)
        FROM LINES WHERE line_item_line_item_type = 'Credit'
    """)[0]  # fmt: skip

    assert tax == [(1.0, None, None)]
    assert credit[0] == 0.0
    assert credit[1] < 0.0
    assert credit[2] == 0


def test_maps_are_empty_and_never_null(lines: Path) -> None:
    """A line without tags has an empty map; about a third of the resources has no tags."""
    nulls = _ask(lines, """
        SELECT count(*) FROM LINES WHERE product IS NULL OR resource_tags IS NULL
            OR cost_category IS NULL OR tags IS NULL OR discount IS NULL
    """)  # fmt: skip
    untagged = _ask(lines, """
        SELECT avg((cardinality(resource_tags) = 0)::INT) FROM (
            SELECT line_item_resource_id, any_value(resource_tags) AS resource_tags
            FROM LINES WHERE line_item_resource_id IS NOT NULL GROUP BY 1)
    """)[0][0]  # fmt: skip

    assert nulls == [(0,)]
    assert 0.2 < untagged < 0.4


def test_hostile_tag_values_arrive_as_they_are(lines: Path) -> None:
    """Quotes, newlines, SQL, HTML, formulas, emoji and ten thousand characters."""
    found = {team for (team,) in _ask(
        lines, "SELECT DISTINCT resource_tags['user_team'] FROM LINES"
    )}  # fmt: skip

    assert set(HOSTILE_TEAMS) <= found
    assert max(len(team) for team in HOSTILE_TEAMS) == 10_000


def test_prefixed_tags_say_where_each_comes_from(lines: Path) -> None:
    """Resource and account tags have their own prefix in the newer map."""
    keys = {key for (key,) in _ask(lines, "SELECT DISTINCT unnest(map_keys(tags)) FROM LINES")}

    assert {"resourceTags/user_team", "resourceTags/aws:eks:namespace"} <= keys
    assert "accountTag/division" in keys


def test_split_rows_add_up_to_their_parent(lines: Path) -> None:
    """Used and unused parts of all pods of a node are the node's own on-demand cost."""
    differences = _ask(lines, """
        WITH pods AS (
            SELECT split_line_item_parent_resource_id AS node,
                sum(split_line_item_public_on_demand_split_cost
                    + split_line_item_public_on_demand_unused_cost) AS split
            FROM LINES WHERE split_line_item_parent_resource_id IS NOT NULL GROUP BY 1),
        nodes AS (
            SELECT line_item_resource_id AS node, sum(pricing_public_on_demand_cost) AS cost
            FROM LINES WHERE line_item_usage_type LIKE '%BoxUsage%' GROUP BY 1)
        SELECT count(*), count(cost), max(abs(split - cost)) FROM pods LEFT JOIN nodes USING (node)
    """)[0]  # fmt: skip

    assert differences[0] == differences[1] > 0
    assert differences[2] < 1e-6


def test_split_rows_cost_nothing_themselves(lines: Path) -> None:
    """Their parent carries the money; two rows per pod and hour."""
    found = _ask(lines, """
        SELECT line_item_product_code, sum(line_item_unblended_cost),
            sum(pricing_public_on_demand_cost),
            count(*) FILTER (WHERE line_item_usage_type LIKE '%vCPU-Hours'),
            count(*) FILTER (WHERE line_item_usage_type LIKE '%GB-Hours')
        FROM LINES WHERE split_line_item_parent_resource_id IS NOT NULL GROUP BY 1 ORDER BY 1
    """)  # fmt: skip

    assert [row[0] for row in found] == ["AmazonECS", "AmazonEKS"]
    assert all(row[1] == row[2] == 0 for row in found)
    assert all(row[3] == row[4] > 0 for row in found)


def test_savings_plans_cancel_in_cost(lines: Path) -> None:
    """A negation mirrors what a plan covered."""
    total = _ask(lines, """
        SELECT sum(line_item_unblended_cost) FROM LINES WHERE line_item_line_item_type
            IN ('SavingsPlanCoveredUsage', 'SavingsPlanNegation')
    """)[0][0]  # fmt: skip

    assert total == pytest.approx(0.0, abs=1e-6)


def test_rates_are_texts_and_ids_keep_their_zeros(lines: Path) -> None:
    """Neither is a number in the export."""
    payer, rate = _ask(lines, """
        SELECT max(bill_payer_account_id), max(line_item_unblended_rate) FROM LINES
    """)[0]  # fmt: skip

    assert payer.startswith("0")
    assert isinstance(rate, str)


def test_usage_types_are_spelled_as_in_each_region(lines: Path) -> None:
    """No prefix in us-east-1, a short one elsewhere, the full code for keys."""
    types = {kind for (kind,) in _ask(lines, "SELECT DISTINCT line_item_usage_type FROM LINES")}

    assert any(kind and kind.startswith("BoxUsage:") for kind in types)
    assert any(kind and kind.startswith("EUC1-BoxUsage:") for kind in types)
    assert any(kind and kind.endswith("-1-KMS-Requests") for kind in types)
