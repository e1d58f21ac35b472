"""What asks of the world how one figure went, month by month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.selections import Selection


@dataclass(frozen=True, slots=True)
class MonthFigure:
    """What a selection's rows of one month sum up to, in whole smallest units.

    ``amount`` is None where the month has no such figure; ``by_account`` has its parts. ``low``
    and ``high`` are its range, None where there is none. ``is_nowcast`` says that AWS has not
    published the month yet. ``version`` is the method's: AWS's model, or the estimate's factors.
    ``is_running`` says that the month was not over: the figure is of its usage so far.
    """

    run_id: str
    amount: int | None
    by_account: Mapping[str, int] = field(default_factory=dict)
    low: int | None = None
    high: int | None = None
    is_nowcast: bool = False
    version: str | None = None
    is_running: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """A selection's figures of all months. ``has_rows`` says whether any row is selected at all."""

    months: Mapping[UsagePeriod, MonthFigure]
    has_rows: bool


class SeriesSource(Protocol):
    """One published snapshot, as thresholds, forecasts and targets ask it."""

    @property
    def snapshot(self) -> int:
        """Number of the snapshot."""
        ...

    def series(self, selection: Selection) -> Series:
        """Sum up a selection's rows, month by month.

        In a month that has the figure, a selection without rows is zero: all that AWS reported
        is in the month's rows. A row of AWS's without the measure leaves the month without
        figure; a row that the estimate has no model for is left out, as in every view.

        Raises
        ------
        ConfigurationError
            The selection filters by a tag that is no column of the snapshot.
        """
        ...

    def query(self, selection: Selection, months: Sequence[UsagePeriod]) -> str:
        """Return SQL that shows the accounts behind a window's figure, the largest first."""
        ...
