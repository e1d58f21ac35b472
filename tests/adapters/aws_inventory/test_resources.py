"""What each reader finds in a member account."""

import io
import json
import zipfile
from typing import Any

import pytest

from crossfoot.adapters.aws.inventory_buckets import read_buckets
from crossfoot.adapters.aws.inventory_containers import read_containers
from crossfoot.adapters.aws.inventory_databases import read_databases
from crossfoot.adapters.aws.inventory_functions import read_functions
from crossfoot.adapters.aws.inventory_kubernetes import read_kubernetes
from crossfoot.adapters.aws.inventory_machines import (
    read_instances,
    read_snapshots,
    read_volumes,
)
from crossfoot.adapters.aws.inventory_readings import Reading
from crossfoot.adapters.aws.inventory_tags import tag
from crossfoot.domain.inventory import Resource, ResourceKind


def test_instances_and_volumes_tell_type_state_and_owner(reading: Reading) -> None:
    """An instance is on-demand unless EC2 says otherwise; its volume names it as parent."""
    instance = _run_instance(reading)

    (found,) = read_instances(reading)
    (volume,) = read_volumes(reading)

    assert (found.kind, found.resource_id) == (ResourceKind.EC2_INSTANCE, instance["InstanceId"])
    assert (found.resource_type, found.state) == ("m5.large", "running")
    assert (found.lifecycle, found.tenancy) == ("on-demand", "default")
    assert (found.resource_name, found.tags) == ("web", {"Name": "web", "team": "checkout"})
    assert found.created_at is not None
    assert found.created_at.tzinfo is not None
    assert (volume.parent_resource_id, volume.storage_gib) == (found.resource_id, 8.0)


def test_own_snapshots_have_the_arn_of_the_bill_and_no_guessed_size(reading: Reading) -> None:
    """A snapshot's size is what EC2 tells of it, and null where it does not."""
    ec2 = reading.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=50)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]

    found = {each.resource_id: each for each in read_snapshots(reading)}

    mine = found[f"arn:aws:ec2:us-east-1:000000000002:snapshot/{snapshot}"]
    assert (mine.parent_resource_id, mine.storage_gib) == (volume, None)


def test_databases_belong_to_their_cluster_and_shared_storage_is_not_invented(
    reading: Reading,
) -> None:
    """Aurora's allocated storage is a constant of the API; provisioned storage is told."""
    rds = reading.client("rds")
    rds.create_db_cluster(
        DBClusterIdentifier="orders", Engine="aurora-mysql",
        MasterUsername="admin", MasterUserPassword="password-1",
    )  # fmt: skip
    rds.create_db_instance(
        DBInstanceIdentifier="orders-1", DBInstanceClass="db.r6g.large",
        Engine="aurora-mysql", DBClusterIdentifier="orders",
    )  # fmt: skip
    rds.create_db_instance(
        DBInstanceIdentifier="plain", DBInstanceClass="db.m5.large", Engine="postgres",
        AllocatedStorage=100, MultiAZ=True, MasterUsername="someone",
        MasterUserPassword="password-1", Tags=[{"Key": "team", "Value": "data"}],
    )  # fmt: skip

    found = {each.resource_name: each for each in read_databases(reading)}

    assert found["orders-1"].parent_resource_id == found["orders"].resource_id
    assert found["orders-1"].storage_gib is None
    assert found["orders"].storage_gib is None
    assert (found["plain"].storage_gib, found["plain"].desired_count) == (100.0, 2)
    assert found["plain"].tags == {"team": "data"}
    assert found["plain"].service_code == "AmazonRDS"


def test_functions_tell_memory_architecture_and_runtime_and_get_their_tags(
    reading: Reading,
) -> None:
    """Lambda's listing has no tags: they come from the tagging service, by ARN."""
    _create_function(reading)

    (found,) = read_functions(reading)
    (tagged,) = tag(reading, [found])

    assert (found.memory_mib, found.architecture, found.engine) == (512, "arm64", "python3.13")
    assert found.tags is None
    assert tagged.tags == {"team": "checkout"}


def test_each_bucket_is_found_in_its_own_region_only(reading: Reading) -> None:
    """A Region's pass lists what S3 keeps there, so that no bucket is counted twice."""
    s3 = reading.client("s3")
    s3.create_bucket(Bucket="here")
    s3.create_bucket(
        Bucket="there", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )

    here = [each.resource_id for each in read_buckets(reading)]
    there = [each.resource_id for each in read_buckets(_in("eu-central-1", reading))]

    assert (here, there) == (["here"], ["there"])


def test_a_bucket_that_was_never_tagged_has_no_tags_rather_than_unknown_ones(
    reading: Reading,
) -> None:
    """The tagging service leaves out who was never tagged."""
    reading.client("s3").create_bucket(Bucket="bare")

    (found,) = tag(reading, list(read_buckets(reading)))

    assert found.tags == {}


def test_containers_tell_services_and_the_machines_under_them(reading: Reading) -> None:
    """A service names its cluster; a container instance tells size and processor."""
    ecs = reading.client("ecs")
    cluster = ecs.create_cluster(clusterName="shop", tags=[{"key": "team", "value": "shop"}])
    ecs.register_task_definition(
        family="web", containerDefinitions=[{"name": "web", "image": "web", "memory": 128}]
    )
    for number in range(12):
        ecs.create_service(
            cluster="shop", serviceName=f"web-{number}", taskDefinition="web", desiredCount=2
        )
    instance = _run_instance(reading)
    ecs.register_container_instance(
        cluster="shop", instanceIdentityDocument=json.dumps({"instanceId": instance["InstanceId"]})
    )

    found = list(read_containers(reading))

    by_kind = {kind: [each for each in found if each.kind is kind] for kind in ResourceKind}
    (shop,) = by_kind[ResourceKind.ECS_CLUSTER]
    (machine,) = by_kind[ResourceKind.ECS_CONTAINER_INSTANCE]
    assert shop.resource_id == cluster["cluster"]["clusterArn"]
    assert shop.tags == {"team": "shop"}
    assert {each.resource_name for each in by_kind[ResourceKind.ECS_SERVICE]} == {
        f"web-{number}" for number in range(12)
    }
    assert all(each.desired_count == 2 for each in by_kind[ResourceKind.ECS_SERVICE])
    assert machine.resource_name == instance["InstanceId"]
    assert machine.vcpu_count == 4
    assert machine.memory_mib is not None


def test_node_groups_tell_how_they_are_bought_and_built(reading: Reading) -> None:
    """The image's name tells the processor; a custom image tells none."""
    eks = reading.client("eks")
    eks.create_cluster(
        name="platform", version="1.34", roleArn="arn:aws:iam::000000000002:role/eks",
        resourcesVpcConfig={"subnetIds": ["subnet-1"]}, tags={"team": "platform"},
    )  # fmt: skip
    for name, image in (("graviton", "AL2023_ARM_64_STANDARD"), ("own", "CUSTOM")):
        eks.create_nodegroup(
            clusterName="platform", nodegroupName=name, subnets=["subnet-1"], amiType=image,
            nodeRole="arn:aws:iam::000000000002:role/nodes", instanceTypes=["m7g.large"],
            capacityType="SPOT", scalingConfig={"minSize": 1, "maxSize": 5, "desiredSize": 3},
        )  # fmt: skip

    found = {each.resource_name: each for each in read_kubernetes(reading)}

    assert found["platform"].engine == "kubernetes 1.34"
    assert found["graviton"].parent_resource_id == found["platform"].resource_id
    assert (found["graviton"].architecture, found["own"].architecture) == ("arm64", None)
    assert (found["graviton"].lifecycle, found["graviton"].desired_count) == ("spot", 3)


@pytest.mark.parametrize(
    "read",
    [
        read_instances, read_volumes, read_databases, read_functions, read_buckets,
        read_containers, read_kubernetes,
    ],
)  # fmt: skip
def test_an_empty_account_has_nothing(reading: Reading, read: Any) -> None:
    """Nothing is found where nothing is, and nothing fails."""
    found: list[Resource] = list(read(reading))

    assert found == []


def _in(region: str, reading: Reading) -> Reading:
    return Reading(reading.account_id, region, "aws", reading.client, reading.is_offered)


def _run_instance(reading: Reading) -> Any:
    ec2 = reading.client("ec2")
    image = ec2.register_image(Name="own", Architecture="x86_64")["ImageId"]
    tags = [{"Key": "Name", "Value": "web"}, {"Key": "team", "Value": "checkout"}]
    (instance,) = ec2.run_instances(
        ImageId=image, MinCount=1, MaxCount=1, InstanceType="m5.large",
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )["Instances"]  # fmt: skip
    return instance


def _create_function(reading: Reading) -> None:
    trust = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ]
    }
    made = reading.client("iam").create_role(
        RoleName="web", AssumeRolePolicyDocument=json.dumps(trust)
    )
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("handler.py", "")
    reading.client("lambda").create_function(
        FunctionName="web", Runtime="python3.13", Role=made["Role"]["Arn"],
        Handler="handler.handle", Code={"ZipFile": code.getvalue()}, MemorySize=512,
        Architectures=["arm64"], Tags={"team": "checkout"},
    )  # fmt: skip
