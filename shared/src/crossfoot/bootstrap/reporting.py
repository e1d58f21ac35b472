"""The report, and what `doctor` looks at."""

from pathlib import Path

from crossfoot.adapters.configuration_file import read_base_year
from crossfoot.adapters.examination import examine_machine
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.bootstrap.outlooks import outlook_of
from crossfoot.bootstrap.over_time import over_time
from crossfoot.bootstrap.reading import open_session
from crossfoot.domain.errors import ReportError
from crossfoot.domain.findings import Finding
from crossfoot.domain.instants import instant_from_text
from crossfoot.report.vendor import read_chart_library
from crossfoot.report.write_report import Beside, ReportReceipt, write_report


def report(
    path: Path, html: Path, as_known_at: str | None = None, configuration: Path | None = None
) -> ReportReceipt:
    """Write the offline report of a warehouse, as it is or as it was at an instant.

    With a configuration its targets and thresholds are judged in it, by its fiscal year; nothing
    is told or kept.
    """
    warehouse = Warehouse.open(path)
    instant = None if as_known_at is None else instant_from_text(as_known_at)
    with open_session(path, as_known_at) as session:
        rule = read_base_year(configuration)
        beside = Beside(
            over_time(warehouse, session, instant, rule), outlook_of(session, configuration)
        )
        return write_report(session, html, beside)


def examine() -> list[Finding]:
    """Look for what is missing or misconfigured on this machine."""
    return [*examine_machine(), _charts()]


def _charts() -> Finding:
    try:
        library = read_chart_library()
    except ReportError as error:
        return Finding("chart library", error.message, is_well=False, mend=error.mend or "")
    return Finding("chart library", f"{len(library.script):,} characters", is_well=True)
