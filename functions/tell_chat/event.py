"""What a rule of our bus hands over: one of our events, as EventBridge wraps it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class EventMetadata(BaseModel):
    """What every event of ours says of itself."""

    model_config = ConfigDict(extra="allow", frozen=True)

    event_id: str
    occurred_at: str
    schema_version: str


class EventDetail(BaseModel):
    """An event of ours; ``events/schemas`` describes each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metadata: EventMetadata
    data: dict[str, Any]


class EventToTell(BaseModel):
    """The envelope; AWS says more in it than is needed."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    detail_type: str = Field(alias="detail-type", min_length=1)
    detail: EventDetail
