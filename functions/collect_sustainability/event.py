"""What the state machine ``collect_sustainability`` hands in, before and after Athena."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class AskRequest(BaseModel):
    """AWS is to be asked; ``run`` is the name of the execution, as CloudTrail shows it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: Literal["ask"]
    run: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,80}$")]


class SettleRequest(BaseModel):
    """Athena has answered what an attempt asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: Literal["settle"]
    attempt: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]


type Request = Annotated[AskRequest | SettleRequest, Field(discriminator="step")]

REQUEST: TypeAdapter[AskRequest | SettleRequest] = TypeAdapter(Request)
