"""Forecast the year and judge the targets of a deployment, and keep both as records."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from crossfoot.domain.fiscal import FiscalYear
from crossfoot.domain.measures import TOTALS
from crossfoot.domain.selections import Selection
from crossfoot.domain.targets import KeptBase, Target
from crossfoot.usecases.forecast_years import Forecasts, forecast_years
from crossfoot.usecases.judge_targets import Judgement, JudgeTargets, asked_of
from crossfoot.usecases.pipeline_ports import Query
from crossfoot.usecases.series_ports import SeriesSource
from crossfoot.usecases.unit_ports import UnitSource


class OutlookShelf(Protocol):
    """Keeps forecasts and targets; what was kept last is asked in one step, read in the next."""

    def questions(self, attempt: str) -> Sequence[Query]:
        """Return what has to be asked of the records that are there."""
        ...

    def bases(self, attempt: str) -> Mapping[str, KeptBase]:
        """Return by target the base that was kept last."""
        ...

    def keep(self, attempt: str, forecasts: Forecasts, judgement: Judgement) -> None:
        """Keep both; what says the same as the record before is not kept again."""
        ...


class KeepOutlooks:
    """Looks at the same moment of a deployment as the thresholds; safe to repeat.

    Parameters
    ----------
    shelf : OutlookShelf
        Where records are kept.
    units : UnitSource
        Functional units of intensities.
    fiscal : FiscalYear
        How years are counted.
    targets : sequence of Target
        What the user configured.
    """

    def __init__(
        self,
        shelf: OutlookShelf,
        units: UnitSource,
        *,
        fiscal: FiscalYear,
        targets: Sequence[Target],
    ) -> None:
        self._shelf = shelf
        self._units = units
        self._fiscal = fiscal
        self._targets = targets

    @property
    def selections(self) -> Sequence[Selection]:
        """Figures over time that it needs."""
        totals = [Selection(measure, with_nowcasts=True) for measure in TOTALS]
        return [*totals, *map(asked_of, self._targets)]

    def questions(self, attempt: str) -> Sequence[Query]:
        """Return what else has to be asked."""
        return self._shelf.questions(attempt)

    def run(self, attempt: str, source: SeriesSource) -> None:
        """Forecast, judge and keep.

        Raises
        ------
        ConfigurationError
            A target's unit is counted in a file, or it filters by a tag that is no column.
        """
        judging = JudgeTargets(source, self._units, self._fiscal)
        judgement = judging.run(self._targets, self._shelf.bases(attempt))
        self._shelf.keep(attempt, forecast_years(source, self._fiscal), judgement)
