"""Whole collections on moto: forty accounts, and every call within what the role allows."""

import json
from datetime import UTC, date, datetime
from typing import Any

import boto3

from crossfoot.adapters.aws.inventory_files import S3InventoryFiles
from crossfoot.adapters.aws.inventory_readings import Reading
from crossfoot.adapters.aws.inventory_records import S3CollectionRecords
from crossfoot.adapters.aws.inventory_survey import survey
from crossfoot.adapters.aws.member_account import AwsMemberAccounts, MemberRole
from crossfoot.adapters.aws.places import CuratedPlaces, WorkPlaces
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.domain.inventory import INVENTORY_ACTIONS, CollectionSummary, WorkItem
from crossfoot.usecases.collect_inventory import InventoryCollector

DAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
IAM_NAMES = {
    "monitoring:GetMetricData": "cloudwatch:GetMetricData",
    "monitoring:ListMetrics": "cloudwatch:ListMetrics",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "tagging:GetResources": "tag:GetResources",
}
"""Actions whose names in IAM are not those of the calls."""


class _Clock:
    def now(self) -> datetime:
        return NOW


def test_forty_accounts_of_which_three_refuse_the_role(
    aws: boto3.Session, role: MemberRole
) -> None:
    """37 are collected and written, three are named, and nobody waits for anybody."""
    s3 = aws.client("s3")
    for bucket in ("curated", "work-bucket"):
        s3.create_bucket(Bucket=bucket)
    items = [WorkItem(f"{number:012d}", "us-east-1") for number in range(1, 41)]
    refusing = tuple(items[number].account_id for number in (3, 21, 39))
    role.sts.refuses |= dict.fromkeys(refusing, "AccessDenied")
    for item in items:
        if item.account_id not in refusing:
            _make_volume(role, item)
    records = S3CollectionRecords(S3Objects(s3), WorkPlaces("work-bucket"))
    files = S3InventoryFiles(S3Objects(s3), CuratedPlaces("curated"))
    collector = InventoryCollector(AwsMemberAccounts(role), files, records, _Clock())

    records.save_items("daily", items)
    for item in items:
        collector.collect("daily", DAY, item, with_statistics=False)
    summary = CollectionSummary.of(records.items("daily"), records.receipts("daily"))

    written = s3.list_objects_v2(Bucket="curated", Prefix="inventory/day=2026-11-22/")
    assert (summary.n_collected, summary.partial, summary.failed) == (37, (), refusing)
    assert (summary.n_resources, written["KeyCount"]) == (37, 37)


def test_every_call_is_allowed_and_every_allowed_action_is_needed(reading: Reading) -> None:
    """The role's list is neither shorter nor longer than what a full account makes us call."""
    _fill(reading)
    called: set[str] = set()
    for service in ("ec2", "rds", "lambda", "s3", "ecs", "eks", "cloudwatch"):
        _watch(reading.client(service), called)
    _watch(reading.client("resourcegroupstaggingapi"), called)

    found = survey(reading, NOW, with_statistics=True)

    # Regions are asked for by list_accounts
    allowed = {each.action for each in INVENTORY_ACTIONS} - {"ec2:DescribeRegions"}
    assert found.gaps == ()
    assert called == allowed


def test_actions_on_resources_name_them_and_the_others_say_that_they_cannot() -> None:
    """A template's tokens go into the ARNs; ``*`` is left where IAM knows no resource."""
    by_action = {each.action: each for each in INVENTORY_ACTIONS}

    narrow = by_action["rds:DescribeDBInstances"]
    assert narrow.resources_in("aws", "000000000002") == ("arn:aws:rds:*:000000000002:db:*",)
    assert by_action["ec2:DescribeInstances"].resources_in("aws", "1") == ("*",)
    assert not any("*" in each.action for each in INVENTORY_ACTIONS)
    assert len(by_action) == len(INVENTORY_ACTIONS)


def _watch(client: Any, called: set[str]) -> None:
    prefix = client.meta.service_model.endpoint_prefix

    def note(model: Any, **_: Any) -> None:
        name = f"{prefix}:{model.name}"
        called.add(IAM_NAMES.get(name, name))

    client.meta.events.register("before-call", note)


def _make_volume(role: MemberRole, item: WorkItem) -> None:
    credentials = role.credentials(role.of(item.account_id), "fill", "{}")
    role.client("ec2", item.region_code, credentials).create_volume(
        AvailabilityZone="us-east-1a", Size=10
    )


def _fill(reading: Reading) -> None:
    ec2, ecs, eks = (reading.client(service) for service in ("ec2", "ecs", "eks"))
    reading.client("s3").create_bucket(Bucket="data")
    image = ec2.register_image(Name="own", Architecture="x86_64")["ImageId"]
    (instance,) = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"]
    ecs.create_cluster(clusterName="shop")
    ecs.register_task_definition(
        family="web", containerDefinitions=[{"name": "web", "image": "web", "memory": 128}]
    )
    ecs.create_service(cluster="shop", serviceName="web", taskDefinition="web", desiredCount=1)
    document = json.dumps({"instanceId": instance["InstanceId"]})
    ecs.register_container_instance(cluster="shop", instanceIdentityDocument=document)
    role = "arn:aws:iam::000000000002:role/eks"
    eks.create_cluster(name="platform", roleArn=role, resourcesVpcConfig={"subnetIds": ["s-1"]})
    eks.create_nodegroup(
        clusterName="platform", nodegroupName="nodes", subnets=["s-1"], nodeRole=role
    )
