"""The figures at the head of the page: the latest period in both series, and what it stands by."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from crossfoot.report.aggregates import BasisTotals, Ledger, PeriodTotals, span_totals
from crossfoot.report.charts import is_totals_only
from crossfoot.report.mass import change_percent
from crossfoot.report.periods import long_name, previous, year_before

BASIS_NAMES: Final = {
    "lbm": ("Location-based", "by the grids that the electricity came from"),
    "mbm": ("Market-based", "by the contracts that AWS holds for electricity"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One scope of the latest period. ``width_percent`` is its part of the bar."""

    label: str
    css_class: str
    mass_kgco2e: Decimal | None
    width_percent: Decimal


@dataclass(frozen=True, slots=True)
class Comparison:
    """Another period beside the latest. ``change`` is in per cent, ``None`` if there is none."""

    label: str
    mass_kgco2e: Decimal | None
    change: Decimal | None
    note: str


@dataclass(frozen=True, slots=True)
class Series:
    """One basis at the head of the page; the two are never added."""

    basis: str
    name: str
    meaning: str
    total_kgco2e: Decimal | None
    is_totals_only: bool
    parts: tuple[Part, ...]
    comparisons: tuple[Comparison, ...]


def headline(ledger: Ledger) -> tuple[Series, ...]:
    """Return both series of the latest period, location-based first."""
    return tuple(_series(ledger.totals, basis) for basis in BASIS_NAMES)


def _series(totals: Sequence[PeriodTotals], basis: str) -> Series:
    name, meaning = BASIS_NAMES[basis]
    latest = totals[-1].of(basis)
    return Series(
        basis=basis,
        name=name,
        meaning=meaning,
        total_kgco2e=latest.total,
        is_totals_only=is_totals_only(latest),
        parts=_parts(latest),
        comparisons=(*_neighbours(totals, basis), _span(totals, basis)),
    )


def _parts(totals: BasisTotals) -> tuple[Part, ...]:
    named = [
        ("Scope 1", "scope-1", totals.scope_1),
        ("Scope 2", "scope-2", totals.scope_2),
        ("Scope 3", "scope-3", totals.scope_3),
    ]
    if totals.unsplit is not None:
        named.append(("Not split into scopes", "unsplit", totals.unsplit))
    whole = sum((max(mass, Decimal(0)) for _, _, mass in named if mass is not None), Decimal(0))
    return tuple(
        Part(label, css_class, mass, _width(mass, whole)) for label, css_class, mass in named
    )


def _width(mass: Decimal | None, whole: Decimal) -> Decimal:
    if mass is None or mass <= 0 or whole == 0:
        return Decimal(0)
    return (mass / whole * 100).quantize(Decimal("0.01"))


def _neighbours(totals: Sequence[PeriodTotals], basis: str) -> list[Comparison]:
    latest = totals[-1]
    known = {total.period: total.of(basis).total for total in totals}
    found = []
    for period in (previous(latest.period), year_before(latest.period)):
        if period is not None:
            before = known.get(period)
            change = change_percent(latest.of(basis).total, before)
            found.append(Comparison(long_name(period), before, change, ""))
    return found


def _span(totals: Sequence[PeriodTotals], basis: str) -> Comparison:
    n_silent = sum(total.of(basis).total is None for total in totals)
    note = f"{n_silent} without {basis.upper()}" if n_silent else ""
    label = f"All {len(totals)} periods" if len(totals) > 1 else "The only period"
    return Comparison(label, span_totals(totals, basis).total, None, note)
