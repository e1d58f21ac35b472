"""Events in the schema of chat channels: short enough, threaded, and nothing that is not there."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from crossfoot.domain import notices
from crossfoot.domain.chat_messages import chat_message
from crossfoot.domain.deliveries import ExportKind, Pointer
from crossfoot.domain.measures import Measure
from crossfoot.domain.notices import Failure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.thresholds import Direction, Threshold

EVENTS: Final = Path(__file__).parents[2] / "events"
MARCH: Final = UsagePeriod("2026-03")
NOW: Final = datetime(2026, 4, 20, 12, tzinfo=UTC)
POINTER: Final = Pointer(MARCH, 2, "r-00112233445566aa", "i", "d-2", "v3.0.1", NOW)
OLD: Final = {
    "run_id": "r-ffeeddccbbaa9988",
    "carbon": {"model_version": "v3.0.0"},
    "reported_ug": {"total_lbm": 1_500_000_000, "total_mbm": 10**9},
}
NEW: Final = {"reported_ug": {"total_lbm": 1_250_000_000}}
LIMIT: Final = Threshold("month", Measure.TOTAL_LBM, 10**9)
FAILURE: Final = Failure("ManifestError", 'says "no" ' + "x" * 10_000)
NOTICES: Final = {
    "published": notices.period_published(POINTER, OLD),
    "restated": notices.period_restated(POINTER, NEW, OLD, "correction"),
    "quarantined": notices.manifest_refused(ExportKind.CARBON, "k", None, FAILURE, NOW),
    "stalled": notices.run_stalled(MARCH, "close-1", None, FAILURE, NOW),
    "late": notices.data_late(MARCH, "not-delivered", NOW),
    "above": notices.threshold_crossed(LIMIT, POINTER, 2 * 10**9, Direction.BREACHED, NOW),
    "below": notices.threshold_crossed(LIMIT, POINTER, 10**8, Direction.CLEARED, NOW),
}


def breach(**changes: Any) -> dict[str, Any]:
    """Return the message of a rule's breach."""
    event = json.loads((EVENTS / "tell_chat.breached.json").read_text("utf-8"))
    event["detail"]["data"] |= changes
    return chat_message(event["detail-type"], event["detail"])


@pytest.mark.parametrize("name", NOTICES)
def test_a_message_has_what_a_channel_asks_for(name: str) -> None:
    """Version, source, markdown, a title and a description that are neither empty nor too long."""
    notice = NOTICES[name]
    message = json.loads(json.dumps(chat_message(notice.detail_type, notice.detail)))
    content = message["content"]

    assert (message["version"], message["source"]) == ("1.0", "custom")
    assert message["id"] == notice.event_id
    assert content["textType"] == "client-markdown"
    assert 0 < len(content["title"]) <= 250
    assert 0 < len(content["description"]) <= 6_000
    assert all(isinstance(each, str) for each in (*content["nextSteps"], *content["keywords"]))
    assert message["metadata"]["eventType"] == notice.detail_type


def test_what_is_told_of_a_month_is_one_thread() -> None:
    """Publication, restatement and lateness of a month follow each other in a channel."""
    told = (NOTICES[name] for name in ("published", "restated", "late"))
    threads = {chat_message(n.detail_type, n.detail)["metadata"]["threadId"] for n in told}

    assert threads == {"crossfoot-2026-03"}


def test_a_limit_and_its_clearing_are_one_thread() -> None:
    """The plain limit of a month has no id of a breach: its own settings name the thread."""
    above, below = (chat_message(notices.BREACHED, NOTICES[n].detail) for n in ("above", "below"))

    assert above["metadata"]["threadId"] == below["metadata"]["threadId"]
    assert above["id"] != below["id"]


def test_a_breach_says_what_people_ask() -> None:
    """Figure, limit, the largest accounts, the reason and the query; in the breach's thread."""
    message = breach()
    description = message["content"]["description"]

    assert message["metadata"]["threadId"].startswith("b-")
    assert "organisation, market-based (critical) is above its limit" in message["content"]["title"]
    for words in ("1,312.250 kg CO2e", "1,200.000", "444455556666: 412.250", "A restatement"):
        assert words in description
    assert "SELECT usage_account_id" in message["content"]["nextSteps"][0]


def test_a_breach_says_what_it_rests_on() -> None:
    """Range, nowcast months, and what it is compared with, where there are such."""
    description = breach(
        low="1300.0", high="1400.0", nowcasts=["2026-03"], against="budget", base="1000.0"
    )["content"]["description"]

    for words in ("(1,300.000 to 1,400.000)", "AWS has not published*: 2026-03", "budget, 1,000"):
        assert words in description


def test_a_recovery_without_a_figure_says_so() -> None:
    """Missing is not zero in a channel either."""
    message = breach(direction="recovered", actual=None, limit=None)

    assert "no figure" in message["content"]["description"]
    assert "has recovered" in message["content"]["title"]


def test_a_long_query_is_cut() -> None:
    """A filter of thousands of accounts does not make a message that a channel drops."""
    (step,) = breach(query="SELECT " + "1," * 90_000)["content"]["nextSteps"]

    assert len(step) < 3_000


def test_an_event_without_words_of_its_own_is_shown_field_by_field() -> None:
    """Whatever else is told of, nothing of it is dropped by the channel."""
    detail = {
        "metadata": {"event_id": "e-1", "occurred_at": "2026-04-20", "schema_version": "1"},
        "data": {"usage_period": "2026-03", "total_mbm_kgco2e": "1.0", "rows": [1]},
    }
    message = chat_message("Emissions Nowcast Made", detail)

    assert message["content"]["title"] == "Emissions Nowcast Made"
    assert message["content"]["description"] == "*usage period*: 2026-03\n*total mbm kgco2e*: 1.0"
    assert message["metadata"]["threadId"] == "crossfoot-2026-03"
