"""The command that watches thresholds."""

from pathlib import Path
from typing import Annotated

import typer

from crossfoot.exits import named_exit

watching = typer.Typer()


@watching.command()
def thresholds(
    *,
    warehouse: Annotated[Path, typer.Option("--warehouse", help="Folder of the warehouse.")],
    config: Annotated[Path, typer.Option(help="Configuration file with [[threshold]] tables.")],
    as_known_at: Annotated[
        str | None,
        typer.Option("--as-known-at", help="Judge as then, and tell nothing: ISO 8601, in UTC."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Compare what is published with your thresholds; tell each breach and recovery once."""
    from crossfoot.bootstrap import watching as parts  # noqa: PLC0415 - `--help` waits for nothing
    from crossfoot.said_thresholds import show_thresholds  # noqa: PLC0415

    with named_exit():
        if as_known_at is None:
            found = parts.evaluate_thresholds(warehouse, config)
        else:
            found = parts.thresholds_as_known_at(warehouse, config, as_known_at)
    show_thresholds(found, as_json=as_json)
