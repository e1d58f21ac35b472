"""Whose figure a row of the ledger is: AWS's, or ours until AWS publishes the month."""

from enum import StrEnum


class Status(StrEnum):
    """What the column ``status`` of ``emissions`` says."""

    PUBLISHED = "published"
    """AWS's figure, placed."""

    NOWCAST = "nowcast"
    """Ours, of a month that AWS has not published; gone from the ledger when AWS has."""
