"""Words of time: the runs that spoke for a month, why a figure changed, why months differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from crossfoot.domain.accounts import Account
from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.measures import Measure
from crossfoot.domain.tables import TextArray
from crossfoot.domain.units import BoolArray, Int64Array


class Cause(StrEnum):
    """Why a published figure changed: the provider's causes first, then ours.

    ``USAGE_AND_POLICY`` is a run in which both changed at once: they cannot be told apart.
    ``ORGANISATION`` is other names or units of accounts: it changes no account's figure.
    """

    CORRECTION = "correction"
    MODEL_VERSION = "model-version"
    USAGE = "usage"
    POLICY = "policy"
    USAGE_AND_POLICY = "usage-and-policy"
    ORGANISATION = "organisation"


class Effect(StrEnum):
    """Why a month's figure differs from another month's, in the order of rounding."""

    DEPARTED_ACCOUNTS = "departed-accounts"
    NEW_ACCOUNTS = "new-accounts"
    USAGE_VOLUME = "usage-volume"
    MIX = "mix"
    INTENSITY = "intensity"
    METHOD = "method"


class BoundaryChange(StrEnum):
    """What an account did between two states of a ledger."""

    JOINED = "joined"
    LEFT = "left"
    RENAMED = "renamed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """What a run's ledger says of one account: how it is known, and its sums by measure.

    A measure that was not reported for it is not among ``amount_ug``. [ug CO2e]
    """

    account: Account
    amount_ug: Mapping[Measure, int]


@dataclass(frozen=True, slots=True)
class BoundaryLine:
    """One account that is not where it was, with all its grams on both sides.

    ``before`` and ``after`` are units of one that moved, and names of any other. [ug CO2e]
    """

    change: BoundaryChange
    account_id: str
    before: str | None
    after: str | None
    before_ug: Mapping[Measure, int]
    after_ug: Mapping[Measure, int]


@dataclass(frozen=True, slots=True)
class KnownRun:
    """One run that spoke for a month, from the snapshot that published it until the next.

    ``manifest`` is what the run said of itself.
    """

    snapshot: int
    published_at: datetime
    run_id: str
    manifest: Mapping[str, Any]

    @property
    def delivery_id(self) -> str:
        """AWS's delivery behind the figures."""
        return str(self.manifest["carbon"]["delivery_id"])

    @property
    def model_version(self) -> str:
        """Version of AWS's methodology, as it is written."""
        return str(self.manifest["carbon"]["model_version"])


@dataclass(frozen=True, slots=True, eq=False)
class Bridge:
    """The way from one state of a month to another, by cell, measure and cause.

    Parameters
    ----------
    measures : tuple of str
        What axis 0 of the amounts is.
    account, region, service : ndarray of object, shape (cell,)
        Every cell that any state knows; sorted by the three.
    before_ug, after_ug : ndarray of int64, shape (measure, cell)
        0 where there is no figure. [ug CO2e]
    is_before, is_after : ndarray of bool, shape (measure, cell)
        Whether there is a figure.
    change_ug : mapping of Cause to ndarray of int64, shape (measure, cell)
        They sum to ``after_ug - before_ug`` exactly. [ug CO2e]
    """

    measures: tuple[str, ...]
    account: TextArray
    region: TextArray
    service: TextArray
    before_ug: Int64Array
    after_ug: Int64Array
    is_before: BoolArray
    is_after: BoolArray
    change_ug: Mapping[Cause, Int64Array]


@dataclass(frozen=True, slots=True, eq=False)
class MonthFigures:
    """One measure of one month beside the usage that caused it, by cell.

    Parameters
    ----------
    cells : ReportedCells
        One row of amounts: the measure. [ug CO2e]
    on_demand_nano : ndarray of int64, shape (cell,)
        On-demand value of the cell's usage, 0 where it had none. [1e-9 currency]
    """

    cells: ReportedCells
    on_demand_nano: Int64Array


@dataclass(frozen=True, slots=True, eq=False)
class MonthDifference:
    """Why one month's figure differs from another's, by cell and effect.

    ``effect_ug`` has shape (effect, cell), in the order of ``Effect``; the sum over effects is
    ``after_ug - before_ug``. [ug CO2e]
    """

    account: TextArray
    region: TextArray
    service: TextArray
    before_ug: Int64Array
    after_ug: Int64Array
    is_before: BoolArray
    is_after: BoolArray
    effect_ug: Int64Array
