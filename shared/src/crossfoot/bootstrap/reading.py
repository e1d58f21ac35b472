"""Reading a warehouse: queries, explanations, and proving it again."""

import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from crossfoot import __version__
from crossfoot.adapters.estimate_summary import EstimateSummary, summary_of
from crossfoot.adapters.explanation import explain_figure
from crossfoot.adapters.published_ledger import FolderPublishedLedger
from crossfoot.adapters.query_output import ResultFormat, write_result
from crossfoot.adapters.warehouse import Warehouse
from crossfoot.adapters.warehouse_catalog import Catalog
from crossfoot.adapters.warehouse_history import state_at
from crossfoot.adapters.warehouse_query import QuerySession, open_query_session
from crossfoot.bootstrap.factor_sets import factor_set_version
from crossfoot.domain.findings import CheckResult
from crossfoot.domain.instants import instant_from_text
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.versions import EngineVersion
from crossfoot.usecases.check_months import check_months
from crossfoot.usecases.close_months import ClosedMonth
from crossfoot.usecases.ports import Progress


def open_session(
    path: Path, as_known_at: str | None = None
) -> contextlib.AbstractContextManager[QuerySession]:
    """Open a read-only session over the published tables and views, of now or of an instant."""
    warehouse = Warehouse.open(path)
    return open_query_session(warehouse, catalog=_known(warehouse, as_known_at))


def query(
    path: Path,
    sql: str,
    result_format: ResultFormat,
    stream: BinaryIO,
    width: int | None,
    as_known_at: str | None,
) -> None:
    """Run one SELECT over the published tables and write its result."""
    with open_session(path, as_known_at) as session:
        result = session.arrow(sql) if result_format == "table" else session.stream(sql)
        write_result(result, result_format, stream, width=width)


def explain(
    path: Path, period: str, account: str, resource: str | None, as_known_at: str | None
) -> dict[str, Any]:
    """Walk from a figure back to AWS's row, and to the usage that weighed it."""
    warehouse = Warehouse.open(path)
    catalog = _known(warehouse, as_known_at)
    runs = {**catalog.months, **catalog.nowcasts}
    manifests = [warehouse.manifest(month, run_id) for month, run_id in runs.items()]
    with open_query_session(warehouse, catalog=catalog) as session:
        return explain_figure(session, manifests, UsagePeriod(period).text, account, resource)


def estimated(path: Path, months: Sequence[ClosedMonth]) -> EstimateSummary | None:
    """Sum up the estimate of months that a run closed; None where none of them has one."""
    with open_session(path) as session:
        return summary_of(session, [month.usage_period.text for month in months])


def check(path: Path, progress: Progress, as_known_at: str | None) -> list[CheckResult]:
    """Prove every month again that is published, or was at an instant."""
    warehouse = Warehouse.open(path)
    catalog = _known(warehouse, as_known_at)
    with tempfile.TemporaryDirectory(prefix="crossfoot-") as scratch:
        ledger = FolderPublishedLedger(warehouse, catalog, Path(scratch))
        return check_months(ledger, EngineVersion(__version__), factor_set_version(), progress)


def _known(warehouse: Warehouse, as_known_at: str | None) -> Catalog:
    return state_at(warehouse, None if as_known_at is None else instant_from_text(as_known_at))
