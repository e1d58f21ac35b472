"""The command that tells why a figure is not what it was: of a month, a year, or between two."""

from pathlib import Path
from typing import Annotated

import typer

from crossfoot.domain.errors import InvalidArgumentError
from crossfoot.domain.measures import Measure
from crossfoot.exits import named_exit

histories = typer.Typer()


@histories.command()
def diff(  # noqa: PLR0913 - one parameter per option of the contract
    *,
    warehouse: Annotated[Path, typer.Option("--warehouse", help="Folder of the warehouse.")],
    period: Annotated[
        str | None, typer.Option(help="Month, YYYY-MM: how its figure was restated.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", help="With --period: the state to begin with; else the first."),
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="As known at this instant; else now.")
    ] = None,
    between: Annotated[
        tuple[str, str] | None,
        typer.Option(help="Two months, YYYY-MM YYYY-MM: why the second is not as the first."),
    ] = None,
    measure: Annotated[
        Measure, typer.Option(help="Which figure; with --period, of which the cells are shown.")
    ] = Measure.TOTAL_LBM,
    of_base_year: Annotated[
        bool,
        typer.Option("--base-year", help="With --config: how the base year changed, and why."),
    ] = False,
    config: Annotated[
        Path | None, typer.Option("--config", help="TOML file with the rule, [base_year].")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Say why a figure was restated, or why one month differs from another; exactly."""
    from crossfoot.bootstrap import histories as comparing  # noqa: PLC0415 - `--help` is quick
    from crossfoot.said_history import (  # noqa: PLC0415
        show_base_year,
        show_difference,
        show_restatement,
    )

    is_of_months = config is None and not of_base_year
    with named_exit():
        if of_base_year and config is not None and (period, start, between) == (None, None, None):
            show_base_year(comparing.base_year(warehouse, config, end), as_json=as_json)
        elif is_of_months and between is not None and period is None and start is None:
            difference = comparing.difference(warehouse, between, measure, end)
            show_difference(difference, as_json=as_json)
        elif is_of_months and between is None and period is not None:
            restatement = comparing.restatement(warehouse, period, start, end)
            show_restatement(restatement, measure, as_json=as_json)
        else:
            raise InvalidArgumentError(
                "the arguments name neither one month nor two, nor the base year.",
                mend="Give --period, with --from and --to if you like; or --between two months; "
                "or --base-year with --config.",
            )
