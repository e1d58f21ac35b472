"""A nowcast as it is kept: figures by cell, by account and as a whole, and what they rest on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from crossfoot.domain.nowcasts import CellNames, Grain
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.units import BoolArray, Int64Array
from crossfoot.domain.versions import ModelVersion

TOLD_GRAINS: Final = (Grain.ORGANISATION, Grain.ACCOUNT, Grain.CELL)
"""What is kept: sums have ranges of their own, which no sum of ranges gives."""


@dataclass(frozen=True, slots=True, eq=False)
class ToldFigures:
    """Figures of one grain, each row one organisation, account or cell.

    Parameters
    ----------
    names : CellNames
        Shape (row,); ``None`` where the grain has no such part.
    amount_ug, is_figure : ndarray, shape (measure, row)
        In the order of ``MEASURES``. [ug CO2e]
    low_ug, high_ug, has_range : ndarray, shape (total, row)
        In the order of ``TOTALS``. [ug CO2e]
    """

    names: CellNames
    amount_ug: Int64Array
    is_figure: BoolArray
    low_ug: Int64Array
    high_ug: Int64Array
    has_range: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class ToldMonth:
    """One month that AWS has not published.

    Parameters
    ----------
    usage_period : UsagePeriod
        The month.
    model_version : ModelVersion
        AWS's methodology of the months learnt from.
    payer_account_id : str
        Management account.
    learnt_from, learnt_to : UsagePeriod
        First and last of those months.
    horizon : int
        Months after the last published one.
    is_running : bool
        Whether the month was not over.
    level : ndarray of int64, shape (cell,)
        ``NowcastLevel`` of each cell.
    unknown_cost_nano : int
        On-demand value of usage without a figure. [10^-9 of the currency]
    figures : mapping of Grain to ToldFigures
        Of each of ``TOLD_GRAINS``.
    """

    usage_period: UsagePeriod
    model_version: ModelVersion
    payer_account_id: str
    learnt_from: UsagePeriod
    learnt_to: UsagePeriod
    horizon: int
    is_running: bool
    level: Int64Array
    unknown_cost_nano: int
    figures: Mapping[Grain, ToldFigures]
