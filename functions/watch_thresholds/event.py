"""What the state machine ``close_month`` asks."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class MonthToWatch(BaseModel):
    """A month that was published, and the run that asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    usage_period: Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
    run_id: Annotated[str, Field(pattern=r"^r-[0-9a-f]{16}$")]
