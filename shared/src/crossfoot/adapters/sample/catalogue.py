"""What kinds of resources the sample organisation runs, and the lines that each kind bills."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Unpack

from crossfoot.adapters.sample.skus import (
    INSTANCES,
    Amount,
    Bucket,
    Sku,
    SkuMore,
    instance,
    money,
    transfer,
    under,
)
from crossfoot.adapters.sample.splits import NODE_TYPES


class Cadence(StrEnum):
    """How long one line item lasts."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Meter:
    """One kind of line of a resource.

    Parameters
    ----------
    amount
        Typical usage per line, in the SKU's unit.
    share
        Share of the resource's hours that have such a line. [1]
    is_steady
        Whether every line has exactly ``amount``, as instance-hours have.
    has_resource
        False where AWS leaves the resource id empty.
    """

    sku: Sku
    amount: float = 1.0
    share: float = 1.0
    cadence: Cadence = Cadence.HOUR
    is_steady: bool = False
    has_resource: bool = True


@dataclass(frozen=True, slots=True)
class Archetype:
    """A kind of resource: its id and its lines.

    ``id_format`` has places for the Region ``{r}``, the account ``{a}`` and 17 digits at the end.
    """

    name: str
    weight: float
    id_format: str
    meters: tuple[Meter, ...]
    is_global: bool = False
    is_node: bool = False


def _plain(
    product: str,
    family: str,
    usage: str,
    operation: str,
    unit: str,
    price: float,
    **more: Unpack[SkuMore],
) -> Sku:
    return Sku(product, product, family, usage, operation, unit, price, **more)


def _traffic(scale: float) -> tuple[Meter, ...]:
    """Return the transfer lines of an instance: half of a real export's rows are of this kind."""
    ec2 = "AmazonEC2"
    return (
        Meter(transfer(ec2, "{p}DataTransfer-Out-Bytes", "RunInstances", 0.09), 0.3 * scale, 0.8),
        Meter(transfer(ec2, "{p}DataTransfer-In-Bytes", "RunInstances", 0.0), 0.4 * scale, 0.7),
        Meter(transfer(ec2, "{p}DataTransfer-Regional-Bytes", "InterZone-Out", 0.01), scale, 0.3),
        Meter(transfer(ec2, "{n}{o}AWS-Out-Bytes", "InterRegion-Out", 0.02), 0.1 * scale, 0.1),
    )


def _instances() -> list[Archetype]:
    kinds = []
    for place, name in enumerate(INSTANCES):
        vcpu = float(INSTANCES[name][1])
        box = Meter(instance(name), is_steady=True)
        weight = 6.0 / (1.0 + vcpu / 4)
        kinds.append(Archetype(f"instance {name}", weight, "i-0", (box, *_traffic(vcpu / 4))))
        if place % 4 == 0:
            reserved = Meter(under(instance(name), "DiscountedUsage"), is_steady=True)
            kinds.append(Archetype(f"reserved {name}", weight, "i-0", (reserved, *_traffic(1.0))))
        if place % 4 == 1:
            covered = Meter(under(instance(name), "SavingsPlanCoveredUsage"), is_steady=True)
            negation = Meter(
                under(instance(name), "SavingsPlanNegation"), is_steady=True, has_resource=False
            )
            meters = (covered, negation, *_traffic(1.0))
            kinds.append(Archetype(f"covered {name}", weight, "i-0", meters))
    for name, market, paid in (
        ("c5.xlarge", "SpotUsage", 0.37),
        ("m6i.xlarge", "SpotUsage", 0.41),
        ("g5.xlarge", "SpotUsage", 0.5),
        ("m5.large", "DedicatedUsage", 1.0),
    ):
        meters = (Meter(instance(name, market, paid), is_steady=True), *_traffic(0.5))
        kinds.append(Archetype(f"{market} {name}", 1.5, "i-0", meters))
    for name in ("m5.large", "c5.xlarge"):
        reservation = "arn:aws:ec2:{r}:{a}:capacity-reservation/cr-0"
        unused = (Meter(instance(name, "UnusedBox"), is_steady=True),)
        kinds.append(Archetype(f"unused {name}", 0.4, reservation, unused))
    return kinds


def _nodes() -> list[Archetype]:
    return [
        Archetype(
            f"node {name}", 1.2, "i-0",
            (Meter(instance(name), is_steady=True), *_traffic(6.0)), is_node=True,
        )
        for name in NODE_TYPES
    ]  # fmt: skip


def _storage() -> list[Archetype]:
    s3, ec2 = "AmazonS3", "AmazonEC2"
    stored: SkuMore = {"bucket": Bucket.S3, "driver": 1.0}
    # requests are S3 usage, but stored bytes alone weigh in S3's bucket
    weightless: SkuMore = {"bucket": Bucket.S3}
    day, month = Cadence.DAY, Cadence.MONTH
    return [
        Archetype("bucket", 5.0, "{a}-data-", (
            Meter(_plain(s3, "Storage", "{p}TimedStorage-ByteHrs", "StandardStorage", "GB-Mo",
                         0.023, **stored), 160.0, 1.0, day),
            Meter(_plain(s3, "API Request", "{p}Requests-Tier1", "PutObject", "Requests", 0.000005,
                         **weightless), 900.0, 0.5),
            Meter(_plain(s3, "API Request", "{p}Requests-Tier2", "GetObject", "Requests",
                         0.0000004, **weightless), 5000.0, 0.5),
            Meter(transfer(s3, "{p}DataTransfer-Out-Bytes", "GetObject", 0.09), 4.0, 0.6),
            Meter(transfer(s3, "{p}DataTransfer-In-Bytes", "PutObject", 0.0), 0.2, 0.4),
        )),
        Archetype("archive bucket", 1.5, "{a}-archive-", (
            Meter(_plain(s3, "Storage", "{p}TimedStorage-GDA-ByteHrs", "DeepArchiveStorage",
                         "GB-Mo", 0.00099, **stored), 900.0, 1.0, day),
            Meter(_plain(s3, "Storage", "{p}TimedStorage-SIA-ByteHrs", "StandardIAStorage", "GB-Mo",
                         0.0125, **stored), 120.0, 1.0, day),
            Meter(_plain(s3, "Storage", "{p}TimedStorage-INT-FA-ByteHrs",
                         "IntelligentTieringFAStorage", "GB-Mo", 0.023, **stored), 60.0, 1.0, day),
        )),
        Archetype("volume", 6.0, "vol-0", (
            Meter(_plain(ec2, "Storage", "{p}EBS:VolumeUsage.gp3", "CreateVolume-Gp3", "GB-Mo",
                         0.08), 0.7),
        )),
        Archetype("snapshot", 3.0, "arn:aws:ec2:{r}:{a}:snapshot/snap-0", (
            Meter(_plain(ec2, "Storage Snapshot", "{p}EBS:SnapshotUsage", "CreateSnapshot", "GB-Mo",
                         0.05), 400.0, 1.0, month),
        )),
    ]  # fmt: skip


def _network() -> list[Archetype]:
    ec2, elb, front = "AmazonEC2", "AWSELB", "AmazonCloudFront"
    edge: SkuMore = {"bucket": Bucket.CLOUDFRONT, "is_global": True}
    edge_out: SkuMore = {"bucket": Bucket.CLOUDFRONT, "is_global": True, "driver": 1.0}
    balancer = "arn:aws:elasticloadbalancing:{r}:{a}:loadbalancer/app/web/"
    return [
        Archetype("nat", 1.5, "arn:aws:ec2:{r}:{a}:natgateway/nat-0", (
            Meter(_plain(ec2, "NAT Gateway", "{p}NatGateway-Hours", "NatGateway", "Hrs", 0.045),
                  is_steady=True),
            Meter(_plain(ec2, "NAT Gateway", "{p}NatGateway-Bytes", "NatGateway", "GB", 0.045),
                  25.0, 0.9),
            Meter(transfer(ec2, "{p}DataTransfer-Out-Bytes", "NatGateway", 0.09), 8.0, 0.9),
        )),
        Archetype("balancer", 2.0, balancer, (
            Meter(_plain(elb, "Load Balancer-Application", "{p}LoadBalancerUsage",
                         "LoadBalancing:Application", "Hrs", 0.0225), is_steady=True),
            Meter(_plain(elb, "Load Balancer-Application", "{p}LCUUsage",
                         "LoadBalancing:Application", "LCU-Hrs", 0.008), 9.0),
            Meter(transfer(elb, "{p}DataTransfer-Out-Bytes", "LoadBalancing", 0.09), 6.0, 0.9),
        )),
        Archetype("distribution", 1.5, "arn:aws:cloudfront::{a}:distribution/E", (
            Meter(_plain(front, "Data Transfer", "US-DataTransfer-Out-Bytes", "GET", "GB", 0.085,
                         **edge_out), 60.0),
            Meter(_plain(front, "Data Transfer", "EU-DataTransfer-Out-Bytes", "GET", "GB", 0.085,
                         **edge_out), 90.0),
            Meter(_plain(front, "Request", "EU-Requests-Tier2-HTTPS", "GET", "Requests", 0.0000012,
                         **edge), 900000.0, 0.9),
        ), is_global=True),
        Archetype("hosted zone", 0.8, "arn:aws:route53:::hostedzone/Z", (
            Meter(_plain("AmazonRoute53", "DNS Query", "DNS-Queries", "A", "Queries", 0.0000004,
                         is_global=True), 400000.0),
        ), is_global=True),
    ]  # fmt: skip


def _compute() -> list[Archetype]:
    run, task = "AWSLambda", "arn:aws:ecs:{r}:{a}:task/web/"
    return [
        Archetype("function", 5.0, "arn:aws:lambda:{r}:{a}:function:handler-", (
            Meter(_plain(run, "Serverless", "{p}Lambda-GB-Second", "Invoke", "Lambda-GB-Second",
                         0.0000166667), 60000.0),
            Meter(_plain(run, "Serverless", "{p}Request", "Invoke", "Requests", 0.0000002),
                  250000.0, 0.9),
            Meter(transfer(run, "{p}DataTransfer-Out-Bytes", "Invoke", 0.09), 0.4, 0.9),
        )),
        Archetype("fargate task", 2.0, task, (
            Meter(_plain("AmazonECS", "Compute", "{p}Fargate-vCPU-Hours:perCPU", "FargateTask",
                         "hours", 0.04048), 16.0),
            Meter(_plain("AmazonECS", "Compute", "{p}Fargate-GB-Hours", "FargateTask", "hours",
                         0.004445), 64.0),
        )),
        Archetype("eks cluster", 0.6, "arn:aws:eks:{r}:{a}:cluster/", (
            Meter(_plain("AmazonEKS", "Compute", "{n}AmazonEKS-Hours:perCluster", "CreateOperation",
                         "Hours", 0.1), is_steady=True),
        )),
        Archetype("model", 1.0, "arn:aws:bedrock:{r}:{a}:inference-profile/", (
            Meter(_plain("AmazonBedrock", "Generative AI", "{n}Claude4.6Sonnet-input-tokens",
                         "InvokeModelInference", "1K tokens", 0.003), 4000.0, 0.6),
            Meter(_plain("AmazonBedrock", "Generative AI", "{n}Claude4.6Sonnet-output-tokens",
                         "InvokeModelInference", "1K tokens", 0.015), 700.0, 0.6),
        )),
    ]  # fmt: skip


def _data() -> list[Archetype]:
    rds, ddb, cw = "AmazonRDS", "AmazonDynamoDB", "AmazonCloudWatch"
    return [
        Archetype("database", 2.5, "arn:aws:rds:{r}:{a}:db:main-", (
            Meter(_plain(rds, "Database Instance", "{p}InstanceUsage:db.r6g.large",
                         "CreateDBInstance:0014", "Hrs", 0.215), is_steady=True),
            Meter(_plain(rds, "Database Storage", "{p}RDS:GP3-Storage", "CreateDBInstance:0014",
                         "GB-Mo", 0.115), 1.4),
            Meter(transfer(rds, "{p}DataTransfer-Regional-Bytes", "InterZone-In", 0.01), 0.2, 0.8),
        )),
        Archetype("table", 2.0, "arn:aws:dynamodb:{r}:{a}:table/orders-", (
            Meter(_plain(ddb, "Amazon DynamoDB PayPerRequest Throughput", "{p}ReadRequestUnits",
                         "PayPerRequestThroughput", "ReadRequestUnits", 0.00000025), 4000000.0),
            Meter(_plain(ddb, "Database Storage", "{p}TimedStorage-ByteHrs", "StandardStorage",
                         "GB-Mo", 0.25), 0.3),
        )),
        Archetype("log group", 2.5, "arn:aws:logs:{r}:{a}:log-group:service-", (
            Meter(_plain(cw, "Data Payload", "{p}DataProcessing-Bytes", "PutLogEvents", "GB", 0.5),
                  6.0),
            Meter(_plain(cw, "Metric", "{p}CW:MetricMonitorUsage", "MetricStorage", "Metrics", 0.3),
                  30.0, 1.0, Cadence.MONTH),
        )),
        Archetype("key", 1.5, "arn:aws:kms:{r}:{a}:key/", (
            Meter(_plain("awskms", "API Request", "{c}-KMS-Requests", "Decrypt", "Requests",
                         0.000003), 20000.0),
        )),
        Archetype("queue", 1.5, "arn:aws:sqs:{r}:{a}:jobs-", (
            Meter(_plain("AWSQueueService", "API Request", "{p}Requests-Tier1", "SendMessage",
                         "Requests", 0.0000004), 900000.0),
        )),
        Archetype("trail", 0.5, "", (
            Meter(_plain("AWSCloudTrail", "Management Tools - AWS CloudTrail Paid Events Recorded",
                         "{p}PaidEventsRecorded", "None", "Events", 0.00002), 800.0,
                  has_resource=False),
        )),
    ]  # fmt: skip


ARCHETYPES: Final = (
    *_instances(),
    *_nodes(),
    *_storage(),
    *_network(),
    *_compute(),
    *_data(),
)


def _split(product: str, service: str, operation: str) -> tuple[Meter, Meter]:
    more: SkuMore = {"bucket": None, "on_demand": 0.0, "unblended": 0.0}
    return (
        Meter(_plain(product, "Compute", f"{{n}}{service}-EC2-vCPU-Hours", operation, "vCPU-Hours",
                     0.0, **more), is_steady=True),
        Meter(_plain(product, "Compute", f"{{n}}{service}-EC2-GB-Hours", operation, "GB-Hours",
                     0.0, **more), is_steady=True),
    )  # fmt: skip


POD: Final = Archetype(
    "pod", 0.0, "arn:aws:eks:{r}:{a}:pod/platform/shop/api-",
    _split("AmazonEKS", "EKS", "EKSPod-EC2"),
)  # fmt: skip
TASK: Final = Archetype(
    "task", 0.0, "arn:aws:ecs:{r}:{a}:task/batch/", _split("AmazonECS", "ECS", "ECSTask-EC2")
)

_CREDITED: Final = instance("m5.large")
_EDP: Final = money(
    "EdpDiscount", "AmazonEC2", Amount.ZERO, unblended=-1.0,
    usage_type=_CREDITED.usage_type, operation="RunInstances", has_region=True,
)  # fmt: skip
ACCOUNT_CHARGES: Final = (
    Meter(money("Tax", "AmazonEC2", Amount.ONE), 40.0, cadence=Cadence.MONTH),
    Meter(money("Tax", "AmazonS3", Amount.ONE), 6.0, cadence=Cadence.MONTH),
    Meter(
        money("Credit", "AmazonEC2", Amount.ZERO, unblended=-1.0, usage_type="{p}BoxUsage:m5.large",
              operation="RunInstances", has_region=True), 15.0, 1.0, Cadence.DAY,
    ),
    Meter(_EDP, 25.0, cadence=Cadence.MONTH),
)  # fmt: skip
"""Money that every active account is charged, once a month; the credit covers one day."""

PAYER_CHARGES: Final = (
    Meter(money("SavingsPlanRecurringFee", "ComputeSavingsPlans", Amount.ONE, operation="None",
                usage_type="ComputeSP:1yrNoUpfront"), 4.2, 0.1),
    Meter(money("SavingsPlanUpfrontFee", "ComputeSavingsPlans", Amount.ONE, operation="None",
                usage_type="ComputeSP:3yrPartialUpfront"), 900.0, cadence=Cadence.MONTH),
    Meter(money("RIFee", "AmazonEC2", Amount.ONE, usage_type="{p}HeavyUsage:m5.large",
                operation="RunInstances", has_region=True), 350.0, cadence=Cadence.MONTH),
    Meter(money("Fee", "AWSSupportEnterprise", Amount.ONE, usage_type="Dollar"), 1500.0,
          cadence=Cadence.MONTH),
    Meter(money("Refund", "AmazonS3", Amount.ZERO, unblended=-1.0,
                usage_type="{p}TimedStorage-ByteHrs", has_region=True), 12.0,
          cadence=Cadence.MONTH),
    Meter(money("BundledDiscount", "AmazonCloudFront", Amount.ZERO, unblended=-1.0), 3.0,
          cadence=Cadence.MONTH),
    Meter(money("Usage", "8z0example5mkt", Amount.USED, usage_type="SoftwareUsage:Enterprise",
                operation="Hourly", unit="Units", price=0.9, entity="AWS Marketplace",
                has_region=True, on_demand=1.0), 24.0, 1.0, Cadence.DAY),
)  # fmt: skip
"""Money that the management account is charged."""
