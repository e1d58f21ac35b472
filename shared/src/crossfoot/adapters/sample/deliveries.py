"""Which deliveries AWS makes of a month: model versions, instants, and how figures were off."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from crossfoot.domain.period import UsagePeriod

OLD, THIRD, CURRENT = "v2.0.1", "v3.0.0", "v3.0.1"
CURRENT_SINCE: Final = datetime(2026, 4, 22, 6, 30, tzinfo=UTC)
THIRD_SINCE: Final = datetime(2025, 10, 22, 6, 30, tzinfo=UTC)
PUBLISHED_AFTER: Final = timedelta(days=16, hours=7)
"""Until a month is published, from its end."""
_LAST_OF_THIRD: Final = UsagePeriod("2026-03")
_OLD_LAG: Final = timedelta(days=34)
"""Until the end of 2025 a month appeared later. [d]"""
_MONTHS_FOR_HISTORY: Final = 6
_MONTHS_FOR_RESTATEMENT: Final = 4


@dataclass(frozen=True, slots=True)
class CarbonDelivery:
    """One delivery of one month that the sample makes.

    ``factor`` scales the true figures, ``scope_2_factor`` those of scope 2 alone: other versions
    and later-corrected deliveries differ.
    """

    model_version: str
    delivered_at: datetime
    is_new: bool
    factor: float = 1.0
    scope_2_factor: float = 1.0
    is_empty: bool = False
    has_negative: bool = False

    @property
    def has_scopes(self) -> bool:
        """Whether the version reports scopes."""
        return not self.model_version.startswith("v2.")


def backfilled(month: int, n_months: int, period: UsagePeriod) -> tuple[CarbonDelivery, ...]:
    """Return what AWS delivered for a month, oldest first, in a history that shows each thing once.

    The oldest month of a long history has v2.0.1 alone, so only totals; the next one has v2.0.1,
    an empty v3.0.0 file and v3.0.1; months up to 2026-03 have v3.0.0 in create-new mode as well;
    the third month has a negative row there; the fourth from the end was corrected inside v3.0.1.
    """
    published = period.end + PUBLISHED_AFTER
    found: list[CarbonDelivery] = []
    is_long = n_months >= _MONTHS_FOR_HISTORY
    if is_long and month <= 1:
        found.append(CarbonDelivery(OLD, published + _OLD_LAG, is_new=True))
    if is_long and month >= 1 and period <= _LAST_OF_THIRD:
        found.append(
            CarbonDelivery(
                THIRD, max(published, THIRD_SINCE), is_new=True, factor=1.07,
                is_empty=month == 1, has_negative=month == 2,  # noqa: PLR2004 - see the docstring
            )
        )  # fmt: skip
    if is_long and month == 0:
        return tuple(found)
    current = CarbonDelivery(CURRENT, max(published, CURRENT_SINCE), is_new=False)
    if n_months >= _MONTHS_FOR_RESTATEMENT and month == n_months - _MONTHS_FOR_RESTATEMENT:
        later = current.delivered_at + timedelta(days=30)
        return (*found, *corrected(current, later, factor=0.965))
    return (*found, current)


def corrected(
    delivery: CarbonDelivery,
    again_at: datetime,
    *,
    factor: float = 1.0,
    scope_2_factor: float = 1.0,
) -> tuple[CarbonDelivery, CarbonDelivery]:
    """Return a delivery that was off by the factors, and the one that put it right."""
    first = replace(delivery, is_new=True, factor=factor, scope_2_factor=scope_2_factor)
    return first, replace(delivery, is_new=True, delivered_at=again_at)
