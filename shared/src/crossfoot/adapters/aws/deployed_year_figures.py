"""What a deployment published for months, first and last; implements ``YearFigures``."""

from datetime import datetime

from crossfoot.adapters.aws.dynamo_months import DynamoMonthLedger
from crossfoot.adapters.aws.run_shelf import S3RunShelf
from crossfoot.domain.deliveries import Pointer
from crossfoot.domain.period import UsagePeriod
from crossfoot.usecases.measure_base_year import Totals


class DeployedYearFigures:
    """Publications as the ledger has them, and the manifests of their runs."""

    def __init__(self, months: DynamoMonthLedger, runs: S3RunShelf) -> None:
        self._months = months
        self._runs = runs

    def first(self, period: UsagePeriod, since: datetime | None) -> Totals | None:
        """Return AWS's figures that spoke for a month at an instant, else those published first."""
        told = self._months.publications(period)
        if not told:
            return None
        by_then = [each for each in told if since is not None and each.published_at <= since]
        return self._totals(by_then[-1] if by_then else told[0])

    def last(self, period: UsagePeriod) -> Totals | None:
        """Return AWS's figures that speak for a month now."""
        pointer = self._months.pointer(period)
        return None if pointer is None else self._totals(pointer)

    def _totals(self, told: Pointer) -> Totals:
        totals: Totals = self._runs.manifest(told.usage_period, told.run_id)["reported_ug"]
        return totals
