"""What one look ahead found to be done, decided once and written down before anything is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crossfoot.domain.period import UsagePeriod


@dataclass(frozen=True, slots=True)
class SilentMonth:
    """A month with usage that AWS has reported nothing of.

    Parameters
    ----------
    usage_period : UsagePeriod
        The month.
    usage_digest : str
        Digest of the pinned usage delivery.
    run_id : str
        Name under which the answers about that usage lie; of the form of a run's, and of none.
    """

    usage_period: UsagePeriod
    usage_digest: str
    run_id: str


@dataclass(frozen=True, slots=True)
class Look:
    """One look ahead.

    Parameters
    ----------
    attempt : str
        Its name.
    at : datetime
        When it was taken.
    silent : tuple of SilentMonth
        Months to be nowcast, in the order of time.
    published : mapping of UsagePeriod to str
        Runs that spoke for the published months.
    """

    attempt: str
    at: datetime
    silent: tuple[SilentMonth, ...]
    published: Mapping[UsagePeriod, str]

    def of(self, period: UsagePeriod) -> SilentMonth:
        """Return a month of the look; raises ``KeyError`` for any other."""
        return {each.usage_period: each for each in self.silent}[period]
