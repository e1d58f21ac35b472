"""Start MiniStack with our hooks, on this machine only, and leave nothing behind.

``python -m emulator --port 14566 --workplace DIR`` with this folder's parent on the path; the
workplace is created, used for everything temporary and removed at the end.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Final

# Said before MiniStack is imported: it reads its environment while it is imported.
SETTINGS: Final = {
    "BIND_HOST": "127.0.0.1",  # its default is every interface
    "IOT_MTLS_ENABLED": "0",  # each of these would open a port of its own
    "SFTP_ENABLED": "0",
    "LAMBDA_ACCOUNT_CONCURRENCY": "1000",  # AWS's own; our gate queues instead
    "LOG_LEVEL": "INFO",
}


def main() -> None:
    """Prepare the workplace, hook in, serve until a signal comes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workplace", type=Path, required=True)
    arguments = parser.parse_args()
    sys.argv = sys.argv[:1]
    workplace = arguments.workplace.resolve()
    workplace.mkdir(parents=True)
    try:
        _settle_in(workplace, arguments.port)
        _serve(workplace)
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def _settle_in(workplace: Path, port: int) -> None:
    """Point everything temporary at the workplace."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    os.environ["GATEWAY_PORT"] = str(port)
    for name in ("TMPDIR", "STATE_DIR", "S3_DATA_DIR"):
        folder = workplace / name.lower()
        folder.mkdir()
        os.environ[name] = str(folder)
    tempfile.tempdir = None  # read TMPDIR again


def _serve(workplace: Path) -> None:
    """Install the hooks and serve, in this process."""
    from emulator import serving  # noqa: PLC0415 - MiniStack reads its environment on import

    _leave_on_signal()
    serving.serve(workplace)


def _leave_on_signal() -> None:
    """End through ``finally`` and not at once."""

    def leave(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, leave)


if __name__ == "__main__":
    main()
