"""Time a fresh process from outside: wall clock, CPU seconds, and the peak of its memory."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_BYTES_PER_UNIT: Final = 1 if sys.platform == "darwin" else 1024
"""``ru_maxrss`` is in kilobytes on Linux, in bytes on macOS."""

_MB: Final = 1024**2


@dataclass(frozen=True)
class Contender:
    """One way to do the work: a script, the interpreter that runs it, and its options."""

    name: str
    script: Path
    python: Path
    options: tuple[str, ...] = ()
    most_rows: int | None = None


@dataclass(frozen=True)
class Measurement:
    """One run of one contender."""

    wall_seconds: float
    cpu_seconds: float
    peak_mb: float
    rows: int | None
    told: Mapping[str, Any]
    """Whatever else the contender measured of itself."""


class ContenderFailedError(RuntimeError):
    """A contender left with an error; its output is in the message."""


def measured(contender: Contender, sample: Path, folder: Path) -> Measurement:
    """Run a contender in a process of its own; start-up counts.

    Raises
    ------
    ContenderFailedError
        The process did not end well.
    """
    out = folder / contender.name.replace(" ", "-")
    shutil.rmtree(out, ignore_errors=True)
    command = [str(contender.python), str(contender.script), "--sample", str(sample)]
    command += ["--out", str(out), *contender.options]
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        # wait4 has collected the child already, so that Popen must not wait for it again
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode(errors="replace")
    if process.returncode:
        raise ContenderFailedError(f"{contender.name} left with {process.returncode}:\n{text}")
    return Measurement(
        wall_seconds=wall,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_mb=usage.ru_maxrss * _BYTES_PER_UNIT / _MB,
        rows=_told(text).get("rows"),
        told=_told(text),
    )


def _told(text: str) -> dict[str, Any]:
    """Return the contender's line of JSON; none where it has nothing to tell."""
    for line in text.splitlines():
        if line.startswith('{"rows"'):
            return dict(json.loads(line))
    return {}
