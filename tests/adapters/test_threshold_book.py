"""What is kept of a limit: it comes back as it was, also from before amounts were remembered."""

import json

from crossfoot.adapters.threshold_book import watched_document, watched_of
from crossfoot.engine.breaches import Breach, Told
from crossfoot.usecases.threshold_ports import Judged, Watched

BREACHED = Watched(
    "all",
    "warning",
    "FY2026",
    Told(2, (Breach("2026-01", "2026-02", None, 2),)),
    {"2026-01": Judged(10**17, 5), "2026-02": Judged(7, None, is_nowcast=True)},
)


def test_what_is_kept_comes_back() -> None:
    """Through JSON, to the last unit of the largest amount."""
    assert watched_of(json.loads(json.dumps(watched_document(BREACHED)))) == BREACHED


def test_a_list_of_judged_months_is_still_read() -> None:
    """Its breaches go on; what the months were judged by is not known."""
    old = {**watched_document(BREACHED), "judged": ["2026-01"]}

    assert watched_of(old).told == BREACHED.told
    assert watched_of(old).judged == {"2026-01": Judged()}
