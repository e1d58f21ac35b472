"""Words about usage: what the lines of an export were, and how they were counted."""

from dataclasses import dataclass
from typing import Final

INCLUDED_REASON: Final = "usage of AWS"


@dataclass(frozen=True, slots=True)
class LineCount:
    """Lines of one type and entity, in or out. Money in billionths of the currency.

    ``exclusion`` is the reason why the lines are not usage, and ``None`` where they are.
    """

    line_item_type: str | None
    billing_entity: str | None
    exclusion: str | None
    currency_code: str | None
    line_count: int
    on_demand_nano: int | None
    unblended_nano: int | None

    @property
    def is_included(self) -> bool:
        """Whether the lines are physical usage of AWS, and so can bear emissions."""
        return self.exclusion is None
