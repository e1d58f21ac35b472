"""The command that puts AWS's Sustainability API beside a warehouse."""

from pathlib import Path
from typing import Annotated

import typer

from crossfoot.exits import named_exit

sustaining = typer.Typer()


@sustaining.command()
def sustainability(
    *,
    warehouse: Annotated[Path, typer.Option("--warehouse", help="Folder of the warehouse.")],
    water: Annotated[
        list[Path] | None,
        typer.Option(help="What `aws sustainability get-estimated-water-allocation` printed."),
    ] = None,
    carbon: Annotated[
        list[Path] | None,
        typer.Option(help="What `aws sustainability get-estimated-carbon-emissions` printed."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Keep AWS's water, spread each year over its months, and check the carbon of the export."""
    from crossfoot.bootstrap import sustaining as parts  # noqa: PLC0415 - `--help` is quick
    from crossfoot.said_sustainability import show_sustainability  # noqa: PLC0415

    with named_exit():
        receipt = parts.take_in(warehouse, tuple(water or ()), tuple(carbon or ()))
    show_sustainability(receipt, as_json=as_json)
