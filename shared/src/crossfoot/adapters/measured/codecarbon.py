"""CodeCarbon's ``emissions.csv``: a row a run, with the energy since its start.

Its energy holds the PUE that it was given, so it is divided by it. A run that was flushed has
several rows, each since the start: the longest one tells the run.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import Final

import numpy as np

from crossfoot.adapters.measured.recordings import Recording
from crossfoot.adapters.measured.texts import amount, instant
from crossfoot.domain.errors import MeasurementError, MissingColumnError, UnreadableFileError

SOURCE: Final = "codecarbon"
_NEEDED: Final = ("timestamp", "duration", "energy_consumed")
_NAMES: Final = ("resource_id", "instance_id", "project_name", "experiment_id", "run_id")

type _Row = Mapping[str, str]


def is_codecarbon(head: str) -> bool:
    """Tell whether a header is CodeCarbon's."""
    return {"energy_consumed", "emissions_rate"} <= set(head.split(","))


def read_codecarbon(text: str, file: str, zone: tzinfo) -> list[Recording]:
    """Return a recording a run.

    Raises
    ------
    MissingColumnError, ColumnTypeError, UnreadableFileError
        A column or cell is missing or not what it should be.
    MeasurementError
        It measured a process and not the machine.
    """
    runs: dict[tuple[str, str, int], tuple[float, int, _Row]] = {}
    for number, row in _rows(text, file):
        seconds = amount(row["duration"], file, "duration", number)
        _refuse_part(row, file, number)
        # a file without ids of runs has a run a row
        run = (row.get("run_id", ""), row.get("task_name", ""), 0 if row.get("run_id") else number)
        if run not in runs or seconds > runs[run][0]:
            runs[run] = (seconds, number, row)
    return [
        _recording(row, seconds, file, number, zone)
        for seconds, number, row in runs.values()
        if seconds > 0
    ]


def _rows(text: str, file: str) -> Iterator[tuple[int, _Row]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        missing = [name for name in _NEEDED if name not in (reader.fieldnames or ())]
        if missing:
            raise MissingColumnError(
                "is missing.", mend="Take CodeCarbon's own file.", file=file, column=missing[0]
            )
        for number, row in enumerate(reader, start=1):
            if None in row or None in row.values():
                raise UnreadableFileError(
                    "has another length than the header.",
                    mend="Write runs of one version of CodeCarbon into one file.",
                    file=file,
                    row=number,
                )
            yield number, row
    except csv.Error as error:
        raise UnreadableFileError(
            f"is not CSV ({error}).", mend="Take CodeCarbon's own file.", file=file
        ) from error


def _refuse_part(row: _Row, file: str, number: int) -> None:
    if row.get("tracking_mode", "") == "process":
        raise MeasurementError(
            "measured one process, not the machine that AWS bills.",
            mend="Run CodeCarbon with tracking_mode='machine', or take the row away.",
            file=file,
            column="tracking_mode",
            row=number,
        )


def _recording(row: _Row, seconds: float, file: str, number: int, zone: tzinfo) -> Recording:
    end = instant(row["timestamp"], zone, file, "timestamp", number)
    energy = amount(row["energy_consumed"], file, "energy_consumed", number)
    pue = amount(row.get("pue") or "1", file, "pue", number, least=1.0)
    return Recording(
        names=tuple(row[name] for name in _NAMES if row.get(name)),
        source=SOURCE,
        file=file,
        start=np.array([end - seconds]),
        end=np.array([end]),
        energy_kwh=np.array([energy / pue]),
    )
