"""Wheels for the other machine: the locked ones by uv, and our own."""

import csv
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from crossfoot_layers.errors import PackingError

_PLATFORM: Final = "{machine}-manylinux_2_28"
"""Amazon Linux 2023 has glibc 2.34, so wheels for 2.28 run; uv takes older ones as well."""

_PINNED: Final = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)", re.MULTILINE)
_SCRIPTS: Final = "bin/"
_LEFT_OUT_OF_A_WHEEL: Final = ("RECORD", "entry_points.txt")
"""The record lists files that the layer leaves out; nobody starts a script in a layer."""


class Architecture(StrEnum):
    """A machine that Lambda runs on, as Lambda names it."""

    ARM64 = "arm64"
    X86_64 = "x86_64"

    @property
    def machine(self) -> str:
        """The name that wheels use."""
        return "aarch64" if self is Architecture.ARM64 else "x86_64"


@dataclass(frozen=True, slots=True)
class Workshop:
    """The repository and its tools.

    Parameters
    ----------
    root : Path
        The repository.
    uv : str
        The installer.
    python_version : str
        The runtime's, such as ``3.13``.
    """

    root: Path
    uv: str
    python_version: str

    @property
    def lock(self) -> Path:
        """What the layers carry beside our own wheel, with hashes."""
        return self.root / "requirements" / "lambda.txt"


def pinned_versions(lock: str) -> dict[str, str]:
    """Return the version of each distribution of a lock."""
    return {match["name"]: match["version"] for match in _PINNED.finditer(lock)}


def install_locked(workshop: Workshop, architecture: Architecture, target: Path) -> None:
    """Install the lock for a machine into a folder, wheels only, every hash checked."""
    machine = architecture.machine
    options = (
        "--target", str(target), "--python", sys.executable,
        "--python-platform", _PLATFORM.format(machine=machine),
        "--python-version", workshop.python_version, "--only-binary", ":all:",
        "--no-deps", "--no-installer-metadata", "--link-mode", "copy",
        "--require-hashes", "--requirement", str(workshop.lock),
    )  # fmt: skip
    _run([workshop.uv, "pip", "install", "--quiet", *options], workshop.root)


def install_own_wheel(workshop: Workshop, scratch: Path, target: Path) -> None:
    """Build the distribution and unpack it; an editable install would leave only a path behind."""
    wheels = scratch / "wheels"
    build = (sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(wheels))
    _run(build, workshop.root / "shared")
    (wheel,) = wheels.glob("crossfoot-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)


def files_by_distribution(target: Path) -> dict[str, list[str]]:
    """Return what each installed distribution brought, by its own record."""
    found = {}
    for record in sorted(target.glob("*.dist-info/RECORD")):
        name = record.parent.name.split("-")[0].replace("_", "-").lower()
        with record.open(newline="", encoding="utf-8") as lines:
            files = [row[0] for row in csv.reader(lines) if row]
        found[name] = [file for file in files if _is_packed(file)]
    return found


def check_versions(target: Path, expected: dict[str, str]) -> None:
    """See that exactly the locked versions are there.

    Raises
    ------
    PackingError
        Another version, or a distribution that the lock does not know.
    """
    installed = {}
    for folder in target.glob("*.dist-info"):
        name, version = folder.name.removesuffix(".dist-info").split("-")
        installed[name.replace("_", "-").lower()] = version
    if installed != expected:
        differing = sorted(set(installed.items()) ^ set(expected.items()))
        raise PackingError(f"Installed and locked versions differ: {differing}.")


def _is_packed(file: str) -> bool:
    is_script = file.startswith((_SCRIPTS, ".."))
    is_left_out = ".dist-info/" in file and file.endswith(_LEFT_OUT_OF_A_WHEEL)
    return not is_script and not is_left_out


def _run(command: list[str] | tuple[str, ...], folder: Path) -> None:
    # a source date of its own would make two builds of one tree differ
    environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise PackingError(f"{command[0]} failed:\n{done.stderr or done.stdout}")
