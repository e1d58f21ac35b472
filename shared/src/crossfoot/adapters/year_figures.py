"""What a warehouse published for months, first and last; implements ``YearFigures``."""

from datetime import datetime
from functools import cached_property

from crossfoot.adapters.warehouse import Warehouse
from crossfoot.domain.period import UsagePeriod
from crossfoot.usecases.measure_base_year import Totals


class FolderYearFigures:
    """Every publication of a warehouse, read once."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def first(self, period: UsagePeriod, since: datetime | None) -> Totals | None:
        """Return AWS's figures that spoke for a month at an instant, else those published first."""
        told = self._published.get(period)
        if not told:
            return None
        by_then = [run_id for at, run_id in told if since is not None and at <= since]
        return self._totals(period, by_then[-1] if by_then else told[0][1])

    def last(self, period: UsagePeriod) -> Totals | None:
        """Return AWS's figures that speak for a month now."""
        run_id = self._warehouse.current().months.get(period)
        return None if run_id is None else self._totals(period, run_id)

    @cached_property
    def _published(self) -> dict[UsagePeriod, list[tuple[datetime, str]]]:
        """Every run that ever spoke for a month, in the order of publication."""
        told: dict[UsagePeriod, list[tuple[datetime, str]]] = {}
        for number in range(1, self._warehouse.current().snapshot + 1):
            catalog = self._warehouse.catalog(number)
            for period, run_id in catalog.months.items():
                runs = told.setdefault(period, [])
                if catalog.published_at is not None and (not runs or runs[-1][1] != run_id):
                    runs.append((catalog.published_at, run_id))
        return told

    def _totals(self, period: UsagePeriod, run_id: str) -> Totals:
        totals: Totals = self._warehouse.manifest(period, run_id)["reported_ug"]
        return totals
