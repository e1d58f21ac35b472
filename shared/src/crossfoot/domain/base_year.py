"""The base year: what others are compared with, and when it has to be calculated again (F-25)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal
from typing import Final

from crossfoot.domain.measures import Measure
from crossfoot.domain.period import UsagePeriod

_PERCENT: Final = 100
_SHOWN: Final = Decimal("0.0001")
_EXACT: Final = Context(prec=200)
"""Wide enough for sums of years in micrograms times a threshold: products are exact."""


@dataclass(frozen=True, slots=True)
class BaseYear:
    """The organisation's rule, which it publishes and keeps.

    Parameters
    ----------
    name : str
        The year, such as ``2025`` or ``FY2025``.
    months : tuple of UsagePeriod
        Its twelve months.
    measure : Measure
        The figure that the rule is about.
    threshold_percent : Decimal
        A change of the year by more than this asks for a recalculation; this much does not.
    recalculated_at : datetime or None
        When the organisation last recalculated what rests on the year; ``None`` if it never did.
    """

    name: str
    months: tuple[UsagePeriod, ...]
    measure: Measure
    threshold_percent: Decimal
    recalculated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BaseYearChange:
    """How much the base year changed since it was last calculated. [ug CO2e].

    ``n_months`` is how many of its months are in both sums: those that are published with the
    measure, then and now.
    """

    rule: BaseYear
    before_ug: int
    after_ug: int
    n_months: int

    @property
    def difference_ug(self) -> int:
        """What is published now, minus what was."""
        return self.after_ug - self.before_ug

    @property
    def percent(self) -> Decimal | None:
        """The change in percent of what was published, rounded for people; none of nothing."""
        if not self.before_ug:
            return None
        part = _EXACT.divide(Decimal(self.difference_ug * _PERCENT), Decimal(abs(self.before_ug)))
        return part.quantize(_SHOWN, context=_EXACT)

    @property
    def is_passed(self) -> bool:
        """Whether the change is more than the threshold, up or down: compared unrounded."""
        changed = Decimal(abs(self.difference_ug) * _PERCENT)
        return changed > _EXACT.multiply(self.rule.threshold_percent, Decimal(abs(self.before_ug)))
