"""What the state machine ``close_month`` asks."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

type _Uri = Annotated[str, Field(pattern=r"^s3://[^/]+/.+")]


class MonthToPublish(BaseModel):
    """The plan of a run, and the manifest that its proof has written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    plan_uri: _Uri
    manifest_uri: _Uri
