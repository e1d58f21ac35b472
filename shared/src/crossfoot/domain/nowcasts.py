"""Words about months that AWS has not published: what a figure rests on, and its columns."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crossfoot.domain.columns import MASS, Column, Table
from crossfoot.domain.measures import MEASURES, TOTALS, column_of
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import TextArray
from crossfoot.domain.units import BoolArray, Int64Array

HORIZONS: Final = (1, 2, 3)
"""Months after the last published one that a backtest looks at, and that have a range."""

LEARNT_MONTHS: Final = 3
"""Published months of one model version, at most, that intensities are taken from."""

SHARE_CLASSES: Final = ("under 1 %", "1 to 10 %", "over 10 %")
"""Sizes of accounts, by their share of the organisation's figure."""

RANGE_PERCENT: Final = 90
"""What part of the published figures a range is to hold."""


class Grain(StrEnum):
    """What a figure is of."""

    ORGANISATION = "organisation"
    BUCKET = "bucket"
    ACCOUNT = "account"
    CELL = "cell"


class NowcastLevel(IntEnum):
    """What a figure is carried forward by; the first level that can."""

    NONE = 0
    SERVICE_KEY = 1
    SERVICE_COST = 2
    REGION_COST = 3
    ACCOUNT_COST = 4
    REPEATED = 5
    REGION_SERVICE = 6
    ACCOUNT = 7
    ORGANISATION = 8

    @property
    def text(self) -> str:
        """Its name as published, such as ``service-key``."""
        return self.name.lower().replace("_", "-")


LEVEL_MEANINGS: Final = {
    NowcastLevel.SERVICE_KEY: "own intensity, by what AWS allocates the bucket by",
    NowcastLevel.SERVICE_COST: "own intensity, by on-demand value",
    NowcastLevel.REGION_COST: "by the account's on-demand value in the Region",
    NowcastLevel.ACCOUNT_COST: "by the account's on-demand value",
    NowcastLevel.REPEATED: "the months before repeated: the account has no usage",
    NowcastLevel.REGION_SERVICE: "new here: intensity of the bucket in the Region",
    NowcastLevel.ACCOUNT: "new here: intensity of the account",
    NowcastLevel.ORGANISATION: "new here: intensity of the organisation",
}


@dataclass(frozen=True, slots=True, eq=False)
class CellNames:
    """Account, Region and bucket of every cell; shape (cell,). A bucket may be ``None``."""

    account: TextArray
    region: TextArray
    service: TextArray

    def __len__(self) -> int:
        return len(self.account)


@dataclass(frozen=True, slots=True, eq=False)
class NowcastMonth:
    """Figures of one month that AWS has not published; one row per cell that has a figure.

    Parameters
    ----------
    usage_period : UsagePeriod
        The month.
    horizon : int
        Months after the last published one.
    is_running : bool
        Whether the month is not over, so that its usage is what has been so far.
    names : CellNames
        Shape (cell,).
    level : ndarray of int64, shape (cell,)
        ``NowcastLevel`` of each figure.
    amount_ug, is_figure : ndarray, shape (measure, cell)
        In the order of ``MEASURES``; no figure where AWS reported none. [ug CO2e]
    low_ug, high_ug, has_range : ndarray, shape (total, cell)
        Range of ``TOTALS``, where errors of enough months are known. [ug CO2e]
    unknown_cost_nano : int
        On-demand value of usage without a figure. [10^-9 of the currency]
    """

    usage_period: UsagePeriod
    horizon: int
    is_running: bool
    names: CellNames
    level: NDArray[np.int64]
    amount_ug: Int64Array
    is_figure: BoolArray
    low_ug: Int64Array
    high_ug: Int64Array
    has_range: BoolArray
    unknown_cost_nano: int


NOWCAST: Final = Table(
    "nowcast",
    "month x account x Region x bucket; months that AWS has not published",
    (
        Column("usage_period", "string", "month of usage, YYYY-MM", is_nullable=False),
        Column("status", "string", "'nowcast'", is_nullable=False),
        Column("usage_account_id", "string", "account that used", is_nullable=False),
        Column("region_code", "string", "Region code, or 'global'", is_nullable=False),
        Column("carbon_service", "string", "AWS's bucket: EC2, S3, CloudFront or Other"),
        Column("nowcast_level", "string", "what the figure is carried by", is_nullable=False),
        Column("model_version", "string", "AWS's methodology of the months learnt from"),
        Column("learnt_from", "string", "first of those months", is_nullable=False),
        Column("learnt_to", "string", "last of them", is_nullable=False),
        *(Column(column_of(each), MASS, "nowcast", "kg CO2e") for each in MEASURES),
        *(
            Column(f"{each}_{end}_kgco2e", MASS, f"{end} end of its range", "kg CO2e")
            for each in TOTALS
            for end in ("low", "high")
        ),
    ),
)
