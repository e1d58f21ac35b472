"""The commands that look at jobs, and at another model's answers."""

from pathlib import Path
from typing import Annotated

import typer

from crossfoot.exits import named_exit

comparisons = typer.Typer()

_Json = Annotated[bool, typer.Option("--json", help="Machine-readable.")]


@comparisons.command()
def jobs(
    *,
    warehouse: Annotated[Path, typer.Option("--warehouse", help="Folder of the warehouse.")],
    period: Annotated[
        str | None, typer.Option(help="Month, YYYY-MM; without it every published month.")
    ] = None,
    tag: Annotated[
        str | None, typer.Option(help="Key of a configured tag whose values name jobs.")
    ] = None,
    as_known_at: Annotated[
        str | None,
        typer.Option("--as-known-at", help="Answer as then: an instant, ISO 8601, in UTC."),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Sum SageMaker's and AWS Batch's jobs by name: machines, energy, carbon, and AWS's grams."""
    from crossfoot.bootstrap import comparing  # noqa: PLC0415 - `--help` must not wait for NumPy
    from crossfoot.said_jobs import show_jobs  # noqa: PLC0415

    with named_exit():
        found = comparing.jobs(warehouse, period, tag, as_known_at)
    show_jobs(found, as_json=as_json)


@comparisons.command("cross-check")
def cross_check(
    *,
    url: Annotated[str, typer.Option(help="Where your BoaviztAPI answers.")],
    types: Annotated[
        str | None, typer.Option(help="Instance types, with commas between; 20 usual ones.")
    ] = None,
    region: Annotated[str, typer.Option(help="Region of AWS, code or name.")] = "eu-west-3",
    load: Annotated[float, typer.Option(help="Mean load of the processors [%].")] = 50.0,
    as_json: _Json = False,
) -> None:
    """Hold our estimate of instances beside BoaviztAPI's, an hour each."""
    from crossfoot.bootstrap import comparing  # noqa: PLC0415
    from crossfoot.said_jobs import show_cross_check  # noqa: PLC0415

    names = [name.strip() for name in (types or "").split(",") if name.strip()]
    with named_exit():
        found = comparing.compare_with_boavizta(url, names, region, load)
    show_cross_check(found, as_json=as_json)
