"""What ``doctor --aws`` looks at: stacks, exports, policies, keys, queues, layers, freshness."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from crossfoot import __version__
from crossfoot.adapters.aws.deployment import STACKS, ClientMaker, Deployment, find_deployment
from crossfoot.adapters.aws.places import CuratedPlaces
from crossfoot.domain.columns import EMISSIONS, IMPACTS
from crossfoot.domain.deliveries import ExportKind
from crossfoot.domain.errors import DeploymentError
from crossfoot.domain.findings import Finding
from crossfoot.domain.period import UsagePeriod

_EXPORT_SERVICE: Final = "bcm-data-exports.amazonaws.com"
_EXPORT_OUTPUTS: Final = {
    ExportKind.CARBON: "CarbonExportArn",
    ExportKind.USAGE: "UsageExportArn",
}
_RUNBOOKS: Final = "docs/operations/runbooks.md"
_LATE_DAY: Final = 23
"""AWS publishes a month by about the middle of the next but one; later than this is late."""

_COLLECTED_BY_HOUR: Final = 6
_NO_MONTH: Final = "none"


def examine_deployment(client: ClientMaker, now: datetime) -> list[Finding]:
    """Look at everything that a deployment needs, and never stop at the first thing missing."""
    deployment = find_deployment(client)
    findings = [_stack(deployment, name) for name in STACKS]
    if not deployment.outputs:
        return findings
    looks: Sequence[Callable[[], list[Finding]]] = (
        *(lambda kind=kind: [_export(client, deployment, kind)] for kind in ExportKind),
        lambda: _landing_policy(client, deployment),
        lambda: [_key(client, deployment)],
        lambda: _functions(client),
        lambda: [_dead_letters(client, deployment)],
        lambda: _ledger(client, deployment),
        lambda: [_failed_closings(client, deployment)],
        lambda: _freshness(client, deployment, now),
        lambda: [_loads(client, deployment, now)],
    )
    for look in looks:
        findings += _looked(look)
    return findings


def _looked(look: Callable[[], list[Finding]]) -> list[Finding]:
    """Turn what cannot be looked at into a finding: the rest is still worth looking at."""
    try:
        return look()
    except DeploymentError as error:
        return [Finding("deployment", error.message, is_well=False, mend=error.mend or "")]
    except ClientError as error:
        what = f"{error.operation_name}: {error.response['Error']['Code']}"
        mend = "Use credentials that may call it, or ask whoever runs the account."
        return [Finding("permissions", what, is_well=False, mend=mend)]
    except BotoCoreError as error:
        return [Finding("connection", str(error), is_well=False, mend="Check Region and network.")]


def _stack(deployment: Deployment, name: str) -> Finding:
    status = deployment.status.get(name, "is not deployed here")
    return Finding(
        f"stack {name}",
        status,
        status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"},
        "Run `make deploy`; its output names the resource that failed.",
    )


def _export(client: ClientMaker, deployment: Deployment, kind: ExportKind) -> Finding:
    arn = deployment.output(_EXPORT_OUTPUTS[kind])
    answer = client("bcm-data-exports").get_export(ExportArn=arn)
    status = answer.get("ExportStatus", {})
    said = status.get("StatusCode", "has not delivered yet")
    reason = status.get("StatusReason")
    return Finding(
        f"{kind} export",
        said if reason is None else f"{said}: {reason}",
        said == "HEALTHY",
        "See that the landing bucket's policy and owner are as deployed, then run `make deploy`.",
    )


def _landing_policy(client: ClientMaker, deployment: Deployment) -> list[Finding]:
    bucket = deployment.output("LandingBucket")
    statements = json.loads(client("s3").get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    grants = [s for s in statements if s["Effect"] == "Allow" and _is_of_exports(s)]
    narrow = [s for s in grants if {"aws:SourceArn", "aws:SourceAccount"} <= _condition_keys(s)]
    denies = [s for s in statements if s["Effect"] == "Deny"]
    is_tls_only = any("aws:SecureTransport" in _condition_keys(s) for s in denies)
    mend = "Run `make deploy`. The Data Exports console overwrites the policy of a bucket you pick."
    return [
        Finding("delivery permission", f"{len(grants)} grants to AWS", bool(grants), mend),
        Finding(
            "delivery conditions",
            "only from our own exports" if narrow else "from anybody's exports",
            bool(grants) and len(narrow) == len(grants),
            mend,
        ),
        Finding("TLS", "only" if is_tls_only else "not enforced", is_tls_only, mend),
    ]


def _is_of_exports(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal", {})
    service = principal.get("Service") if isinstance(principal, dict) else None
    return service == _EXPORT_SERVICE or (isinstance(service, list) and _EXPORT_SERVICE in service)


def _condition_keys(statement: dict[str, Any]) -> set[str]:
    return {key for block in statement.get("Condition", {}).values() for key in block}


def _key(client: ClientMaker, deployment: Deployment) -> Finding:
    state = client("kms").describe_key(KeyId=deployment.output("KeyArn"))["KeyMetadata"]["KeyState"]
    return Finding(
        "encryption key",
        state,
        state == "Enabled",
        "Enable the key, or cancel its deletion: nothing can be read or written without it.",
    )


def _functions(client: ClientMaker) -> list[Finding]:
    """Look at the layers: one version for all functions, of the engine that asks."""
    resources = client("cloudformation").get_paginator("list_stack_resources")
    names = [
        resource["PhysicalResourceId"]
        for page in resources.paginate(StackName="CrossfootPipeline")
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == "AWS::Lambda::Function"
    ]
    versions: dict[str, set[str]] = {}
    engines: set[str] = set()
    for name in names:
        function = client("lambda").get_function_configuration(FunctionName=name)
        variables = function.get("Environment", {}).get("Variables", {})
        engines.add(variables.get("ENGINE_VERSION", "unknown"))
        for layer in function.get("Layers", []):
            layer_name, version = layer["Arn"].rsplit(":", 2)[-2:]
            versions.setdefault(layer_name, set()).add(version)
    mixed = sorted(name for name, found in versions.items() if len(found) > 1)
    said = ", ".join(f"{name.rsplit(':', 1)[-1]} {min(found)}" for name, found in versions.items())
    return [
        Finding(
            "layers",
            f"of several versions: {', '.join(mixed)}" if mixed else said or "none",
            bool(versions) and not mixed,
            "Run `make deploy`: a deployment was interrupted.",
        ),
        Finding(
            "engine",
            f"{', '.join(sorted(engines))} deployed, {__version__} here",
            engines == {__version__},
            "Run `make deploy` from the version that you want, then `crossfoot replay`.",
        ),
    ]


def _dead_letters(client: ClientMaker, deployment: Deployment) -> Finding:
    queue = deployment.output("DeadLetterQueueUrl")
    name = "ApproximateNumberOfMessages"
    answer = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=[name])
    waiting = int(answer["Attributes"][name])
    mend = f"See {_RUNBOOKS}#dead-letters."
    return Finding("dead letters", f"{waiting} waiting", waiting == 0, mend)


def _ledger(client: ClientMaker, deployment: Deployment) -> list[Finding]:
    """Count what waits: publications that the catalogue does not show, and unsent notices."""
    counts = {
        kind: client("dynamodb").query(
            TableName=deployment.output("LedgerTable"),
            IndexName="open",
            KeyConditionExpression="open_kind = :kind",
            ExpressionAttributeValues={":kind": {"S": kind}},
            Select="COUNT",
        )["Count"]
        for kind in ("pointer", "notice")
    }
    mend = f"Both mend themselves within 15 minutes; if not, see {_RUNBOOKS}#unfinished."
    return [
        Finding("unsettled months", str(counts["pointer"]), counts["pointer"] == 0, mend),
        Finding("unsent notices", str(counts["notice"]), counts["notice"] == 0, mend),
    ]


def _failed_closings(client: ClientMaker, deployment: Deployment) -> Finding:
    answer = client("stepfunctions").list_executions(
        stateMachineArn=deployment.output("CloseMonthArn"), maxResults=20
    )
    # the newest come first: what failed before a later success of the month is history
    latest: dict[str, str] = {}
    for execution in answer["executions"]:
        latest.setdefault(_month_of(execution["name"]), execution["status"])
    failed = sorted(m for m, s in latest.items() if s in {"FAILED", "TIMED_OUT", "ABORTED"})
    return Finding(
        "closings",
        f"failed: {', '.join(failed)}" if failed else f"{len(latest)} months lately, none failed",
        not failed,
        f"See {_RUNBOOKS}#month-not-closed, then `crossfoot replay --period YYYY-MM`.",
    )


def _month_of(execution: str) -> str:
    """Return the month of ``close-2026-09-...`` or ``replay-2026-09-...``."""
    return "-".join(execution.split("-")[1:3])


def _freshness(client: ClientMaker, deployment: Deployment, now: datetime) -> list[Finding]:
    newest = _newest_month(client, deployment, EMISSIONS.name)
    estimated = _newest_month(client, deployment, IMPACTS.name)
    expected = _expected_month(now).text
    return [
        Finding(
            "newest month",
            f"{newest} published, {expected} expected",
            newest != _NO_MONTH and newest >= expected,
            f"See {_RUNBOOKS}#emissions-data-late.",
        ),
        Finding(
            "newest estimate",
            f"{estimated} estimated, {newest} published",
            estimated == newest,
            "Run `crossfoot replay`: the month was published before there were estimates.",
        ),
    ]


def _newest_month(client: ClientMaker, deployment: Deployment, table: str) -> str:
    pages = (
        client("glue")
        .get_paginator("get_partitions")
        .paginate(DatabaseName=deployment.output("Database"), TableName=table)
    )
    months: list[str] = [p["Values"][0] for page in pages for p in page["Partitions"]]
    return max(months, default=_NO_MONTH)


def _loads(client: ClientMaker, deployment: Deployment, now: datetime) -> Finding:
    """Look for the collection of the first of the month: its figures are last month's loads."""
    # the collection of the first begins at half past four
    first = (now - timedelta(hours=_COLLECTED_BY_HOUR)).date().replace(day=1)
    folder = CuratedPlaces(deployment.output("CuratedBucket")).inventory_day(first)
    answer = client("s3").list_objects_v2(Bucket=folder.bucket, Prefix=folder.key, MaxKeys=1)
    is_there = bool(answer.get("Contents"))
    return Finding(
        "loads",
        f"inventory of {first}" if is_there else f"no inventory of {first}: taken as half load",
        is_there,
        f"See {_RUNBOOKS}#loads-missing.",
    )


def _expected_month(now: datetime) -> UsagePeriod:
    """Return the month that AWS has reported by now: the last one, from the 23rd on."""
    months = now.year * 12 + now.month - 1 - (1 if now.day >= _LATE_DAY else 2)
    return UsagePeriod(f"{months // 12:04d}-{months % 12 + 1:02d}")
