"""RDS, and what shares its API: Aurora, DocumentDB and Neptune."""

from collections.abc import Iterator
from typing import Final

from crossfoot.adapters.aws.inventory_readings import Document, Reading, tags_of
from crossfoot.domain.inventory import Resource, ResourceKind

_SERVICE_CODES: Final = {"docdb": "AmazonDocDB", "neptune": "AmazonNeptune"}
_GROWS_BY_ITSELF: Final = ("aurora", "docdb", "neptune")
"""Engines whose storage is the cluster's and not provisioned: the API tells a constant 1."""

_MACHINES_IN_TWO_ZONES: Final = 2


def read_databases(reading: Reading) -> Iterator[Resource]:
    """Yield clusters, and the database instances with the cluster that each is part of."""
    clusters = list(reading.items("rds", "describe_db_clusters", "DBClusters"))
    cluster_ids = {each["DBClusterIdentifier"]: _cluster_id(reading, each) for each in clusters}
    for cluster in clusters:
        yield _cluster(reading, cluster)
    for instance in reading.items("rds", "describe_db_instances", "DBInstances"):
        yield _instance(instance, cluster_ids.get(instance.get("DBClusterIdentifier", "")))


def _cluster_id(reading: Reading, cluster: Document) -> str:
    """Return the id under which usage is billed: of the resource and not of its name."""
    billed = cluster.get("DbClusterResourceId")
    return (
        str(cluster["DBClusterArn"]) if billed is None else reading.arn("rds", f"cluster:{billed}")
    )


def _cluster(reading: Reading, cluster: Document) -> Resource:
    return Resource(
        service_code=_service_code(cluster),
        kind=ResourceKind.RDS_CLUSTER,
        resource_id=_cluster_id(reading, cluster),
        resource_name=cluster["DBClusterIdentifier"],
        resource_type=cluster.get("DBClusterInstanceClass"),
        state=cluster.get("Status"),
        created_at=cluster.get("ClusterCreateTime"),
        engine=_engine(cluster),
        storage_gib=_storage_gib(cluster),
        desired_count=len(cluster.get("DBClusterMembers") or ()),
        tags=tags_of(cluster.get("TagList")),
    )


def _instance(instance: Document, cluster_id: str | None) -> Resource:
    name = instance["DBInstanceIdentifier"]
    return Resource(
        service_code=_service_code(instance),
        kind=ResourceKind.RDS_INSTANCE,
        resource_id=instance["DBInstanceArn"],
        resource_name=name,
        parent_resource_id=cluster_id,
        resource_type=instance.get("DBInstanceClass"),
        state=instance.get("DBInstanceStatus"),
        created_at=instance.get("InstanceCreateTime"),
        engine=_engine(instance),
        storage_gib=_storage_gib(instance),
        # a standby in the second zone is a machine as well; members of a cluster are listed
        desired_count=_MACHINES_IN_TWO_ZONES
        if instance.get("MultiAZ") and cluster_id is None
        else 1,
        tags=tags_of(instance.get("TagList")),
        dimensions=(("DBInstanceIdentifier", name),),
    )


def _service_code(database: Document) -> str:
    return _SERVICE_CODES.get(database.get("Engine", ""), "AmazonRDS")


def _engine(database: Document) -> str:
    return f"{database.get('Engine', '')} {database.get('EngineVersion', '')}".strip()


def _storage_gib(database: Document) -> float | None:
    allocated = database.get("AllocatedStorage")
    if allocated is None or database.get("Engine", "").startswith(_GROWS_BY_ITSELF):
        return None
    return float(allocated)
