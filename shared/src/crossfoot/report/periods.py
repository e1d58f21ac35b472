"""The names of usage periods, in English and without the machine's locale."""

from typing import Final

from crossfoot.domain.period import UsagePeriod
from crossfoot.report.aggregates import ALL_PERIODS

_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def long_name(period: str) -> str:
    """Return ``June 2026``, or the year of an annual report."""
    if period == ALL_PERIODS:
        return "all periods"
    return f"{_MONTHS[int(period[5:]) - 1]} {period[:4]}" if len(period) > 4 else period  # noqa: PLR2004


def short_name(period: str) -> str:
    """Return ``Jun 2026``, or the year."""
    return f"{_MONTHS[int(period[5:]) - 1][:3]} {period[:4]}" if len(period) > 4 else period  # noqa: PLR2004


def previous(period: str) -> str:
    """Return the month before a month, the year before a year."""
    known = UsagePeriod(period)
    if not known.is_month:
        return f"{known.year - 1}"
    month = int(period[5:])
    return f"{known.year - 1}-12" if month == 1 else f"{known.year}-{month - 1:02d}"


def year_before(period: str) -> str | None:
    """Return the same month of the year before; a year has none of its own."""
    return f"{int(period[:4]) - 1}{period[4:]}" if UsagePeriod(period).is_month else None
