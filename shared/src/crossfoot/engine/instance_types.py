"""What an instance type's name says: its normalised size.

Normalised units are AWS's size factors: small is 1, each further size doubles up to xlarge (8),
``NxLarge`` is ``8 N``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from crossfoot.factors.machines import DEFAULT_FAMILY, server_units

SIZE_UNITS: Final[Mapping[str, float]] = {
    "nano": 0.25,
    "micro": 0.5,
    "small": 1.0,
    "medium": 2.0,
    "large": 4.0,
    "xlarge": 8.0,
    "xlplus": 8.0,
}
UNITS_PER_XLARGE: Final = 8.0
DEFAULT_SIZE: Final = "large"
"""Stands in for a size that cannot be read: marked, and never zero."""

OLDEST_TYPE: Final = "m1.small"
"""What AWS means by ``BoxUsage`` without a type."""

_TYPE = re.compile(
    r"(?<![a-z0-9-])(?P<family>[a-z][a-z0-9-]{0,30})\."
    r"(?P<size>(?:[0-9]{0,4}xlarge|nano|micro|small|medium|large|xlplus|metal(?:-[0-9]{1,4}xl)?))"
    r"(?![a-z0-9])",
    re.ASCII | re.IGNORECASE,
)
_MULTIPLE = re.compile(r"(?:metal-)?(?P<number>[0-9]{1,4})xl(?:arge)?", re.ASCII)
_FAMILY_WORD = re.compile(r"[a-z][a-z0-9-]{0,30}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NormalizedSize:
    """AWS's size factor of an instance, or of a whole server.

    ``note`` says what had to be assumed, and is empty where nothing was.
    """

    units: float
    note: str


def instance_type_in(text: str) -> str:
    """Return the instance type that a usage type or description names, in lower case.

    Service prefixes (``db.``, ``cache.``, ``ml.``) and suffixes (``.search``) fall away; the answer
    is empty where no type can be read.
    """
    match = _TYPE.search(text)
    if match is not None:
        return f"{match['family']}.{match['size']}".lower()
    return OLDEST_TYPE if text.lower() == "boxusage" else ""


def host_family_in(text: str) -> str:
    """Return the first family of the table that a text names, or nothing."""
    words = (word.lower() for word in _FAMILY_WORD.findall(text))
    families = server_units()
    return next((word for word in words if word in families and word != DEFAULT_FAMILY), "")


@lru_cache(maxsize=4096)
def size_of(instance_type: str) -> NormalizedSize:
    """Return the size of an instance type.

    A type that could not be read, and a family that the table does not know, are replaced by a
    default, which ``note`` tells.
    """
    if not instance_type:
        note = f"no instance size found, {DEFAULT_SIZE} assumed"
        return NormalizedSize(_units(DEFAULT_FAMILY, DEFAULT_SIZE), note)
    family, _, size = instance_type.partition(".")
    if family in server_units():
        return NormalizedSize(_units(family, size), "")
    note = f"family {family} not in the table, default server assumed"
    return NormalizedSize(_units(DEFAULT_FAMILY, size), note)


def size_of_host(family: str) -> NormalizedSize:
    """Return the size of a family's whole server; of the default one where the name is empty."""
    note = "" if family else "family of the host not known, default server assumed"
    return NormalizedSize(server_units()[family or DEFAULT_FAMILY], note)


def _units(family: str, size: str) -> float:
    if size in SIZE_UNITS:
        return SIZE_UNITS[size]
    multiple = _MULTIPLE.fullmatch(size)
    if multiple is None:
        return server_units()[family]
    # "0xlarge" is not a size; one is the least that can have run
    return UNITS_PER_XLARGE * max(1, int(multiple["number"]))
