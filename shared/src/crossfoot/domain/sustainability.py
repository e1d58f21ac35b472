"""What AWS's Sustainability API says: water of whole years, and carbon to check the export by.

Water is withdrawal, in cubic metres, a calendar year at a time. It becomes whole microlitres once,
at the door: the last digit of a cubic metre in ``DECIMAL(18,9)``, as a microgram is of a kilogram.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import numpy as np

from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.columns import MASS, Column, Table
from crossfoot.domain.inventory import ReadAction
from crossfoot.domain.measures import Measure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.record_columns import RECORD_COLUMNS
from crossfoot.domain.tables import SourceFile, TextArray
from crossfoot.domain.units import MICROGRAMS_PER_GRAM, Float64Array, Int64Array
from crossfoot.domain.versions import ModelVersion

WATER_UNIT: Final = "m3"
MICROLITRES_PER_CUBIC_METRE: Final = 10**9
LARGEST_AGREED_UG: Final = MICROGRAMS_PER_GRAM
"""Both sources round each figure to a gram on their own: a difference up to this says nothing."""

DIMENSIONS: Final = ("USAGE_ACCOUNT_ID", "REGION", "SERVICE")
"""What the API is asked to group by, which makes its rows those of the export."""

EMISSIONS_TYPES: Final = {
    Measure.SCOPE_1: "TOTAL_SCOPE_1_CARBON_EMISSIONS",
    Measure.SCOPE_2_LBM: "TOTAL_SCOPE_2_LBM_CARBON_EMISSIONS",
    Measure.SCOPE_2_MBM: "TOTAL_SCOPE_2_MBM_CARBON_EMISSIONS",
    Measure.SCOPE_3_LBM: "TOTAL_SCOPE_3_LBM_CARBON_EMISSIONS",
    Measure.SCOPE_3_MBM: "TOTAL_SCOPE_3_MBM_CARBON_EMISSIONS",
    Measure.TOTAL_LBM: "TOTAL_LBM_CARBON_EMISSIONS",
    Measure.TOTAL_MBM: "TOTAL_MBM_CARBON_EMISSIONS",
}
"""All seven; without being told so, the API answers with the two totals only."""

WATER_TYPE: Final = "TOTAL_WATER_WITHDRAWALS"
"""The one type of water that there is."""

FIRST_WATER_YEAR: Final = 2023
"""AWS answers no earlier one."""

COMPARED_MONTHS: Final = 13
"""Months whose carbon a deployment asks for: a year, and the same month of the year before."""

SUSTAINABILITY_REGION: Final = "us-east-1"
"""Where the API's requests are signed for, whatever the deployment's own Region."""

SUSTAINABILITY_ACTIONS: Final = (
    ReadAction("sustainability:GetEstimatedCarbonEmissions", "carbon, to check the export by"),
    ReadAction("sustainability:GetEstimatedWaterAllocation", "water of calendar years"),
)
"""What ``collect_sustainability`` needs, in its own role or in the management account's."""


class Unspread(StrEnum):
    """Why a year's water lies on no month and no resource."""

    NOT_OVER = "year-not-over"
    NOT_WHOLE = "figure-of-a-part-of-the-year"
    MONTHS_MISSING = "months-not-published"


@dataclass(frozen=True, slots=True, eq=False)
class WaterAnswer:
    """What AWS said of one year: a vintage of it, where it differs from what was said before.

    Parameters
    ----------
    year : UsagePeriod
        A calendar year.
    asked_at : datetime
        When AWS was asked, UTC.
    covered_until : datetime
        First instant after what the figures cover; the year's own end where it is whole.
    account, region, service : ndarray of object, shape (cell,)
        As in ``ReportedCells``: unique and sorted by the three, no bucket last.
    product_code : ndarray of object, shape (cell,)
        AWS's service, as it spelled it.
    amount_ul : ndarray of int64, shape (cell,)
        Water withdrawal. [microlitre]
    source : ndarray of int64, shape (cell,)
        Index into ``sources``, the files or pages of the answer.
    """

    year: UsagePeriod
    model_version: ModelVersion
    asked_at: datetime
    covered_until: datetime
    account: TextArray
    region: TextArray
    service: TextArray
    product_code: TextArray
    amount_ul: Int64Array
    source: Int64Array
    sources: tuple[SourceFile, ...]

    def __len__(self) -> int:
        return len(self.account)

    def why_unspread(self, published: Sequence[UsagePeriod]) -> Unspread | None:
        """Return why the year cannot be spread over its months; None where it can.

        Parameters
        ----------
        published : sequence of UsagePeriod
            Months that have a ledger of AWS's own figures.
        """
        if self.asked_at < self.year.end:
            return Unspread.NOT_OVER
        if self.covered_until < self.year.end:
            return Unspread.NOT_WHOLE
        if not set(months_of(self.year)) <= set(published):
            return Unspread.MONTHS_MISSING
        return None


@dataclass(frozen=True, slots=True, eq=False)
class CarbonAnswer:
    """What AWS said through the API of one month's carbon."""

    usage_period: UsagePeriod
    model_version: ModelVersion
    asked_at: datetime
    cells: ReportedCells


def months_of(year: UsagePeriod) -> tuple[UsagePeriod, ...]:
    """Return the twelve months of a calendar year."""
    return tuple(UsagePeriod.of_month(year.year, month) for month in range(1, 13))


def microlitres_from_cubic_metres(amount_m3: Float64Array) -> Int64Array:
    """Convert AWS's cubic metres to whole microlitres, once and for all.

    Parameters
    ----------
    amount_m3 : ndarray of float64
        Finite, and within ``LARGEST_AMOUNT`` microlitres; the caller has checked. [m3]

    Returns
    -------
    ndarray of int64, same shape
        ``rint(amount * 10**9)``. [microlitre]
    """
    return np.rint(amount_m3 * MICROLITRES_PER_CUBIC_METRE).astype(np.int64)


_DIGEST = Column(
    "content_digest", "string", "of what the record says: the same is no new one", is_nullable=False
)
_ASKED = Column("asked_at", "timestamp", "when AWS was asked, UTC", is_nullable=False)
_VERSION = Column(
    "model_version", "string", "version of AWS's methodology, as the API says", is_nullable=False
)
_WATER_YEAR = Column("water_year", "string", "calendar year, YYYY", is_nullable=False)
_REGION = Column("region_code", "string", "Region code, or 'global'", is_nullable=False)
_SERVICE = Column("carbon_service", "string", "AWS's bucket: EC2, S3, CloudFront or Other")
_WATER = Column(
    "water_withdrawal_m3", MASS, "water that AWS withdrew", WATER_UNIT, is_nullable=False
)

WATER_REPORTED: Final = Table(
    "water_reported",
    "vintage x year x account x Region x service, as AWS's Sustainability API answers",
    (
        *RECORD_COLUMNS,
        _DIGEST,
        _ASKED,
        _WATER_YEAR,
        Column("covered_until", "timestamp", "end of what the figure covers", is_nullable=False),
        _VERSION,
        Column("usage_account_id", "string", "account that used", is_nullable=False),
        _REGION,
        _SERVICE,
        Column("product_code", "string", "AWS's service, as it was answered"),
        _WATER,
        Column("source_path", "string", "answer that the row was read from"),
        Column("source_sha256", "string", "digest of that answer"),
    ),
)

WATER_ALLOCATED: Final = Table(
    "water_allocated",
    "spread x month x AWS's cell x resource; a year that cannot be spread has a row for each cell",
    (
        *RECORD_COLUMNS,
        Column("spread_id", "string", "spread that the record is a part of", is_nullable=False),
        _DIGEST,
        _WATER_YEAR,
        _VERSION,
        Column("water_record_id", "string", "vintage that was spread", is_nullable=False),
        Column("usage_period", "string", "month of usage; null where the year was not spread"),
        Column("run_id", "string", "run whose usage bears it; null where nothing does"),
        Column("usage_account_id", "string", "account that used", is_nullable=False),
        _REGION,
        _SERVICE,
        Column("service_code", "string", "product code of the usage, as CUR spells it"),
        Column("resource_id", "string", "resource id or ARN; null where the usage has none"),
        Column("usage_family", "string", "kind of usage, by the classification table"),
        Column("allocation_key", "string", "key that weighed the row; the reason if there is none"),
        Column(
            "allocation_level", "string", "first level that had a positive weight, or 'unspread'"
        ),
        _WATER,
    ),
)

CARBON_CROSS_CHECK: Final = Table(
    "carbon_cross_check",
    "check x month x measure, and below it each cell in which the two sources differ",
    (
        *RECORD_COLUMNS,
        _DIGEST,
        _ASKED,
        Column("usage_period", "string", "month of usage, YYYY-MM", is_nullable=False),
        _VERSION,
        Column("delivery_id", "string", "delivery of the export of the same version; null if none"),
        Column("usage_account_id", "string", "account; null for the whole month"),
        Column("region_code", "string", "Region code; null for the whole month"),
        Column("carbon_service", "string", "AWS's bucket; null for the whole month, or as AWS"),
        Column("measure", "string", "what was compared", is_nullable=False),
        Column("finding", "string", "agreed, different, only-in-api, ...", is_nullable=False),
        Column("api_kgco2e", "decimal(38,9)", "as the API says; null where it does not", "kg CO2e"),
        Column("export_kgco2e", "decimal(38,9)", "as the export says; null likewise", "kg CO2e"),
        Column("cell_count", "bigint", "cells compared, of the whole month", "1"),
        Column("differing_count", "bigint", "cells that differ by more than a gram", "1"),
    ),
)
