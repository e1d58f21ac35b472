"""The normalised size of each instance family's whole server, as AWS sells it.

Facts of AWS's instance documentation; every row carries its source.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from crossfoot.factors.reading import rows_of

DEFAULT_FAMILY: Final = "default"
"""Stands in for a family that the table does not know."""


@cache
def server_units() -> Mapping[str, float]:
    """Return the normalised size of a server by family: m5 has a 24xlarge, so 192.

    It is also that of ``metal`` and of a dedicated host.
    """
    return {row["family"]: float(row["server_units"]) for row in rows_of("instance_families.csv")}
