"""Measure how much the base year changed since it was last calculated."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from crossfoot.domain.base_year import BaseYear, BaseYearChange
from crossfoot.domain.measures import Measure
from crossfoot.domain.period import UsagePeriod

type Totals = Mapping[str, int]
"""AWS's figures of a month by measure, as a run's manifest has them. [ug CO2e]"""


class YearFigures(Protocol):
    """What was published for months, and is."""

    def first(self, period: UsagePeriod, since: datetime | None) -> Totals | None:
        """Return the figures that spoke for a month at an instant.

        Where there is no instant, or nothing was published by then: those published first.
        """
        ...

    def last(self, period: UsagePeriod) -> Totals | None:
        """Return the figures that speak for a month now."""
        ...


class MeasureBaseYear:
    """Compare the base year as it was calculated with the base year as it is."""

    def __init__(self, rule: BaseYear, figures: YearFigures) -> None:
        self._rule = rule
        self._figures = figures

    @property
    def rule(self) -> BaseYear:
        """What decides."""
        return self._rule

    def run(self, replaced: Mapping[UsagePeriod, Totals]) -> BaseYearChange:
        """Return the change, with months that are about to be published as they will be.

        A month counts where both sides have the measure: one that is not published yet, or was
        reported without it, is missing and not zero.
        """
        sides = [self._sides(period, replaced) for period in self._rule.months]
        known = [(before, after) for before, after in sides if None not in (before, after)]
        return BaseYearChange(
            self._rule,
            sum(before or 0 for before, _ in known),
            sum(after or 0 for _, after in known),
            len(known),
        )

    def _sides(
        self, period: UsagePeriod, replaced: Mapping[UsagePeriod, Totals]
    ) -> tuple[int | None, int | None]:
        before = self._figures.first(period, self._rule.recalculated_at)
        after = replaced.get(period) or self._figures.last(period)
        return _of(before, self._rule.measure), _of(after, self._rule.measure)


def _of(totals: Totals | None, measure: Measure) -> int | None:
    return None if totals is None else totals.get(str(measure))
