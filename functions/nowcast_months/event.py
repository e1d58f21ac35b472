"""What the state machine ``look_ahead`` asks, before and after Athena."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

type _Attempt = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
type _LookUri = Annotated[str, Field(pattern=r"^s3://[^/]+/lookahead/[0-9a-f]{12}/look\.json$")]
type _Month = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]


class _Step(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SilenceToFind(_Step):
    """The beginning of a look ahead: when its execution was started."""

    step: Literal["find"]
    started_at: AwareDatetime

    @property
    def arguments(self) -> tuple[datetime]:
        """What the work takes."""
        return (self.started_at,)


class MonthToSurvey(_Step):
    """A silent month whose usage is to be brought and asked about."""

    step: Literal["survey"]
    look_uri: _LookUri
    usage_period: _Month

    @property
    def arguments(self) -> tuple[str, str]:
        """What the work takes."""
        return self.look_uri, self.usage_period


class MonthToClassify(_Step):
    """The same month, once Athena has answered the survey's queries."""

    step: Literal["classify"]
    look_uri: _LookUri
    usage_period: _Month
    attempt: _Attempt

    @property
    def arguments(self) -> tuple[str, str, str]:
        """What the work takes."""
        return self.look_uri, self.usage_period, self.attempt


class HistoryToAsk(_Step):
    """A look whose history is to be asked for."""

    step: Literal["history"]
    look_uri: _LookUri

    @property
    def arguments(self) -> tuple[str]:
        """What the work takes."""
        return (self.look_uri,)


class WeighedMonth(BaseModel):
    """What became of a silent month: the attempt that weighed it, or none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    usage_period: _Month
    outcome: Literal["weighed", "quarantined", "failed"]
    attempt: _Attempt | None


class NowcastsToMake(_Step):
    """A look whose questions Athena has answered."""

    step: Literal["nowcast"]
    look_uri: _LookUri
    attempt: _Attempt
    months: tuple[WeighedMonth, ...]

    @property
    def arguments(self) -> tuple[str, str, list[dict[str, str | None]]]:
        """What the work takes."""
        return self.look_uri, self.attempt, [each.model_dump() for each in self.months]


type Request = Annotated[
    SilenceToFind | MonthToSurvey | MonthToClassify | HistoryToAsk | NowcastsToMake,
    Field(discriminator="step"),
]

REQUEST: TypeAdapter[Request] = TypeAdapter(Request)
