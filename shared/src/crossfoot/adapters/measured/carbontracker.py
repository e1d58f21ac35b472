"""Carbontracker: its standard log, or what its parser makes of one, as JSON.

The standard log tells each epoch's time and mean power of each part, without PUE. The log of
results multiplies by a PUE that it does not tell, so it is not used. An epoch too short to be
measured says ``None``: it is not covered, and not zero.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import Final

import numpy as np

from crossfoot.adapters.measured.recordings import JOULES_PER_KWH, Floats, Recording
from crossfoot.adapters.measured.texts import MEASURE_AGAIN, Json, amount, instant
from crossfoot.domain.errors import MeasurementError, UnreadableFileError

SOURCE: Final = "carbontracker"
_OUTPUT_END: Final = "_carbontracker_output.log"
_SKIPPED: Final = ("_carbontracker_err.log", _OUTPUT_END)
_EVENT: Final = re.compile(
    r"^(?P<at>\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2})"
    r"|Duration:\s+(?:(?P<days>\d+) days?, )?(?P<hours>\d+):(?P<minutes>\d{2})"
    r":(?P<seconds>\d{1,2}(?:\.\d+)?)"
    r"|Average power usage \(W\) for (?P<part>[^:\n]+): (?P<watts>\[[^\]]*\]|\S+)",
    re.MULTILINE,
)
_STARTED: Final = re.compile(r"(\d{4}-\d{2}-\d{2}T)(\d{2}):?(\d{2}):?(\d{2})?Z_carbontracker")
_JOULES: Final = "avg_energy_usages (J)"
_SECONDS: Final = "epoch_durations (s)"


def is_carbontracker_log(path: Path, text: str) -> bool:
    """Tell whether a file is a log of Carbontracker."""
    return path.name.endswith((*_SKIPPED, "_carbontracker.log")) or (
        "Average power usage (W) for" in text and "carbontracker" in text[:4096].lower()
    )


def read_carbontracker_log(text: str, path: Path, zone: tzinfo) -> list[Recording]:
    """Return the recording of a standard log; nothing of those that stand beside it.

    Raises
    ------
    UnreadableFileError
        It tells no epoch.
    """
    if path.name.endswith(_SKIPPED):
        return []
    epochs = _epochs(text, zone, str(path))
    if not epochs:
        raise UnreadableFileError(
            "tells no epoch with its time and power.", mend=MEASURE_AGAIN, file=str(path)
        )
    known = [
        (start, end, sum(watts) * (end - start))
        for start, end, parts in epochs
        if (watts := [part for part in parts if part is not None]) and len(watts) == len(parts)
    ]
    return _recordings((_prefix(path.name),), str(path), known)


def need_standard_log(path: Path) -> None:
    """Refuse a log of results beside which no standard log stands.

    Raises
    ------
    MeasurementError
        Its energy holds a PUE that only the standard log tells.
    """
    standard = re.sub(r"_(?:output|err)\.log$", ".log", path.name)
    if path.name.endswith(_OUTPUT_END) and not (path.parent / standard).is_file():
        raise MeasurementError(
            "holds energy times a PUE that it does not tell.",
            mend=f"Give {standard} beside it, which has the power without PUE.",
            file=str(path),
        )


def is_carbontracker_json(logs: Sequence[Json]) -> bool:
    """Tell whether JSON is what Carbontracker's parser returns of each log."""
    return bool(logs) and all(isinstance(it, dict) and "components" in it for it in logs)


def read_carbontracker_json(logs: Sequence[Json], file: str, zone: tzinfo) -> list[Recording]:
    """Return a recording for each log that the parser read.

    Epochs are taken to follow each other from the instant in the log's name.
    """
    return [found for log in logs for found in _of_log(log, file, zone)]


def _epochs(text: str, zone: tzinfo, file: str) -> list[tuple[float, float, list[float | None]]]:
    """Return start, end and watts of each part of each epoch; None where one was not measured."""
    epochs: list[tuple[float, float, list[float | None]]] = []
    at: float | None = None
    for event in _EVENT.finditer(text):
        if event["at"] is not None:
            at = instant(event["at"], zone, file, "time")
        elif event["hours"] is not None and at is not None:
            epochs.append((at - _seconds(event), at, []))
        elif event["watts"] is not None and epochs:
            epochs[-1][2].append(_watts(event["watts"], file))
    return epochs


def _seconds(event: re.Match[str]) -> float:
    days = int(event["days"] or 0)
    hours, minutes, seconds = int(event["hours"]), int(event["minutes"]), float(event["seconds"])
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def _watts(text: str, file: str) -> float | None:
    values = text.strip("[]").replace(",", " ").split()
    if not values or any(value in {"None", "nan"} for value in values):
        return None
    return sum(amount(value, file, "Average power usage (W)") for value in values)


def _of_log(log: Mapping[str, Json], file: str, zone: tzinfo) -> list[Recording]:
    name = str(log.get("standard_filename") or log.get("output_filename") or "")
    started = _STARTED.search(name)
    parts = log["components"]
    if started is None or not isinstance(parts, dict):
        raise MeasurementError(
            "does not tell when a log was started.",
            mend="Keep standard_filename with its date, as parse_all_logs() returns it.",
            file=file,
        )
    day, hour, minute, second = started.groups()
    start = instant(f"{day}{hour}:{minute}:{second or '00'}", zone, file, "standard_filename")
    durations = _floats(next((part.get(_SECONDS) for part in parts.values()), None), file, _SECONDS)
    ends = start + np.cumsum(durations)
    joules = [_of_part(part.get(_JOULES), len(durations), file) for part in parts.values()]
    spans = zip(ends - durations, ends, np.sum(joules, axis=0), strict=True)
    return _recordings((_prefix(Path(name).name),), file, list(spans))


def _of_part(rows: Json, n_epochs: int, file: str) -> list[float]:
    if not isinstance(rows, list) or len(rows) != n_epochs:
        raise UnreadableFileError(
            f"{_JOULES} has not one row for each epoch.", mend=MEASURE_AGAIN, file=file
        )
    return [float(np.sum(_floats(row, file, _JOULES))) for row in rows]


def _floats(values: Json, file: str, column: str) -> Floats:
    listed = values if isinstance(values, list) else [values]
    return np.array([amount(value, file, column) for value in listed])


def _prefix(name: str) -> str:
    """Return what the user put before the date in a log's name."""
    return re.sub(r"_?\d{4}-\d{2}-\d{2}T[\d:]+Z_carbontracker.*$", "", name)


def _recordings(
    names: tuple[str, ...], file: str, spans: Sequence[tuple[float, float, float]]
) -> list[Recording]:
    known = np.array([span for span in spans if span[1] > span[0]]).reshape(-1, 3)
    start, end, joules = known.T
    return [
        Recording(tuple(filter(None, names)), SOURCE, file, start, end, joules / JOULES_PER_KWH)
    ]
