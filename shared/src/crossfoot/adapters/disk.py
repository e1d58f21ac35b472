"""Files that survive a power cut, and disk failures under their own names."""

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from crossfoot.domain.errors import WarehouseError, WarehouseFullError

_NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_HARD_LINK: Final = frozenset(
    {errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS}
)


@contextlib.contextmanager
def disk_errors_named(doing: str) -> Iterator[None]:
    """Turn any ``OSError`` inside into the warehouse's own error.

    Parameters
    ----------
    doing : str
        What was being done, as in "writing emissions".

    Raises
    ------
    WarehouseFullError
        No space, no quota, or the file is larger than the disk can hold.
    WarehouseError
        Anything else that the disk refused.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise WarehouseFullError(
                f"No space is left on the disk while {doing}.",
                mend="Free some space and run again; the warehouse is as it was.",
            ) from error
        raise WarehouseError(
            f"The disk refused while {doing}: {error.strerror or error}.",
            mend="Check that the folder is there and that you may write to it.",
        ) from error


def flush_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    _flush(folder, os.O_RDONLY | os.O_DIRECTORY)


def flush_tree(folder: Path) -> None:
    """Make the names in a folder and in all folders below it durable, deepest first."""
    for path, _, _ in folder.walk(top_down=False):
        flush_folder(path)


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write a new file of sorted JSON, durably; an existing one is refused."""
    with path.open("x", encoding="utf-8") as stream:
        json.dump(document, stream, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
        stream.write("\n")
        stream.flush()
        os.fsync(stream.fileno())


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object of the warehouse.

    Raises
    ------
    WarehouseError
        The file is missing, or is not a JSON object.
    """
    with disk_errors_named(f"reading {path}"):
        content = path.read_bytes()
    try:
        document = json.loads(content)
    except ValueError as error:
        raise _damaged(path) from error
    if not isinstance(document, dict):
        raise _damaged(path)
    return document


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file a second name, or a durable copy where the disk has no hard links."""
    try:
        target.hardlink_to(source)
    except OSError as error:
        if error.errno not in _NO_HARD_LINK:
            raise
        shutil.copyfile(source, target)
        _flush(target, os.O_RDONLY)


def swap_link(link: Path, destination: str) -> None:
    """Point a symbolic link elsewhere, in one step that readers see whole."""
    new = link.with_name(f".{link.name}-new")
    new.unlink(missing_ok=True)
    new.symlink_to(destination)
    new.replace(link)
    flush_folder(link.parent)


def remove_tree(path: Path) -> None:
    """Remove a folder or a file, if it is there; links are removed, never followed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _flush(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _damaged(path: Path) -> WarehouseError:
    return WarehouseError(
        f"{path} is damaged: it is not a JSON object.",
        mend="Restore the warehouse from a backup, or rebuild it from its inputs.",
    )
