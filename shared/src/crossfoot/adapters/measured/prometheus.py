"""Prometheus: scraped text with times, and the answers of its API, as series of one metric each."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from crossfoot.adapters.measured.texts import Json, amount
from crossfoot.domain.errors import MeasurementError, UnreadableFileError

_SAMPLE: Final = re.compile(
    r"(?P<metric>[a-zA-Z_:][a-zA-Z0-9_:]*)?\s*(?:\{(?P<labels>.*)\})?\s+(?P<value>\S+)"
    r"(?:\s+(?P<at>[0-9.eE+]+))?(?:\s+#.*)?"
)
_LABEL: Final = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"')
_ESCAPED: Final = re.compile(r"\\(.)")
_MILLISECONDS_FROM: Final = 1e11
"""Instants above are in milliseconds, as Prometheus writes; below in seconds, as OpenMetrics."""

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
    series: dict[tuple[str, str], Series] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _SAMPLE.fullmatch(line.strip())
        if found is None:
            raise UnreadableFileError(
                f"{line[:80]!r} is not a sample of Prometheus.",
                mend="Give the text as it was scraped.",
                file=file,
                row=number,
            )
        key = (found["metric"] or "", found["labels"] or "")
        one = series.get(key)
        if one is None:
            labels = _labels(key[1])
            one = series.setdefault(key, Series(key[0] or labels.get("__name__", ""), labels))
        if one.metric in wanted:
            _take(one, found, file, number)
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


def _take(series: Series, sample: re.Match[str], file: str, number: int) -> None:
    if sample["at"] is None:
        raise MeasurementError(
            f"{series.metric} has no time, so nobody can tell what it took and for how long.",
            mend=_ASK_API,
            file=file,
            row=number,
        )
    if sample["value"] == _STALE:
        return
    at = amount(sample["at"], file, "time", number)
    series.seconds.append(at / 1000.0 if at > _MILLISECONDS_FROM else at)
    series.values.append(amount(sample["value"], file, series.metric, number))


def _labels(text: str) -> dict[str, str]:
    return {
        name: _ESCAPED.sub(lambda it: "\n" if it[1] == "n" else it[1], value)
        for name, value in _LABEL.findall(text)
    }
