"""What is said of AWS's water, and of carbon that two sources tell differently."""

import json
import sys
from decimal import Decimal
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crossfoot.domain.carbon_sources import MonthOfMeasure, difference_document
from crossfoot.domain.notices import kilograms_text
from crossfoot.domain.sustainability import MICROLITRES_PER_CUBIC_METRE, Unspread
from crossfoot.usecases.collect_sustainability import SustainabilityReceipt, YearReceipt
from crossfoot.usecases.compare_carbon_sources import SourceComparison

_PIPE_WIDTH: Final = 400
_SHOWN: Final = 10
"""Differences of a month that are printed; the table `carbon_cross_check` has all."""

_REASONS: Final = {
    Unspread.NOT_OVER: "not spread: it was asked for before the year was over",
    Unspread.NOT_WHOLE: "not spread: the figure covers a part of the year",
    Unspread.MONTHS_MISSING: "not spread: not all twelve months are published",
}


def show_sustainability(receipt: SustainabilityReceipt, *, as_json: bool) -> None:
    """Print the years of water and where they lie, and the months that were compared."""
    if as_json:
        document = {
            "water": [_year(each) for each in receipt.years],
            "carbon": [_month(each) for each in receipt.months],
        }
        sys.stdout.write(json.dumps(document, indent=2, allow_nan=False) + "\n")
        return
    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
    if not receipt.years and not receipt.months:
        console.print(Text("No answers are kept, and none were given."))
    if receipt.years:
        console.print(_years(receipt.years))
    for each in receipt.months:
        _show_month(console, each)


def _years(years: tuple[YearReceipt, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("year", "model", "AWS's water", "vintage", "where it lies"):
        table.add_column(name, justify="right" if name == "AWS's water" else "left")
    for each in years:
        table.add_row(
            each.year.text,
            each.model_version,
            f"{_cubic_metres(each.amount_ul):,.3f} m3",
            "new" if each.is_new else "as kept",
            _where(each),
        )
    return table


def _where(year: YearReceipt) -> str:
    if year.unspread is not None:
        return _REASONS[year.unspread]
    told = f"spread over 12 months, {year.n_entries or 0:,} rows, to the microlitre"
    if year.unallocated_ul:
        told += f"; no usage bears {_cubic_metres(year.unallocated_ul):,.3f} m3"
    return told


def _show_month(console: Console, found: SourceComparison) -> None:
    version = found.model_version
    if found.delivery_id is None:
        told = f"carbon of {found.usage_period}: no delivery of the export is of {version}"
        console.print(Text(f"{told}; not compared."))
        return
    n_cells = max((each.n_cells for each in found.measures), default=0)
    told = f"carbon of {found.usage_period}, {version}: {n_cells:,} cells compared"
    if not found.differences:
        console.print(Text(f"{told}, none differs by more than a gram."))
        return
    differing = _counted(len(found.differences), "figure differs", "figures differ")
    console.print(Text(f"{told}, {differing} by more than a gram:"))
    largest = sorted(found.differences, key=lambda each: -each.size_ug)[:_SHOWN]
    for each in largest:
        cell = f"{each.account} {each.region} {each.service} {each.measure}"
        told = f"API {_kilograms(each.api_ug)}, export {_kilograms(each.export_ug)} kg CO2e"
        console.print(Text(f"  {cell}: {told}"))


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _year(year: YearReceipt) -> dict[str, Any]:
    lost = year.unallocated_ul
    return {
        "year": year.year.text,
        "model_version": year.model_version,
        "water_withdrawal_m3": _exact(year.amount_ul),
        "is_new_vintage": year.is_new,
        "unspread": None if year.unspread is None else str(year.unspread),
        "unallocated_m3": None if lost is None else _exact(lost),
        "row_count": year.n_entries,
    }


def _month(found: SourceComparison) -> dict[str, Any]:
    return {
        "usage_period": found.usage_period.text,
        "model_version": found.model_version.text,
        "delivery_id": found.delivery_id,
        "measures": [_measure(each) for each in found.measures],
        "differences": [difference_document(each) for each in found.differences],
    }


def _measure(each: MonthOfMeasure) -> dict[str, Any]:
    return {
        "measure": str(each.measure),
        "finding": str(each.finding),
        "api_kgco2e": _kilograms(each.api_ug),
        "export_kgco2e": _kilograms(each.export_ug),
        "cell_count": each.n_cells,
        "differing_count": each.n_differing,
    }


def _kilograms(amount_ug: int | None) -> str | None:
    return None if amount_ug is None else kilograms_text(amount_ug)


def _exact(amount_ul: int) -> str:
    return f"{_cubic_metres(amount_ul):.9f}"


def _cubic_metres(amount_ul: int) -> Decimal:
    return Decimal(amount_ul) / MICROLITRES_PER_CUBIC_METRE
