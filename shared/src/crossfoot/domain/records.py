"""The tables of records: append-only, owned by no run, shown from the snapshot that kept them."""

from typing import Final

from crossfoot.domain.columns import Table
from crossfoot.domain.forecasts import FORECASTS
from crossfoot.domain.nowcasts import NOWCAST_ERRORS, NOWCASTS
from crossfoot.domain.sustainability import (
    CARBON_CROSS_CHECK,
    WATER_ALLOCATED,
    WATER_REPORTED,
)
from crossfoot.domain.targets import TARGETS

RECORD_TABLES: Final[tuple[Table, ...]] = (
    NOWCASTS,
    NOWCAST_ERRORS,
    FORECASTS,
    TARGETS,
    WATER_REPORTED,
    WATER_ALLOCATED,
    CARBON_CROSS_CHECK,
)
