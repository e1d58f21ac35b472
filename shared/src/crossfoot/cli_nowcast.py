"""The commands that tell of months that AWS has not published."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from crossfoot.exits import named_exit

nowcasts = typer.Typer()

_Warehouse = Annotated[Path, typer.Option("--warehouse", help="Folder of the warehouse.")]
_Json = Annotated[bool, typer.Option("--json", help="Machine-readable.")]


@nowcasts.command()
def nowcast(
    *,
    warehouse: _Warehouse,
    usage: Annotated[Path, typer.Option(help="CUR 2.0 or FOCUS export with the silent months.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write: .json or .parquet.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Tell of months that AWS has not published: usage times the latest intensities."""
    # `--help` must not wait for NumPy
    from crossfoot.bootstrap import nowcasting  # noqa: PLC0415
    from crossfoot.said_nowcast import show_nowcast  # noqa: PLC0415

    with named_exit():
        answer = nowcasting.nowcast(warehouse, usage, out)
    if as_json:
        sys.stdout.write(answer.json)
    else:
        show_nowcast(answer.receipt, answer.notes)


@nowcasts.command()
def backtest(*, warehouse: _Warehouse, as_json: _Json = False) -> None:
    """Replay history with what was known then: how far off nowcasts were, and two rivals."""
    from crossfoot.bootstrap import nowcasting  # noqa: PLC0415
    from crossfoot.said_nowcast import show_backtest  # noqa: PLC0415

    with named_exit():
        found = nowcasting.backtest(warehouse)
    show_backtest(found, as_json=as_json)
