"""Words about months that AWS has not published: what a figure rests on, and its columns."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crossfoot.domain.columns import (
    EMISSIONS,
    EMISSIONS_RANGES,
    IMPACTS,
    MASS,
    MONEY,
    USAGE,
    Column,
    Table,
)
from crossfoot.domain.measures import MEASURES, TOTALS, column_of
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.record_columns import RECORD_COLUMNS
from crossfoot.domain.tables import TextArray
from crossfoot.domain.units import BoolArray, Int64Array

HORIZONS: Final = (1, 2, 3)
"""Months after the last published one that a backtest looks at, and that have a range."""

LEARNT_MONTHS: Final = 3
"""Published months of one model version, at most, that intensities are taken from."""

SHARE_CLASSES: Final = ("under 1 %", "1 to 10 %", "over 10 %")
"""Sizes of accounts, by their share of the organisation's figure."""

PHYSICAL_BUCKETS: Final = frozenset({"AmazonEC2", "AmazonS3", "AmazonCloudFront"})
"""Buckets that AWS allocates by physical usage; the others by on-demand value (F-5)."""

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
    NowcastLevel.REPEATED: "the last month repeated: no usage that AWS allocates it by",
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

NOWCAST_TABLES: Final = (USAGE, EMISSIONS, EMISSIONS_RANGES, IMPACTS)
"""What a nowcast run shows; its proof stays in the run."""

_WHERE: Final = (
    Column("usage_period", "string", "month of usage, YYYY-MM", is_nullable=False),
    Column("grain", "string", "organisation, account or cell", is_nullable=False),
    Column("usage_account_id", "string", "account; null for the organisation"),
    Column("region_code", "string", "Region code, or 'global'; of cells"),
    Column("carbon_service", "string", "AWS's bucket; of cells"),
)

NOWCASTS: Final = Table(
    "nowcasts",
    "nowcast x month x organisation, account or cell; every nowcast that was published",
    (
        *RECORD_COLUMNS,
        *_WHERE,
        Column("nowcast_level", "string", "what the figure is carried by; of cells"),
        Column("model_version", "string", "AWS's methodology of the months learnt from"),
        Column("payer_account_id", "string", "management account", is_nullable=False),
        Column("learnt_from", "string", "first of those months", is_nullable=False),
        Column("learnt_to", "string", "last of them", is_nullable=False),
        Column("horizon", "bigint", "months after the last published one", "1", is_nullable=False),
        Column("is_running", "boolean", "whether the month was not over", is_nullable=False),
        *(Column(column_of(each), MASS, "nowcast", "kg CO2e") for each in MEASURES),
        *(
            Column(f"{each}_{end}_kgco2e", MASS, f"{end} end of its range", "kg CO2e")
            for each in TOTALS
            for end in ("low", "high")
        ),
        Column("unknown_on_demand_cost", MONEY, "value without a figure; of all", "currency"),
    ),
)

NOWCAST_ERRORS: Final = Table(
    "nowcast_errors",
    "nowcast x organisation, account or cell x measure; beside what AWS published first",
    (
        *RECORD_COLUMNS,
        *_WHERE,
        Column("measure", "string", "what was told", is_nullable=False),
        Column("nowcast_id", "string", "record of the nowcast", is_nullable=False),
        Column("told_at", "timestamp", "when it was told, UTC", is_nullable=False),
        Column("horizon", "bigint", "months after the last published one", "1", is_nullable=False),
        Column("is_running", "boolean", "whether the month was not over", is_nullable=False),
        Column("told_model_version", "string", "AWS's methodology that was learnt from"),
        Column("delivery_id", "string", "AWS's first delivery of the month", is_nullable=False),
        Column("model_version", "string", "AWS's methodology of that delivery"),
        Column("told_kgco2e", MASS, "nowcast; null where there was none", "kg CO2e"),
        Column("low_kgco2e", MASS, "low end of its range", "kg CO2e"),
        Column("high_kgco2e", MASS, "high end of its range", "kg CO2e"),
        Column("published_kgco2e", MASS, "AWS's figure; null where it had none", "kg CO2e"),
        Column("error_kgco2e", MASS, "told minus published; null without both", "kg CO2e"),
        Column("has_held", "boolean", "whether the range held it; null without both"),
    ),
)
