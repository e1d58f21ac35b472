"""What the state machine ``watch_rules`` asks, before and after Athena has answered."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

type _Holder = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,80}$")]


class RulesToAsk(BaseModel):
    """Thresholds are to be judged; ``always`` also where nothing was published since."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: Literal["ask"]
    holder: _Holder
    always: bool


class RulesToJudge(BaseModel):
    """Athena has answered an attempt, which was made at so many publications."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: Literal["judge"]
    holder: _Holder
    attempt: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    snapshot: Annotated[int, Field(ge=1)]


type Request = Annotated[RulesToAsk | RulesToJudge, Field(discriminator="step")]

REQUEST: TypeAdapter[RulesToAsk | RulesToJudge] = TypeAdapter(Request)
