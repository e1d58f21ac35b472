"""Which job a resource is of."""

import pytest

from crossfoot.usecases.sum_jobs import JobKind, name_of_job

ECS = "arn:aws:ecs:eu-west-1:000000000002:task"
UUID = "0a1b2c3d-0a1b-2c3d-4e5f-0123456789ab"


@pytest.mark.parametrize(
    ("resource", "tags", "expected"),
    [
        ("arn:aws:sagemaker:eu-west-1:1:training-job/a-b", {}, (JobKind.TRAINING, "a-b")),
        ("arn:aws-cn:sagemaker:cn-north-1:1:transform-job/x", {}, (JobKind.TRANSFORM, "x")),
        ("arn:aws:sagemaker:eu-west-1:1:endpoint/training-job/x", {}, None),
        (f"{ECS}/AWSBatch-my-env-{UUID}/f00", {}, (JobKind.BATCH_ENVIRONMENT, "my-env")),
        (f"{ECS}/my-env_Batch_{UUID}/f00", {}, (JobKind.BATCH_ENVIRONMENT, "my-env")),
        (f"{ECS}/web/f00", {}, None),
        ("i-1", {"tag_aws_batch_job_queue": "q"}, (JobKind.BATCH_QUEUE, "q")),
        (
            "i-1",
            {"tag_aws_batch_job_definition": "d:1", "tag_aws_batch_job_queue": "q"},
            (JobKind.BATCH_DEFINITION, "d:1"),
        ),
        ("i-1", {"tag_aws_batch_job_queue": ""}, None),
        ("i-1", {"tag_run": "r"}, (JobKind.TAGGED, "r")),
        (None, {"tag_run": None}, None),
    ],
)
def test_a_resource_is_of_the_job_that_its_id_or_tags_name(
    resource: str | None, tags: dict[str, str | None], expected: tuple[JobKind, str] | None
) -> None:
    """SageMaker's by the ARN, the user's own tag next, then Batch's tags from the narrowest on."""
    assert name_of_job(resource, tags, "tag_run") == expected
