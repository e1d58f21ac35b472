"""Two sources of AWS's carbon beside each other: what differs, and the event that tells of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from crossfoot.domain.deliveries import Notice, event_id_of
from crossfoot.domain.measures import Measure
from crossfoot.domain.notices import SCHEMA_VERSION, kilograms_text
from crossfoot.domain.period import UsagePeriod

SOURCES_DISAGREE: Final = "Carbon Sources Disagree"
_LARGEST_SHOWN: Final = 10
"""Differences that an event names; the table has all of them."""


class Finding(StrEnum):
    """What came of comparing a figure of the API with the export's."""

    AGREED = "agreed"
    DIFFERENT = "different"
    ONLY_IN_API = "only-in-api"
    ONLY_IN_EXPORT = "only-in-export"
    NOT_COMPARABLE = "no-delivery-of-this-version"


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of one cell on both sides; None where a side has none. [ug CO2e]."""

    account: str
    region: str
    service: str | None
    measure: Measure
    finding: Finding
    api_ug: int | None
    export_ug: int | None

    @property
    def size_ug(self) -> int:
        """How far the sides are apart; a side that says nothing counts as nothing here only."""
        return abs((self.api_ug or 0) - (self.export_ug or 0))


@dataclass(frozen=True, slots=True)
class MonthOfMeasure:
    """A measure of the whole month: the sums of the cells, and how many differ. [ug CO2e]."""

    measure: Measure
    finding: Finding
    api_ug: int | None
    export_ug: int | None
    n_cells: int
    n_differing: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A month in which the sources differ, as it is told.

    ``digest`` is of the differences alone: the same ones are told once.
    """

    usage_period: UsagePeriod
    model_version: str
    delivery_id: str
    asked_at: datetime
    digest: str
    measures: Sequence[MonthOfMeasure]
    differences: Sequence[Difference]


def sources_disagree(found: Disagreement, at: datetime) -> Notice:
    """Tell that figures of the API and of the export are more than a gram apart."""
    event_id = event_id_of(
        SOURCES_DISAGREE, found.usage_period.text, found.model_version, found.digest
    )
    metadata = {
        "schema_version": SCHEMA_VERSION,
        "event_id": event_id,
        "occurred_at": at.isoformat(),
    }
    largest = sorted(found.differences, key=lambda each: -each.size_ug)[:_LARGEST_SHOWN]
    data = {
        "usage_period": found.usage_period.text,
        "model_version": found.model_version,
        "delivery_id": found.delivery_id,
        "asked_at": found.asked_at.isoformat(),
        "differing_count": len(found.differences),
        "measures": {str(each.measure): _measure(each) for each in found.measures},
        "largest": [difference_document(each) for each in largest],
    }
    return Notice(event_id, SOURCES_DISAGREE, {"metadata": metadata, "data": data})


def _measure(month: MonthOfMeasure) -> dict[str, Any]:
    return {
        "api_kgco2e": _text(month.api_ug),
        "export_kgco2e": _text(month.export_ug),
        "cell_count": month.n_cells,
        "differing_count": month.n_differing,
    }


def difference_document(each: Difference) -> dict[str, Any]:
    """Return a difference as JSON says it; masses as exact texts of kilograms."""
    return {
        "usage_account_id": each.account,
        "region_code": each.region,
        "carbon_service": each.service,
        "measure": str(each.measure),
        "finding": str(each.finding),
        "api_kgco2e": _text(each.api_ug),
        "export_kgco2e": _text(each.export_ug),
    }


def _text(amount_ug: int | None) -> str | None:
    return None if amount_ug is None else kilograms_text(amount_ug)
