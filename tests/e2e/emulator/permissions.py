"""IAM under ``AUTH=true``: requests over loopback count as encrypted.

Our buckets, queues and topics refuse what comes without TLS. The emulator speaks plain HTTP to this
machine only; without this every such policy would refuse every request.
"""

from collections.abc import Callable
from typing import Any

from ministack import app

from emulator import hooks


def install() -> None:
    """Patch what MiniStack holds to be the origin of a request."""
    hooks.wrap(app, "pin_request_origin", _secure)


def _secure(pin: Callable[..., Any]) -> Callable[..., Any]:
    """Let every request come over TLS."""

    def pinned(address: str, _secure_transport: object) -> Any:
        return pin(address, True)

    return pinned
