"""Which delivery of a month is current."""

from datetime import UTC, datetime
from itertools import permutations

import numpy as np
import pytest

from crossfoot.domain.errors import MixedPayersError, OverlappingPeriodError
from crossfoot.domain.measures import MEASURES
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import CarbonDelivery, ReportedCarbon
from crossfoot.domain.versions import ModelVersion
from crossfoot.usecases.choose_vintage import current_deliveries, refuse_overlaps

NOTHING = np.zeros(0, dtype=np.int64)
TEXT = np.empty(0, dtype=object)
NO_ROWS = ReportedCarbon(
    usage_account_id=TEXT,
    region_code=TEXT,
    location=TEXT,
    product_code=TEXT,
    carbon_service=TEXT,
    region=TEXT,
    amount_ug=np.zeros((len(MEASURES), 0), dtype=np.int64),
    is_reported=np.zeros((len(MEASURES), 0), dtype=np.bool_),
    last_refresh=NOTHING.astype("datetime64[us]"),
    source_file=NOTHING,
    source_row=NOTHING,
)


def delivery(
    name: str, version: str = "v3.0.1", day: int = 1, period: str = "2026-03", payer: str = "1"
) -> CarbonDelivery:
    """Return a delivery of no rows."""
    return CarbonDelivery(
        delivery_id=name,
        usage_period=UsagePeriod(period),
        model_version=ModelVersion(version),
        delivered_at=datetime(2026, 4, day, tzinfo=UTC),
        payer_account_id=payer,
        files=(),
        rows=NO_ROWS,
    )


@pytest.mark.parametrize(
    ("loser", "winner"),
    [
        (delivery("b", "v9.0.0", 30), delivery("a", "v10.0.0", 1)),
        (delivery("b", "v3.0.1-rc.1", 30), delivery("a", "v3.0.1", 1)),
        (delivery("b", day=1), delivery("a", day=2)),
        (delivery("a"), delivery("b")),
    ],
)
def test_version_then_time_then_id_decide(loser: CarbonDelivery, winner: CarbonDelivery) -> None:
    """Semver before the date of delivery, and whichever was read first."""
    for order in permutations([loser, winner]):
        assert current_deliveries(order) == {UsagePeriod("2026-03"): winner}


def test_each_month_has_its_own_vintage() -> None:
    """Months are independent, and come in the order of time."""
    april, march = delivery("a", period="2026-04"), delivery("m", "v2.0.0")

    assert list(current_deliveries([april, march]).items()) == [
        (UsagePeriod("2026-03"), march),
        (UsagePeriod("2026-04"), april),
    ]


def test_deliveries_of_two_payers_do_not_hide_each_other() -> None:
    """One month has one current delivery per payer, so they must come apart."""
    with pytest.raises(MixedPayersError):
        current_deliveries([delivery("a"), delivery("b", payer="2")])


def test_a_year_beside_one_of_its_months_is_refused() -> None:
    """Their sum would count the month twice."""
    with pytest.raises(OverlappingPeriodError, match="2025-03"):
        refuse_overlaps([delivery("a", period="2025"), delivery("b", period="2025-03")])


def test_years_and_months_that_do_not_meet_are_fine() -> None:
    """Other years, or other payers."""
    refuse_overlaps(
        [
            delivery("a", period="2025"),
            delivery("b", period="2026-03"),
            delivery("c", period="2025-03", payer="2"),
            delivery("d", period="2025", day=2),
        ]
    )
