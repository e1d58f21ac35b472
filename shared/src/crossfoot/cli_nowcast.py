"""The commands that tell of months that AWS has not published."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from crossfoot.domain.errors import InvalidArgumentError
from crossfoot.exits import named_exit
from crossfoot.said import TerminalProgress

nowcasts = typer.Typer()

_Warehouse = Annotated[Path, typer.Option("--warehouse", help="Folder of the warehouse.")]
_Json = Annotated[bool, typer.Option("--json", help="Machine-readable.")]
_AsKnownAt = Annotated[
    str | None,
    typer.Option("--as-known-at", help="Answer as then: an instant, ISO 8601, in UTC."),
]


@nowcasts.command()
def nowcast(  # noqa: PLR0913 - one parameter per option of the contract
    *,
    warehouse: _Warehouse,
    usage: Annotated[Path, typer.Option(help="CUR 2.0 or FOCUS export with the silent months.")],
    publish: Annotated[
        bool, typer.Option("--publish", help="Let the figures stand in until AWS publishes.")
    ] = False,
    configuration: Annotated[
        Path | None, typer.Option("--config", help="With --publish: as `run` takes it.")
    ] = None,
    inventory: Annotated[
        Path | None, typer.Option(help="With --publish: as `run` takes it.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write: .json or .parquet.")
    ] = None,
    as_known_at: _AsKnownAt = None,
    as_json: _Json = False,
) -> None:
    """Tell of months that AWS has not published: usage times the latest intensities."""
    # `--help` must not wait for NumPy
    from crossfoot.bootstrap import nowcasting  # noqa: PLC0415
    from crossfoot.said_nowcast import show_nowcast  # noqa: PLC0415

    with named_exit(), TerminalProgress() as progress:
        if publish and as_known_at is not None:
            raise InvalidArgumentError(
                "--publish changes what is known now; --as-known-at asks what was known.",
                mend="Give one of the two.",
            )
        if not publish and (configuration is not None or inventory is not None):
            raise InvalidArgumentError(
                "--config and --inventory decide how a nowcast is placed in the ledger.",
                mend="Give --publish as well, or leave them out.",
            )
        if publish:
            inputs = nowcasting.LedgerInputs(configuration, inventory)
            answer = nowcasting.publish_nowcast(warehouse, usage, inputs, progress, out)
        else:
            answer = nowcasting.nowcast(warehouse, usage, out, as_known_at)
    if as_json:
        sys.stdout.write(answer.json)
    else:
        show_nowcast(answer.receipt, answer.notes, answer.snapshot)


@nowcasts.command()
def backtest(
    *, warehouse: _Warehouse, as_known_at: _AsKnownAt = None, as_json: _Json = False
) -> None:
    """Replay history with what was known then: how far off nowcasts were, and two rivals."""
    from crossfoot.bootstrap import nowcasting  # noqa: PLC0415
    from crossfoot.said_nowcast import show_backtest  # noqa: PLC0415

    with named_exit():
        found = nowcasting.backtest(warehouse, as_known_at)
    show_backtest(found, as_json=as_json)
