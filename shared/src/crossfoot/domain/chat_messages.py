"""Events in the words of a chat channel: AWS's schema of custom notifications.

Amazon Q Developer in chat applications drops whatever is not of this schema, without a word.
What belongs together has one ``threadId``: a breach and its recovery, or all that is told of a
month. Exact figures are in the event; here they are rounded for people.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from crossfoot.domain.deliveries import event_id_of
from crossfoot.domain.notices import BREACHED, LATE, PUBLISHED, QUARANTINED, RESTATED

_TITLE: Final = 250
_DESCRIPTION: Final = 6_000
_SQL: Final = 2_500
_STEPS: Final = 4
"""Characters and entries that are surely shown; AWS cuts what is longer."""

_KEYWORDS: Final = "Crossfoot"
_TOTALS: Final = MappingProxyType(
    {"total_lbm_kgco2e": "Location-based", "total_mbm_kgco2e": "Market-based"}
)

type _Data = Mapping[str, Any]
type _Words = tuple[str, list[str], list[str]]
"""Title, lines of the description, and what to do next."""


def chat_message(detail_type: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event as the message that a chat channel shows.

    Parameters
    ----------
    detail_type : str
        Of the event; one that has no words of its own is shown field by field.
    detail : mapping
        ``{"metadata": {...}, "data": {...}}`` as ``events/schemas`` describes it.
    """
    metadata, data = detail["metadata"], detail["data"]
    title, lines, steps = _WORDS.get(detail_type, _any)(data)
    title = _cut(title or detail_type, _TITLE)
    return {
        "version": "1.0",
        "source": "custom",
        "id": metadata["event_id"],
        "content": {
            "textType": "client-markdown",
            "title": title,
            "description": _cut("\n".join(lines) or detail_type, _DESCRIPTION),
            "nextSteps": steps[:_STEPS],
            "keywords": [_KEYWORDS, *_keywords(data)],
        },
        "metadata": {
            "threadId": _thread(detail_type, metadata, data),
            "summary": title,
            "eventType": detail_type,
            "relatedResources": [metadata["run_id"]] if "run_id" in metadata else [],
            "additionalContext": {
                "event_id": metadata["event_id"],
                "occurred_at": metadata["occurred_at"],
                "schema_version": metadata["schema_version"],
            },
        },
    }


def _published(data: _Data) -> _Words:
    title = f"{data['usage_period']}: emissions are published"
    return title, [*_totals(data["totals"]), _model(data)], []


def _restated(data: _Data) -> _Words:
    title = f"{data['usage_period']}: emissions are restated ({data['cause']})"
    lines = [
        f"*{name}*: {_rounded(data['before'][column])} -> {_rounded(data['totals'][column])} "
        f"kg CO2e ({_signed(data['delta'][column])})"
        for column, name in _TOTALS.items()
        if column in data["delta"]
    ]
    return title, [*lines, _model(data)], ["The table `restatements` says what moved."]


def _quarantined(data: _Data) -> _Words:
    month = data["usage_period"] or "A month"
    title = f"{month}: a {data['subject']} delivery is set aside"
    if data["subject"] == "run":
        title = f"{month}: a run was given up"
    steps = ["Published months are as they were.", "See `quarantine` in the runbooks."]
    return title, [f"*{data['error']}*", data["reason"]], steps


def _late(data: _Data) -> _Words:
    title = f"{data['usage_period']}: AWS has not delivered carbon"
    lines = [f"As of {data['as_of']}: {data['reason']}."]
    return title, lines, ["Check the export in the console."]


def _breached(data: _Data) -> _Words:
    if "breach_id" not in data:
        return _month_limit(data)
    verb = "is above its limit" if data["direction"] == "breached" else "has recovered"
    title = f"{data['threshold']} ({data['severity']}) {verb} in {data['usage_period']}"
    lines = [f"*{data['measure']}*: {_rounded(data['actual'])} {data['unit']}{_range(data)}"]
    if data["limit"] is not None:
        lines.append(f"*Limit*: {_rounded(data['limit'])} {data['unit']}")
    if data["window"] != "month":
        lines.append(f"*Window*: {data['window']}, from {data['window_start']}")
    if data.get("base") is not None:
        lines.append(f"*Against*: {data['against']}, {_rounded(data['base'])} {data['unit']}")
    if data["direction"] != "breached":
        lines.append(f"*Breached since*: {data['breached_in']}")
    lines += _because(data)
    lines += _contributors(data)
    return title, lines, [f"Ask Athena: `{_cut(data['query'], _SQL)}`"]


def _month_limit(data: _Data) -> _Words:
    verb = "is above its limit" if data["direction"] == "breached" else "is below its limit again"
    title = f"{data['threshold']} {verb} in {data['usage_period']}"
    lines = [
        f"*{data['measure']}*: {_rounded(data['actual_kgco2e'])} kg CO2e",
        f"*Limit*: {_rounded(data['limit_kgco2e'])} kg CO2e",
    ]
    return title, lines, []


def _any(data: _Data) -> _Words:
    """Show an event field by field; lists and tables stay in the event."""
    fields = {name: each for name, each in data.items() if isinstance(each, str | int)}
    lines = [f"*{name.replace('_', ' ')}*: {each}" for name, each in fields.items()]
    return "", lines, []


_WORDS: Final[Mapping[str, Callable[[_Data], _Words]]] = MappingProxyType(
    {
        PUBLISHED: _published,
        RESTATED: _restated,
        QUARANTINED: _quarantined,
        LATE: _late,
        BREACHED: _breached,
    }
)


def _because(data: _Data) -> Iterator[str]:
    if data.get("nowcasts"):
        yield f"*Nowcast, as AWS has not published*: {', '.join(data['nowcasts'])}"
    if data["is_restatement"]:
        yield "A restatement caused it."


def _contributors(data: _Data) -> Iterator[str]:
    if data["contributors"]:
        yield "*Largest accounts*:"
    for each in data["contributors"]:
        yield f"- {each['usage_account_id']}: {_rounded(each['actual'])} {data['unit']}"


def _range(data: _Data) -> str:
    low, high = data.get("low"), data.get("high")
    if low is None or high is None or low == high:
        return ""
    return f" ({_rounded(low)} to {_rounded(high)})"


def _totals(totals: Mapping[str, str]) -> list[str]:
    return [
        f"*{name}*: {_rounded(totals[column])} kg CO2e"
        for column, name in _TOTALS.items()
        if column in totals
    ]


def _model(data: _Data) -> str:
    return f"*AWS's model version*: {data['model_version']}"


def _rounded(amount: str | None) -> str:
    return "no figure" if amount is None else f"{Decimal(amount):,.3f}"


def _signed(amount: str) -> str:
    return f"{Decimal(amount):+,.3f}"


def _keywords(data: _Data) -> list[str]:
    named = (data.get("usage_period"), data.get("severity"), data.get("measure"))
    return [str(each) for each in named if each is not None]


def _thread(detail_type: str, metadata: _Data, data: _Data) -> str:
    if "breach_id" in data:
        return str(data["breach_id"])
    if detail_type == BREACHED:
        limit = (data["threshold"], data["measure"], data["limit_kgco2e"], data["usage_period"])
        return event_id_of("thread", *limit)
    month = data.get("usage_period")
    return str(metadata["event_id"]) if month is None else f"crossfoot-{month}"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
