"""EKS: clusters and their managed node groups."""

import contextlib
from collections.abc import Iterator
from typing import Final

from crossfoot.adapters.aws.inventory_readings import Document, Reading
from crossfoot.domain.inventory import Resource, ResourceKind

_SERVICE_CODE: Final = "AmazonEKS"


def read_kubernetes(reading: Reading) -> Iterator[Resource]:
    """Yield each cluster, and its node groups; the disks of nodes are listed as volumes."""
    eks = reading.client("eks")
    for name in reading.items("eks", "list_clusters", "clusters"):
        # a cluster may be deleted between being listed and being asked for
        with contextlib.suppress(eks.exceptions.ResourceNotFoundException):
            cluster = eks.describe_cluster(name=name)["cluster"]
            yield _cluster(cluster)
            for group in reading.items("eks", "list_nodegroups", "nodegroups", clusterName=name):
                found = eks.describe_nodegroup(clusterName=name, nodegroupName=group)
                yield _nodegroup(found["nodegroup"], cluster["arn"])


def _cluster(cluster: Document) -> Resource:
    return Resource(
        service_code=_SERVICE_CODE,
        kind=ResourceKind.EKS_CLUSTER,
        resource_id=cluster["arn"],
        resource_name=cluster["name"],
        state=cluster.get("status"),
        created_at=cluster.get("createdAt"),
        engine=f"kubernetes {cluster.get('version', '')}".strip(),
        tags=cluster.get("tags") or {},
    )


def _nodegroup(group: Document, cluster_arn: str) -> Resource:
    image, capacity = group.get("amiType"), group.get("capacityType")
    return Resource(
        service_code=_SERVICE_CODE,
        kind=ResourceKind.EKS_NODEGROUP,
        resource_id=group["nodegroupArn"],
        resource_name=group["nodegroupName"],
        parent_resource_id=cluster_arn,
        resource_type=",".join(group.get("instanceTypes") or ()) or None,
        state=group.get("status"),
        created_at=group.get("createdAt"),
        lifecycle=None if capacity is None else capacity.lower().replace("_", "-"),
        platform=image,
        architecture=_architecture(image),
        engine=f"kubernetes {group.get('version', '')}".strip(),
        desired_count=(group.get("scalingConfig") or {}).get("desiredSize"),
        tags=group.get("tags") or {},
    )


def _architecture(image: str | None) -> str | None:
    """Return what the image's name says; a custom image says nothing."""
    if image is None or image == "CUSTOM":
        return None
    return "arm64" if "ARM" in image else "x86_64"
