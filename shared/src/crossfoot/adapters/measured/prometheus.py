"""Prometheus: scraped text with times, and the answers of its API, as series of one metric each."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from crossfoot.adapters.measured.texts import Json, amount
from crossfoot.domain.errors import MeasurementError, UnreadableFileError

_SAMPLE: Final = re.compile(
    r"(?P<head>(?:[a-zA-Z_:][a-zA-Z0-9_:]*\s*)?(?:\{.*\})?)\s+(?P<value>\S+)"
    r"(?:\s+(?P<at>[0-9.eE+]+))?(?:\s+#.*)?"
)
_LABEL: Final = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"')
_ESCAPED: Final = re.compile(r"\\(.)")
_MILLISECONDS_FROM: Final = 1e11
"""Instants above are in milliseconds, as Prometheus writes; below in seconds, as OpenMetrics."""

_READING: Final = 2
"""A value and its time."""

_STALE: Final = "NaN"
"""A reading that is none: its time is not covered."""

_ASK_API: Final = (
    "Give what /api/v1/query_range answers, or `promtool tsdb dump`, which have times."
)


@dataclass(frozen=True, slots=True)
class Series:
    """Readings of one metric with one set of labels, in the order that they came."""

    metric: str
    labels: Mapping[str, str]
    seconds: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


def is_prometheus_text(text: str) -> bool:
    """Tell whether text is of the exposition format, or a dump of Prometheus's database."""
    lines = (line for line in text[:65536].splitlines() if line.strip())
    first = next(lines, "")
    return first.startswith(("# HELP ", "# TYPE ", "# UNIT ")) or (
        not first.startswith("#") and _SAMPLE.fullmatch(first) is not None
    )


def read_prometheus_text(text: str, file: str, wanted: Collection[str]) -> list[Series]:
    """Return the wanted metrics of scraped text; lines of others are passed over.

    Raises
    ------
    UnreadableFileError
        A line is not a sample.
    MeasurementError
        A sample has no time.
    """
    series: dict[str, Series] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        # most lines are another reading of a series that is known by its whole head
        head, *reading = line.rsplit(None, 2)
        one = series.get(head) if len(reading) == _READING else None
        if one is None:
            head, reading = _parted(line, file, number)
            one = series.setdefault(head, _series(head))
        if one.metric in wanted:
            _take(one, reading, file, number)
    return [one for one in series.values() if one.values]


def is_prometheus_json(document: Json) -> bool:
    """Tell whether JSON is an answer of Prometheus's API."""
    return isinstance(document, dict) and "resultType" in (document.get("data") or {})


def read_prometheus_json(document: Json, file: str, wanted: Collection[str]) -> list[Series]:
    """Return the wanted metrics of an answer to ``query_range``.

    Raises
    ------
    MeasurementError
        The answer is an error, is not of a range, or is of a computed metric without a name.
    """
    if document.get("status") != "success" or document["data"]["resultType"] != "matrix":
        raise MeasurementError(
            f"holds {json.dumps(document.get('error') or document['data']['resultType'])}, "
            "not series over a time.",
            mend="Ask /api/v1/query_range for the counter itself.",
            file=file,
        )
    found: list[Series] = []
    for number, one in enumerate(document["data"]["result"], start=1):
        labels = {str(name): str(value) for name, value in one["metric"].items()}
        if "__name__" not in labels:
            raise MeasurementError(
                "is computed, as by rate(): its energy cannot be told.",
                mend="Ask for the counter itself, such as kepler_node_cpu_joules_total.",
                file=file,
                row=number,
            )
        series = Series(labels["__name__"], labels)
        if series.metric in wanted:
            for at, value in one["values"]:
                if value == _STALE:
                    continue
                series.seconds.append(amount(at, file, "values", number))
                series.values.append(amount(value, file, "values", number))
            found.append(series)
    return found


def _parted(line: str, file: str, number: int) -> tuple[str, list[str]]:
    """Return metric and labels of a sample, and its value with its time where it has one."""
    found = _SAMPLE.fullmatch(line.strip())
    if found is None:
        raise UnreadableFileError(
            f"{line[:80]!r} is not a sample of Prometheus.",
            mend="Give the text as it was scraped.",
            file=file,
            row=number,
        )
    return found["head"].strip(), [part for part in found.group("value", "at") if part is not None]


def _series(head: str) -> Series:
    metric, _, text = head.partition("{")
    labels = {
        name: _ESCAPED.sub(lambda it: "\n" if it[1] == "n" else it[1], value)
        for name, value in _LABEL.findall(text)
    }
    return Series(metric.strip() or labels.get("__name__", ""), labels)


def _take(series: Series, reading: list[str], file: str, number: int) -> None:
    if len(reading) != _READING:
        raise MeasurementError(
            f"{series.metric} has no time, so nobody can tell what it took and for how long.",
            mend=_ASK_API,
            file=file,
            row=number,
        )
    value, time = reading
    if value == _STALE:
        return
    at = amount(time, file, "time", number)
    series.seconds.append(at / 1000.0 if at > _MILLISECONDS_FROM else at)
    series.values.append(amount(value, file, series.metric, number))
