"""What is kept of AWS's water and of comparisons, as rows of records, wherever records lie."""

from abc import ABC, abstractmethod

import pyarrow as pa

from crossfoot.adapters.record_rows import Rows, record_rows
from crossfoot.adapters.sustainability_tables import (
    check_rows,
    spread_rows,
    unspread_rows,
    water_rows,
)
from crossfoot.adapters.water_usage import CodedWaterYear
from crossfoot.domain.columns import Table
from crossfoot.domain.sustainability import (
    CARBON_CROSS_CHECK,
    WATER_ALLOCATED,
    WATER_REPORTED,
    Unspread,
    WaterAnswer,
)
from crossfoot.engine.water import WaterSpread
from crossfoot.usecases.compare_carbon_sources import SourceComparison
from crossfoot.usecases.sustainability_ports import RecordName, SpreadName


class SustainabilityRecords(ABC):
    """The keeping half of a ``SustainabilityShelf``; a shelf says where a record lies."""

    def keep_water(self, name: RecordName, answer: WaterAnswer) -> None:
        """Keep a vintage of a year's water."""
        self._keep(WATER_REPORTED, name, water_rows(answer, name.content_digest))

    def keep_spread(
        self, name: SpreadName, answer: WaterAnswer, coded: CodedWaterYear, spread: WaterSpread
    ) -> None:
        """Keep a part of a year's spread."""
        self._keep(WATER_ALLOCATED, name.record, spread_rows(answer, coded, spread, name))

    def keep_unspread(self, name: SpreadName, answer: WaterAnswer, reason: Unspread) -> None:
        """Keep that a year's water lies on no month, and why."""
        self._keep(WATER_ALLOCATED, name.record, unspread_rows(answer, reason, name))

    def keep_check(self, name: RecordName, comparison: SourceComparison) -> None:
        """Keep what came of a month's comparison."""
        self._keep(CARBON_CROSS_CHECK, name, check_rows(comparison, name.content_digest))

    def _keep(self, table: Table, name: RecordName, rows: Rows) -> None:
        shown = record_rows(table, name.record_id, rows, name.at)
        self._keep_shown(table, name, shown)

    @abstractmethod
    def _keep_shown(self, table: Table, name: RecordName, rows: pa.Table) -> None:
        """Keep whole rows, the columns of records among them."""
