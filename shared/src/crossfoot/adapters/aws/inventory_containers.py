"""ECS: clusters, services, and the instances that clusters run on."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from crossfoot.adapters.aws.inventory_readings import (
    UNITS_PER_VCPU,
    Document,
    Reading,
    described,
    tags_of,
)
from crossfoot.domain.inventory import Resource, ResourceKind

_SERVICE_CODE: Final = "AmazonECS"
_TAGS: Final = ["TAGS"]
_MANY: Final = 100
_FEW: Final = 10
"""What ECS describes at once: clusters and instances, and services."""


def read_containers(reading: Reading) -> Iterator[Resource]:
    """Yield each cluster, and what is in it."""
    describe = partial(reading.client("ecs").describe_clusters, include=_TAGS)
    names = reading.items("ecs", "list_clusters", "clusterArns")
    for cluster in described(describe, "clusters", "clusters", names, _MANY):
        yield _cluster(cluster)
        yield from _services(reading, cluster)
        yield from _instances(reading, cluster)


def _services(reading: Reading, cluster: Document) -> Iterator[Resource]:
    arn = cluster["clusterArn"]
    describe = partial(reading.client("ecs").describe_services, cluster=arn, include=_TAGS)
    names = reading.items("ecs", "list_services", "serviceArns", cluster=arn)
    for service in described(describe, "services", "services", names, _FEW):
        yield _service(service, cluster["clusterName"])


def _instances(reading: Reading, cluster: Document) -> Iterator[Resource]:
    arn, key = cluster["clusterArn"], "containerInstances"
    describe = partial(
        reading.client("ecs").describe_container_instances, cluster=arn, include=_TAGS
    )
    names = reading.items("ecs", "list_container_instances", "containerInstanceArns", cluster=arn)
    for instance in described(describe, key, key, names, _MANY):
        yield _instance(instance, arn)


def _cluster(cluster: Document) -> Resource:
    return Resource(
        service_code=_SERVICE_CODE,
        kind=ResourceKind.ECS_CLUSTER,
        resource_id=cluster["clusterArn"],
        resource_name=cluster["clusterName"],
        state=cluster.get("status"),
        running_count=cluster.get("runningTasksCount"),
        tags=_tags(cluster),
    )


def _service(service: Document, cluster_name: str) -> Resource:
    providers = [each["capacityProvider"] for each in service.get("capacityProviderStrategy") or ()]
    name = service["serviceName"]
    return Resource(
        service_code=_SERVICE_CODE,
        kind=ResourceKind.ECS_SERVICE,
        resource_id=service["serviceArn"],
        resource_name=name,
        parent_resource_id=service.get("clusterArn"),
        resource_type=service.get("launchType") or ",".join(providers) or None,
        state=service.get("status"),
        created_at=service.get("createdAt"),
        platform=service.get("platformFamily"),
        running_count=service.get("runningCount"),
        desired_count=service.get("desiredCount"),
        tags=_tags(service),
        dimensions=(("ClusterName", cluster_name), ("ServiceName", name)),
    )


def _instance(instance: Document, cluster_arn: str) -> Resource:
    attributes = {each["name"]: each.get("value") for each in instance.get("attributes") or ()}
    registered = {each["name"]: each for each in instance.get("registeredResources") or ()}
    cpu_units = _whole(registered.get("CPU"))
    return Resource(
        service_code=_SERVICE_CODE,
        kind=ResourceKind.ECS_CONTAINER_INSTANCE,
        resource_id=instance["containerInstanceArn"],
        resource_name=instance.get("ec2InstanceId"),
        parent_resource_id=cluster_arn,
        resource_type=attributes.get("ecs.instance-type"),
        state=instance.get("status"),
        created_at=instance.get("registeredAt"),
        platform=attributes.get("ecs.os-type"),
        architecture=attributes.get("ecs.cpu-architecture"),
        vcpu_count=None if cpu_units is None else cpu_units // UNITS_PER_VCPU,
        memory_mib=_whole(registered.get("MEMORY")),
        running_count=instance.get("runningTasksCount"),
        tags=_tags(instance),
    )


def _tags(thing: Document) -> dict[str, str]:
    return tags_of(thing.get("tags"), "key", "value")


def _whole(resource: Document | None) -> int | None:
    value: Any = None if resource is None else resource.get("integerValue")
    return None if value is None else int(value)
