"""What a line of usage is: one SKU of the sample world's price list.

Usage types, operations and units are spelled as AWS spells them. Prices are round figures of the
right order of magnitude in us-east-1. [USD per unit]
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypedDict, Unpack


class Bucket(StrEnum):
    """AWS's carbon bucket, as ``product_code`` spells it in the carbon export."""

    EC2 = "AmazonEC2"
    S3 = "AmazonS3"
    CLOUDFRONT = "AmazonCloudFront"
    OTHER = "Other"


BUCKETS: Final = tuple(Bucket)


class Amount(StrEnum):
    """What ``line_item_usage_amount`` of a line holds."""

    USED = "used"
    ONE = "one"
    ZERO = "zero"


@dataclass(frozen=True, slots=True)
class Sku:
    """One SKU under one line item type.

    Parameters
    ----------
    usage_type
        ``{p}`` stands for the Region's prefix, ``{n}`` for that of newer services and ``{c}`` for
        its full code, ``{o}`` for another Region's prefix; None where the line has none.
    bucket
        Carbon bucket of AWS's law; None where the line is money only.
    driver
        Driver units per unit of usage: the weight in its bucket, unless the bucket is ``Other``,
        whose weight is the on-demand cost.
    is_transfer
        Data transfer: ``product_region_code`` stays empty, from- and to-codes are set.
    unblended, on_demand
        What the two cost columns hold, as a multiple of amount times price.
    """

    service: str
    product_code: str
    family: str
    usage_type: str | None
    operation: str | None
    unit: str | None
    price: float
    bucket: Bucket | None = Bucket.OTHER
    driver: float = 0.0
    line_type: str = "Usage"
    is_transfer: bool = False
    is_global: bool = False
    servicecode: str | None = None
    instance_type: str | None = None
    unblended: float = 1.0
    on_demand: float = 1.0
    amount: Amount = Amount.USED
    has_region: bool = True
    entity: str = "AWS"


def under(sku: Sku, line_type: str) -> Sku:
    """Return the SKU as a reservation or a Savings Plan bills it."""
    if line_type == "DiscountedUsage":
        return replace(sku, line_type=line_type, unblended=0.0)
    if line_type == "SavingsPlanNegation":
        return replace(sku, line_type=line_type, unblended=-1.0, on_demand=0.0, bucket=None)
    return replace(sku, line_type=line_type)


_SIZES: Final = {"nano": 0.25, "micro": 0.5, "small": 1.0, "medium": 2.0, "large": 4.0}
_METAL_SIZES: Final = {"m5.metal": 24, "c7g.metal": 16, "i3.metal": 16}


def normalised_hours(instance_type: str) -> float:
    """Return normalised units of one instance-hour; metal counts as its family's largest size."""
    size = instance_type.split(".")[1]
    if size in _SIZES:
        return _SIZES[size]
    if size == "metal":
        return 8.0 * _METAL_SIZES[instance_type]
    return 8.0 * float(size.removeprefix("metal-").removesuffix("xlarge").removesuffix("xl") or 1)


INSTANCES: Final = {
    "t3.nano": (0.0052, "2", "0.5 GiB", "Intel Skylake E5 2686 v5"),
    "t3.micro": (0.0104, "2", "1 GiB", "Intel Skylake E5 2686 v5"),
    "t4g.small": (0.0168, "2", "2 GiB", "AWS Graviton2 Processor"),
    "t3.medium": (0.0416, "2", "4 GiB", "Intel Skylake E5 2686 v5"),
    "m5.large": (0.096, "2", "8 GiB", "Intel Xeon Platinum 8175"),
    "m7g.large": (0.0816, "2", "8 GiB", "AWS Graviton3 Processor"),
    "m6i.xlarge": (0.192, "4", "16 GiB", "Intel Xeon 8375C (Ice Lake)"),
    "m7g.2xlarge": (0.3264, "8", "32 GiB", "AWS Graviton3 Processor"),
    "c6g.xlarge": (0.136, "4", "8 GiB", "AWS Graviton2 Processor"),
    "c5.xlarge": (0.17, "4", "8 GiB", "Intel Xeon Platinum 8124M"),
    "c7i.4xlarge": (0.714, "16", "32 GiB", "Intel Xeon Scalable (Sapphire Rapids)"),
    "c5.9xlarge": (1.53, "36", "72 GiB", "Intel Xeon Platinum 8124M"),
    "c6a.8xlarge": (1.224, "32", "64 GiB", "AMD EPYC 7R13 Processor"),
    "r6i.2xlarge": (0.504, "8", "64 GiB", "Intel Xeon 8375C (Ice Lake)"),
    "r7g.4xlarge": (0.8568, "16", "128 GiB", "AWS Graviton3 Processor"),
    "r5.12xlarge": (3.024, "48", "384 GiB", "Intel Xeon Platinum 8175"),
    "x2iedn.8xlarge": (6.669, "32", "1024 GiB", "Intel Xeon Scalable (Icelake)"),
    "i4i.2xlarge": (0.686, "8", "64 GiB", "Intel Xeon 8375C (Ice Lake)"),
    "g5.xlarge": (1.006, "4", "16 GiB", "AMD EPYC 7R32"),
    "g6.xlarge": (0.8048, "4", "16 GiB", "AMD EPYC 7R13 Processor"),
    "p4d.24xlarge": (32.7726, "96", "1152 GiB", "Intel Xeon Platinum 8275L"),
    "inf2.xlarge": (0.7582, "4", "16 GiB", "AMD EPYC 7R13 Processor"),
    "trn1.2xlarge": (1.34375, "8", "32 GiB", "Intel Xeon Scalable (Icelake)"),
    "m5.metal": (4.608, "96", "384 GiB", "Intel Xeon Platinum 8175"),
    "c7g.metal": (2.3168, "64", "128 GiB", "AWS Graviton3 Processor"),
    "i3.metal": (4.992, "72", "512 GiB", "Intel Xeon E5-2686 v4 (Broadwell)"),
    "m7i.metal-24xl": (4.8384, "96", "384 GiB", "Intel Xeon Scalable (Sapphire Rapids)"),
}
"""Price in us-east-1 [USD/h], vCPU, memory and processor of each instance type."""


def instance(instance_type: str, market: str = "BoxUsage", unblended: float = 1.0) -> Sku:
    """Return an hour of an instance: on demand, Spot, dedicated or an unused reservation."""
    operation = "RunInstances:SV001" if market == "SpotUsage" else "RunInstances"
    return Sku(
        "AmazonElasticComputeCloud", "AmazonEC2", "Compute Instance",
        f"{{p}}{market}:{instance_type}", operation, "Hrs",
        INSTANCES[instance_type][0], Bucket.EC2, normalised_hours(instance_type),
        instance_type=instance_type, unblended=unblended,
    )  # fmt: skip


def transfer(product_code: str, usage_type: str, operation: str | None, price: float) -> Sku:
    """Return a gigabyte of data transfer, which AWS's law weighs by cost for every service."""
    return Sku(
        product_code, product_code, "Data Transfer", usage_type, operation, "GB", price,
        is_transfer=True, servicecode="AWSDataTransfer",
    )  # fmt: skip


class SkuMore(TypedDict, total=False):
    """Fields of a ``Sku`` that most leave as they are."""

    bucket: Bucket | None
    driver: float
    is_global: bool
    unblended: float
    on_demand: float
    has_region: bool
    entity: str


class MoneyMore(SkuMore, total=False):
    """What a line of money may name beside its type and product."""

    usage_type: str | None
    operation: str | None
    unit: str | None
    price: float


def money(line_type: str, product_code: str, amount: Amount, **more: Unpack[MoneyMore]) -> Sku:
    """Return a line that is money only: fee, tax, credit, refund, discount."""
    sku = Sku(
        product_code, product_code, "", None, None, None, 1.0, None, on_demand=0.0,
        line_type=line_type, amount=amount, has_region=False,
    )  # fmt: skip
    return replace(sku, **more)
