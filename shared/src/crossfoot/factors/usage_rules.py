"""The classification table of usage lines, the service names of FOCUS, and units of usage.

How to read the tables: ``docs/classification.md``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import Final

from crossfoot.factors.reading import rows_of

_NOT_IN_A_UNIT: Final = re.compile(r"[^a-z0-9]+")


class Driver(StrEnum):
    """What AWS's own method weighs a bucket by."""

    NORMALIZED_INSTANCE_HOURS = "normalized-instance-hours"
    GB_MONTHS = "gb-months"
    GB_OUT = "gb-out"
    NONE = "none"


class Placement(StrEnum):
    """Whether usage is placed under Region ``global``; ``prefix``: if its type says ``Global-``."""

    GLOBAL = "true"
    REGION = "false"
    PREFIX = "prefix"


@dataclass(frozen=True, slots=True)
class UsageRule:
    """One row of ``usage_rules.csv``; patterns are globs, ``|`` between alternatives.

    An empty pattern asks nothing; any other pattern does not match a missing value.
    """

    rule_id: str
    product_code: str
    usage_type: str
    operation: str
    unit: str
    description: str
    carbon_service: str
    usage_family: str
    driver: Driver
    placement: Placement
    usage_model: str
    reason: str


@cache
def usage_rules() -> tuple[UsageRule, ...]:
    """Return the rules in order; the first that matches decides, the last matches all."""
    return tuple(
        UsageRule(
            rule_id=row["rule_id"],
            product_code=row["product_code"],
            usage_type=row["usage_type"],
            operation=row["operation"],
            unit=row["unit"],
            description=row["description"],
            carbon_service=row["carbon_service"],
            usage_family=row["usage_family"],
            driver=Driver(row["driver"]),
            placement=Placement(row["is_global"]),
            usage_model=row["usage_model"],
            reason=row["reason"],
        )
        for row in rows_of("usage_rules.csv")
    )


@cache
def focus_product_codes() -> Mapping[str, str]:
    """Return CUR's product code of each ``ServiceName`` that FOCUS writes."""
    return {row["service_name"]: row["product_code"] for row in rows_of("focus_services.csv")}


@cache
def _ratios() -> Mapping[tuple[str, str], Fraction]:
    return {
        (row["unit"], row["dimension"]): Fraction(int(row["numerator"]), int(row["denominator"]))
        for row in rows_of("usage_units.csv")
    }


def unit_ratio(unit: str | None, dimension: str) -> Fraction | None:
    """Return how much of a dimension one unit is; ``None`` where the unit does not fit.

    Parameters
    ----------
    unit : str or None
        As AWS writes it: ``Hrs``, ``GB-Mo``, ``Lambda-GB-Second``. A missing unit is taken as the
        dimension's own, because the usage type already says what is counted.
    dimension : str
        ``hours``, ``gb-months``, ``gb``, ``gb-seconds``, ``vcpu-hours``, ``gb-hours``,
        ``unit-hours`` or ``kilotokens``.
    """
    if not unit:
        return Fraction(1)
    return _ratios().get((_NOT_IN_A_UNIT.sub("", unit.lower()), dimension))
