"""Judge targets: the base year as it is published now, the allowances, and what years come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from crossfoot.domain.fiscal import FiscalYear
from crossfoot.domain.forecasts import ProjectionMethod
from crossfoot.domain.impacts import Criterion
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.selections import Selection
from crossfoot.domain.targets import KeptBase, Target
from crossfoot.engine.forecast import KnownMonth, NoProjection, project_year
from crossfoot.engine.intensity import Outcome, outcome_of, outcome_per_unit
from crossfoot.usecases.forecast_years import known_months
from crossfoot.usecases.series_ports import SeriesSource
from crossfoot.usecases.unit_ports import MICROS, UnitSource


@dataclass(frozen=True, slots=True)
class YearOutlook:
    """What a year may have, and what it comes to, in smallest units (per functional unit).

    ``reason`` says why the allowance or the outcome is missing.
    """

    year: str
    allowance: Fraction | None
    outcome: Outcome | None
    method: ProjectionMethod | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class TargetStanding:
    """How a target stands.

    Parameters
    ----------
    base : Fraction or None
        Figure of the base year, as it is published now.
    moved_from : KeptBase or None
        What the base was when the target was kept last, where that was something else.
    known_to : UsagePeriod or None
        Last month that is published or nowcast.
    years : tuple of YearOutlook
        The year of that month, and the target year where it is another one.
    """

    target: Target
    base_year: str
    target_year: str
    base: Fraction | None
    moved_from: KeptBase | None
    known_to: UsagePeriod | None
    years: tuple[YearOutlook, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """How all targets stand, in the order of the configuration."""

    snapshot: int
    standings: tuple[TargetStanding, ...]


class JudgeTargets:
    """Compares projections with what targets allow; only reads, and is safe to repeat.

    Parameters
    ----------
    source : SeriesSource
        The snapshot.
    units : UnitSource
        Functional units of intensities.
    fiscal : FiscalYear
        How years are counted; base and target years are named by the year in which they end.
    """

    def __init__(self, source: SeriesSource, units: UnitSource, fiscal: FiscalYear) -> None:
        self._source = source
        self._units = units
        self._fiscal = fiscal

    def run(
        self, targets: Sequence[Target], before: Mapping[str, KeptBase] | None = None
    ) -> Judgement:
        """Judge every target.

        Parameters
        ----------
        targets : sequence of Target
            As configured.
        before : mapping of str to KeptBase, optional
            By ``target_id``, the base that was kept last.

        Raises
        ------
        ConfigurationError
            A target filters by a tag that is no column of the snapshot.
        InputError
            A source of functional units cannot be used.
        """
        kept = before or {}
        standings = [self._standing(each, kept.get(each.target_id)) for each in targets]
        return Judgement(self._source.snapshot, tuple(standings))

    def _standing(self, target: Target, kept: KeptBase | None) -> TargetStanding:
        series = self._source.series(asked_of(target))
        is_estimate = isinstance(target.selection.figure, Criterion)
        known = known_months(series, is_estimate=is_estimate) if series.has_rows else ()
        units = self._counted(target)
        case = _Case(target, known, units)
        base = case.base(self._months(target.base_year))
        value = base if isinstance(base, Fraction) else None
        last = max((each.period for each in known if not each.is_running), default=None)
        this_year = target.base_year if last is None else self._year(last)
        return TargetStanding(
            target=target,
            base_year=self._name(target.base_year),
            target_year=self._name(target.target_year),
            base=value,
            moved_from=None if kept is None or value in {None, kept.base} else kept,
            known_to=last,
            years=tuple(
                case.outlook(self._name(year), year, self._months(year), base)
                for year in dict.fromkeys((this_year, target.target_year))
            ),
        )

    def _counted(self, target: Target) -> tuple[KnownMonth, ...] | None:
        if target.functional_unit is None:
            return None
        amounts = self._units.amounts(target.functional_unit)
        return tuple(KnownMonth(month, amount) for month, amount in sorted(amounts.items()))

    def _months(self, year: int) -> tuple[UsagePeriod, ...]:
        return self._fiscal.months_ending_in(year)

    def _name(self, year: int) -> str:
        return self._fiscal.year_of(self._months(year)[-1])

    def _year(self, month: UsagePeriod) -> int:
        return self._fiscal.months_of_year(month)[-1].year


def asked_of(target: Target) -> Selection:
    """Return the selection that a target asks of a snapshot: its own, nowcasts included."""
    return Selection(target.selection.figure, target.selection.rows, with_nowcasts=True)


@dataclass(frozen=True, slots=True)
class _Case:
    """One target with its series; ``units`` is None for an absolute one."""

    target: Target
    known: Sequence[KnownMonth]
    units: Sequence[KnownMonth] | None

    def base(self, months: Sequence[UsagePeriod]) -> Fraction | str:
        """Return the base year's figure, or why there is none."""
        if not self.known:
            return "no published row is selected"
        published = {each.period: each.amount for each in self.known if not each.is_nowcast}
        missing = next((month for month in months if month not in published), None)
        if missing is not None:
            return f"{missing} of the base year is not published, or has no such figure"
        amount = sum(published[month] for month in months)
        if self.units is None:
            return Fraction(amount)
        counted = {each.period: each.amount for each in self.units}
        missing = next((month for month in months if month not in counted), None)
        if missing is not None:
            return f"{missing} of the base year has no count of {self._unit}"
        n_micros = sum(counted[month] for month in months)
        if n_micros <= 0:
            return f"no {self._unit} was counted in the base year"
        return Fraction(amount * MICROS, n_micros)

    def outlook(
        self, name: str, year: int, months: Sequence[UsagePeriod], base: Fraction | str
    ) -> YearOutlook:
        """Return what a year may have and what it comes to."""
        allowance = base * self.target.remaining_in(year) if isinstance(base, Fraction) else None
        reason = base if isinstance(base, str) else None
        projection = project_year(self.known, months)
        if isinstance(projection, NoProjection):
            return YearOutlook(name, allowance, None, None, reason or projection.reason)
        if self.units is None:
            outcome = outcome_of(projection, allowance)
            return YearOutlook(name, allowance, outcome, projection.method, reason)
        units = project_year(self.units, months)
        if isinstance(units, NoProjection):
            why = f"{self._unit}: {units.reason}"
            return YearOutlook(name, allowance, None, None, reason or why)
        if units.amount <= 0:
            why = f"no {self._unit} in {name}"
            return YearOutlook(name, allowance, None, None, reason or why)
        outcome = outcome_per_unit(projection, units, allowance)
        return YearOutlook(name, allowance, outcome, projection.method, reason)

    @property
    def _unit(self) -> str:
        unit = self.target.functional_unit
        return "" if unit is None else unit.unit
