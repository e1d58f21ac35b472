"""Which run speaks for each month of a deployment, at one moment."""

from dataclasses import dataclass

from crossfoot.domain.deliveries import Pointer
from crossfoot.domain.period import UsagePeriod


@dataclass(frozen=True, slots=True)
class Publications:
    """Pointers of the months that AWS has published, and of nowcasts.

    Read pointer by pointer, it may be of no moment at all; two readings that are equal are of
    every moment between them, since versions only grow.
    """

    months: tuple[Pointer, ...]
    nowcasts: tuple[Pointer, ...] = ()

    @property
    def snapshot(self) -> int:
        """Number of publications that there ever were: of two moments the later has the larger."""
        return sum(pointer.version for pointer in (*self.months, *self.nowcasts))

    @property
    def is_settled(self) -> bool:
        """Whether the catalogue was seen to show all that readers are to see."""
        silent = self.silent
        shown = [each for each in self.nowcasts if each.usage_period in silent]
        return all(pointer.is_settled for pointer in (*self.months, *shown))

    @property
    def published(self) -> dict[UsagePeriod, str]:
        """Runs that speak for published months."""
        return {pointer.usage_period: pointer.run_id for pointer in self.months}

    @property
    def silent(self) -> dict[UsagePeriod, str]:
        """Runs that stand in for months that AWS has not published."""
        published = self.published
        runs = {pointer.usage_period: pointer.run_id for pointer in self.nowcasts}
        return {month: run_id for month, run_id in runs.items() if month not in published}
