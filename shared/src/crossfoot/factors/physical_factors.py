"""Physical factors with range, boundary, source and licence, and the models that use them.

Energy is electricity at the server or drive, without PUE: inside one Region's bucket the PUE is the
same for every consumer, so it cannot change a share.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from crossfoot.factors.reading import rows_of


@dataclass(frozen=True, slots=True)
class Factor:
    """One row of ``physical_factors.csv``; ``low`` and ``high`` bracket ``value``."""

    subject: str
    quantity: str
    value: float
    unit: str
    low: float
    high: float
    boundary: str
    geography: str
    year: int
    source: str
    licence: str


@dataclass(frozen=True, slots=True)
class PhysicalModel:
    """One row of ``physical_models.csv``: what a unit of usage is made of.

    ``copies`` is a number, or the subject of a ``replication`` factor; ``part`` is a medium or a
    family. ``load_percent`` is ``None`` for the load of the fleet.
    """

    model: str
    kind: str
    dimension: str
    load_percent: float | None
    copies: str
    part: str


@cache
def physical_factors() -> Mapping[tuple[str, str], Factor]:
    """Return the factors by subject and quantity, such as ``("skylake", "vcpu-max")``."""
    factors = (
        Factor(
            subject=row["subject"],
            quantity=row["quantity"],
            value=float(row["value"]),
            unit=row["unit"],
            low=float(row["low"]),
            high=float(row["high"]),
            boundary=row["boundary"],
            geography=row["geography"],
            year=int(row["year"]),
            source=row["source"],
            licence=row["licence"],
        )
        for row in rows_of("physical_factors.csv")
    )
    return {(factor.subject, factor.quantity): factor for factor in factors}


@cache
def physical_models() -> Mapping[str, PhysicalModel]:
    """Return the models by the name that the rules use; ``none`` is not among them."""
    return {
        row["model"]: PhysicalModel(
            model=row["model"],
            kind=row["kind"],
            dimension=row["dimension"],
            load_percent=float(row["load_percent"]) if row["load_percent"] else None,
            copies=row["copies"],
            part=row["part"],
        )
        for row in rows_of("physical_models.csv")
    }


def factor_value(subject: str, quantity: str) -> float:
    """Return the central value of a factor, in the unit of its row."""
    return physical_factors()[subject, quantity].value
