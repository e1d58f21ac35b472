"""The truth beside the exports: it cross-foots with AWS's figures, and follows AWS's law."""

from typing import Any

import duckdb
import pytest

from crossfoot.adapters.sample import SampleReceipt, write_sample

SCOPES = ("scope_1", "scope_2_lbm", "scope_2_mbm", "scope_3_lbm", "scope_3_mbm")
TOTALS = ("lbm", "mbm")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleReceipt:
    """Make a sample with eight months of history."""
    out = tmp_path_factory.mktemp("truth") / "s"
    return write_sample(out, accounts=14, months=8, rows=30_000)


def _ask(sql: str, **places: object) -> list[tuple[Any, ...]]:
    return duckdb.sql(sql.format(**places)).fetchall()


def _differences(truth: str, carbon: str, measure: str, column: str) -> tuple[float, int, int]:
    """Return the largest difference in grams, the cells, and the cells on one side alone."""
    row = _ask(
        """
        WITH t AS (
            SELECT usage_account_id AS a, region_code AS r, carbon_service AS b,
                sum({measure}) * 1000 AS g
            FROM '{truth}' GROUP BY ALL),
        c AS (
            SELECT usage_account_id AS a, CASE WHEN location = 'Global' THEN 'global'
                ELSE region_code END AS r, product_code AS b, {column} * 1e6 AS g
            FROM '{carbon}')
        SELECT max(abs(t.g::DOUBLE - c.g)), count(*),
            count(*) FILTER (WHERE t.a IS NULL OR c.a IS NULL)
        FROM t FULL JOIN c ON t.a = c.a AND t.r = c.r AND t.b = c.b
        """,
        truth=truth, carbon=carbon, measure=measure, column=column,
    )[0]  # fmt: skip
    return float(row[0]), int(row[1]), int(row[2])


@pytest.mark.parametrize("period", ["2026-03", "2026-05", "2026-09"])
def test_every_cell_of_the_truth_rounds_to_what_aws_reports(
    sample: SampleReceipt, period: str
) -> None:
    """Each account, Region, bucket and measure agrees within the half gram that AWS rounds."""
    truth = f"{sample.truth}/usage_period={period}/truth.parquet"
    carbon = f"{sample.carbon}/data/carbon_model_version=v3.0.1/usage_period={period}/*.parquet"
    pairs = [(f"{s}_kgco2e", f"total_{s}_emissions_value") for s in SCOPES]
    pairs += [(f"total_{t}_kgco2e", f"total_{t}_emissions_value") for t in TOTALS]
    for measure, column in pairs:
        largest, n_cells, n_alone = _differences(truth, carbon, measure, column)
        assert largest <= 0.500001
        assert n_cells > 50
        assert n_alone == 0


def test_the_oldest_month_has_totals_only(sample: SampleReceipt) -> None:
    """Neither AWS's figures nor the truth have scopes there, and the totals agree."""
    period = sample.periods[0]
    truth = f"{sample.truth}/usage_period={period}/truth.parquet"
    carbon = f"{sample.carbon}/data/carbon_model_version=v2.0.1/usage_period={period}/*/*.parquet"
    names = [row[0] for row in _ask("DESCRIBE SELECT * FROM '{carbon}'", carbon=carbon)]
    largest, _, n_alone = _differences(
        truth, carbon, "total_lbm_kgco2e", "total_lbm_emissions_value"
    )

    assert not any("scope" in name for name in names)
    assert _ask("SELECT count(scope_1_kgco2e) FROM '{truth}'", truth=truth) == [(0,)]
    assert (largest <= 0.500001, n_alone) == (True, 0)


def test_the_later_delivery_of_the_corrected_month_is_the_true_one(sample: SampleReceipt) -> None:
    """The same version came twice, and the figures differ."""
    folder = sample.carbon / "data/carbon_model_version=v3.0.1/usage_period=2026-06"
    first, later = sorted(path for path in folder.iterdir() if path.is_dir())
    truth = f"{sample.truth}/usage_period=2026-06/truth.parquet"
    column = "total_lbm_emissions_value"

    wrong, _, _ = _differences(truth, f"{first}/*.parquet", "total_lbm_kgco2e", column)
    right, _, _ = _differences(truth, f"{later}/*.parquet", "total_lbm_kgco2e", column)

    assert wrong > 1
    assert right <= 0.500001


def test_early_versions_have_an_empty_file_and_a_negative_row(sample: SampleReceipt) -> None:
    """Both are what AWS delivers, not faults of the file."""
    root = f"{sample.carbon}/data/carbon_model_version=v3.0.0/usage_period"
    empty = _ask("SELECT count(*) FROM '{root}=2026-03/*/*.parquet'", root=root)
    files = list((sample.carbon / "data/carbon_model_version=v3.0.0").iterdir())

    assert empty == [(0,)]
    assert [path.name for path in files] == ["usage_period=2026-03"]


def test_a_negative_row_occurs_in_a_longer_history(tmp_path: Any) -> None:
    """Before v3.0.1 a few accounts had negative estimates."""
    receipt = write_sample(tmp_path / "s", accounts=2, months=10, rows=6000)
    found = _ask(
        "SELECT count(*) FROM '{carbon}/data/carbon_model_version=v3.0.0/*/*/*.parquet' "
        "WHERE total_scope_1_emissions_value < 0", carbon=receipt.carbon,
    )  # fmt: skip

    assert found == [(1,)]


def test_carbon_has_zero_rows_and_no_region_for_the_edge(sample: SampleReceipt) -> None:
    """Zeros are reported, and global services have either no Region or ``Global``."""
    carbon = f"{sample.carbon}/data/carbon_model_version=v3.0.1/usage_period=2026-09/*.parquet"
    zeros = _ask("SELECT count(*) FROM '{c}' WHERE total_lbm_emissions_value = 0", c=carbon)
    edge = _ask(
        "SELECT DISTINCT region_code FROM '{c}' WHERE product_code = 'AmazonCloudFront'", c=carbon
    )

    assert zeros[0][0] >= 3
    assert {region for (region,) in edge} <= {None, "Global"}


def test_totals_and_scopes_differ_by_a_gram_now_and_then(sample: SampleReceipt) -> None:
    """AWS rounds each figure on its own."""
    apart = _ask(
        """
        SELECT count(*) FILTER (WHERE g <> 0), max(abs(g)) FROM (
            SELECT rint((total_lbm_emissions_value - total_scope_1_emissions_value
                - total_scope_2_lbm_emissions_value - total_scope_3_lbm_emissions_value) * 1e6) AS g
            FROM '{carbon}/data/carbon_model_version=v3.0.1/usage_period=2026-09/*.parquet')
        """.replace("rint", "round"),
        carbon=sample.carbon,
    )[0]

    assert apart[0] > 0
    assert apart[1] == 1


def test_an_instance_cell_goes_by_normalised_hours(sample: SampleReceipt) -> None:
    """Within an EC2 cell, grams per normalised instance-hour are the same for all resources."""
    rows = _ask(
        """
        WITH hours AS (
            SELECT line_item_resource_id AS id, sum(line_item_normalized_usage_amount) AS h
            FROM '{usage}/data/BILLING_PERIOD=2026-09/*.parquet'
            WHERE line_item_line_item_type
                IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage') GROUP BY 1),
        grams AS (
            SELECT region_code AS r, resource_id AS id, sum(scope_2_lbm_kgco2e)::DOUBLE AS kg
            FROM '{truth}/usage_period=2026-09/truth.parquet'
            WHERE carbon_service = 'AmazonEC2' AND service_code = 'AmazonEC2'
                AND resource_id NOT IN (
                    SELECT coalesce(split_line_item_parent_resource_id, '')
                    FROM '{usage}/data/BILLING_PERIOD=2026-09/*.parquet')
            GROUP BY ALL)
        SELECT r, max(kg / h) / min(kg / h), count(*) FROM grams JOIN hours USING (id)
        WHERE h > 1 GROUP BY 1
        """,
        usage=sample.usage, truth=sample.truth,
    )  # fmt: skip

    assert sum(count for _, _, count in rows) > 20
    assert all(ratio == pytest.approx(1.0, abs=1e-5) for _, ratio, _ in rows)


def test_pods_have_their_share_of_the_node(sample: SampleReceipt) -> None:
    """The three pods of a node have 80 % of its grams, the node keeps the unused fifth."""
    rows = _ask(
        """
        WITH pods AS (
            SELECT DISTINCT line_item_resource_id AS pod, split_line_item_parent_resource_id AS node
            FROM '{usage}/data/BILLING_PERIOD=2026-09/*.parquet'
            WHERE split_line_item_parent_resource_id IS NOT NULL),
        kg AS (
            SELECT resource_id AS id, sum(scope_2_lbm_kgco2e)::DOUBLE AS kg
            FROM '{truth}/usage_period=2026-09/truth.parquet'
            WHERE carbon_service = 'AmazonEC2' GROUP BY 1)
        SELECT node, sum(p.kg), any_value(n.kg) FROM pods
        JOIN kg p ON p.id = pod JOIN kg n ON n.id = node GROUP BY 1
        """,
        usage=sample.usage, truth=sample.truth,
    )  # fmt: skip

    assert rows
    for _, pods_kg, node_kg in rows:
        assert pods_kg / (pods_kg + node_kg) == pytest.approx(0.8, rel=1e-3)
