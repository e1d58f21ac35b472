"""A factor with its range, boundary, source and licence, and how factors combine.

The format is one for all tables of the estimate: ``docs/factors.md``.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from crossfoot.domain.errors import BoundaryError, UnknownFactorError
from crossfoot.factors.reading import rows_of

STAND_IN: Final = "(stand-in)"
"""How a geography ends whose figure stands in for a place that has none of its own."""


class Boundary(StrEnum):
    """What a factor counts; two that overlap are never added."""

    DIRECT = "direct"
    """Stacks of power stations only."""
    UPSTREAM = "upstream"
    """Fuel supply, and losses on the way; comes on top of direct."""
    LIFE_CYCLE = "life-cycle"
    """Direct and upstream together."""
    USE = "use"
    """Electricity at the device, without the site's overhead."""
    USE_WITH_SITE = "use-with-site"
    """Electricity at the meter of the site: PUE is inside."""
    EMBODIED = "embodied"
    """Making the hardware, cradle to gate."""
    SITE = "site"
    """The data centre around the hardware."""
    COUNT = "count"
    """A number of things, a share or a time: nothing is emitted."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One figure; ``low <= value <= high``.

    ``id`` is ``table/subject/quantity``. A result that is derived from several factors has their
    sources and licences together.
    """

    id: str
    value: float
    low: float
    high: float
    unit: str
    boundary: Boundary
    geography: str
    year: int
    source: str
    licence: str

    @property
    def is_stand_in(self) -> bool:
        """Whether the figure is of a wider area, because the place has none of its own."""
        return self.geography.endswith(STAND_IN)


@cache
def factors_of(table: str) -> Mapping[tuple[str, str], Factor]:
    """Return the factors of a table by subject and quantity.

    Parameters
    ----------
    table : str
        Name without its ending, such as ``storage``.
    """
    return {
        (row["subject"], row["quantity"]): Factor(
            id=f"{table}/{row['subject']}/{row['quantity']}",
            value=float(row["value"]),
            low=float(row["low"]),
            high=float(row["high"]),
            unit=row["unit"],
            boundary=Boundary(row["boundary"]),
            geography=row["geography"],
            year=int(row["year"]),
            source=row["source"],
            licence=row["licence"],
        )
        for row in rows_of(f"{table}.csv")
    }


def factor_of(table: str, subject: str, quantity: str) -> Factor:
    """Return one factor of a table.

    Raises
    ------
    UnknownFactorError
        If the table has no such row.
    """
    found = factors_of(table).get((subject, quantity))
    if found is None:
        raise UnknownFactorError(
            f"There is no {quantity!r} of {subject!r} in the factors of {table}.",
            mend="Ask for a subject of that table, or estimate by cost.",
        )
    return found


def newest(table: str, subject: str, quantity: str, year: int | None = None) -> Factor | None:
    """Return the figure of the year, else of the latest year before it, else of the first after.

    Quantities of such tables end in their year: ``pue-2024``. Without a year, the newest counts.
    """
    years = {
        factor.year: factor
        for (row_subject, row_quantity), factor in factors_of(table).items()
        if row_subject == subject and row_quantity.rpartition("-")[0] == quantity
    }
    if not years:
        return None
    before = [known for known in years if year is None or known <= year]
    return years[max(before)] if before else years[min(years)]


def combined(
    identity: str,
    *,
    unit: str,
    times: Sequence[Factor],
    over: Sequence[Factor] = (),
    scale: float = 1.0,
) -> Factor:
    """Multiply and divide independent factors; their relative ranges add in quadrature.

    ``ln(high / value)`` of the result is the root of the sum of squares of the parts', as for
    lognormal figures, so a range may lean to one side and never falls below zero. A divisor's low
    widens the high side. Boundary, geography and year are those of the first factor.

    Parameters
    ----------
    identity : str
        Id of the result.
    unit : str
        Unit of the result.
    times, over : sequence of Factor
        What is multiplied and divided by.
    scale : float
        A factor without range, such as 1/1000 for a unit.
    """
    value = scale * math.prod(part.value for part in times) / math.prod(p.value for p in over)
    up = [_log(p.high, p.value) for p in times] + [_log(p.value, p.low) for p in over]
    down = [_log(p.value, p.low) for p in times] + [_log(p.high, p.value) for p in over]
    first, parts = times[0], (*times, *over)
    return Factor(
        id=identity,
        value=value,
        low=value * math.exp(-math.hypot(*down)),
        high=value * math.exp(math.hypot(*up)),
        unit=unit,
        boundary=first.boundary,
        geography=first.geography,
        year=first.year,
        source=_joined(part.source for part in parts),
        licence=_joined(part.licence for part in parts),
    )


def with_upstream(intensity: Factor, upstream: Factor) -> Factor:
    """Add the upstream emissions of electricity to a direct intensity.

    Raises
    ------
    BoundaryError
        If the intensity is of the life cycle, which holds them already, or if the other factor
        is not upstream, or if the units differ.
    """
    if intensity.boundary is not Boundary.DIRECT or upstream.boundary is not Boundary.UPSTREAM:
        raise BoundaryError(
            f"{upstream.id} ({upstream.boundary}) cannot be added to {intensity.id} "
            f"({intensity.boundary}): upstream emissions would count twice or not fit.",
            mend="Add upstream emissions to a direct intensity only.",
        )
    if intensity.unit != upstream.unit:
        raise BoundaryError(
            f"{intensity.id} is in {intensity.unit} and {upstream.id} in {upstream.unit}.",
            mend="Bring both to one unit first.",
        )
    return Factor(
        id=f"{intensity.id}+{upstream.id}",
        value=intensity.value + upstream.value,
        low=intensity.low + upstream.low,
        high=intensity.high + upstream.high,
        unit=intensity.unit,
        boundary=Boundary.LIFE_CYCLE,
        geography=intensity.geography,
        year=intensity.year,
        source=_joined((intensity.source, upstream.source)),
        licence=_joined((intensity.licence, upstream.licence)),
    )


def _log(above: float, below: float) -> float:
    """Logarithm of a ratio of at least one; endless where the smaller is zero."""
    if above == below:
        return 0.0
    return math.log(above / below) if below > 0 else math.inf


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(texts))
