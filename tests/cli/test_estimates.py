"""A run estimates what it allocates: one row of impacts for each row of usage, in its own table."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from crossfoot.domain.impacts import CRITERIA

HOURS = 720.0
IN_EC2 = "carbon_service = 'AmazonEC2' AND resource_id IS NOT NULL"
NODE, POD = "i-0aaa", "arn:aws:eks:eu-central-1:111122223333:pod/one"


def line(usage_type: str, amount: float, resource: str, **more: Any) -> dict[str, Any]:
    """Return a line of usage worth ten dollars."""
    return {
        "line_item_usage_type": usage_type,
        "line_item_usage_amount": amount,
        "line_item_resource_id": resource,
        "pricing_public_on_demand_cost": 10.0,
        **more,
    }


@pytest.fixture
def published(tmp_path: Path, exports: Any, crossfoot: Any) -> Callable[..., Any]:
    """Return what publishes lines and asks the warehouse."""

    def publish(*lines: dict[str, Any], options: tuple[str, ...] = ()) -> Callable[[str], Any]:
        exports.use(*lines)
        exports.usage_manifest.unlink()
        out = tmp_path / "warehouse"
        run = ("run", "--carbon", exports.carbon, "--usage", exports.usage, "--out", out)
        result = crossfoot(*run, *options)
        assert result.exit_code == 0, result.stderr
        publish.said = result.stdout  # type: ignore[attr-defined]

        def ask(sql: str) -> Any:
            answer = crossfoot("query", "--warehouse", out, sql, "--format", "json")
            assert answer.exit_code == 0, answer.stderr
            return json.loads(answer.stdout)

        return ask

    return publish


def test_a_resource_of_two_types_is_one_row_of_both(published: Any) -> None:
    """An instance that was resized is two parts of usage, and one row of ledger and estimate."""
    ask = published(
        line("EUC1-BoxUsage:m5.large", HOURS / 2, NODE),
        line("EUC1-BoxUsage:m5.xlarge", HOURS / 2, NODE),
    )
    usage = ask("SELECT model_name, model_amount FROM usage ORDER BY 1")
    (row,) = ask("SELECT estimate_models, estimate_basis, energy_kwh FROM impacts")
    (entry,) = ask(f"SELECT count(*) AS n FROM emissions WHERE {IN_EC2}")

    assert [each["model_name"] for each in usage] == ["machine:m5.large", "machine:m5.xlarge"]
    assert row["estimate_models"] == "machine:m5.large, machine:m5.xlarge"
    assert row["estimate_basis"] == "machine-listed"
    assert float(row["energy_kwh"]) > 0
    assert entry["n"] == 1


def test_every_criterion_of_a_machine_has_a_figure_within_its_range(published: Any) -> None:
    """Low, value and high are there, in order, for a machine in a known Region."""
    ask = published(line("EUC1-BoxUsage:m5.large", HOURS, NODE))
    (row,) = ask("SELECT * FROM impacts")

    for criterion in CRITERIA:
        low, value, high = (float(row[f"{criterion}{end}"]) for end in ("_low", "", "_high"))
        assert 0 < low < value < high, criterion
    assert row["idle_energy_kwh"] is None
    assert row["factor_set"].startswith("f-")


def test_a_pod_has_its_share_and_the_node_keeps_what_was_unused(published: Any) -> None:
    """Three quarters used, a quarter not: rows sum to what the node alone would be."""
    node = line("EUC1-BoxUsage:m5.large", HOURS, NODE)
    pod = line(
        "EUC1-EKS-EC2-vCPU-Hours",
        HOURS,
        POD,
        line_item_product_code="AmazonEKS",
        split_line_item_parent_resource_id=NODE,
        split_line_item_public_on_demand_split_cost=7.5,
        split_line_item_public_on_demand_unused_cost=2.5,
    )
    ask = published(node, pod)
    rows = ask("SELECT usage_family, energy_kwh, estimate_models FROM impacts ORDER BY 1")
    energy = {row["usage_family"]: float(row["energy_kwh"]) for row in rows}

    assert set(energy) == {
        "Compute instance, unused by its containers",
        "Container on an instance",
    }
    unused, used = sorted(energy.values())
    assert used == pytest.approx(3 * unused, rel=1e-8)
    assert {row["estimate_models"] for row in rows} == {"machine:m5.large"}


def test_usage_of_an_unknown_region_has_no_estimate_and_the_run_says_so(published: Any) -> None:
    """AWS opens a Region: the ledger closes as ever, the estimate names what it lacks."""
    strange = {"product_region_code": "xx-north-9", "product_from_region_code": "xx-north-9"}
    ask = published(line("XXN9-BoxUsage:m5.large", HOURS, NODE, **strange))
    (row,) = ask(
        "SELECT estimate_basis, energy_kwh, unmodelled_on_demand_cost AS cost FROM impacts"
    )

    assert (row["estimate_basis"], row["energy_kwh"]) == ("unknown-region", None)
    assert float(row["cost"]) == 10.0
    assert "no factors for Region xx-north-9" in published.said


def test_the_physical_method_weighs_by_the_estimate(published: Any) -> None:
    """Twice the machine, twice the grams, whatever it costs."""
    ask = published(
        line("EUC1-BoxUsage:m5.large", HOURS, "i-1", pricing_public_on_demand_cost=500.0),
        line("EUC1-BoxUsage:m5.2xlarge", HOURS, "i-2", pricing_public_on_demand_cost=1.0),
        options=("--method", "physical"),
    )
    grams = ask(
        "SELECT resource_id, CAST(scope_2_lbm_kgco2e AS DOUBLE) AS kg FROM emissions "
        f"WHERE {IN_EC2} ORDER BY 1"
    )
    energy = ask("SELECT resource_id, CAST(energy_kwh AS DOUBLE) AS kwh FROM impacts ORDER BY 1")
    (small, large), (little, much) = grams, energy

    assert large["kg"] / small["kg"] == pytest.approx(much["kwh"] / little["kwh"], rel=1e-3)


def test_a_month_allocated_again_from_the_kept_roll_up_has_the_same_estimate(
    tmp_path: Path, exports: Any, crossfoot: Any, published: Any
) -> None:
    """Another method without the usage files: the impacts are those of before, to the digit."""
    sql = "SELECT * EXCLUDE (run_id) FROM impacts ORDER BY ALL"
    ask = published(
        line("EUC1-BoxUsage:m5.large", HOURS, NODE), line("EUC1-EBS:VolumeUsage.gp3", 9, "v")
    )
    before = ask(sql)
    again = crossfoot(
        *("run", "--carbon", exports.carbon, "--out", tmp_path / "warehouse"),
        *("--method", "cost"),
    )

    assert again.exit_code == 0, again.stderr
    assert ask(sql) == before


def test_a_roll_up_of_before_the_estimate_is_refused_by_name(
    tmp_path: Path, exports: Any, crossfoot: Any, published: Any
) -> None:
    """An older version kept no models: another method needs the usage files once more."""
    published(line("EUC1-BoxUsage:m5.large", HOURS, NODE))
    out = tmp_path / "warehouse"
    (kept,) = (out / "runs").glob("*/*/usage/*.parquet")
    kept.chmod(0o600)
    table = pq.read_table(kept, partitioning=None).drop_columns(["model_name"])
    pq.write_table(table, kept, store_decimal_as_integer=True)
    result = crossfoot("run", "--carbon", exports.carbon, "--out", out, "--method", "cost")

    assert result.exit_code == 2
    assert "MissingColumnError" in result.stderr
    assert "Run again with the usage files" in result.stderr
