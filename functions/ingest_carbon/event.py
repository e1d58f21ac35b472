"""What the state machine ``close_month`` asks."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class MonthToPlan(BaseModel):
    """A month, the execution that wants to close it, and the nowcast that it is closed on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    usage_period: Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
    holder: Annotated[str, Field(min_length=1, max_length=80)]
    nowcast: Annotated[str, Field(pattern=r"^n-[0-9a-f]{16}(-[0-9a-f]{8})?$")] | None = None
