"""The commands that look ahead: what the year comes to, and how the targets stand."""

from pathlib import Path
from typing import Annotated

import typer

from crossfoot.exits import named_exit

forecasts = typer.Typer()

_Warehouse = Annotated[Path, typer.Option("--warehouse", help="Folder of the warehouse.")]
_Json = Annotated[bool, typer.Option("--json", help="Machine-readable.")]
_AsKnownAt = Annotated[
    str | None,
    typer.Option("--as-known-at", help="Answer as then: an instant, ISO 8601, in UTC."),
]


@forecasts.command()
def forecast(
    *,
    warehouse: _Warehouse,
    config: Annotated[
        Path | None, typer.Option(help="Configuration file, for its fiscal year.")
    ] = None,
    as_known_at: _AsKnownAt = None,
    as_json: _Json = False,
) -> None:
    """Tell what the year will have been, for the organisation and each account."""
    # `--help` must not wait for NumPy
    from crossfoot.bootstrap import forecasting  # noqa: PLC0415
    from crossfoot.said_forecast import show_forecasts  # noqa: PLC0415

    with named_exit():
        found = forecasting.forecast(warehouse, config, as_known_at)
    show_forecasts(found, as_json=as_json)


@forecasts.command()
def targets(
    *,
    warehouse: _Warehouse,
    config: Annotated[Path, typer.Option(help="Configuration file with [[target]] tables.")],
    units: Annotated[
        Path | None,
        typer.Option(help="CSV of functional units: usage_period,unit,amount; for all targets."),
    ] = None,
    as_known_at: _AsKnownAt = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep targets and forecasts as records.")
    ] = False,
    as_json: _Json = False,
) -> None:
    """Compare the year, and the target year, with what your targets allow."""
    from crossfoot.bootstrap import forecasting  # noqa: PLC0415
    from crossfoot.said_forecast import show_targets  # noqa: PLC0415

    with named_exit():
        forecasting.check_keeping(as_known_at, keep=keep)
        found = (
            forecasting.judge_and_keep(warehouse, config, units)
            if keep
            else forecasting.judge(warehouse, config, units, as_known_at)
        )
    show_targets(found.judgement, found.record_ids, as_json=as_json)
