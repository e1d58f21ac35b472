"""What a function is told by its environment: one small model for each thing it may work on.

A function's own ``settings.py`` is made of those that it needs, so that the environment that is
deployed and the one that is read can be compared without AWS.
"""

import os
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crossfoot.domain.deliveries import ExportKind
from crossfoot.domain.errors import ConfigurationError, ForeignDeliveryError
from crossfoot.domain.period import UsagePeriod

type _Name = Annotated[str, Field(min_length=1)]
type _Month = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]


class EnvironmentSettings(BaseModel):
    """Fields are environment variables: ``landing_bucket`` is ``LANDING_BUCKET``."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=str.upper)

    @classmethod
    def from_environment(cls) -> Self:
        """Read the environment.

        Raises
        ------
        ConfigurationError
            A variable is missing or cannot be what it says.
        """
        names = [name.upper() for name in cls.model_fields]
        try:
            return cls.model_validate(
                {name: os.environ[name] for name in names if name in os.environ}
            )
        except ValidationError as error:
            first = error.errors()[0]
            raise ConfigurationError(
                f"the environment variable {first['loc'][0]} is wrong ({first['msg']}).",
                mend="Deploy the stacks again; they set it.",
            ) from error


class LandingSettings(EnvironmentSettings):
    """Where AWS delivers, and whose."""

    landing_bucket: _Name
    carbon_prefix: _Name = "carbon"
    usage_prefix: _Name = "usage"
    usage_format: Literal["cur2", "focus"] = "cur2"
    payer_account_id: Annotated[str, Field(pattern=r"^[0-9]{12}$")]

    @property
    def prefixes(self) -> dict[ExportKind, str]:
        """Prefix that each export is delivered under."""
        return {ExportKind.CARBON: self.carbon_prefix, ExportKind.USAGE: self.usage_prefix}

    def kind_of(self, bucket: str, key: str) -> ExportKind:
        """Return which export an object is of.

        Raises
        ------
        ForeignDeliveryError
            Another bucket, or a key below neither prefix.
        """
        for kind, prefix in self.prefixes.items():
            if bucket == self.landing_bucket and key.startswith(f"{prefix.strip('/')}/"):
                return kind
        raise ForeignDeliveryError(
            "is in no place that an export is delivered to.",
            mend="Check the bucket and the prefixes in the settings of the deployment.",
            file=f"s3://{bucket}/{key}"[:200],
        )


class UsageSettings(EnvironmentSettings):
    """Since when usage is delivered."""

    usage_since: _Month | None = None

    @property
    def first_usage_month(self) -> UsagePeriod | None:
        """First month that waits for usage; every month does where it is not known."""
        return None if self.usage_since is None else UsagePeriod(self.usage_since)


class LedgerSettings(EnvironmentSettings):
    """Where facts and pins are written down, and where they are told."""

    ledger_table: _Name
    curated_bucket: _Name
    event_bus: _Name


class WorkSettings(EnvironmentSettings):
    """Where what lives for one run lies."""

    work_bucket: _Name


class SequelSettings(EnvironmentSettings):
    """What follows publications; a state machine that is switched off has no ARN."""

    look_ahead_arn: _Name | None = None
    watch_rules_arn: _Name | None = None


class CatalogSettings(EnvironmentSettings):
    """The database that people query."""

    database: _Name


class ChatSettings(EnvironmentSettings):
    """Where people are told in chat."""

    chat_topic_arn: _Name


class WorkflowSettings(UsageSettings):
    """What closes a month."""

    close_month_arn: _Name
