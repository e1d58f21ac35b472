"""Whose figure a row of the ledger is: AWS's, or ours until AWS publishes the month."""

from enum import StrEnum
from typing import Final


class Status(StrEnum):
    """What the column ``status`` of ``emissions`` says."""

    PUBLISHED = "published"
    """AWS's figure, placed."""

    NOWCAST = "nowcast"
    """Ours, of a month that AWS has not published; gone from the ledger when AWS has."""


NOWCAST_PREFIX: Final = "n-"
"""Ids of nowcasts start with it; AWS's deliveries start with ``d-``."""


def status_of(delivery_id: str) -> Status:
    """Return whose figures a run places, by the id of what it was made from."""
    return Status.NOWCAST if delivery_id.startswith(NOWCAST_PREFIX) else Status.PUBLISHED
