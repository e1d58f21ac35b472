"""Settings of one deployment: one TOML file, read once, every mistake named.

Nothing here reads the environment, the network or git: the same file gives the same templates.
"""

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from crossfoot.domain.columns import tag_column
from crossfoot.domain.errors import ConfigurationError

EXPORTS_REGION: Final = "us-east-1"
"""The one Region of the commercial partition where an export can be made by CloudFormation."""

_MEND: Final = "cdk/settings.example.toml describes every setting."

type Account = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
type Days = Annotated[int, Field(ge=1, le=36_500)]
type Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
type ExportName = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,128}$")]
type Month = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
type Principal = Annotated[
    # no quote can be in it: it becomes a text in the SQL of the row-level security
    str, Field(pattern=r"^arn:aws:quicksight:[a-z0-9-]+:[0-9]{12}:(user|group)/[\w+=,.@/-]+$")
]
type Prefix = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*(/[a-z0-9._-]+)*$", max_length=64)
]
type Key = Annotated[str, Field(min_length=1, max_length=128)]


class UsageFormat(StrEnum):
    """Which usage export is made; the value is what ``USAGE_FORMAT`` says."""

    CUR_2 = "cur2"
    FOCUS = "focus"


class DeliveryMode(StrEnum):
    """Whether AWS writes each delivery to new keys or over the one before."""

    CREATE_NEW = "create-new"
    OVERWRITE = "overwrite"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ExportSettings(_Strict):
    """The two exports: where they land, under which names, and how AWS writes them.

    Carbon is small and every vintage counts, so each delivery gets keys of its own. Usage is
    large and delivered daily: it is written over, the newest delivery of every month is kept by
    the versioned bucket, and older versions expire (``retention.usage_version_days``).
    """

    carbon_prefix: Prefix = "carbon"
    usage_prefix: Prefix = "usage"
    carbon_name: ExportName = "crossfoot-carbon"
    usage_name: ExportName = "crossfoot-usage"
    usage_format: Annotated[UsageFormat, Field(strict=False)] = UsageFormat.CUR_2
    usage_since: Month
    """First month that the usage export holds; earlier months close on carbon alone."""
    carbon_delivery: Annotated[DeliveryMode, Field(strict=False)] = DeliveryMode.CREATE_NEW
    usage_delivery: Annotated[DeliveryMode, Field(strict=False)] = DeliveryMode.OVERWRITE

    @model_validator(mode="after")
    def _prefixes_are_apart(self) -> "ExportSettings":
        carbon, usage = f"{self.carbon_prefix}/", f"{self.usage_prefix}/"
        if carbon.startswith(usage) or usage.startswith(carbon):
            raise ValueError("carbon_prefix and usage_prefix lie in each other")
        return self


class OrganizationSettings(_Strict):
    """The organization, and how its accounts let the collector in.

    ``targets`` are the root or the organizational units whose accounts get the read role.
    """

    id: Annotated[str, Field(pattern=r"^o-[a-z0-9]{10,32}$")]
    targets: Annotated[
        tuple[
            Annotated[str, Field(pattern=r"^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})$")],
            ...,
        ],
        Field(min_length=1, strict=False),
    ]
    external_id: Annotated[str, Field(pattern=r"^[\w+=,.@:/-]{8,128}$")]


class RetentionSettings(_Strict):
    """How long things are kept, in days; the ledger itself is kept for good."""

    usage_version_days: Days = 14
    work_days: Days = 14
    access_log_days: Days = 400
    log_days: Literal[30, 60, 90, 180, 365, 400, 731, 1827] = 400
    event_days: Days = 400
    superseded_days: Days = 400
    """Versions of curated objects that were written over; runs themselves never are."""
    lock_mode: Literal["none", "governance", "compliance"] = "none"
    """Object Lock of the curated bucket. Only a new bucket can have it."""
    lock_days: Days = 400


class QuickSightReader(_Strict):
    """Somebody who sees some accounts only."""

    principal: Principal
    accounts: Annotated[tuple[Account, ...], Field(strict=False)] = ()
    """Accounts that it sees; none named means all of them."""


class QuickSightSettings(_Strict):
    """The optional dashboard: an existing subscription, and who may see what.

    ``principals`` own the dashboard and see every account; ``readers`` look at it.
    """

    principals: Annotated[tuple[Principal, ...], Field(min_length=1, strict=False)]
    readers: Annotated[tuple[QuickSightReader, ...], Field(strict=False)] = ()


class PolicyNames(BaseModel):
    """What the stacks need of the user's configuration file: the columns of its keys."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    tags: tuple[Key, ...] = ()
    cost_categories: tuple[Key, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Published columns of the keys, in the order of the ledger."""
        return tuple(tag_column(key) for key in (*self.tags, *self.cost_categories))


class DeploymentSettings(_Strict):
    """Everything that one deployment may choose.

    ``name`` begins the name of every resource, so that roles, buckets and functions are known
    before they exist, in whichever account. ``policy`` comes from the file that
    ``configuration`` names, relative to the settings file.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,18}[a-z0-9]$")] = "crossfoot"
    payer_account_id: Account
    collector_account_id: Account | None = None
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")] = EXPORTS_REGION
    architecture: Literal["arm64", "x86_64"] = "arm64"
    configuration: str | None = None
    scan_limit_gib: Annotated[int, Field(ge=1, le=100_000)] = 1024
    notice_emails: Annotated[tuple[Email, ...], Field(strict=False)] = ()
    nowcasts: bool = True
    """Whether months that AWS has not published are nowcast: every morning, and whenever a month
    is published."""
    sustainability: bool = True
    """Whether AWS is asked for its water, and for its carbon by another way, every month."""
    chat_topic: bool = False
    """Whether events are told in the schema of chat channels too, on a topic of their own."""
    termination_protection: bool = True
    reserve_concurrency: bool = False
    """Whether each function keeps a share of the account's Lambda concurrency, 233 in all. Not by
    default: AWS refuses to leave an account less than 100, and new accounts have far less."""
    permissions_boundary: Annotated[str, Field(pattern=r"^[\w+=,.@-]{1,128}$")] | None = None
    exports: ExportSettings
    organization: OrganizationSettings
    retention: RetentionSettings = RetentionSettings()
    quicksight: QuickSightSettings | None = None
    policy: Annotated[PolicyNames, Field(exclude=True)] = PolicyNames()
    configuration_path: Annotated[Path | None, Field(exclude=True)] = None

    @property
    def account(self) -> str:
        """Account that holds everything but the exports."""
        return self.collector_account_id or self.payer_account_id

    @property
    def is_single_account(self) -> bool:
        """Whether everything is in the management account."""
        return self.account == self.payer_account_id

    @property
    def tag_columns(self) -> tuple[str, ...]:
        """Columns ``tag_...`` of the configured tags and cost categories."""
        return self.policy.columns

    @property
    def landing_bucket_name(self) -> str:
        """Bucket that AWS delivers to; known before it exists, for the other account's export."""
        return self.bucket_name("landing")

    def bucket_name(self, purpose: str) -> str:
        """Return the name of a bucket: unique by account and Region."""
        return f"{self.name}-{purpose}-{self.account}-{self.region}"

    @property
    def database_name(self) -> str:
        """Glue database of the published tables."""
        return self.name.replace("-", "_")

    @property
    def work_database_name(self) -> str:
        """Glue database of the tables that only a run reads."""
        return f"{self.database_name}_work"

    @property
    def collector_role_name(self) -> str:
        """Role of ``collect_inventory``, which member accounts trust."""
        return f"{self.name}-collect-inventory"

    @property
    def directory_role_name(self) -> str:
        """Role of ``list_accounts``, which the management and the member accounts trust."""
        return f"{self.name}-list-accounts"

    @property
    def inventory_role_name(self) -> str:
        """Read role in every account of the organization (``INVENTORY_ROLE_NAME``)."""
        return f"{self.name}-inventory"

    @property
    def organization_role_name(self) -> str:
        """Role in the management account that lists accounts for a collector elsewhere."""
        return f"{self.name}-organization"

    @property
    def organization_role_arn(self) -> str | None:
        """Role in the management account that lists accounts; none where we are in it."""
        if self.is_single_account:
            return None
        return f"arn:aws:iam::{self.payer_account_id}:role/{self.organization_role_name}"

    @property
    def sustainability_collector_name(self) -> str:
        """Role of ``collect_sustainability``, which the management account trusts."""
        return f"{self.name}-collect-sustainability"

    @property
    def sustainability_role_name(self) -> str:
        """Role in the management account that asks AWS for a collector elsewhere."""
        return f"{self.name}-sustainability"

    @property
    def sustainability_role_arn(self) -> str | None:
        """Role in the management account that asks AWS; none where we are in it, or do not ask."""
        if self.is_single_account or not self.sustainability:
            return None
        return f"arn:aws:iam::{self.payer_account_id}:role/{self.sustainability_role_name}"


def read_settings(path: Path) -> DeploymentSettings:
    """Read the settings, and of the configuration file that they name the keys of tags.

    Raises
    ------
    ConfigurationError
        No such file, not TOML, an unknown or missing setting, or one that cannot be.
    """
    document = _read_toml(path)
    reserved = {"policy", "configuration_path"} & document.keys()
    if reserved:
        raise ConfigurationError(f"{min(reserved)}: no such setting.", mend=_MEND, file=str(path))
    settings = _validated(DeploymentSettings, document, path)
    if settings.configuration is None:
        return settings
    configuration = (path.parent / settings.configuration).resolve()
    policy = _validated(PolicyNames, _read_toml(configuration), configuration)
    return settings.model_copy(update={"policy": policy, "configuration_path": configuration})


def _validated[Model: BaseModel](model: type[Model], document: dict[str, Any], path: Path) -> Model:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        problem = str(first["msg"]).removeprefix("Value error, ")
        message = f"{where}: {problem}." if where else f"{problem}."
        raise ConfigurationError(message, mend=_MEND, file=str(path)) from error


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"cannot be opened ({error.strerror}).", mend="Check the path.", file=str(path)
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"is not TOML ({error}).", mend=_MEND, file=str(path)) from error
