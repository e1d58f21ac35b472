"""What the schedule sends: nothing that matters but that it is time."""

from pydantic import BaseModel, ConfigDict


class TimeHasCome(BaseModel):
    """A call by the clock; AWS may say more in it than is needed."""

    model_config = ConfigDict(extra="ignore", frozen=True)
