"""Lambda functions."""

from collections.abc import Iterator
from datetime import datetime

from crossfoot.adapters.aws.inventory_readings import Document, Reading
from crossfoot.domain.inventory import Resource, ResourceKind


def read_functions(reading: Reading) -> Iterator[Resource]:
    """Yield functions; their tags are not in the listing and are read apart."""
    yield from map(_function, reading.items("lambda", "list_functions", "Functions"))


def _function(function: Document) -> Resource:
    name = function["FunctionName"]
    return Resource(
        service_code="AWSLambda",
        kind=ResourceKind.LAMBDA_FUNCTION,
        resource_id=function["FunctionArn"],
        resource_name=name,
        resource_type=function.get("PackageType"),
        # the listing tells no state of functions that are ready
        state=function.get("State"),
        created_at=_instant(function.get("LastModified")),
        architecture=(function.get("Architectures") or ["x86_64"])[0],
        engine=function.get("Runtime"),
        memory_mib=function.get("MemorySize"),
        dimensions=(("FunctionName", name),),
    )


def _instant(text: str | None) -> datetime | None:
    return None if not text else datetime.fromisoformat(text)
