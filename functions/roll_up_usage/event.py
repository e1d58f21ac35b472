"""What the state machine ``close_month`` asks, before and after the survey."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

type _PlanUri = Annotated[str, Field(pattern=r"^s3://[^/]+/plans/r-[0-9a-f]{16}/plan\.json$")]


class UsageToSurvey(BaseModel):
    """A plan whose usage is to be brought and asked about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: Literal["survey"]
    plan_uri: _PlanUri


class UsageToClassify(BaseModel):
    """The same plan, once Athena has answered the survey's queries."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: Literal["classify"]
    plan_uri: _PlanUri
    attempt: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]


type Request = Annotated[UsageToSurvey | UsageToClassify, Field(discriminator="step")]

REQUEST: TypeAdapter[UsageToSurvey | UsageToClassify] = TypeAdapter(Request)
