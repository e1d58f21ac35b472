"""Jobs at the door: SageMaker's by their ARN, AWS Batch's by their tags, both sides of each."""

import json
from pathlib import Path
from typing import Any

import pytest

ACCOUNT = "000000000002"
NODE = "i-0123456789abcdef0"
QUEUE = "arn:aws:batch:eu-central-1:000000000002:job-queue/nightly"
CLUSTER = "AWSBatch-render-11111111-2222-3333-4444-555555555555"
TAGS = ["aws:batch:job-definition", "aws:batch:job-queue", "aws:batch:compute-environment", "run"]


def _sagemaker(kind: str, name: str, usage_type: str, hours: float, **more: Any) -> dict[str, Any]:
    return {
        "line_item_product_code": "AmazonSageMaker",
        "line_item_usage_type": usage_type,
        "line_item_operation": "RunInstance",
        "line_item_resource_id": f"arn:aws:sagemaker:eu-central-1:{ACCOUNT}:{kind}-job/{name}",
        "line_item_usage_amount": hours,
        "pricing_public_on_demand_cost": hours,
        **more,
    }


def _task(name: str, share: float, **tags: str) -> dict[str, Any]:
    return {
        "line_item_product_code": "AmazonECS",
        "line_item_usage_type": "EUC1-ECS-EC2-vCPU-Hours",
        "line_item_resource_id": f"arn:aws:ecs:eu-central-1:{ACCOUNT}:task/{CLUSTER}/{name}",
        "split_line_item_parent_resource_id": NODE,
        "split_line_item_public_on_demand_split_cost": share,
        "split_line_item_public_on_demand_unused_cost": 0.0,
        "line_item_unblended_cost": 0.0,
        "resource_tags": tags,
    }


LINES = [
    _sagemaker("training", "churn", "EUC1-Train:ml.p3.2xlarge", 10.0),
    _sagemaker("training", "churn", "EUC1-Train:ml.m5.xlarge", 2.0),
    _sagemaker("training", "churn", "EUC1-Train:VolumeUsage.gp2", 0.5, pricing_unit="GB-Mo"),
    _sagemaker("processing", "clean", "EUC1-Processing:ml.m5.large", 3.0),
    _sagemaker("endpoint", "serving", "EUC1-Host:ml.m5.large", 99.0),
    {
        "line_item_resource_id": NODE,
        "line_item_usage_type": "EUC1-BoxUsage:c5.xlarge",
        "line_item_usage_amount": 4.0,
        "pricing_public_on_demand_cost": 0.8,
        "resource_tags": {"aws_batch_compute_environment": "render"},
    },
    _task("a", 0.2, aws_batch_job_definition="frames:3", user_run="r-1"),
    _task("b", 0.2, aws_batch_job_definition="frames:3", user_run="r-2"),
    _task("c", 0.1, aws_batch_job_queue=QUEUE),
    _task("d", 0.1),
    {"line_item_resource_id": "i-9", "pricing_public_on_demand_cost": 0.2},
]


@pytest.fixture(scope="module")
def jobs_of(tmp_path_factory: pytest.TempPathFactory, crossfoot: Any, delivered: Any) -> Any:
    """Publish a month with jobs, and return what asks for them."""
    place = tmp_path_factory.mktemp("jobs")
    config = place / "crossfoot.toml"
    config.write_text(f"tags = {json.dumps(TAGS)}\n")
    usage = delivered.parquet(place / "usage.parquet", delivered.cur(*LINES))
    carbon = delivered.parquet(
        place / "carbon.parquet", delivered.carbon({}, {"product_code": "Other"})
    )
    out = place / "warehouse"
    done = crossfoot("run", "--carbon", carbon, "--usage", usage, "--config", config, "--out", out)
    assert done.exit_code == 0, done.stderr

    def ask(*options: str, status: int = 0) -> Any:
        result = crossfoot("jobs", "--warehouse", out, *options)
        assert result.exit_code == status, result.stderr
        return json.loads(result.stdout) if "--json" in options else result

    ask.warehouse = out  # type: ignore[attr-defined]
    return ask


def _sum(crossfoot: Any, warehouse: Path, table: str, column: str, condition: str) -> float:
    sql = f"SELECT CAST(sum({column}) AS DOUBLE) AS total FROM {table} WHERE {condition}"
    result = crossfoot("query", "--warehouse", warehouse, sql, "--format", "json")
    return float(json.loads(result.stdout)[0]["total"])


def test_jobs_are_named_and_everything_else_is_left(jobs_of: Any) -> None:
    """An endpoint is no job; Batch's work is named by definition, queue or environment."""
    found = {(job["kind"], job["name"]) for job in jobs_of("--json")}

    assert found == {
        ("sagemaker-training", "churn"),
        ("sagemaker-processing", "clean"),
        ("batch-job-definition", "frames:3"),
        ("batch-job-queue", "nightly"),
        ("batch-compute-environment", "render"),
    }


def test_a_training_job_has_its_machines_hours_and_both_sides(jobs_of: Any, crossfoot: Any) -> None:
    """Hours by machine, the volume beside them, ranges in order, and AWS's grams of the ledger."""
    (job,) = (each for each in jobs_of("--json") if each["name"] == "churn")
    of_job = "resource_id LIKE '%training-job/churn'"
    grams = 1000 * _sum(crossfoot, jobs_of.warehouse, "emissions", "total_lbm_kgco2e", of_job)
    energy = _sum(crossfoot, jobs_of.warehouse, "impacts", "energy_kwh", of_job)

    assert job["machines"] == {"p3.2xlarge": 10.0, "m5.xlarge": 2.0}
    assert job["machine_hours"] == 12.0
    assert [each["unit"] for each in job["other_usage"]] == ["gb-months"]
    assert job["estimated"]["energy_kwh"]["value"] == pytest.approx(energy)
    for figure in job["estimated"].values():
        assert 0 < figure["low"] < figure["value"] < figure["high"]
    assert job["reported"]["total_lbm_gco2e"] == pytest.approx(grams)
    assert grams > 0
    assert (job["usage_account_id"], job["region_code"]) == (ACCOUNT, "eu-central-1")


def test_tasks_name_their_machine_and_share_its_estimate(jobs_of: Any, crossfoot: Any) -> None:
    """A task has no machine hours of its own; with the rest of the node nothing is lost."""
    batch = {job["name"]: job for job in jobs_of("--json") if job["kind"].startswith("batch")}
    energy = {name: job["estimated"]["energy_kwh"]["value"] for name, job in batch.items()}
    node = f"resource_id = '{NODE}' OR resource_id LIKE '%:task/{CLUSTER}/%'"

    assert batch["frames:3"]["machines"] == {"c5.xlarge": None}
    assert batch["frames:3"]["machine_hours"] is None
    assert len(batch["frames:3"]["resources"]) == 2
    assert batch["render"]["machines"] == {"c5.xlarge": 4.0}
    assert energy["frames:3"] == pytest.approx(4 * energy["nightly"], rel=1e-6)
    assert sum(energy.values()) == pytest.approx(
        _sum(crossfoot, jobs_of.warehouse, "impacts", "energy_kwh", node)
    )


def test_a_tag_of_the_users_own_names_jobs(jobs_of: Any) -> None:
    """The name of a Batch job is in the bill only where the user propagates it as a tag."""
    tagged = {job["name"] for job in jobs_of("--json", "--tag", "run") if job["kind"] == "tagged"}
    refused = jobs_of("--tag", "colour", status=2)

    assert tagged == {"r-1", "r-2"}
    assert refused.stderr.startswith("InvalidArgumentError: --tag: the ledger has no column")


def test_a_month_is_asked_for(jobs_of: Any) -> None:
    """The month that there is, and one that there is not."""
    refused = jobs_of("--period", "2026-04", status=2)

    assert len(jobs_of("--json", "--period", "2026-03")) == 5
    assert "Published periods: 2026-03." in refused.stderr


def test_jobs_are_told_in_words(jobs_of: Any, crossfoot: Any, warehouse: Path) -> None:
    """One line a job; a warehouse without jobs says so."""
    told = jobs_of().stdout
    none = crossfoot("jobs", "--warehouse", warehouse)

    (line,) = (line for line in told.splitlines() if line.startswith("churn"))
    assert "sagemaker-training" in line
    assert "m5.xlarge, p3.2xlarge" in line
    assert " to " in line
    assert none.stdout.startswith("No jobs of SageMaker or AWS Batch")
