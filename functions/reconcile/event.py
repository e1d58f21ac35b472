"""What the state machine ``close_month`` asks, before and after the run is read back."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

type _PlanUri = Annotated[str, Field(pattern=r"^s3://[^/]+/plans/r-[0-9a-f]{16}/plan\.json$")]


class ProofToPrepare(BaseModel):
    """A plan all of whose shards are written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: Literal["prepare"]
    plan_uri: _PlanUri


class RunToProve(BaseModel):
    """The same plan, once Athena has read the run back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: Literal["prove"]
    plan_uri: _PlanUri
    attempt: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]


type Request = Annotated[ProofToPrepare | RunToProve, Field(discriminator="step")]

REQUEST: TypeAdapter[ProofToPrepare | RunToProve] = TypeAdapter(Request)
