"""Keep what AWS's Sustainability API says, spread its water, and check its carbon."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np

from crossfoot.domain.carbon_sources import Disagreement, sources_disagree
from crossfoot.domain.columns import Table
from crossfoot.domain.errors import ReconciliationError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.sustainability import (
    CARBON_CROSS_CHECK,
    WATER_ALLOCATED,
    WATER_REPORTED,
    CarbonAnswer,
    Unspread,
    WaterAnswer,
    months_of,
)
from crossfoot.engine.water import WaterCells, WaterSpread, spread_water
from crossfoot.usecases.compare_carbon_sources import SourceComparison, compare_carbon_sources
from crossfoot.usecases.sustainability_ports import (
    CodedYear,
    RecordName,
    SpreadName,
    SustainabilityMemory,
    SustainabilityShelf,
)

_LAW: Final = "1"
"""Raised when the way of spreading changes: then kept years are spread anew."""

_PREFIXES: Final = {
    WATER_REPORTED.name: "w",
    WATER_ALLOCATED.name: "s",
    CARBON_CROSS_CHECK.name: "c",
}


@dataclass(frozen=True, slots=True)
class YearReceipt:
    """A year's water: what AWS says, whether that is new, and where it lies.

    ``unspread`` says why it lies nowhere; ``unallocated_ul`` is what no usage can bear.
    """

    year: UsagePeriod
    model_version: str
    amount_ul: int
    is_new: bool
    unspread: Unspread | None
    unallocated_ul: int | None = None
    n_entries: int | None = None


@dataclass(frozen=True, slots=True)
class SustainabilityReceipt:
    """What came of it: the years of water, oldest first, and the months that were compared."""

    years: tuple[YearReceipt, ...]
    months: tuple[SourceComparison, ...]


class CollectSustainability[Coded: CodedYear]:
    """Keep answers as vintages, spread every year that is known, compare every month answered.

    Everything is named after what it says, so that repeating it changes nothing; a changed answer,
    or a year whose months were restated, is a new record beside the old one.

    Parameters
    ----------
    memory, shelf
        See ``sustainability_ports``.
    """

    def __init__(
        self,
        memory: SustainabilityMemory[Coded],
        shelf: SustainabilityShelf[Coded],
    ) -> None:
        self._memory = memory
        self._shelf = shelf

    def run(
        self, water: Sequence[WaterAnswer], carbon: Iterable[CarbonAnswer], at: datetime
    ) -> SustainabilityReceipt:
        """Take in answers of any years and months; years kept before are looked at again.

        Parameters
        ----------
        at : datetime
            When new records are kept, UTC.

        Raises
        ------
        ReconciliationError
            A year's spread does not sum to AWS's figures; it is not kept.
        """
        given = {each.year: each for each in water}
        kept = {each.year: each for each in self._memory.kept_water()}
        years = [
            self._year(answer, at, is_given=year in given)
            for year, answer in sorted({**kept, **given}.items())
        ]
        months = [self._month(answer, at) for answer in carbon]
        return SustainabilityReceipt(tuple(years), tuple(months))

    def _year(self, answer: WaterAnswer, at: datetime, *, is_given: bool) -> YearReceipt:
        record_id, is_new = self._vintage(answer, at, is_given=is_given)
        published = self._memory.published()
        reason = answer.why_unspread(tuple(published))
        runs = [str(published.get(month)) for month in months_of(answer.year)]
        content = _digest(_LAW, record_id, reason, *([] if reason else runs))
        name = self._named(WATER_ALLOCATED, answer.year, content, at)
        receipt = YearReceipt(
            answer.year,
            answer.model_version.text,
            sum(answer.amount_ul.tolist()),
            is_new,
            reason,
        )
        if reason is None:
            n_entries, lost_ul = self._spread(answer, name, record_id)
            return replace(receipt, unallocated_ul=lost_ul, n_entries=n_entries)
        if not self._shelf.holds(WATER_ALLOCATED, name.record_id):
            self._shelf.keep_unspread(SpreadName(name, name.record_id, record_id), answer, reason)
        return receipt

    def _vintage(self, answer: WaterAnswer, at: datetime, *, is_given: bool) -> tuple[str, bool]:
        """Keep the answer where it differs from the newest one; return the vintage's id."""
        content = _digest_of_water(answer)
        name = self._named(WATER_REPORTED, answer.year, content, at)
        is_new = is_given and not self._shelf.holds(WATER_REPORTED, name.record_id)
        if is_new:
            self._shelf.keep_water(name, answer)
        return name.record_id, is_new

    def _spread(
        self, answer: WaterAnswer, name: RecordName, water_record_id: str
    ) -> tuple[int, int]:
        """Spread part by part; return the entries, and what no usage can bear. [microlitre]."""
        n_entries, lost_ul = 0, 0
        for digits in self._memory.parts:
            coded = self._memory.coded(answer, digits)
            spread = spread_water(coded.cells, coded.usage)
            _prove(coded.cells, spread, answer.year)
            n_entries += len(spread.cell)
            lost_ul += sum(spread.amount_ul[spread.row < 0].tolist())
            part = RecordName(f"{name.record_id}-{digits}", name.content_digest, name.at)
            if len(spread.cell) and not self._shelf.holds(WATER_ALLOCATED, part.record_id):
                self._shelf.keep_spread(
                    SpreadName(part, name.record_id, water_record_id), answer, coded, spread
                )
        return n_entries, lost_ul

    def _month(self, answer: CarbonAnswer, at: datetime) -> SourceComparison:
        comparison = compare_carbon_sources(answer, self._memory.exported(answer))
        differing = _digest(*(str(asdict(each)) for each in comparison.differences))
        content = _digest(
            answer.model_version.text,
            comparison.delivery_id,
            *(str(asdict(each)) for each in comparison.measures),
            differing,
        )
        name = self._named(CARBON_CROSS_CHECK, answer.usage_period, content, at)
        if not self._shelf.holds(CARBON_CROSS_CHECK, name.record_id):
            self._tell(comparison, differing, at)
            self._shelf.keep_check(name, comparison)
        return comparison

    def _tell(self, comparison: SourceComparison, differing: str, at: datetime) -> None:
        """Tell of differences before they are kept: a crash between must lose none."""
        if comparison.delivery_id is None or not comparison.differences:
            return
        found = Disagreement(
            comparison.usage_period,
            comparison.model_version.text,
            comparison.delivery_id,
            comparison.asked_at,
            differing,
            comparison.measures,
            comparison.differences,
        )
        self._shelf.tell(sources_disagree(found, at))

    def _named(self, table: Table, period: UsagePeriod, content: str, at: datetime) -> RecordName:
        """Return the newest record's name where it says the same, or that of the next one.

        The name holds the one before: what is said again after something else is news again.
        """
        before = self._memory.latest(table, period.text)
        if before is not None and before.content_digest == content:
            return RecordName(before.name, content, at)
        previous = "" if before is None else before.name
        record_id = f"{_PREFIXES[table.name]}-{period.text}-{_digest(previous, content)[:16]}"
        return RecordName(record_id, content, at)


def _digest_of_water(answer: WaterAnswer) -> str:
    """Return a digest of what was said, and of whether the year was over by then.

    The same figure after the year's end is another one: then it is of the whole year.
    """
    rows = zip(
        answer.account, answer.region, answer.service, answer.amount_ul.tolist(), strict=True
    )
    return _digest(
        answer.model_version.text,
        answer.covered_until.isoformat(),
        answer.asked_at >= answer.year.end,
        *(list(row) for row in rows),
    )


def _prove(cells: WaterCells, spread: WaterSpread, year: UsagePeriod) -> None:
    """Sum the entries by cell again: integers, no tolerance."""
    placed_ul = np.zeros_like(cells.amount_ul)
    np.add.at(placed_ul, spread.cell, spread.amount_ul)
    wrong = np.flatnonzero(placed_ul != cells.amount_ul)
    if wrong.size:
        raise ReconciliationError(
            f"Water of {year} was not spread to the microlitre",
            keys=[
                f"cell {cell}: {placed_ul[cell]} of {cells.amount_ul[cell]}"
                for cell in wrong.tolist()
            ],
        )


def _digest(*said: object) -> str:
    canonical = json.dumps(said, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
