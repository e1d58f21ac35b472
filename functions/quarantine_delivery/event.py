"""What the state machine ``close_month`` tells when it gives up."""

import json
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class PlanOfMonth(BaseModel):
    """The answer of ``ingest_carbon``; only the place of the plan matters here."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    plan_uri: str | None = None


class CaughtError(BaseModel):
    """An error as a state machine catches it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    error: Annotated[str, Field(alias="Error")]
    cause: Annotated[str, Field(alias="Cause")] = ""

    @property
    def message(self) -> str:
        """What the error said: a function's answer is JSON, anything else is the text itself."""
        try:
            told = json.loads(self.cause)
        except ValueError:
            return self.cause
        message = told.get("errorMessage") if isinstance(told, dict) else None
        return message if isinstance(message, str) else self.cause


class ExecutionFailed(BaseModel):
    """A month, the execution that failed, its plan if it had one, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    usage_period: Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
    holder: Annotated[str, Field(min_length=1, max_length=80)]
    plan: PlanOfMonth | None = None
    error: CaughtError

    @property
    def plan_uri(self) -> str | None:
        """Where the plan lies."""
        return None if self.plan is None else self.plan.plan_uri
