"""Words of forecasts: what the months of a year rest on."""

from enum import StrEnum


class ProjectionMethod(StrEnum):
    """What the months of a year that nobody knows rest on."""

    PUBLISHED = "published"
    """There are none: the year is published."""

    NOWCAST = "nowcast"
    """There are none: the year is published, or nowcast."""

    SEASONAL = "seasonal"
    """The same months a year before, times the growth since."""

    TREND = "trend"
    """The line through the last months, of a series of a year or less."""
