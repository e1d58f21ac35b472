"""The command line: a second door to the same use cases, on local files.

Results go to standard output, everything said about the work to standard error. Exit status: 0
done, 2 bad input or arguments, 3 the proof failed, 1 anything else.
"""

import os
import shutil
import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from crossfoot import __version__
from crossfoot.cli_calculators import calculators
from crossfoot.cli_forecast import forecasts
from crossfoot.cli_history import histories
from crossfoot.cli_jobs import comparisons
from crossfoot.cli_nowcast import nowcasts
from crossfoot.cli_sustainability import sustaining
from crossfoot.cli_thresholds import watching
from crossfoot.domain.configuration import AllocationMethod
from crossfoot.exits import EXIT_NOT_PROVEN, EXIT_OTHER, named_exit
from crossfoot.factors.factor import Boundary
from crossfoot.said import TerminalProgress, show_receipt, show_sample

app = typer.Typer(
    help="Carbon accounting for AWS Organizations that adds up.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(calculators)
app.add_typer(comparisons)
app.add_typer(forecasts)
app.add_typer(histories)
app.add_typer(nowcasts)
app.add_typer(sustaining)
app.add_typer(watching)


class QueryFormat(StrEnum):
    """How ``query`` writes its result."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


class IntensityBoundary(StrEnum):
    """What ``run --intensity`` may count; the other boundaries of factors are of no series."""

    LIFE_CYCLE = Boundary.LIFE_CYCLE.value
    DIRECT = Boundary.DIRECT.value


_Out = Annotated[Path, typer.Option("--out", help="Folder to write to.")]
_Warehouse = Annotated[Path, typer.Option("--warehouse", help="Folder of the warehouse.")]
_AsKnownAt = Annotated[
    str | None,
    typer.Option("--as-known-at", help="Answer as then: an instant, ISO 8601, in UTC."),
]


def main() -> None:
    """Run the command line and leave with its exit status."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app(standalone_mode=True)
    except BrokenPipeError:
        # the reader of our output has gone, as in `crossfoot query ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_OTHER)


@app.callback()
def _common(
    *,
    version: Annotated[bool, typer.Option("--version", help="Say the version and leave.")] = False,
) -> None:
    if version:
        typer.echo(f"crossfoot {__version__}")
        raise typer.Exit


@app.command()
def demo(*, out: _Out = Path("crossfoot-demo")) -> None:
    """Make a sample organisation, run it through, and write a report to browse offline."""
    # `--help` must not wait for NumPy
    from crossfoot.bootstrap import reading, samples  # noqa: PLC0415
    from crossfoot.said_demo import show_what_is_ahead  # noqa: PLC0415

    with named_exit(), TerminalProgress() as progress:
        result = samples.make_demo(out, progress)
        estimate = reading.estimated(out / "warehouse", result.receipt.months)
    show_receipt(result.receipt, out / "warehouse", estimate)
    show_what_is_ahead(result)
    typer.echo(f"Report: {result.report.resolve()}")


@app.command()
def sample(  # noqa: PLR0913 - one parameter per option of the contract
    *,
    out: _Out,
    accounts: Annotated[int, typer.Option(min=1, max=100_000)] = 24,
    months: Annotated[
        int, typer.Option(min=1, max=120, help="30 to 57 are lived through, not backfilled.")
    ] = 15,
    rows: Annotated[
        int, typer.Option(min=1, help="Lines of usage, all months together.")
    ] = 150_000,
    seed: Annotated[int, typer.Option(min=0)] = 2026,
    silent: Annotated[
        int, typer.Option(min=0, max=12, help="Months after the last with usage, not yet carbon.")
    ] = 0,
    usage: Annotated[
        Path | None, typer.Option(help="Make carbon for this real usage instead.")
    ] = None,
) -> None:
    """Write exports shaped exactly as AWS delivers them, with the true answer beside them."""
    from crossfoot.bootstrap import samples  # noqa: PLC0415

    with named_exit(), TerminalProgress() as progress:
        if usage is None:
            size = samples.SampleSize(accounts, months, rows, seed, silent)
            receipt = samples.make_sample(out, size, progress)
        else:
            receipt = samples.make_carbon_for(usage, out, seed, progress)
    show_sample(receipt)


@app.command()
def run(  # noqa: PLR0913 - one parameter per option of the contract
    *,
    carbon: Annotated[Path, typer.Option(help="AWS's carbon export, or the console's CSV.")],
    usage: Annotated[Path | None, typer.Option(help="CUR 2.0 or FOCUS export.")] = None,
    inventory: Annotated[
        Path | None,
        typer.Option(
            help="accounts.csv with names and OU paths, the inventory's Parquet with loads of "
            "machines, or a folder of either."
        ),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Configuration file, TOML.")] = None,
    out: _Out,
    method: Annotated[AllocationMethod | None, typer.Option(help="Allocation method.")] = None,
    account: Annotated[str | None, typer.Option(help="Account of inputs that carry none.")] = None,
    measured: Annotated[
        list[Path] | None,
        typer.Option(
            help="Measured energy: output of CodeCarbon, Carbontracker, Scaphandre, Kepler or "
            "Alumet, or a folder of it. Repeatable."
        ),
    ] = None,
    intensity: Annotated[
        list[Path] | None,
        typer.Option(
            help="Hourly grid intensity: export of Electricity Maps or RTE's eCO2mix, or a folder "
            "of it. Repeatable."
        ),
    ] = None,
    intensity_boundary: Annotated[
        IntensityBoundary, typer.Option(help="What the intensities have to count.")
    ] = IntensityBoundary.LIFE_CYCLE,
) -> None:
    """Read, allocate, prove and publish into a warehouse; an existing one is added to."""
    from crossfoot.bootstrap import closing, reading  # noqa: PLC0415

    inputs = closing.RunInputs(
        carbon,
        usage,
        inventory,
        config,
        method,
        account,
        tuple(measured or ()),
        tuple(intensity or ()),
        Boundary(intensity_boundary.value),
    )
    with named_exit(), TerminalProgress() as progress:
        receipt = closing.run_ledger(inputs, out, progress)
        estimate = reading.estimated(out, receipt.months)
    show_receipt(receipt, out, estimate)


@app.command()
def report(
    *,
    warehouse: _Warehouse,
    html: Annotated[Path, typer.Option(help="File to write.")],
    config: Annotated[
        Path | None, typer.Option(help="Configuration file: its targets and thresholds are shown.")
    ] = None,
    as_known_at: _AsKnownAt = None,
) -> None:
    """Write the report: one HTML file that opens offline."""
    from crossfoot.bootstrap import reporting  # noqa: PLC0415

    with named_exit():
        receipt = reporting.report(warehouse, html, as_known_at, config)
    typer.echo(f"Report: {receipt.html.resolve()}")


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One SELECT over the published tables and views.")],
    *,
    warehouse: _Warehouse,
    result_format: Annotated[QueryFormat, typer.Option("--format")] = QueryFormat.TABLE,
    as_known_at: _AsKnownAt = None,
) -> None:
    """Ask the warehouse in SQL."""
    from crossfoot.bootstrap import reading  # noqa: PLC0415

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    with named_exit():
        reading.query(warehouse, sql, result_format.value, sys.stdout.buffer, width, as_known_at)


@app.command()
def explain(
    *,
    warehouse: _Warehouse,
    period: Annotated[str, typer.Option(help="Month, YYYY-MM.")],
    account: Annotated[str, typer.Option(help="Account id.")],
    resource: Annotated[str | None, typer.Option(help="Resource id or ARN.")] = None,
    as_known_at: _AsKnownAt = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Walk from a figure back to AWS's row, and to the usage that weighed it."""
    from crossfoot.bootstrap import reading  # noqa: PLC0415
    from crossfoot.said import show_explanation  # noqa: PLC0415

    with named_exit():
        explanation = reading.explain(warehouse, period, account, resource, as_known_at)
    show_explanation(explanation, as_json=as_json)


@app.command()
def check(*, warehouse: _Warehouse, as_known_at: _AsKnownAt = None) -> None:
    """Prove every published month again, from its inputs."""
    from crossfoot.bootstrap import reading  # noqa: PLC0415
    from crossfoot.said import show_check  # noqa: PLC0415

    with named_exit(), TerminalProgress() as progress:
        results = reading.check(warehouse, progress, as_known_at)
    show_check(results)
    if not all(result.is_proven for result in results):
        raise typer.Exit(EXIT_NOT_PROVEN)


@app.command()
def doctor(
    *,
    aws: Annotated[bool, typer.Option("--aws", help="Look at the deployment as well.")] = False,
) -> None:
    """Say what is missing or misconfigured, and the mend."""
    from crossfoot.bootstrap import operating, reporting  # noqa: PLC0415
    from crossfoot.said import show_findings  # noqa: PLC0415

    with named_exit():
        findings = reporting.examine()
        findings += operating.examine_deployment() if aws else []
    show_findings(findings)
    if any(not finding.is_well for finding in findings):
        raise typer.Exit(EXIT_OTHER)


@app.command()
def replay(
    *,
    period: Annotated[
        str | None, typer.Option(help="Month, YYYY-MM; without it every published month.")
    ] = None,
) -> None:
    """Close months of the deployment again, with what is current now."""
    from crossfoot.bootstrap import operating  # noqa: PLC0415

    with named_exit():
        names = operating.replay(period)
    for name in names:
        typer.echo(name)


@app.command()
def backfill() -> None:
    """Take in what lies in the deployment's landing bucket already."""
    from crossfoot.bootstrap import operating  # noqa: PLC0415

    with named_exit():
        n_manifests = operating.backfill()
    typer.echo(f"{n_manifests:,} manifests announced; months close as they are read.")
