"""EC2: instances, EBS volumes and the snapshots that the account owns."""

from collections.abc import Iterator
from typing import Final

from crossfoot.adapters.aws.inventory_readings import (
    BYTES_PER_GIB,
    Document,
    Reading,
    tags_of,
)
from crossfoot.domain.inventory import Resource, ResourceKind

_PAGE: Final = {"PageSize": 1000}
"""Paginated calls draw from EC2's larger bucket of requests."""

_SERVICE_CODE: Final = "AmazonEC2"


def read_instances(reading: Reading) -> Iterator[Resource]:
    """Yield instances in every state; terminated ones stay visible for about an hour."""
    reservations = reading.items(
        "ec2", "describe_instances", "Reservations", PaginationConfig=_PAGE
    )
    for reservation in reservations:
        yield from map(_instance, reservation["Instances"])


def read_volumes(reading: Reading) -> Iterator[Resource]:
    """Yield EBS volumes."""
    volumes = reading.items("ec2", "describe_volumes", "Volumes", PaginationConfig=_PAGE)
    yield from map(_volume, volumes)


def read_snapshots(reading: Reading) -> Iterator[Resource]:
    """Yield the account's own snapshots; shared and public ones belong to others."""
    snapshots = reading.items(
        "ec2", "describe_snapshots", "Snapshots", OwnerIds=["self"], PaginationConfig=_PAGE
    )
    for snapshot in snapshots:
        yield _snapshot(reading, snapshot)


def _instance(instance: Document) -> Resource:
    tags = tags_of(instance.get("Tags"))
    placement, cpu = instance.get("Placement", {}), instance.get("CpuOptions", {})
    n_cores, n_threads = cpu.get("CoreCount"), cpu.get("ThreadsPerCore")
    return Resource(
        service_code=_SERVICE_CODE,
        kind=ResourceKind.EC2_INSTANCE,
        resource_id=instance["InstanceId"],
        resource_name=tags.get("Name"),
        parent_resource_id=placement.get("HostId"),
        resource_type=instance.get("InstanceType"),
        state=instance["State"]["Name"],
        created_at=instance.get("LaunchTime"),
        lifecycle=instance.get("InstanceLifecycle", "on-demand"),
        tenancy=placement.get("Tenancy"),
        platform=instance.get("PlatformDetails"),
        architecture=instance.get("Architecture"),
        vcpu_count=n_cores * n_threads if n_cores and n_threads else None,
        tags=tags,
        dimensions=(("InstanceId", instance["InstanceId"]),),
    )


def _volume(volume: Document) -> Resource:
    tags = tags_of(volume.get("Tags"))
    attached_to = [each.get("InstanceId") for each in volume.get("Attachments") or ()]
    return Resource(
        service_code=_SERVICE_CODE,
        kind=ResourceKind.EBS_VOLUME,
        resource_id=volume["VolumeId"],
        resource_name=tags.get("Name"),
        parent_resource_id=next(iter(attached_to), None),
        resource_type=volume.get("VolumeType"),
        state=volume.get("State"),
        created_at=volume.get("CreateTime"),
        storage_gib=float(volume["Size"]),
        tags=tags,
    )


def _snapshot(reading: Reading, snapshot: Document) -> Resource:
    tags = tags_of(snapshot.get("Tags"))
    # the size of the volume says nothing of how many blocks the snapshot holds
    n_bytes = snapshot.get("FullSnapshotSizeInBytes")
    return Resource(
        service_code=_SERVICE_CODE,
        kind=ResourceKind.EBS_SNAPSHOT,
        resource_id=reading.arn("ec2", f"snapshot/{snapshot['SnapshotId']}"),
        resource_name=tags.get("Name"),
        parent_resource_id=snapshot.get("VolumeId"),
        resource_type=snapshot.get("StorageTier"),
        state=snapshot.get("State"),
        created_at=snapshot.get("StartTime"),
        storage_gib=None if n_bytes is None else n_bytes / BYTES_PER_GIB,
        tags=tags,
    )
