"""Measured energy of resources, from what instruments and their software wrote.

Read are CodeCarbon, Carbontracker, Scaphandre, Kepler and Alumet, also what Prometheus keeps of
them. Which of them wrote a file is read from the file. See ``docs/field-inputs.md``.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from crossfoot.adapters.measured import power_meters
from crossfoot.adapters.measured.alumet import is_alumet, read_alumet
from crossfoot.adapters.measured.carbontracker import (
    is_carbontracker_json,
    is_carbontracker_log,
    need_standard_log,
    read_carbontracker_json,
    read_carbontracker_log,
)
from crossfoot.adapters.measured.codecarbon import is_codecarbon, read_codecarbon
from crossfoot.adapters.measured.prometheus import (
    is_prometheus_json,
    is_prometheus_text,
    read_prometheus_json,
    read_prometheus_text,
)
from crossfoot.adapters.measured.recordings import SECONDS_PER_HOUR, Recording, covered_seconds
from crossfoot.adapters.measured.resource_names import (
    LEFT_OUT,
    LIST_NAME,
    ResourceNames,
    list_beside,
    read_resource_names,
)
from crossfoot.adapters.measured.texts import MEASURE_AGAIN, Json, text_of
from crossfoot.domain.errors import InputNotFoundError, MeasurementError, UnreadableFileError
from crossfoot.domain.observations import Measurement
from crossfoot.domain.period import UsagePeriod

_SLACK_SECONDS: Final = 60.0
_SLACK_SHARE: Final = 0.01
"""Runs may overlap that long, or that share of the time, since their instants are rounded."""

_WHOLE: Final = 0.999
"""A month covered to this share is taken as covered."""


def read_measured(path: Path, period: UsagePeriod) -> list[Measurement]:
    """Return the energy measured in a period, a resource each, in their order.

    Parameters
    ----------
    path : Path
        A file, or a folder of files; ``resources.toml`` in the same folder names machines.
    period : UsagePeriod
        A span across its edge is cut by time; what lies outside is left.

    Raises
    ------
    InputNotFoundError, UnreadableFileError, MissingColumnError, ColumnTypeError
        A file or a cell of it cannot be read.
    ConfigurationError
        The list of names cannot be used.
    MeasurementError
        A machine is no resource, or its energy would count twice or in part.
    """
    names = read_resource_names(path)
    by_resource: dict[str, dict[str, list[Recording]]] = defaultdict(lambda: defaultdict(list))
    for file in _data_files(path):
        need_standard_log(file)
        status = file.stat()
        for recording in _recordings_of(file, names.zone, status.st_size, status.st_mtime_ns):
            resource, machine = _resource_of(recording, names)
            if resource != LEFT_OUT:
                by_resource[resource][machine].append(recording.within(period))
    found = (_measurement(name, by_resource[name], period) for name in sorted(by_resource))
    return [measurement for measurement in found if measurement is not None]


def measured_files(path: Path) -> list[Path]:
    """Return every file that decides the measured energy: the readings, and the list of names.

    Raises
    ------
    InputNotFoundError
        There is no such file or folder, or nothing in it.
    """
    listed = list_beside(path)
    return [*_data_files(path), *([] if listed is None else [listed])]


def _data_files(path: Path) -> list[Path]:
    files = [path] if path.is_file() else sorted(it for it in path.rglob("*") if it.is_file())
    data = [it for it in files if it.name != LIST_NAME and not it.name.startswith(".")]
    if not data:
        raise InputNotFoundError(
            "holds no measurements." if path.exists() else "is not there.",
            mend="Give a file or folder of CodeCarbon, Carbontracker, Scaphandre, Kepler or "
            "Alumet.",
            file=str(path),
        )
    return data


@lru_cache(maxsize=256)
def _recordings_of(path: Path, zone: tzinfo, _size: int, _changed: int) -> Sequence[Recording]:
    """Return what stands in a file; it is read once, however many months are asked for."""
    text, file = text_of(path), str(path)
    head = text.partition("\n")[0].strip()
    if is_codecarbon(head):
        return read_codecarbon(text, file, zone)
    if is_alumet(head):
        return read_alumet(text, file)
    if is_carbontracker_log(path, text):
        return read_carbontracker_log(text, path, zone)
    if text.lstrip().startswith(("[", "{")) and not text.lstrip().startswith("{__name__"):
        return _of_json(text, file, zone)
    if is_prometheus_text(text):
        series = read_prometheus_text(text, file, power_meters.ENERGY_METRICS)
        return power_meters.recordings_of_series(series, file)
    raise _not_known(file)


def _of_json(text: str, file: str, zone: tzinfo) -> Sequence[Recording]:
    documents = _documents(text, file)
    try:
        return _of_documents(documents, file, zone)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableFileError(
            f"has another shape than its tool writes ({error!r}).", mend=MEASURE_AGAIN, file=file
        ) from error


def _of_documents(documents: Sequence[Json], file: str, zone: tzinfo) -> Sequence[Recording]:
    first = documents[0] if documents else None
    if is_prometheus_json(first):
        wanted = power_meters.ENERGY_METRICS
        series = [one for it in documents for one in read_prometheus_json(it, file, wanted)]
        return power_meters.recordings_of_series(series, file)
    if power_meters.is_scaphandre_json(first):
        return power_meters.read_scaphandre_json(documents, file)
    if is_carbontracker_json(documents):
        return read_carbontracker_json(documents, file, zone)
    raise _not_known(file)


def _documents(text: str, file: str) -> list[Json]:
    """Return JSON written one after the other, as Scaphandre does, or in a list."""
    decoder, found = json.JSONDecoder(), list[Json]()
    at = _past_blanks(text, 0)
    try:
        while at < len(text):
            document, end = decoder.raw_decode(text, at)
            found += document if isinstance(document, list) else [document]
            at = _past_blanks(text, end)
    except (json.JSONDecodeError, RecursionError) as error:
        raise UnreadableFileError(
            f"is not whole JSON ({error}).", mend=MEASURE_AGAIN, file=file
        ) from error
    return found


def _past_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _resource_of(recording: Recording, names: ResourceNames) -> tuple[str, str]:
    """Return the resource that a recording is of, and which of its machines.

    Its own names go before its file's. A job is one resource of several machines, each with a name
    of its own; an instance is one machine, whatever it is called.
    """
    file = Path(recording.file)
    told = (*recording.names, file.name, file.stem, file.absolute().parent.name)
    found = names.resource_of(told)
    if found is None:
        shown = ", ".join(repr(name) for name in told)
        raise MeasurementError(
            f"is of no resource that is known: {shown}.",
            mend=f"Name it in {LIST_NAME} beside the file, or call the file by the instance's id.",
            file=recording.file,
        )
    resource, name = found
    return resource, name if resource.startswith("arn:") else resource


def _measurement(
    resource: str, machines: Mapping[str, Sequence[Recording]], period: UsagePeriod
) -> Measurement | None:
    """Return the sum of a resource's recordings; None where they say nothing of the period."""
    covered = [_covered_once(resource, recordings) for recordings in machines.values()]
    if not any(covered):
        return None
    recordings = [each for own in machines.values() for each in own]
    whole = (period.end - period.start).total_seconds()
    return Measurement(
        resource_id=resource,
        energy_kwh=float(sum(each.energy_kwh.sum() for each in recordings)),
        hours=None if min(covered) >= _WHOLE * whole else sum(covered) / SECONDS_PER_HOUR,
        source=", ".join(dict.fromkeys(each.source for each in recordings)),
    )


def _covered_once(resource: str, recordings: Sequence[Recording]) -> float:
    """Return how long one machine was measured [s]; refuse time that was measured twice."""
    apart = sum(covered_seconds(each.start, each.end) for each in recordings)
    start = np.concatenate([each.start for each in recordings])
    end = np.concatenate([each.end for each in recordings])
    together = covered_seconds(start, end)
    if apart - together > max(_SLACK_SECONDS, _SLACK_SHARE * together):
        raise MeasurementError(
            f"{resource} was measured twice at the same time, so its energy would count twice.",
            mend=f"Keep one; machines of one job need names of their own in {LIST_NAME}.",
            file=", ".join(dict.fromkeys(each.file for each in recordings)),
        )
    return together


def _not_known(file: str) -> UnreadableFileError:
    return UnreadableFileError(
        "is not of CodeCarbon, Carbontracker, Scaphandre, Kepler or Alumet.",
        mend="Give their own files, or take it away; docs/field-inputs.md says which.",
        file=file,
    )
