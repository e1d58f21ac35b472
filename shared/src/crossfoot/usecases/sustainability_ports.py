"""What collecting from the Sustainability API asks of the world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from crossfoot.domain.columns import Table
from crossfoot.domain.deliveries import Notice
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.sustainability import CarbonAnswer, Unspread, WaterAnswer
from crossfoot.engine.water import WaterCells, WaterSpread, WaterUsage
from crossfoot.usecases.compare_carbon_sources import ExportedCarbon, SourceComparison


@dataclass(frozen=True, slots=True)
class RecordMark:
    """The newest record of a subject: of a year's water, of its spread, of a month's check.

    ``name`` is the record's id, or that of the spread which several records make up.
    """

    name: str
    content_digest: str


@dataclass(frozen=True, slots=True)
class RecordName:
    """What a record is called, and what it holds by digest."""

    record_id: str
    content_digest: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SpreadName:
    """A part of a spread: its record, the spread that all parts share, the vintage spread."""

    record: RecordName
    spread_id: str
    water_record_id: str


class CodedYear(Protocol):
    """A year's cells and usage of some accounts as arrays, under one numbering."""

    @property
    def cells(self) -> WaterCells:
        """AWS's cells."""
        ...

    @property
    def usage(self) -> WaterUsage:
        """Usage of the same accounts; every month of the year."""
        ...


class SustainabilityMemory[Coded: CodedYear](Protocol):
    """What is known already, and the ledger that answers are put beside."""

    @property
    def parts(self) -> Sequence[str]:
        """Last digits of the accounts that are spread together, a text for each part."""
        ...

    def latest(self, table: Table, subject: str) -> RecordMark | None:
        """Return the newest record of a year or month in one of the tables."""
        ...

    def kept_water(self) -> Sequence[WaterAnswer]:
        """Return the newest vintage of every year that one is kept of."""
        ...

    def published(self) -> Mapping[UsagePeriod, str]:
        """Return the run that speaks for each month, of AWS's own figures only."""
        ...

    def coded(self, answer: WaterAnswer, digits: str) -> Coded:
        """Return a part of a year's cells, beside what the same accounts used in it."""
        ...

    def exported(self, answer: CarbonAnswer) -> ExportedCarbon | None:
        """Return the export's figures of the same month and model version, if there are any."""
        ...


class SustainabilityShelf[Coded: CodedYear](Protocol):
    """Keeps what was found, for ever; the same id again changes nothing."""

    def holds(self, table: Table, record_id: str) -> bool:
        """Whether a record is kept."""
        ...

    def keep_water(self, name: RecordName, answer: WaterAnswer) -> None:
        """Keep a vintage of a year's water."""
        ...

    def keep_spread(
        self, name: SpreadName, answer: WaterAnswer, coded: Coded, spread: WaterSpread
    ) -> None:
        """Keep a part of a year's spread."""
        ...

    def keep_unspread(self, name: SpreadName, answer: WaterAnswer, reason: Unspread) -> None:
        """Keep that a year's water lies on no month, and why."""
        ...

    def keep_check(self, name: RecordName, comparison: SourceComparison) -> None:
        """Keep what came of a month's comparison."""
        ...

    def tell(self, notice: Notice) -> None:
        """Put a notice into the outbox, once under its id."""
        ...
