"""Usage periods: a calendar month, or the calendar year of an annual console report."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from crossfoot.domain.errors import InvalidPeriodError

_PERIOD = re.compile(r"(?P<year>20[0-9]{2})(?:-(?P<month>0[1-9]|1[0-2]))?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class UsagePeriod:
    """When the usage happened; half-open, UTC. Sorts as time does.

    ``text`` is ``YYYY-MM``, or ``YYYY`` for a year.
    """

    text: str

    def __post_init__(self) -> None:
        if _PERIOD.fullmatch(self.text) is None:
            raise InvalidPeriodError(
                f"{self.text!r} is not a usage period.",
                mend="Write a month as YYYY-MM, such as 2026-09.",
            )

    @classmethod
    def of_month(cls, year: int, month: int) -> Self:
        """Return the month of that year; raise ``InvalidPeriodError`` where there is none."""
        return cls(f"{year:04d}-{month:02d}")

    @classmethod
    def containing(cls, instant: datetime) -> Self:
        """Return the month of an instant, in UTC; a naive instant is taken as UTC."""
        utc = instant.astimezone(UTC) if instant.tzinfo is not None else instant
        return cls.of_month(utc.year, utc.month)

    @property
    def is_month(self) -> bool:
        """Whether this is a month; otherwise it is a year."""
        return len(self.text) == 7  # noqa: PLR2004 - the length of YYYY-MM

    @property
    def year(self) -> int:
        """Calendar year."""
        return int(self.text[:4])

    @property
    def start(self) -> datetime:
        """First instant, UTC."""
        return datetime(self.year, int(self.text[5:]) if self.is_month else 1, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """First instant after the period, UTC."""
        if not self.is_month:
            return datetime(self.year + 1, 1, 1, tzinfo=UTC)
        month = int(self.text[5:])
        return datetime(self.year + month // 12, month % 12 + 1, 1, tzinfo=UTC)

    def overlaps(self, other: Self) -> bool:
        """Whether the two periods share an instant."""
        return self.start < other.end and other.start < self.end

    def __str__(self) -> str:
        return self.text
