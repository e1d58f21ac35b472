"""Words of forecasts: what the months of a year rest on."""

from enum import StrEnum
from typing import Final

from crossfoot.domain.columns import MASS, Column, Table
from crossfoot.domain.record_columns import RECORD_COLUMNS


class ProjectionMethod(StrEnum):
    """What the months of a year that nobody knows rest on."""

    PUBLISHED = "published"
    """There are none: the year is published."""

    NOWCAST = "nowcast"
    """There are none: the year is published, or nowcast."""

    SEASONAL = "seasonal"
    """The same months a year before, and the change since."""

    TREND = "trend"
    """The last month and its trend, of a series of a year or less."""


FORECASTS: Final = Table(
    "forecasts",
    "forecast x organisation or account x measure x year; every forecast that was kept",
    (
        *RECORD_COLUMNS,
        Column("usage_account_id", "string", "account; null for the organisation"),
        Column("measure", "string", "what is forecast", is_nullable=False),
        Column("year", "string", "such as 2026 or FY2026", is_nullable=False),
        Column("forecast_kgco2e", MASS, "what the year is told to be; null if unknown", "kg CO2e"),
        Column("low_kgco2e", MASS, "low end of its 90 % range", "kg CO2e"),
        Column("high_kgco2e", MASS, "high end of its 90 % range", "kg CO2e"),
        Column("published_kgco2e", MASS, "part of it that is published", "kg CO2e"),
        Column("forecast_method", "string", "published, nowcast, seasonal or trend"),
        Column("known_to", "string", "last month that is published or nowcast, YYYY-MM"),
        Column("n_learnt", "bigint", "months that it is learnt from", "1"),
        Column("n_replays", "bigint", "replays that the range is made of", "1"),
        Column("reason", "string", "why there is no forecast"),
    ),
)
