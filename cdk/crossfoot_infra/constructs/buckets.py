"""The four buckets of a deployment, and how long each keeps what."""

from dataclasses import dataclass
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from crossfoot_infra.constructs.acknowledgements import acknowledge
from crossfoot_infra.constructs.secure_bucket import SecureBucket
from crossfoot_infra.settings import DeploymentSettings, RetentionSettings

AUDIT_PREFIXES: Final = ("tables/", "runs/", "deliveries/", "deliveries-described/", "pins/")
"""Folders of the curated bucket that are written once and never removed."""

_RESTING_DAYS: Final = 30
"""Months are restated and asked for in their first weeks most of all."""

_NO_REPLICATION: Final = "NIST.800.53.R5-S3BucketReplicationEnabled"
_NO_KEY: Final = "NIST.800.53.R5-S3DefaultEncryptionKMS"


@dataclass(frozen=True, slots=True)
class Buckets:
    """Where requests are logged, where AWS delivers, what is kept, and what passes."""

    access_logs: SecureBucket
    landing: SecureBucket
    curated: SecureBucket
    work: SecureBucket


def make_buckets(scope: Construct, *, key: kms.IKey, settings: DeploymentSettings) -> Buckets:
    """Make the buckets in the order in which they need each other."""
    logs = _access_logs(scope, settings)
    return Buckets(
        access_logs=logs,
        landing=_landing(scope, settings, logs),
        curated=_curated(scope, settings, logs, key),
        work=_work(scope, settings, logs, key),
    )


def _access_logs(scope: Construct, settings: DeploymentSettings) -> SecureBucket:
    bucket = SecureBucket(
        scope,
        "AccessLogs",
        bucket_name=settings.bucket_name("access-logs"),
        lifecycle_rules=[_expire("access-logs", settings.retention.access_log_days)],
    )
    reasons = {
        _NO_KEY: "S3 writes access logs under its own keys only.",
        _NO_REPLICATION: "Logs of requests are of use where the requests were made.",
    }
    acknowledge(bucket, reasons)
    return bucket


def _landing(scope: Construct, settings: DeploymentSettings, logs: SecureBucket) -> SecureBucket:
    """Make the bucket that AWS delivers to, under S3's own keys.

    Data Exports documents no delivery under a key of the customer's, and a failed one is told to
    nobody. Everything that we derive is under our key.
    """
    bucket = SecureBucket(
        scope,
        "Landing",
        bucket_name=settings.landing_bucket_name,
        access_logs=logs,
        lifecycle_rules=[
            _expire_versions(
                "usage-written-over",
                settings.retention.usage_version_days,
                prefix=f"{settings.exports.usage_prefix}/",
            )
        ],
    )
    bucket.announce_objects()
    reasons = {
        _NO_KEY: "Data Exports documents no delivery under other keys than S3's own.",
        _NO_REPLICATION: "AWS holds the originals and delivers them again.",
    }
    acknowledge(bucket, reasons)
    return bucket


def _curated(
    scope: Construct, settings: DeploymentSettings, logs: SecureBucket, key: kms.IKey
) -> SecureBucket:
    keep = settings.retention
    bucket = SecureBucket(
        scope,
        "Curated",
        bucket_name=settings.bucket_name("curated"),
        key=key,
        access_logs=logs,
        lifecycle_rules=[_expire_versions("superseded", keep.superseded_days), _cool_runs()],
        lock=_lock(keep),
    )
    bucket.refuse_other_keys(key)
    bucket.refuse_removal(*AUDIT_PREFIXES)
    reason = "Every version is kept and removal refused; a copy in another Region is a choice."
    acknowledge(bucket, {_NO_REPLICATION: reason})
    return bucket


def _work(
    scope: Construct, settings: DeploymentSettings, logs: SecureBucket, key: kms.IKey
) -> SecureBucket:
    bucket = SecureBucket(
        scope,
        "Work",
        bucket_name=settings.bucket_name("work"),
        key=key,
        access_logs=logs,
        lifecycle_rules=[_expire("work", settings.retention.work_days)],
    )
    bucket.refuse_other_keys(key)
    acknowledge(bucket, {_NO_REPLICATION: "A run makes its contents anew, and they expire."})
    return bucket


def _expire(id_: str, days: int) -> s3.LifecycleRule:
    return s3.LifecycleRule(
        id=id_,
        expiration=cdk.Duration.days(days),
        noncurrent_version_expiration=cdk.Duration.days(1),
    )


def _expire_versions(id_: str, days: int, prefix: str | None = None) -> s3.LifecycleRule:
    return s3.LifecycleRule(
        id=id_, prefix=prefix, noncurrent_version_expiration=cdk.Duration.days(days)
    )


def _cool_runs() -> s3.LifecycleRule:
    """Let S3 move runs that nobody reads to cheaper classes; they answer as quickly from there."""
    return s3.LifecycleRule(
        id="runs-that-rest",
        prefix="tables/",
        transitions=[
            s3.Transition(
                storage_class=s3.StorageClass.INTELLIGENT_TIERING,
                transition_after=cdk.Duration.days(_RESTING_DAYS),
            )
        ],
    )


def _lock(keep: RetentionSettings) -> s3.ObjectLockRetention | None:
    days = cdk.Duration.days(keep.lock_days)
    match keep.lock_mode:
        case "governance":
            return s3.ObjectLockRetention.governance(days)
        case "compliance":
            return s3.ObjectLockRetention.compliance(days)
        case "none":
            return None
