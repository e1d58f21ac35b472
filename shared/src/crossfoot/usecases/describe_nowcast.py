"""Describe a nowcast: what its run's manifest and its event say beside the figures."""

from typing import Any

from crossfoot.domain.measures import TOTALS
from crossfoot.domain.nowcasts import Grain
from crossfoot.domain.told_months import ToldMonth


def describe_nowcast(told: ToldMonth) -> dict[str, Any]:
    """Return what a nowcast rests on, and the ranges of the organisation, as JSON values.

    A total without a range is left out: a missing range is not one of nothing.
    """
    whole = told.figures[Grain.ORGANISATION]
    return {
        "learnt_from": told.learnt_from.text,
        "learnt_to": told.learnt_to.text,
        "horizon": told.horizon,
        "is_running": told.is_running,
        "unknown_cost_nano": told.unknown_cost_nano,
        "ranges_ug": {
            str(total): [int(whole.low_ug[at, 0]), int(whole.high_ug[at, 0])]
            for at, total in enumerate(TOTALS)
            if whole.has_range[at, 0]
        },
    }
