"""What a user may configure, as plain values; files are read elsewhere."""

from dataclasses import dataclass, field
from enum import StrEnum

from crossfoot.domain.columns import tag_column


class AllocationMethod(StrEnum):
    """Named methods of placing AWS's grams (see docs/methodology.md)."""

    PROVIDER_MIRROR = "provider-mirror"
    PHYSICAL = "physical"
    COST = "cost"


class RedistributionHow(StrEnum):
    """How shared pools are handed on."""

    DIRECT = "direct"
    STEP_DOWN = "step-down"
    RECIPROCAL = "reciprocal"


class Driver(StrEnum):
    """What weighs the receivers of a shared pool."""

    ON_DEMAND_COST = "on_demand_cost"
    UNBLENDED_COST = "unblended_cost"
    EMISSIONS = "emissions"
    EQUAL = "equal"


@dataclass(frozen=True, slots=True)
class TagKey:
    """A tag or cost category whose values become a column of the ledger."""

    key: str
    is_cost_category: bool = False

    @property
    def column(self) -> str:
        """Published column, such as ``tag_team``."""
        return tag_column(self.key)


@dataclass(frozen=True, slots=True)
class SharedPool:
    """Emissions that belong to everyone: whole accounts, or single resources.

    ``weights`` names receivers and their fixed weights in place of a driver.
    """

    name: str
    accounts: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    driver: Driver = Driver.ON_DEMAND_COST
    weights: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Redistribution:
    """How the pools are handed on, and to what: accounts, or the values of a tag column."""

    how: RedistributionHow = RedistributionHow.DIRECT
    consumers: str = "account"
    pools: tuple[SharedPool, ...] = ()

    @property
    def consumer_column(self) -> str:
        """Column of the ledger that names a consumer."""
        return "usage_account_id" if self.consumers == "account" else tag_column(self.consumers)


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that changes a figure and is the user's choice."""

    method: AllocationMethod = AllocationMethod.PROVIDER_MIRROR
    tags: tuple[TagKey, ...] = ()
    redistribution: Redistribution = field(default_factory=Redistribution)

    @property
    def tag_columns(self) -> tuple[str, ...]:
        """Published tag columns, in the order configured."""
        return tuple(tag.column for tag in self.tags)
