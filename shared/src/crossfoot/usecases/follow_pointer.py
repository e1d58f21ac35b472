"""Let the catalogue show what the ledger says."""

from crossfoot.domain.deliveries import Pointer
from crossfoot.usecases.deployment_ports import Catalog, MonthLedger


class FollowPointer:
    """Point every table of a month at the run that speaks for it.

    The caller holds the month: two that swap the same partitions could undo each other.

    Parameters
    ----------
    months, catalog
        See ``deployment_ports``.
    """

    def __init__(self, months: MonthLedger, catalog: Catalog) -> None:
        self._months = months
        self._catalog = catalog

    def run(self, pointer: Pointer) -> Pointer:
        """Point until the pointer stands still, and record it; return what is shown."""
        shown = pointer
        while True:
            self._catalog.point(shown.usage_period, shown.run_id)
            current = self._months.pointer(shown.usage_period)
            if current is None or current.version == shown.version:
                self._months.settle(shown)
                return shown
            shown = current
