"""Vintages, spreads and comparisons over a memory and a shelf with state, without any file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from crossfoot.domain.carbon_sources import Finding
from crossfoot.domain.cells import ReportedCells, texts
from crossfoot.domain.columns import Table
from crossfoot.domain.deliveries import Notice
from crossfoot.domain.measures import MEASURES, Measure
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
from crossfoot.domain.tables import SourceFile
from crossfoot.domain.versions import ModelVersion
from crossfoot.engine.water import WaterCells, WaterSpread, WaterUsage
from crossfoot.usecases.collect_sustainability import CollectSustainability, SustainabilityReceipt
from crossfoot.usecases.compare_carbon_sources import (
    ExportedCarbon,
    SourceComparison,
    compare_carbon_sources,
)
from crossfoot.usecases.sustainability_ports import RecordMark, RecordName, SpreadName

YEAR = UsagePeriod("2025")
MARCH = UsagePeriod("2026-03")
AFTER = datetime(2026, 2, 1, tzinfo=UTC)
GRAM = 10**6


@dataclass(frozen=True)
class Year:
    """A part of a year: the cells of some accounts, and a row of usage for each."""

    cells: WaterCells
    usage: WaterUsage


@dataclass
class World:
    """What is known and kept; both ports in one, so that what is kept is remembered."""

    months: dict[UsagePeriod, str] = field(
        default_factory=lambda: {month: f"r-{month}" for month in months_of(YEAR)}
    )
    parts: tuple[str, ...] = ("0123456789",)
    kept: list[tuple[Table, RecordName, str, str, Any]] = field(default_factory=list)
    told: list[Notice] = field(default_factory=list)
    export: ExportedCarbon | None = None

    def latest(self, table: Table, subject: str) -> RecordMark | None:
        """Return the newest record."""
        found = [
            RecordMark(name, record.content_digest)
            for kept, record, name, about, _ in self.kept
            if kept is table and about == subject
        ]
        return found[-1] if found else None

    def kept_water(self) -> Sequence[WaterAnswer]:
        """Return the newest vintages."""
        newest = {what.year: what for table, *_, what in self.kept if table is WATER_REPORTED}
        return list(newest.values())

    def published(self) -> Mapping[UsagePeriod, str]:
        """Return the runs."""
        return self.months

    def coded(self, answer: WaterAnswer, digits: str) -> Year:
        """Return the accounts with these last digits; each has used something."""
        chosen = [at for at, account in enumerate(answer.account) if account[-1] in digits]
        codes, nothing = np.arange(len(chosen)), np.zeros(len(chosen), np.int64)
        weight = np.ones(len(chosen), np.int64)
        return Year(
            WaterCells(codes, nothing, nothing, answer.amount_ul[chosen]),
            WaterUsage(codes, nothing, nothing, weight, weight),
        )

    def exported(self, answer: CarbonAnswer) -> ExportedCarbon | None:
        """Return the export of the month."""
        del answer
        return self.export

    def holds(self, table: Table, record_id: str) -> bool:
        """Whether a record is there."""
        return any(kept is table and name.record_id == record_id for kept, name, *_ in self.kept)

    def keep_water(self, name: RecordName, answer: WaterAnswer) -> None:
        """Keep a vintage."""
        self._keep(WATER_REPORTED, name, name.record_id, answer.year.text, answer)

    def keep_spread(
        self, name: SpreadName, answer: WaterAnswer, coded: Year, spread: WaterSpread
    ) -> None:
        """Keep a part of a spread."""
        del coded
        amount = int(spread.amount_ul.sum())
        self._keep(WATER_ALLOCATED, name.record, name.spread_id, answer.year.text, amount)

    def keep_unspread(self, name: SpreadName, answer: WaterAnswer, reason: Unspread) -> None:
        """Keep why there is none."""
        self._keep(WATER_ALLOCATED, name.record, name.spread_id, answer.year.text, reason)

    def keep_check(self, name: RecordName, comparison: SourceComparison) -> None:
        """Keep a comparison."""
        subject = comparison.usage_period.text
        self._keep(CARBON_CROSS_CHECK, name, name.record_id, subject, comparison)

    def tell(self, notice: Notice) -> None:
        """Take a notice."""
        self.told.append(notice)

    def of(self, table: Table) -> list[Any]:
        """Return what is kept in a table."""
        return [what for kept, *_, what in self.kept if kept is table]

    def _keep(self, table: Table, name: RecordName, shared: str, subject: str, what: Any) -> None:
        assert not self.holds(table, name.record_id)
        self.kept.append((table, name, shared, subject, what))


def water(*amounts_ul: int, asked_at: datetime = AFTER) -> WaterAnswer:
    """Return an answer of one cell for each of some accounts."""
    n_cells = len(amounts_ul)
    return WaterAnswer(
        year=YEAR,
        model_version=ModelVersion("v1.0.0"),
        asked_at=asked_at,
        covered_until=YEAR.end,
        account=texts([f"{number:012d}" for number in range(n_cells)]),
        region=texts(["eu-west-1"] * n_cells),
        service=texts(["Other"] * n_cells),
        product_code=texts(["Other"] * n_cells),
        amount_ul=np.array(amounts_ul, np.int64),
        source=np.zeros(n_cells, np.int64),
        sources=(SourceFile("answer.json", 1, "00"),),
    )


def cells_of(**amounts_ug: int) -> ReportedCells:
    """Return one measure of cells, by account."""
    names = sorted(amounts_ug)
    amount_ug = np.zeros((len(MEASURES), len(names)), np.int64)
    index = MEASURES.index(Measure.TOTAL_LBM)
    amount_ug[index] = [amounts_ug[name] for name in names]
    is_reported = np.zeros(amount_ug.shape, np.bool_)
    is_reported[index] = True
    keys = (texts(names), texts(["eu-west-1"] * len(names)), texts(["Other"] * len(names)))
    return ReportedCells(*keys, amount_ug, is_reported)


def carbon(**amounts_ug: int) -> CarbonAnswer:
    """Return an answer of March."""
    return CarbonAnswer(MARCH, ModelVersion("v3.0.1"), AFTER, cells_of(**amounts_ug))


def collect(
    world: World, *water_answers: WaterAnswer, carbon_answer: CarbonAnswer | None = None
) -> SustainabilityReceipt:
    """Take answers in."""
    answers = [] if carbon_answer is None else [carbon_answer]
    return CollectSustainability(world, world).run(water_answers, answers, AFTER)


def test_the_same_answer_is_one_vintage_and_one_spread() -> None:
    """However often it is given, and when nothing is."""
    world = World()
    for answers in ([water(5, 6)], [water(5, 6)], []):
        receipt = collect(world, *answers)

    assert (len(world.of(WATER_REPORTED)), world.of(WATER_ALLOCATED)) == (1, [11])
    assert (receipt.years[0].is_new, receipt.years[0].amount_ul) == (False, 11)


def test_what_is_said_again_after_something_else_is_news_again() -> None:
    """Every change is a vintage, and the last one is spread."""
    world = World()
    for amount in (5, 7, 5):
        collect(world, water(amount))

    assert [int(each.amount_ul.sum()) for each in world.of(WATER_REPORTED)] == [5, 7, 5]
    assert world.of(WATER_ALLOCATED) == [5, 7, 5]


def test_a_restated_month_spreads_its_year_anew() -> None:
    """The figure is the same vintage; another run bears it."""
    world = World()
    collect(world, water(5))
    world.months[months_of(YEAR)[3]] = "r-other"
    collect(world)

    assert (len(world.of(WATER_REPORTED)), world.of(WATER_ALLOCATED)) == (1, [5, 5])


def test_a_figure_of_a_running_year_is_another_one_than_that_of_the_whole_year() -> None:
    """The same number, asked after the end, is a vintage of its own, and is spread from then on."""
    world = World()
    collect(world, water(5, asked_at=YEAR.end - timedelta(seconds=1)))
    collect(world, water(5))
    collect(world)

    assert len(world.of(WATER_REPORTED)) == 2
    assert world.of(WATER_ALLOCATED) == [Unspread.NOT_OVER, 5]


def test_a_month_that_is_missing_leaves_the_year_as_it_is_until_it_comes() -> None:
    """Then the next look spreads it."""
    world = World()
    july = months_of(YEAR)[6]
    run_id = world.months.pop(july)
    collect(world, water(5))
    world.months[july] = run_id
    collect(world)

    assert world.of(WATER_ALLOCATED) == [Unspread.MONTHS_MISSING, 5]


def test_accounts_are_spread_in_parts_that_make_up_one_spread() -> None:
    """What a crash left out is put in by the next one, under the same spread."""
    world = World(parts=("0", "1", "23456789"))
    collect(world, water(5, 6, 7, 8))
    lost = world.kept.pop()
    collect(world, water(5, 6, 7, 8))

    assert sorted(world.of(WATER_ALLOCATED)) == [5, 6, 15]
    assert len({shared for table, _, shared, *_ in world.kept if table is WATER_ALLOCATED}) == 1
    assert world.kept[-1] == lost


def test_differences_are_told_once_however_often_they_are_found() -> None:
    """Others are another event; none is no event."""
    world = World(export=ExportedCarbon("d-1", cells_of(a=5 * GRAM, b=GRAM)))
    for amount in (5, 7, 7, 8):
        collect(world, carbon_answer=carbon(a=amount * GRAM, b=GRAM))

    assert len({notice.event_id for notice in world.told}) == len(world.told) == 2
    assert len(world.of(CARBON_CROSS_CHECK)) == 3


@pytest.mark.parametrize(
    ("api", "export", "findings"),
    [
        ({"a": 5 * GRAM}, {"a": 6 * GRAM}, []),
        ({"a": 5 * GRAM}, {"a": 6 * GRAM + 1}, [Finding.DIFFERENT]),
        ({"a": 5 * GRAM, "b": 2 * GRAM}, {"a": 5 * GRAM}, [Finding.ONLY_IN_API]),
        ({"a": 5 * GRAM, "b": GRAM}, {"a": 5 * GRAM}, []),
        ({"a": 5 * GRAM}, {"a": 5 * GRAM, "c": -2 * GRAM}, [Finding.ONLY_IN_EXPORT]),
    ],
)
def test_more_than_a_gram_is_a_difference(
    api: dict[str, int], export: dict[str, int], findings: list[Finding]
) -> None:
    """A cell that one source has not is one where the other has more than a gram."""
    exported = ExportedCarbon("d-1", cells_of(**export))
    found = compare_carbon_sources(carbon(**api), exported)

    assert [each.finding for each in found.differences] == findings
    assert [each.n_differing for each in found.measures] == [len(findings)]


def test_a_measure_that_one_source_never_gives_is_not_compared() -> None:
    """As scopes in old exports: missing is not zero."""
    answer = carbon(a=5 * GRAM)
    everywhere = np.ones(answer.cells.is_reported.shape, np.bool_)
    both = replace(answer, cells=replace(answer.cells, is_reported=everywhere))
    found = compare_carbon_sources(both, ExportedCarbon("d-1", cells_of(a=5 * GRAM)))

    assert [each.measure for each in found.measures] == [Measure.TOTAL_LBM]
