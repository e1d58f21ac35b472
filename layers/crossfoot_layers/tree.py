"""Folders that are the same to the byte every time: sorted, one mode, one time, one digest."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_FIRST_INSTANT: Final = 315_532_800
"""1980-01-01T00:00:00Z, the first that a ZIP archive can hold. [s]"""

_FILE_MODE, _FOLDER_MODE = 0o644, 0o755


def files_of(root: Path) -> Iterator[str]:
    """Yield the files below a folder as relative POSIX paths, sorted."""
    yield from sorted(
        str(path.relative_to(root).as_posix()) for path in root.rglob("*") if path.is_file()
    )


def write(path: Path, content: bytes) -> None:
    """Write one file, making its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def normalise(root: Path) -> None:
    """Give every file and folder one mode and one time."""
    for path in sorted(root.rglob("*"), reverse=True):
        path.chmod(_FOLDER_MODE if path.is_dir() else _FILE_MODE)
        os.utime(path, (_FIRST_INSTANT, _FIRST_INSTANT))
    root.chmod(_FOLDER_MODE)
    os.utime(root, (_FIRST_INSTANT, _FIRST_INSTANT))


def digest_of(root: Path) -> str:
    """Return a digest of names, modes, times and contents."""
    digest = hashlib.sha256()
    for name in files_of(root):
        path = root / name
        status = path.stat()
        said = f"{name}\0{status.st_mode:o}\0{status.st_mtime_ns}\0{status.st_size}\0"
        digest.update(said.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def size_of(root: Path) -> int:
    """Return how many bytes the files below a folder hold, as Lambda counts them unzipped."""
    return sum((root / name).stat().st_size for name in files_of(root))
