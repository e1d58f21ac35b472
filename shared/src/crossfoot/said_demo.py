"""What is said at the end of the demo: the silent month, the targets and the thresholds."""

from decimal import Decimal
from typing import Final

import typer

from crossfoot.bootstrap.samples import Demo
from crossfoot.said_forecast import show_targets
from crossfoot.said_thresholds import show_thresholds
from crossfoot.usecases.nowcast_months import Nowcast

_MICROGRAMS_PER_KILOGRAM: Final = Decimal(10**9)


def show_what_is_ahead(demo: Demo) -> None:
    """Print what AWS has not published, and how that stands to what is wanted."""
    for each in demo.nowcast.months:
        typer.echo(_sentence(each))
    typer.echo()
    show_targets(demo.targets.judgement, demo.targets.record_ids, as_json=False)
    typer.echo()
    show_thresholds(demo.thresholds, as_json=False)


def _sentence(told: Nowcast) -> str:
    """Tell the organisation's total; the first of the two is location-based."""
    total = told.organisation[0]
    if total.amount_ug is None:
        return f"Nowcast of {told.month.usage_period}: no figure."
    known = (
        ""
        if total.low_ug is None or total.high_ug is None
        else (f" ({_kilograms(total.low_ug)} to {_kilograms(total.high_ug)})")
    )
    return (
        f"Nowcast of {told.month.usage_period}, until AWS publishes it: "
        f"{_kilograms(total.amount_ug)}{known} kg CO2e, LBM"
    )


def _kilograms(amount_ug: int) -> str:
    return f"{Decimal(amount_ug) / _MICROGRAMS_PER_KILOGRAM:,.3f}"
