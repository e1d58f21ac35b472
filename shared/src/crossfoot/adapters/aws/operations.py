"""What an operator asks of a deployment: close months again, take in what is there already."""

import json
import uuid
from collections.abc import Iterator, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from crossfoot.adapters.aws.deployment import ClientMaker, Deployment
from crossfoot.adapters.manifests import MANIFEST_SUFFIX
from crossfoot.domain.errors import DeploymentError
from crossfoot.domain.period import UsagePeriod

_BATCH: Final = 10
"""Most messages that SQS takes at once."""


def published_months(client: ClientMaker, deployment: Deployment) -> list[UsagePeriod]:
    """Return the months that readers see, in order."""
    pages = (
        client("glue")
        .get_paginator("get_partitions")
        .paginate(DatabaseName=deployment.output("Database"), TableName="emissions")
    )
    months = {p["Values"][0] for page in pages for p in page["Partitions"]}
    return [UsagePeriod(month) for month in sorted(months)]


def start_replay(
    client: ClientMaker, deployment: Deployment, periods: Sequence[UsagePeriod]
) -> list[str]:
    """Start the closing of months again; return the names of the executions.

    A month whose inputs, configuration and engine are as before ends where it is: the same inputs
    give the same run.
    """
    names = []
    for period in periods:
        name = f"replay-{period}-{uuid.uuid4().hex[:12]}"
        client("stepfunctions").start_execution(
            stateMachineArn=deployment.output("CloseMonthArn"),
            name=name,
            input=json.dumps({"usage_period": period.text, "cause": "replay"}),
        )
        names.append(name)
    return names


def send_backfill(client: ClientMaker, deployment: Deployment) -> int:
    """Announce every manifest that lies in the landing bucket; return how many.

    S3 announces what is delivered after the rule was there; this announces the rest, in the same
    words. A delivery that is known already changes nothing.
    """
    queue, n_sent = deployment.output("DeliveriesQueueUrl"), 0
    messages = [
        {"Id": str(number), "MessageBody": json.dumps(event)}
        for number, event in enumerate(_announcements(client, deployment))
    ]
    for start in range(0, len(messages), _BATCH):
        answer = client("sqs").send_message_batch(
            QueueUrl=queue, Entries=messages[start : start + _BATCH]
        )
        if answer.get("Failed"):
            raise DeploymentError(
                f"{len(answer['Failed'])} announcements were refused after {n_sent} were taken.",
                mend="Run the command again: what is known already changes nothing.",
            )
        n_sent += len(answer["Successful"])
    return n_sent


def _announcements(client: ClientMaker, deployment: Deployment) -> Iterator[dict[str, Any]]:
    bucket = deployment.output("LandingBucket")
    pages = client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket)
    try:
        for page in pages:
            for version in page.get("Versions", []):
                if version["IsLatest"] and version["Key"].endswith(MANIFEST_SUFFIX):
                    yield _announcement(bucket, version)
    except ClientError as error:
        raise DeploymentError(
            f"the landing bucket cannot be listed ({error.response['Error']['Code']}).",
            mend="Use credentials that may call s3:ListBucketVersions on it.",
        ) from error


def _announcement(bucket: str, version: dict[str, Any]) -> dict[str, Any]:
    """Return the event that S3 would have sent by way of EventBridge."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "source": "aws.s3",
        "detail-type": "Object Created",
        "account": "",
        "time": version["LastModified"].isoformat(),
        "region": "",
        "resources": [f"arn:aws:s3:::{bucket}"],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket},
            "object": {
                "key": version["Key"],
                "size": version["Size"],
                "etag": version["ETag"].strip('"'),
                "version-id": version["VersionId"],
                "sequencer": "00",
            },
            "request-id": "backfill",
            "requester": "backfill",
            "source-ip-address": "backfill",
            "reason": "PutObject",
        },
    }
