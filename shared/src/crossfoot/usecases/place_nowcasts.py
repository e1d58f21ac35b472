"""Place nowcasts in the ledger, by the very way that AWS's figures go."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import CarbonDelivery, CarbonIntake, SourceFile
from crossfoot.usecases.close_months import CloseMonths, RunReceipt
from crossfoot.usecases.ports import UsageMonth, UsageSource


def place_nowcasts(
    close: CloseMonths, nowcasts: Sequence[CarbonDelivery], usage: UsageSource
) -> RunReceipt:
    """Allocate, estimate and prove silent months, and let them stand in until AWS publishes.

    Parameters
    ----------
    close : CloseMonths
        Over a store whose runs stand in for months.
    nowcasts : sequence of CarbonDelivery
        One for each month.
    usage : UsageSource
        With the usage of each of these months; others are passed over.

    Raises
    ------
    ReconciliationError
        A proof failed; nothing is published.
    """
    periods = [each.usage_period for each in nowcasts]
    return close.run(CarbonIntake(tuple(nowcasts)), _OfMonths(usage, periods))


class _OfMonths:
    """Some months of a place with usage; implements ``UsageSource``."""

    def __init__(self, usage: UsageSource, periods: Sequence[UsagePeriod]) -> None:
        self._usage = usage
        self._periods = periods

    def periods(self) -> Sequence[UsagePeriod]:
        return self._periods

    def files(self, period: UsagePeriod) -> tuple[SourceFile, ...]:
        return self._usage.files(period)

    def described(self, period: UsagePeriod) -> Mapping[str, Any]:
        return self._usage.described(period)

    def open(self, period: UsagePeriod) -> AbstractContextManager[UsageMonth]:
        return self._usage.open(period)
