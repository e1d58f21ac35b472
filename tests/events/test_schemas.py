"""The events that we send are what their schemas say."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from crossfoot.domain import notices
from crossfoot.domain.base_year import BaseYear, BaseYearChange
from crossfoot.domain.carbon_sources import (
    Difference,
    Disagreement,
    Finding,
    MonthOfMeasure,
    sources_disagree,
)
from crossfoot.domain.deliveries import DeliveryState, ExportKind, KnownDelivery, Notice, Pointer
from crossfoot.domain.inventory import CollectionSummary, inventory_collected
from crossfoot.domain.measures import MEASURES, Measure
from crossfoot.domain.notices import Failure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.thresholds import Direction, Threshold

SCHEMAS = Path(__file__).parents[2] / "events" / "schemas"
NOW = datetime(2026, 4, 20, 12, 30, tzinfo=UTC)
MARCH = UsagePeriod("2026-03")
FAILURE = Failure("UnreadableFileError", "data/1.parquet: is truncated. " + "x" * 5_000)
THRESHOLD = Threshold("month", Measure.TOTAL_LBM, 12_000_000_000)
FIRST = Pointer(MARCH, 1, "r-0123456789abcdef", "identity", "d-1", "v3.0.1", NOW)
SECOND = replace(FIRST, version=2, run_id="r-fedcba9876543210", delivery_id="d-2")
THIRD, FOURTH = replace(SECOND, version=3), replace(SECOND, version=4)
OLD = {
    "run_id": FIRST.run_id,
    "carbon": {"delivery_id": "d-1", "model_version": "v3.0.1"},
    "reported_ug": {str(measure): 10**9 for measure in MEASURES},
}
TOLD = {
    "learnt_from": "2025-12",
    "learnt_to": "2026-02",
    "horizon": 1,
    "is_running": False,
    "unknown_cost_nano": 0,
    "ranges_ug": {"total_lbm": [9 * 10**8, 11 * 10**8], "total_mbm": [0, 10**9]},
}
NOWCAST = replace(FIRST, delivery_id="n-0123456789abcdef")
MOVED_UG = {str(measure): 10**8 for measure in MEASURES}
NEW = {"reported_ug": {"total_lbm": 400_000_001, "total_mbm": 0}}
MOVED = {**NEW, "restatement": {"moved_between_units_ug": MOVED_UG}}


BASE_YEAR = BaseYearChange(
    BaseYear("FY2026", (MARCH,), Measure.TOTAL_MBM, Decimal("2.5"), NOW), 10**9, 9 * 10**8, 12
)


def known(kind: ExportKind) -> KnownDelivery:
    """Return a delivery of the ledger."""
    return KnownDelivery(kind, MARCH, "digest", NOW, DeliveryState.ACCEPTED)


SAMPLES = {
    "published": notices.period_published(FIRST, OLD),
    "restated": notices.period_restated(SECOND, NEW, OLD, "correction"),
    "restated base year": notices.period_restated(
        THIRD, MOVED, OLD, "correction", causes=["correction", "usage"], base_year=BASE_YEAR
    ),
    "restated nothing": notices.period_restated(
        FOURTH, NEW, OLD, "usage", base_year=replace(BASE_YEAR, before_ug=0)
    ),
    "nowcast": notices.nowcast_made(NOWCAST, {**OLD, "nowcast": TOLD}),
    "carbon quarantined": notices.delivery_quarantined(known(ExportKind.CARBON), FAILURE, NOW),
    "usage quarantined": notices.delivery_quarantined(known(ExportKind.USAGE), FAILURE, NOW),
    "manifest refused": notices.manifest_refused(ExportKind.CARBON, "carbon/x", "v", FAILURE, NOW),
    "manifest without version": notices.manifest_refused(
        ExportKind.USAGE, "usage/x", None, FAILURE, NOW
    ),
    "run stalled": notices.run_stalled(MARCH, "close-1", FIRST.run_id, FAILURE, NOW),
    "stalled without plan": notices.run_stalled(MARCH, "close-1", None, FAILURE, NOW),
    "late": notices.data_late(MARCH, "not-delivered", NOW),
    "breached": notices.threshold_crossed(THRESHOLD, FIRST, 13 * 10**9, Direction.BREACHED, NOW),
    "cleared": notices.threshold_crossed(THRESHOLD, SECOND, 0, Direction.CLEARED, NOW),
    "sources disagree": sources_disagree(
        Disagreement(
            MARCH,
            "v3.0.1",
            "d-0123456789abcdef",
            NOW,
            "digest",
            (MonthOfMeasure(Measure.TOTAL_LBM, Finding.DIFFERENT, 5, 4_000_000, 2, 1),),
            (
                Difference(
                    "000000000002",
                    "global",
                    None,
                    Measure.TOTAL_LBM,
                    Finding.ONLY_IN_EXPORT,
                    None,
                    -4_000_000,
                ),
            ),
        ),
        NOW,
    ),
    "inventory": inventory_collected(
        "collect-1",
        date(2026, 4, 20),
        CollectionSummary(37, 4_000, ("000000000001",), ("000000000002", "000000000003")),
        NOW,
    ),
}


def schema_of(notice: Notice) -> dict[str, Any]:
    """Read the schema that the event's name leads to."""
    path = SCHEMAS / f"{notice.detail_type.lower().replace(' ', '-')}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def fields(document: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Name every field of a document, inner ones as well."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield (*path, name)
            yield from fields(value, (*path, name))


@pytest.mark.parametrize("name", SAMPLES)
def test_an_event_is_what_its_schema_says(name: str) -> None:
    """What the builders make passes, as JSON, and under 256 KiB."""
    notice = SAMPLES[name]
    detail = json.loads(json.dumps(notice.detail))

    Draft202012Validator(schema_of(notice)).validate(detail)
    assert detail["metadata"]["event_id"] == notice.event_id
    assert datetime.fromisoformat(detail["metadata"]["occurred_at"]) == NOW
    assert len(json.dumps(detail)) < 10_000


@pytest.mark.parametrize("name", SAMPLES)
def test_a_schema_refuses_what_is_missing_or_unknown(name: str) -> None:
    """Each field is required unless it is optional by name, and nothing else may be there."""
    notice = SAMPLES[name]
    validator = Draft202012Validator(schema_of(notice))
    optional = {
        notices.QUARANTINED: {"run_id"},
        notices.RESTATED: {"causes", "base_year", "moved_between_units"},
    }.get(notice.detail_type, set())
    for path in fields(notice.detail):
        detail = deepcopy(dict(notice.detail))
        place = detail
        for step in path[:-1]:
            place = place[step]
        if path[-1] not in optional and not path[-1].endswith("_kgco2e"):
            del place[path[-1]]
            assert not validator.is_valid(detail), path
        place["surprise"] = 1
        assert not validator.is_valid(detail), path


def test_masses_are_exact_decimal_texts() -> None:
    """No figure is a float, and a microgram survives."""
    restated = SAMPLES["restated"].detail["data"]

    assert restated["totals"] == {
        "total_lbm_kgco2e": "0.400000001",
        "total_mbm_kgco2e": "0.000000000",
    }
    assert restated["delta"] == {
        "total_lbm_kgco2e": "-0.599999999",
        "total_mbm_kgco2e": "-1.000000000",
    }
    wrong = deepcopy(dict(SAMPLES["restated"].detail))
    wrong["data"]["totals"]["total_lbm_kgco2e"] = 0.4
    with pytest.raises(ValidationError):
        Draft202012Validator(schema_of(SAMPLES["restated"])).validate(wrong)


def test_the_id_of_an_event_is_made_of_its_fact() -> None:
    """The same fact at another time has the same id; no two samples share one."""
    later = replace(FIRST, published_at=datetime(2027, 1, 1, tzinfo=UTC))

    assert notices.period_published(later, OLD).event_id == SAMPLES["published"].event_id
    assert len({notice.event_id for notice in SAMPLES.values()}) == len(SAMPLES) - 1
    assert (
        SAMPLES["run stalled"].event_id == SAMPLES["stalled without plan"].event_id
    )  # one execution gives up once


def test_every_schema_is_used_and_sound() -> None:
    """A file for each event that we send, none besides, each valid under draft 2020-12."""
    used = {notice.detail_type for notice in SAMPLES.values()}

    titles = set()
    for path in SCHEMAS.iterdir():
        schema = json.loads(path.read_text(encoding="utf-8"))
        Draft202012Validator.check_schema(schema)
        titles.add(schema["title"])
    assert titles == used
