"""Which delivery of a month is the current one: AWS restates, and keeps what it said before."""

from collections.abc import Iterable
from datetime import datetime

from crossfoot.domain.errors import MixedPayersError, OverlappingPeriodError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import CarbonDelivery, DeliveryLabel
from crossfoot.domain.versions import ModelVersion

type _Delivery = CarbonDelivery | DeliveryLabel


def current_deliveries[Delivery: (CarbonDelivery, DeliveryLabel)](
    deliveries: Iterable[Delivery],
) -> dict[UsagePeriod, Delivery]:
    """Return the current delivery of each usage period, in the order of time.

    The highest model version by semver, then the latest delivered; the id decides between two of
    one instant, so that the order of reading never does.

    Raises
    ------
    MixedPayersError
        Deliveries of two payers: neither may hide the other.
    """
    current: dict[UsagePeriod, Delivery] = {}
    payers: set[str] = set()
    for delivery in deliveries:
        payers.add(delivery.payer_account_id)
        rival = current.get(delivery.usage_period)
        if rival is None or _rank(delivery) > _rank(rival):
            current[delivery.usage_period] = delivery
    if len(payers) > 1:
        raise MixedPayersError(
            f"deliveries of the payers {', '.join(sorted(payers))} were put together.",
            mend="Choose among those of one payer at a time.",
        )
    return dict(sorted(current.items()))


def refuse_overlaps(deliveries: Iterable[_Delivery]) -> None:
    """Refuse a year beside one of its months: their sum would count the month twice.

    Raises
    ------
    OverlappingPeriodError
        Names the payer and both periods.
    """
    cells = sorted({(d.payer_account_id, d.usage_period) for d in deliveries})
    years = {cell for cell in cells if not cell[1].is_month}
    for payer, period in cells:
        year = UsagePeriod(period.text[:4])
        if period.is_month and (payer, year) in years:
            raise OverlappingPeriodError(
                f"payer {payer} has the year {year} and its month {period}.",
                mend="Give either the annual report or the months.",
            )


def _rank(delivery: _Delivery) -> tuple[ModelVersion, datetime, str]:
    return delivery.model_version, delivery.delivered_at, delivery.delivery_id
