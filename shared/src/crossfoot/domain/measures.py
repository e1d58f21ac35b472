"""The measures of the ledger, in the order that every array and table keeps.

AWS's scope names are kept: to the customer all of them are Scope 3, category 1.
Location-based (LBM) and market-based (MBM) are two series, never added to one another.
"""

from enum import StrEnum
from typing import Final


class Measure(StrEnum):
    """One emission figure of AWS's carbon table."""

    SCOPE_1 = "scope_1"
    SCOPE_2_LBM = "scope_2_lbm"
    SCOPE_2_MBM = "scope_2_mbm"
    SCOPE_3_LBM = "scope_3_lbm"
    SCOPE_3_MBM = "scope_3_mbm"
    TOTAL_LBM = "total_lbm"
    TOTAL_MBM = "total_mbm"


SCOPES: Final = (
    Measure.SCOPE_1,
    Measure.SCOPE_2_LBM,
    Measure.SCOPE_2_MBM,
    Measure.SCOPE_3_LBM,
    Measure.SCOPE_3_MBM,
)
TOTALS: Final = (Measure.TOTAL_LBM, Measure.TOTAL_MBM)
MEASURES: Final = (*SCOPES, *TOTALS)

TOTAL_PARTS: Final = {
    Measure.TOTAL_LBM: (Measure.SCOPE_1, Measure.SCOPE_2_LBM, Measure.SCOPE_3_LBM),
    Measure.TOTAL_MBM: (Measure.SCOPE_1, Measure.SCOPE_2_MBM, Measure.SCOPE_3_MBM),
}

MEASURE_AXIS: Final = 0
"""Axis 0 of every two-dimensional array of emissions: one row per measure."""

ROW_AXIS: Final = 1
"""Axis 1: one column per source or consumer row."""


def column_of(measure: Measure) -> str:
    """Return the published column of a measure, which holds kilograms. [kg CO2e]."""
    return f"{measure}_kgco2e"
