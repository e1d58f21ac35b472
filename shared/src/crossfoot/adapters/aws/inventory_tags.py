"""Tags of what its own listing leaves bare, from the Resource Groups Tagging API."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from crossfoot.adapters.aws.inventory_readings import Reading, tags_of
from crossfoot.domain.inventory import Resource, ResourceKind

_TYPES: Final = {
    ResourceKind.LAMBDA_FUNCTION: "lambda:function",
    ResourceKind.S3_BUCKET: "s3",
}
_PAGE: Final = {"PageSize": 100}


def tag(reading: Reading, resources: Sequence[Resource]) -> Iterator[Resource]:
    """Yield functions and buckets with their tags; who was never tagged has none.

    Raises
    ------
    ClientError, BotoCoreError
        The tags cannot be read.
    """
    bare = [each for each in resources if each.kind in _TYPES]
    if not bare:
        return
    tagged = reading.items(
        "resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList",
        ResourceTypeFilters=sorted({_TYPES[each.kind] for each in bare}), PaginationConfig=_PAGE,
    )  # fmt: skip
    tags = {each["ResourceARN"]: tags_of(each.get("Tags")) for each in tagged}
    for each in bare:
        yield replace(each, tags=tags.get(_arn(reading, each), {}))


def _arn(reading: Reading, resource: Resource) -> str:
    if resource.kind is ResourceKind.S3_BUCKET:
        return f"arn:{reading.partition}:s3:::{resource.resource_id}"
    return resource.resource_id
