"""What the state machine ``close_month`` asks."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class MonthToPlan(BaseModel):
    """A month, and the execution that wants to close it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    usage_period: Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
    holder: Annotated[str, Field(min_length=1, max_length=80)]
