"""What ``doctor`` looks at on this machine."""

import re
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Final

from crossfoot.domain.findings import Finding

_PYTHON: Final = (3, 13)
_PARTS: Final = ("duckdb", "numpy", "pyarrow", "pydantic", "sqlglot", "typer")
_SPARE_BYTES: Final = 2 << 30
_TOOLKIT: Final = re.compile(r"2\.1\d{3}\.\d+")
_PYARROW_FLOOR: Final = (23, 0, 1)
"""Older releases have a known vulnerability in reading files (CVE-2026-25087)."""


def examine_machine() -> list[Finding]:
    """Look at Python, the libraries, and room for the roll-up to spill."""
    version = sys.version_info[:2]
    return [
        Finding(
            "Python",
            ".".join(str(part) for part in sys.version_info[:3]),
            version == _PYTHON,
            "Install Python 3.13 and run `make setup`.",
        ),
        *(_library(name) for name in _PARTS),
        _pyarrow_is_safe(),
        _no_pandas(),
        _room(),
    ]


def examine_toolkit() -> Finding:
    """Look for the CDK toolkit of the line 2.1xxx; its 3.0.0 was published by accident."""
    beside = Path("node_modules/.bin/cdk")
    command = str(beside) if beside.exists() else shutil.which("cdk")
    mend = "Run `make setup` in the repository and use node_modules/.bin/cdk; never aws-cdk@latest."
    if command is None:
        return Finding("CDK toolkit", "is not here; only deploying needs it", is_well=True)
    answer = subprocess.run(  # noqa: S603 - the toolkit that was just found
        [command, "--version"], capture_output=True, text=True, check=False
    )
    said = answer.stdout.strip() or "does not answer"
    return Finding("CDK toolkit", said, _TOOLKIT.match(said) is not None, mend)


def _library(name: str) -> Finding:
    try:
        return Finding(name, metadata.version(name), is_well=True)
    except metadata.PackageNotFoundError:
        return Finding(name, "is not installed", is_well=False, mend="Run `make setup`.")


def _pyarrow_is_safe() -> Finding:
    found = tuple(int(part) for part in metadata.version("pyarrow").split(".")[:3])
    floor = ".".join(str(part) for part in _PYARROW_FLOOR)
    return Finding(
        "pyarrow's safety",
        f"needs {floor} or newer",
        found >= _PYARROW_FLOOR,
        "Run `make setup`.",
    )


def _no_pandas() -> Finding:
    try:
        metadata.version("pandas")
    except metadata.PackageNotFoundError:
        return Finding("pandas", "is not here, and is not needed", is_well=True)
    return Finding(
        "pandas",
        "is installed beside us; pyarrow loads it at every start, half a second each time",
        is_well=True,
    )


def _room() -> Finding:
    place = Path(tempfile.gettempdir())
    free = shutil.disk_usage(place).free
    return Finding(
        "room to spill",
        f"{free >> 30} GiB free in {place}",
        free >= _SPARE_BYTES,
        "Free at least 2 GiB, or set TMPDIR to a larger disk.",
    )
