"""One emulator for the whole session; accounts keep tests apart."""

from collections.abc import Iterator

import pytest
from harness.stand_in import StandIn, running

PAYER_ACCOUNT_ID = "000000000001"


@pytest.fixture(scope="session")
def stand_in() -> Iterator[StandIn]:
    """Run the emulator, in the payer's account."""
    with running(PAYER_ACCOUNT_ID, AUTH="true") as emulator:
        yield emulator
