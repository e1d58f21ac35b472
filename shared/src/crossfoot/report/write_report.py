"""Write the offline report: one HTML file that asks the network for nothing.

The same warehouse gives the same bytes: no clock, no chance, no machine is in the page.
"""

import base64
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from crossfoot import __version__
from crossfoot.domain.errors import ReportError
from crossfoot.report import breakdowns, charts
from crossfoot.report.aggregates import ALL_PERIODS, Ledger, missing_months, read_ledger
from crossfoot.report.estimate_views import (
    EstimateSection,
    covered_by_cost,
    estimate_section,
    ratio_text,
    share_text,
)
from crossfoot.report.headline import headline
from crossfoot.report.mass import exact, grouped_kilograms, readable, significant
from crossfoot.report.outlook import Outlook
from crossfoot.report.over_time import OverTime
from crossfoot.report.periods import long_name
from crossfoot.report.source import ReportSource
from crossfoot.report.vendor import ChartLibrary, read_chart_library
from crossfoot.report.water import water_years

_SCRIPTS: Final = ("format.js", "tables.js", "drawings.js", "report.js")
_ESCAPES: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "'": "\\u0027"}


@dataclass(frozen=True, slots=True)
class Beside:
    """What the page says that SQL alone does not tell: comparisons, forecasts, judgements."""

    time: OverTime = field(default_factory=OverTime)
    outlook: Outlook = field(default_factory=Outlook)


NOTHING_BESIDE: Final = Beside()


@dataclass(frozen=True, slots=True)
class ReportReceipt:
    """What was written: where, how much, of which periods, and whether all of it is proven."""

    html: Path
    size_bytes: int
    sha256: str
    periods: tuple[str, ...]
    n_checks: int
    n_proven: int


def write_report(
    warehouse: ReportSource, html: Path, beside: Beside = NOTHING_BESIDE
) -> ReportReceipt:
    """Ask the warehouse for aggregates and write them as one page.

    Parameters
    ----------
    warehouse : ReportSource
        The published tables, by name.
    html : Path
        File to write; its folder is made. An older report is replaced at once or not at all.
    beside : Beside
        What was compared and judged of the same warehouse; a part without content has no section.

    Raises
    ------
    ReportError
        Nothing was published yet, the chart library is missing, or the file cannot be written.
    """
    library = read_chart_library()
    ledger = read_ledger(warehouse)
    if not ledger.totals:
        raise ReportError(
            "The warehouse has no published period, so there is nothing to report.",
            mend="Run `crossfoot run` with a carbon export first.",
        )
    content = _page(warehouse, ledger, library, beside).encode("utf-8")
    _replace(html, content)
    return ReportReceipt(
        html=html,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        periods=ledger.periods,
        n_checks=sum(line.n_checks for line in ledger.proof),
        n_proven=sum(line.n_proven for line in ledger.proof),
    )


def embedded_json(data: object) -> str:
    """Return JSON that is harmless inside a ``script`` element, whatever its texts hold.

    ASCII only, so U+2028 and U+2029 are escaped; so is everything that HTML reads.
    """
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text


def _page(warehouse: ReportSource, ledger: Ledger, library: ChartLibrary, beside: Beside) -> str:
    tags = breakdowns.tag_columns(warehouse)
    estimate = estimate_section(warehouse)
    data = _data(warehouse, ledger, tags, estimate)
    scripts = [library.inlined(), _own_script()]
    template = _environment().get_template("report.html.j2")
    return template.render(
        title=warehouse.title,
        version=__version__,
        ledger=ledger,
        estimate=estimate,
        water=water_years(warehouse),
        time=beside.time,
        outlook=beside.outlook,
        series=headline(ledger),
        axis=data["periods"],
        missing=missing_months(ledger.periods),
        revised=charts.revised_periods(ledger),
        tags=[(f"tag-{at}", column) for at, column in enumerate(tags)],
        views=data["views"],
        all_periods=ALL_PERIODS,
        n_checks=sum(line.n_checks for line in ledger.proof),
        n_proven=sum(line.n_proven for line in ledger.proof),
        n_accounts=max(total.n_accounts for total in ledger.totals),
        style=Markup(_resource("assets", "report.css")),  # noqa: S704 - our own file
        data=Markup(embedded_json(data)),  # noqa: S704 - escaped above
        scripts=[Markup(script) for script in scripts],  # noqa: S704 - our own, and ECharts
        script_hashes=" ".join(f"'sha256-{_digest(script)}'" for script in scripts),
    )


def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        loader=FunctionLoader(lambda name: _resource("templates", name)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "readable": readable,
        "grouped": grouped_kilograms,
        "exact": exact,
        "long_name": long_name,
        "figure": significant,
        "covered": covered_by_cost,
    }
    environment.globals |= {"ratio_text": ratio_text, "share_text": share_text}
    return environment


def _data(
    warehouse: ReportSource, ledger: Ledger, tags: tuple[str, ...], estimate: EstimateSection
) -> dict[str, Any]:
    views = {
        "regions": charts.region_view(breakdowns.by_region(warehouse)),
        "tree": charts.tree_view(breakdowns.by_resource(warehouse, ledger.periods)),
        "ranges": charts.range_view(breakdowns.by_method_range(warehouse)),
        "levels": charts.level_view(breakdowns.by_level(warehouse)),
        "unallocated": charts.reason_view(breakdowns.unallocated(warehouse)),
        "moved": charts.moved_view(breakdowns.redistributed(warehouse)),
        "lines": charts.line_view(ledger.lines),
        "proof": charts.proof_view(ledger.proof),
        **estimate.views,
    }
    for at, column in enumerate(tags):
        label = column.removeprefix("tag_")
        views[f"tag-{at}"] = charts.tag_view(label, breakdowns.by_tag(warehouse, column))
    return {
        "periods": charts.period_axis(ledger),
        "latest": ledger.periods[-1],
        "trend": charts.trend_data(ledger),
        "estimate": estimate.figures(),
        "views": views,
    }


def _own_script() -> str:
    parts = "\n".join(_resource("assets", name) for name in _SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}\n}})();'


def _resource(folder: str, name: str) -> str:
    text = (files("crossfoot.report") / folder / name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")  # HTML parsers do the same, and the hash must not notice


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")


def _replace(html: Path, content: bytes) -> None:
    try:
        html.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=html.parent, prefix=f".{html.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(html)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise ReportError(
            f"{html}: the report cannot be written: {error.strerror}.",
            mend="Choose a file in a folder that you may write to.",
        ) from error
