"""What an organisation of three years lives through: when AWS told what, and who came and went.

AWS's dates are its own, from the release notes of its carbon tools; what happened to accounts is
invented. Samples of other lengths have no story: shorter ones show each thing once, longer ones
reach beyond January 2022, where AWS's recalculations end, and stand for a history that came at
once.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from crossfoot.adapters.sample.deliveries import (
    CURRENT,
    CURRENT_SINCE,
    OLD,
    PUBLISHED_AFTER,
    THIRD,
    THIRD_SINCE,
    CarbonDelivery,
    backfilled,
    corrected,
)
from crossfoot.domain.period import UsagePeriod

SHORTEST, LONGEST = 30, 57
"""Months of history that have the story; the longest begins in January 2022."""

_FIRST: Final = "v2.0.0"
_OLD_FROM: Final = UsagePeriod("2025-03")
_OLD_PUBLISHED_AFTER: Final = timedelta(days=84, hours=7)
"""AWS published a month after some three months."""
_SOONER_SINCE: Final = datetime(2025, 12, 15, 7, tzinfo=UTC)
"""From here on it does so by the 21st of the next month."""
_RECAST_YEAR: Final = 2025
_RECAST_AT: Final = datetime(2026, 6, 18, 6, 30, tzinfo=UTC)
"""By June each year AWS recalculates the year before with its invoices."""
_BEFORE_INVOICES: Final = 1.04
"""Scope 2 of the recast year as it was estimated before, over what the invoices say. [1]"""


def is_lived(n_months: int) -> bool:
    """Whether a sample of that many months has the story."""
    return SHORTEST <= n_months <= LONGEST


def deliveries_of(month: int, n_months: int, period: UsagePeriod) -> tuple[CarbonDelivery, ...]:
    """Return what AWS delivered for a month, oldest first.

    In the story every month comes when AWS would have published it, in the version of that day;
    v3.0.0 and v3.0.1 recalculate what was published before them, except for the oldest month,
    which keeps its totals; 2025 is recast in June 2026, and one month is corrected.
    """
    if not is_lived(n_months):
        return backfilled(month, n_months, period)
    published = first_published(period)
    found: list[CarbonDelivery] = []
    if published < THIRD_SINCE:
        version = OLD if period >= _OLD_FROM else _FIRST
        found.append(CarbonDelivery(version, published, is_new=True))
    if month == 0:
        return tuple(found)
    if published < CURRENT_SINCE:
        found.append(
            CarbonDelivery(
                THIRD, max(published, THIRD_SINCE), is_new=True, factor=1.07,
                is_empty=month == 1, has_negative=month == 2,  # noqa: PLR2004 - as in backfills
            )
        )  # fmt: skip
    current = CarbonDelivery(CURRENT, max(published, CURRENT_SINCE), is_new=False)
    if period.year == _RECAST_YEAR:
        return (*found, *corrected(current, _RECAST_AT, scope_2_factor=_BEFORE_INVOICES))
    if month == n_months - 4:
        later = current.delivered_at + timedelta(days=30)
        return (*found, *corrected(current, later, factor=0.965))
    return (*found, current)


def first_published(period: UsagePeriod) -> datetime:
    """Return when AWS first published a month, in the story."""
    late, soon = period.end + _OLD_PUBLISHED_AFTER, period.end + PUBLISHED_AFTER
    return min(late, max(soon, _SOONER_SINCE))
