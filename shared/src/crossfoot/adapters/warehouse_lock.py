"""The lock of the one writer: held by an open file, so that it cannot outlive its process."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from crossfoot.adapters.disk import disk_errors_named
from crossfoot.domain.errors import WarehouseBusyError, WarehouseError


@contextlib.contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Hold the lock file for the block; never wait.

    Raises
    ------
    WarehouseBusyError
        Somebody else holds it.
    WarehouseError
        The disk has no file locks, or the folder cannot be written.
    """
    with disk_errors_named("locking the warehouse"):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _take(descriptor, path)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise WarehouseBusyError(
            f"Another run is writing to {path.parent}.",
            mend="Wait until it has ended, then run again.",
        ) from error
    except OSError as error:
        raise WarehouseError(
            f"{path.parent} cannot be locked: {error.strerror}.",
            mend="Put the warehouse on a disk that supports file locks.",
        ) from error
