"""What the state machine ``close_month`` asks."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class MonthToWatch(BaseModel):
    """A month, published or not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    usage_period: Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
