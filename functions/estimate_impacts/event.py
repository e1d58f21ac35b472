"""What the Distributed Map of ``close_month`` asks of each child, after the allocation."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class ShardToEstimate(BaseModel):
    """A shard of a plan; ``rollup_uri`` is null where the month has no usage."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    plan_uri: Annotated[str, Field(pattern=r"^s3://[^/]+/plans/r-[0-9a-f]{16}/plan\.json$")]
    shard: Annotated[int, Field(ge=0, le=99_999, strict=True)]
    rollup_uri: Annotated[
        str | None, Field(pattern=r"^s3://[^/]+/rollup/r-[0-9a-f]{16}/[0-9a-f]{12}/shard=[0-9]+/$")
    ]
