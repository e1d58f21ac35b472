"""AWS Regions: code, names, country and partition.

CUR says ``EU (Frankfurt)`` where carbon says ``Europe (Frankfurt)``: join on codes, never on names.
Codes and names are those that AWS's SDK publishes for each partition, the aliases those that its
price list and console used before. New Regions appear without notice, so a code that is not here is
no error; only a *name* without a code is.
"""

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

from crossfoot.domain.tables import GLOBAL_REGION


@dataclass(frozen=True, slots=True)
class Region:
    """One Region; ``global`` stands for edge and other global services.

    ``country`` is the ISO 3166-1 alpha-2 code, ``None`` for global.
    """

    code: str
    name: str
    aliases: tuple[str, ...]
    country: str | None
    partition: str


@functools.cache
def regions() -> Mapping[str, Region]:
    """Return every Region that we know, by code."""
    text = files("crossfoot.factors").joinpath("regions.csv").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            row["region_code"]: Region(
                code=row["region_code"],
                name=row["name"],
                aliases=tuple(filter(None, row["aliases"].split(";"))),
                country=row["country"] or None,
                partition=row["partition"],
            )
            for row in csv.DictReader(text.splitlines())
        }
    )


def region_code_of(name: str) -> str | None:
    """Return the code of a Region's long name, alias or code; ``None`` for an unknown name.

    Case and spacing do not count.
    """
    return _codes_by_name().get(_folded(name))


def normalised_region(region_code: str | None) -> str:
    """Return the code, or ``global`` for none, for the empty text and any spelling of Global."""
    text = (region_code or "").strip()
    return GLOBAL_REGION if text.casefold() in {"", GLOBAL_REGION} else text


@functools.cache
def _codes_by_name() -> Mapping[str, str]:
    return {
        _folded(name): region.code
        for region in regions().values()
        for name in (region.code, region.name, *region.aliases)
    }


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
