"""Let the catalogue show a nowcast, as long as AWS has published nothing of its month."""

from crossfoot.domain.deliveries import Pointer
from crossfoot.usecases.deployment_ports import Catalog, MonthLedger
from crossfoot.usecases.follow_pointer import FollowPointer


class FollowNowcast:
    """Point the tables of a silent month at its nowcast, and give way to AWS.

    The caller holds the month, as for ``FollowPointer``.

    Parameters
    ----------
    months, nowcasts : MonthLedger
        Pointers of published months, and of nowcasts.
    catalog : Catalog
        The tables that a nowcast has.
    follow : FollowPointer
        Lets the catalogue show what AWS has published.
    """

    def __init__(
        self, months: MonthLedger, nowcasts: MonthLedger, catalog: Catalog, follow: FollowPointer
    ) -> None:
        self._months = months
        self._nowcasts = nowcasts
        self._catalog = catalog
        self._follow = follow

    def run(self, pointer: Pointer) -> Pointer:
        """Point until the pointer stands still, and record it; return what is settled.

        Where AWS has published the month, even while we were pointing, its run is shown.
        """
        shown = pointer
        while True:
            if self._months.pointer(shown.usage_period) is None:
                self._catalog.point(shown.usage_period, shown.run_id)
            published = self._months.pointer(shown.usage_period)
            if published is not None:
                self._follow.run(published)
            current = self._nowcasts.pointer(shown.usage_period)
            if current is None or current.version == shown.version:
                self._nowcasts.settle(shown)
                return shown
            shown = current
