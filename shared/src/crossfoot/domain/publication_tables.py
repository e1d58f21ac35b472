"""Tables that a deployment alone has: every publication, and every run that was ever published."""

from dataclasses import replace
from typing import Final

from crossfoot.domain.columns import EMISSIONS, Column, Table
from crossfoot.domain.record_columns import RECORD_COLUMNS

PUBLICATIONS: Final = Table(
    "publications",
    "publication of a month",
    (
        *RECORD_COLUMNS,
        Column("usage_period", "string", "month of the usage", is_nullable=False),
        Column("version", "bigint", "counts the publications of the month", is_nullable=False),
        Column("run_id", "string", "run that spoke for the month from then on", is_nullable=False),
        Column("published_at", "timestamp", "when it was published, UTC", is_nullable=False),
        Column(
            "cause",
            "string",
            "model-version, correction, policy, organisation or usage; null for the first",
        ),
        Column("delivery_id", "string", "AWS's delivery behind the figures", is_nullable=False),
        Column("model_version", "string", "version of AWS's methodology", is_nullable=False),
    ),
)
"""One record each, kept with the publication; nowcasts are in ``nowcasts``."""

EMISSIONS_HISTORY: Final = replace(
    EMISSIONS,
    name="emissions_history",
    grain="run x row of emissions, for every run that was ever published",
)
"""The same files that ``emissions`` shows one run a month of."""
