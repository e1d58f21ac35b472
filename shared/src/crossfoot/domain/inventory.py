"""Words of the inventory: what is asked of member accounts, and what came back."""

from dataclasses import dataclass
from typing import Final


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
