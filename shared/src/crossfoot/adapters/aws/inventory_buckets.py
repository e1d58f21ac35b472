"""S3 buckets of one Region; what they hold is a figure of CloudWatch."""

from collections.abc import Iterator
from typing import Final

from crossfoot.adapters.aws.inventory_readings import Reading
from crossfoot.domain.inventory import Resource, ResourceKind

_PAGE: Final = {"PageSize": 1000}


def read_buckets(reading: Reading) -> Iterator[Resource]:
    """Yield the buckets that S3 keeps in this Region: each bucket of an account exactly once."""
    buckets = reading.items(
        "s3", "list_buckets", "Buckets", BucketRegion=reading.region_code, PaginationConfig=_PAGE
    )
    for bucket in buckets:
        yield Resource(
            service_code="AmazonS3",
            kind=ResourceKind.S3_BUCKET,
            resource_id=bucket["Name"],
            resource_name=bucket["Name"],
            created_at=bucket.get("CreationDate"),
            dimensions=(("BucketName", bucket["Name"]),),
        )
