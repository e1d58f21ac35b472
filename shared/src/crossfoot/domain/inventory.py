"""Words of the inventory: what is asked of member accounts, and what came back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import Final, Self

import numpy as np

from crossfoot.domain.deliveries import Notice, event_id_of

NAMED_ACCOUNTS: Final = 100
"""How many accounts an answer or an event names; their number is always told."""

WINDOW_DAYS: Final = 30
"""Whole days before a collection whose utilization is read."""


@dataclass(frozen=True, slots=True)
class ReadAction:
    """One IAM action that a role needs, and what it may be granted on.

    ``resources`` are ARN patterns with the places ``{partition}`` and ``{account}``; empty where
    the API takes no resource, so that only ``*`` grants it.
    """

    action: str
    purpose: str
    resources: tuple[str, ...] = ()

    @property
    def is_for_any_resource(self) -> bool:
        """Whether IAM knows no narrower resource than ``*`` for this action."""
        return not self.resources

    def resources_in(self, partition: str, account: str) -> tuple[str, ...]:
        """Return the resources to grant on; tokens of a template may stand for both arguments."""
        if self.is_for_any_resource:
            return ("*",)
        return tuple(text.format(partition=partition, account=account) for text in self.resources)


_DB: Final = "arn:{partition}:rds:*:{account}:db:*"
_DB_CLUSTER: Final = "arn:{partition}:rds:*:{account}:cluster:*"
_ECS_CLUSTER: Final = "arn:{partition}:ecs:*:{account}:cluster/*"
_ECS_SERVICE: Final = "arn:{partition}:ecs:*:{account}:service/*"
_ECS_INSTANCE: Final = "arn:{partition}:ecs:*:{account}:container-instance/*"
_EKS_CLUSTER: Final = "arn:{partition}:eks:*:{account}:cluster/*"
_EKS_NODEGROUP: Final = "arn:{partition}:eks:*:{account}:nodegroup/*"

INVENTORY_ACTIONS: Final = (
    ReadAction("ec2:DescribeRegions", "Regions that are enabled in the account"),
    ReadAction("ec2:DescribeInstances", "instances"),
    ReadAction("ec2:DescribeVolumes", "EBS volumes"),
    ReadAction("ec2:DescribeSnapshots", "EBS snapshots that the account owns"),
    ReadAction("rds:DescribeDBInstances", "database instances", (_DB,)),
    ReadAction("rds:DescribeDBClusters", "database clusters", (_DB_CLUSTER,)),
    ReadAction("lambda:ListFunctions", "functions"),
    ReadAction("s3:ListAllMyBuckets", "buckets of a Region"),
    ReadAction("ecs:ListClusters", "ECS clusters"),
    ReadAction("ecs:DescribeClusters", "ECS clusters", (_ECS_CLUSTER,)),
    ReadAction("ecs:ListServices", "ECS services"),
    ReadAction("ecs:DescribeServices", "ECS services", (_ECS_SERVICE,)),
    ReadAction("ecs:ListContainerInstances", "ECS container instances", (_ECS_CLUSTER,)),
    ReadAction("ecs:DescribeContainerInstances", "ECS container instances", (_ECS_INSTANCE,)),
    ReadAction("eks:ListClusters", "EKS clusters"),
    ReadAction("eks:DescribeCluster", "EKS clusters", (_EKS_CLUSTER,)),
    ReadAction("eks:ListNodegroups", "EKS node groups", (_EKS_CLUSTER,)),
    ReadAction("eks:DescribeNodegroup", "EKS node groups", (_EKS_NODEGROUP,)),
    ReadAction("cloudwatch:GetMetricData", "utilization of the last month"),
    ReadAction("cloudwatch:ListMetrics", "storage classes that buckets have figures for"),
    ReadAction("tag:GetResources", "tags of functions and buckets"),
)
"""What the role in each member account allows; all of it reads, nothing of it reads content."""

ORGANIZATION_ACTIONS: Final = (
    ReadAction("organizations:ListAccounts", "accounts, their names and states"),
    ReadAction("organizations:ListRoots", "where the tree of organizational units begins"),
    ReadAction("organizations:ListOrganizationalUnitsForParent", "names of organizational units"),
    ReadAction("organizations:ListParents", "organizational unit of an account"),
)
"""What ``list_accounts`` needs, in its own role or in the management account's."""


class AccountState(StrEnum):
    """What matters of an account's state in its organization."""

    ACTIVE = "active"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """An account as the organization lists it; an inactive one is named, and never asked.

    ``ou_path`` is the names of its organizational units from the root, such as ``/Platform/CI``.
    ``joined`` is the day on which it joined the organization, UTC; ``None`` where nobody told.
    """

    account_id: str
    name: str
    ou_path: str | None
    state: AccountState
    joined: date | None = None

    @property
    def is_active(self) -> bool:
        """Whether its resources can be asked for."""
        return self.state is AccountState.ACTIVE


@dataclass(frozen=True, slots=True, order=True)
class WorkItem:
    """One account and one of its Regions: what one call of ``collect_inventory`` reads."""

    account_id: str
    region_code: str


@dataclass(frozen=True, slots=True)
class RegionAnswers:
    """Which Regions accounts have enabled.

    ``refused`` are accounts whose role cannot be taken; accounts in neither did not answer.
    """

    enabled: Mapping[str, tuple[str, ...]]
    refused: frozenset[str]


class ResourceKind(StrEnum):
    """What is collected."""

    EC2_INSTANCE = "ec2-instance"
    EBS_VOLUME = "ebs-volume"
    EBS_SNAPSHOT = "ebs-snapshot"
    RDS_INSTANCE = "rds-instance"
    RDS_CLUSTER = "rds-cluster"
    LAMBDA_FUNCTION = "lambda-function"
    S3_BUCKET = "s3-bucket"
    ECS_CLUSTER = "ecs-cluster"
    ECS_SERVICE = "ecs-service"
    ECS_CONTAINER_INSTANCE = "ecs-container-instance"
    EKS_CLUSTER = "eks-cluster"
    EKS_NODEGROUP = "eks-nodegroup"


@dataclass(frozen=True, slots=True)
class Utilization:
    """What a resource did in the window; ``None`` where no day has data, never zero instead.

    Percentages are of all its processors, 0 to 100.
    """

    measured_days: int | None = None
    cpu_mean_percent: float | None = None
    cpu_p50_percent: float | None = None
    cpu_p95_percent: float | None = None
    cpu_max_percent: float | None = None
    invocation_count: float | None = None
    duration_mean_ms: float | None = None
    concurrency_max: float | None = None

    @classmethod
    def of_cpu(cls, daily_average: Sequence[float], daily_maximum: Sequence[float]) -> Self:
        """Summarize processors: mean and percentiles over the days that have data. [percent]."""
        if not daily_average:
            return cls(measured_days=0, cpu_max_percent=max(daily_maximum, default=None))
        p50, p95 = np.percentile(np.asarray(daily_average, np.float64), (50, 95))
        return cls(
            measured_days=len(daily_average),
            cpu_mean_percent=float(np.mean(daily_average)),
            cpu_p50_percent=float(p50),
            cpu_p95_percent=float(p95),
            cpu_max_percent=max(daily_maximum, default=None),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource; each field that is published is a column of ``inventory``, described there.

    ``tags`` is ``None`` where they could not be read. ``dimensions`` is how CloudWatch names it.
    """

    service_code: str
    kind: ResourceKind
    resource_id: str
    resource_name: str | None = None
    parent_resource_id: str | None = None
    resource_type: str | None = None
    state: str | None = None
    created_at: datetime | None = None
    lifecycle: str | None = None
    tenancy: str | None = None
    platform: str | None = None
    architecture: str | None = None
    engine: str | None = None
    vcpu_count: int | None = None
    memory_mib: int | None = None
    storage_gib: float | None = None
    object_count: int | None = None
    running_count: int | None = None
    desired_count: int | None = None
    tags: Mapping[str, str] | None = None
    utilization: Utilization = field(default_factory=Utilization)
    dimensions: tuple[tuple[str, str], ...] = ()


class GapKind(StrEnum):
    """Why something was not read."""

    UNSUPPORTED = "unsupported"
    """The Region does not have the service: nothing is missing."""

    NOT_ENABLED = "not-enabled"
    """The account has not enabled the Region: nothing is missing."""

    DENIED = "denied"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Gap:
    """One service that was not read to its end, and why, in the service's own code."""

    service: str
    kind: GapKind
    reason: str

    @property
    def is_loss(self) -> bool:
        """Whether resources may be missing for it."""
        return self.kind in {GapKind.DENIED, GapKind.FAILED}


@dataclass(frozen=True, slots=True)
class Survey:
    """What one account has in one Region, and what could not be read of it."""

    resources: Sequence[Resource]
    gaps: tuple[Gap, ...]
    n_services: int

    @property
    def outcome(self) -> "Outcome":
        """How far it came, judged by the services."""
        losses = [gap for gap in self.gaps if gap.is_loss]
        if losses:
            is_empty = not self.resources and len(self.gaps) >= self.n_services
            return Outcome.FAILED if is_empty else Outcome.PARTIAL
        disabled = [gap for gap in self.gaps if gap.kind is GapKind.NOT_ENABLED]
        return Outcome.NOT_ENABLED if disabled and not self.resources else Outcome.COLLECTED


class Outcome(StrEnum):
    """How far the collection of one account and Region came."""

    COLLECTED = "collected"
    NOT_ENABLED = "not-enabled"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one work item."""

    item: WorkItem
    outcome: Outcome
    n_resources: int = 0
    gaps: tuple[Gap, ...] = ()
    error: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CollectionSummary:
    """What became of a collection, account by account; each account is in one of the three.

    A failed account gave nothing in any Region, a partial one lacks something somewhere.
    """

    n_collected: int
    n_resources: int
    partial: tuple[str, ...]
    failed: tuple[str, ...]

    @classmethod
    def of(cls, items: Sequence[WorkItem], receipts: Sequence[Receipt]) -> Self:
        """Judge every account that was to be collected; an item without a receipt has failed."""
        by_item = {receipt.item: receipt for receipt in receipts}
        outcomes: dict[str, set[Outcome]] = {
            account: {
                by_item[item].outcome if item in by_item else Outcome.FAILED for item in group
            }
            for account, group in groupby(sorted(set(items)), attrgetter("account_id"))
        }
        failed = tuple(account for account, found in outcomes.items() if found == {Outcome.FAILED})
        partial = tuple(
            account
            for account, found in outcomes.items()
            if account not in set(failed) and found & {Outcome.FAILED, Outcome.PARTIAL}
        )
        return cls(
            n_collected=len(outcomes) - len(failed) - len(partial),
            n_resources=sum(receipt.n_resources for receipt in receipts),
            partial=partial,
            failed=failed,
        )


def inventory_collected(
    collection: str, day: date, summary: CollectionSummary, at: datetime
) -> Notice:
    """Return the event of a collection: how many accounts, and which of them gave nothing."""
    detail_type = "Inventory Collected"
    event_id = event_id_of(detail_type, collection)
    metadata = {"schema_version": "1", "event_id": event_id, "occurred_at": at.isoformat()}
    data = {
        "collection": collection,
        "day": day.isoformat(),
        "n_resources": summary.n_resources,
        "n_collected": summary.n_collected,
        "n_partial": len(summary.partial),
        "n_failed": len(summary.failed),
        "partial": list(summary.partial[:NAMED_ACCOUNTS]),
        "failed": list(summary.failed[:NAMED_ACCOUNTS]),
    }
    return Notice(event_id, detail_type, {"metadata": metadata, "data": data})
