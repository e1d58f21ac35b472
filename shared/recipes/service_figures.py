"""Figures of services that no reference copy holds, and the assumptions that bound them."""

from typing import Final, NamedTuple

Bounded = tuple[float, float, float]
"""Value, low, high."""

HDD_ENERGY: Final[Bounded] = (0.65, 0.4, 1.0)
SSD_ENERGY: Final[Bounded] = (1.2, 0.8, 1.8)
LIFETIME_HOURS: Final[Bounded] = (52_560, 35_040, 61_320)
DRIVES: Final = {
    "hdd": "drives of 14 TB (8 to 22), high with a share of the server around them",
    "ssd": "drives of 3.84 TB at 48.5 GB/cm2 (25 to 128), high with a share of the server around "
    "them or 160 kg/TB of Tannu and Nair 2022",
}
SERVER_NOTE: Final = (
    "server of 96 vCPU and 384 GB over six years; range from half over seven to twice over four"
)

HDD: Final[Bounded] = (1.0, 1.0, 1.0)
SSD: Final[Bounded] = (0.0, 0.0, 0.0)
EITHER: Final[Bounded] = (0.5, 0.0, 1.0)
MOSTLY_HDD: Final[Bounded] = (1.0, 0.0, 1.0)


class Storage(NamedTuple):
    """A class of storage; ``copies`` is a number, or the name of a published replication factor."""

    hdd: Bounded
    copies: float | str
    low: float
    high: float


_EBS: Final = ("EC2_EBS_VOLUME", 1, 3)
_SNAPSHOT: Final = ("EC2_EBS_SNAPSHOT", 1.5, 6)
_S3: Final = ("S3", 1.5, 9)  # erasure coding needs far fewer bytes than six copies
_S3_ONE: Final = ("S3_ONE_ZONE_REDUCED_REDUNDANCY", 1.2, 3)
_EFS: Final = ("EFS", 2, 6)
_EFS_ONE: Final = ("EFS_ONE_ZONE", 1, 3)
_RDS: Final = ("DEFAULT", 1, 2)
_RDS_TWO: Final = ("RDS_MULTI_AZ", 2, 4)
_BACKUP: Final = ("RDS_BACKUP", 1.5, 6)
_AURORA: Final = ("RDS_AURORA", 4, 9)
_DYNAMO: Final = ("DYNAMO_DB", 2, 6)
_DOCUMENT: Final = ("DOCUMENT_DB_STORAGE", 2, 6)

STORAGE: Final = {
    "ebs-gp2": Storage(SSD, *_EBS),
    "ebs-gp3": Storage(SSD, *_EBS),
    "ebs-io1": Storage(SSD, *_EBS),
    "ebs-io2": Storage(SSD, *_EBS),
    "ebs-st1": Storage(HDD, *_EBS),
    "ebs-sc1": Storage(HDD, *_EBS),
    "ebs-standard": Storage(HDD, *_EBS),
    "ebs-snapshot": Storage(HDD, *_SNAPSHOT),
    "ebs-snapshot-archive": Storage(HDD, *_SNAPSHOT),
    "s3-standard": Storage(HDD, *_S3),
    "s3-intelligent-frequent": Storage(HDD, *_S3),
    "s3-intelligent-infrequent": Storage(HDD, *_S3),
    "s3-intelligent-archive-instant": Storage(HDD, *_S3),
    "s3-intelligent-archive": Storage(HDD, *_S3),
    "s3-intelligent-deep-archive": Storage(HDD, *_S3),
    "s3-standard-ia": Storage(HDD, *_S3),
    "s3-one-zone-ia": Storage(HDD, *_S3_ONE),
    "s3-reduced-redundancy": Storage(HDD, *_S3_ONE),
    "s3-express-one-zone": Storage(SSD, *_S3_ONE),
    "s3-glacier-instant": Storage(HDD, *_S3),
    "s3-glacier-flexible": Storage(HDD, *_S3),
    "s3-glacier-deep-archive": Storage(HDD, *_S3),
    "s3-tables": Storage(HDD, *_S3),
    "s3-vectors": Storage(EITHER, *_S3),
    "efs-standard": Storage(SSD, *_EFS),
    "efs-standard-ia": Storage(MOSTLY_HDD, *_EFS),
    "efs-archive": Storage(MOSTLY_HDD, *_EFS),
    "efs-one-zone": Storage(SSD, *_EFS_ONE),
    "efs-one-zone-ia": Storage(MOSTLY_HDD, *_EFS_ONE),
    "efs-backup": Storage(HDD, *_BACKUP),
    "fsx-windows-ssd": Storage(SSD, 2, 1, 3),
    "fsx-windows-hdd": Storage(HDD, 2, 1, 3),
    "fsx-windows-ssd-multi-az": Storage(SSD, 4, 2, 6),
    "fsx-windows-hdd-multi-az": Storage(HDD, 4, 2, 6),
    "fsx-lustre-scratch": Storage(SSD, 1, 1, 2),
    "fsx-lustre-persistent-ssd": Storage(SSD, 2, 1, 3),
    "fsx-lustre-persistent-hdd": Storage(HDD, 2, 1, 3),
    "fsx-ontap-ssd": Storage(SSD, 2, 1, 3),
    "fsx-ontap-ssd-multi-az": Storage(SSD, 4, 2, 6),
    "fsx-ontap-capacity-pool": Storage(HDD, 3, 1.5, 6),
    "fsx-openzfs-ssd": Storage(SSD, 2, 1, 3),
    "fsx-openzfs-ssd-multi-az": Storage(SSD, 4, 2, 6),
    "fsx-openzfs-intelligent": Storage(MOSTLY_HDD, 3, 1.5, 6),
    "fsx-backup": Storage(HDD, *_BACKUP),
    "rds-ssd": Storage(SSD, *_RDS),
    "rds-ssd-multi-az": Storage(SSD, *_RDS_TWO),
    "rds-ssd-multi-az-cluster": Storage(SSD, 3, 3, 6),
    "rds-magnetic": Storage(HDD, *_RDS),
    "rds-magnetic-multi-az": Storage(HDD, *_RDS_TWO),
    "rds-backup": Storage(HDD, *_BACKUP),
    "aurora": Storage(SSD, *_AURORA),
    "aurora-io-optimized": Storage(SSD, *_AURORA),
    "aurora-backup": Storage(HDD, *_BACKUP),
    "documentdb": Storage(SSD, *_DOCUMENT),
    "documentdb-backup": Storage(HDD, "DOCUMENT_DB_BACKUP", 1.5, 6),
    "neptune": Storage(SSD, 6, 4, 9),
    "neptune-backup": Storage(HDD, *_BACKUP),
    "dynamodb": Storage(SSD, *_DYNAMO),
    "dynamodb-infrequent-access": Storage(SSD, *_DYNAMO),
    "dynamodb-backup": Storage(HDD, *_BACKUP),
    "dynamodb-point-in-time": Storage(EITHER, *_BACKUP),
    "elasticache-backup": Storage(HDD, "DOCUMENT_ELASTICACHE_BACKUP", 1.5, 6),
    "memorydb-snapshot": Storage(HDD, *_BACKUP),
    "redshift-managed": Storage(EITHER, 2, 1, 6),
    "redshift-snapshot": Storage(HDD, *_BACKUP),
    "opensearch-ssd": Storage(SSD, 2, 1, 3),
    "opensearch-magnetic": Storage(HDD, 2, 1, 3),
    "opensearch-warm": Storage(HDD, *_S3),
    "kafka": Storage(SSD, 2, 1, 3),
    "kafka-tiered": Storage(HDD, *_S3),
    "kinesis": Storage(SSD, 3, 2, 6),
    "ecr": Storage(HDD, "ECR_STORAGE", 1.5, 6),
    "backup-warm": Storage(HDD, *_BACKUP),
    "backup-cold": Storage(HDD, *_BACKUP),
    "cloudwatch-logs": Storage(HDD, 3, 1.5, 6),
    "simpledb": Storage(SSD, "SIMPLE_DB", 2, 6),
    "timestream-magnetic": Storage(HDD, 3, 1.5, 6),
    "lightsail": Storage(SSD, *_EBS),
    "workspaces": Storage(SSD, *_EBS),
    "sagemaker": Storage(SSD, *_EBS),
    "ephemeral-ssd": Storage(SSD, 1, 1, 1),
}

_SPEC: Final = "SPECpower watts per vCPU, whole server, Cloud Carbon Footprint b7a049c7"
POWER: Final[tuple[tuple[str, str, Bounded, str], ...]] = (
    ("x86", "idle", (0.74, 0.45, 1.86), f"{_SPEC}: mean of AWS, range of its processors"),
    ("x86", "max", (3.5, 1.69, 5.6), f"{_SPEC}: mean of AWS, range of its processors"),
    ("arm", "idle", (0.474, 0.3, 0.95), f"{_SPEC}: second EPYC as proxy of Graviton; our range"),
    ("arm", "max", (1.693, 1.1, 3.4), f"{_SPEC}: second EPYC as proxy of Graviton; our range"),
    (
        "memory",
        "power",
        (0.392, 0.2, 0.6),
        "Cloud Carbon Footprint: 0.000392 kWh per GB-hour; range 0.2 to 0.6 W/GB of Teads",
    ),
)


class ComputeUnit(NamedTuple):
    """How much of a machine a unit of a service takes for an hour."""

    vcpus: Bounded
    memory_gb: Bounded
    source: str
    licence: str


_FACT: Final = "fact"
_OWN: Final = "own assumption"
_GUESS: Final = "own assumption: two nodes in two zones; AWS publishes no hardware"
_NODES: Final = ComputeUnit((2, 0.5, 8), (4, 1, 16), _GUESS, _OWN)
COMPUTE_UNITS: Final = {
    "application-load-balancer": _NODES,
    "network-load-balancer": _NODES,
    "gateway-load-balancer": _NODES,
    "classic-load-balancer": _NODES,
    "load-balancer-capacity-unit": ComputeUnit(
        (0.5, 0.1, 2), (1, 0.2, 4), "own assumption: a quarter of a balancer's nodes", _OWN
    ),
    "nat-gateway": _NODES,
    "transit-gateway-attachment": ComputeUnit(
        (0.5, 0.1, 2), (1, 0.2, 4), "own assumption: a quarter of a gateway's nodes", _OWN
    ),
    "vpc-endpoint": ComputeUnit(
        (0.1, 0.01, 0.5), (0.2, 0.02, 1), "own assumption: a twentieth of a gateway's nodes", _OWN
    ),
    "vpn-connection": ComputeUnit(
        (0.5, 0.1, 2), (1, 0.2, 4), "own assumption: two tunnels on shared nodes", _OWN
    ),
    "aurora-capacity-unit": ComputeUnit(
        (0.25, 0.25, 0.5),
        (2, 2, 2),
        "AWS Aurora documentation: about 2 GB; Cloud Carbon Footprint: a quarter vCPU",
        _FACT,
    ),
    "neptune-capacity-unit": ComputeUnit(
        (0.25, 0.25, 0.5), (2, 2, 2), "AWS Neptune documentation: about 2 GB; vCPU as Aurora", _FACT
    ),
    "glue-dpu": ComputeUnit(
        (4, 4, 4), (16, 16, 16), "AWS Glue documentation: 4 vCPU and 16 GB", _FACT
    ),
    "opensearch-compute-unit": ComputeUnit(
        (1, 1, 1), (6, 6, 6), "AWS OpenSearch Serverless documentation: 1 vCPU and 6 GB", _FACT
    ),
    "redshift-processing-unit": ComputeUnit(
        (2, 1, 4), (16, 16, 16), "AWS Redshift documentation: 16 GB; vCPU our assumption", _OWN
    ),
    "flink-processing-unit": ComputeUnit(
        (1, 1, 1), (4, 4, 4), "AWS Managed Flink documentation: 1 vCPU and 4 GB", _FACT
    ),
    "kinesis-shard": ComputeUnit(
        (0.25, 0.05, 1), (0.5, 0.1, 2), "own assumption: a share of a broker", _OWN
    ),
    "eks-cluster": ComputeUnit(
        (4, 2, 12), (8, 4, 48), "own assumption: two servers of the interface, three stores", _OWN
    ),
}

NETWORK_EMBODIED_KG_PER_KWH: Final = 0.2 * 0.473
"""A fifth of the use phase at the world's 473 g/kWh (Ember, 2024)."""

_CCF: Final = "Cloud Carbon Footprint: 0.001 kWh/GB within a provider's network"
_ASLAN: Final = (
    "Aslan et al., J. Industrial Ecology 22(4), 2018: 0.06 kWh/GB in 2015, halved every two years"
)
NETWORK: Final[dict[str, tuple[Bounded, str, str, int]]] = {
    "same-zone": ((0.0005, 0.00005, 0.003), f"half of {_CCF}; our assumption", _OWN, 2021),
    "between-zones": ((0.001, 0.0001, 0.006), f"{_CCF}; range our assumption", "Apache-2.0", 2021),
    "between-regions": (
        (0.002, 0.0005, 0.015),
        f"twice {_CCF}; a backbone between; our assumption",
        _OWN,
        2021,
    ),
    # 0.06 / 2 ** 5 = 0.0019 in 2025, and the provider's own 0.001.
    "internet": ((0.0029, 0.001, 0.06), f"{_ASLAN}; with {_CCF}", _OWN, 2025),
    "cdn": ((0.0019, 0.0002, 0.03), f"{_ASLAN}; caches are near: without the backbone", _OWN, 2025),
}

COST: Final[dict[str, tuple[Bounded, str, str]]] = {
    # Mean of the four types; high is an old type on old prices, or memory beside the processor.
    "energy": ((0.136, 0.0136, 0.30), "kWh/USD", "use"),
    "embodied-gwp": ((0.005, 0.0005, 0.022), "kgCO2e/USD", "embodied"),
    "embodied-pe": ((0.066, 0.0066, 0.30), "MJ/USD", "embodied"),
    "embodied-adp": ((6.7e-7, 6.7e-8, 4.6e-6), "kgSbe/USD", "embodied"),
}
COST_SOURCE: Final = (
    "Teads watts at half load and embodied share of a1.2xlarge, c5.2xlarge, m5.xlarge and "
    "p4d.24xlarge over their on-demand price in us-east-1; low a tenth, for services that sell "
    "software"
)
