"""IAM under ``AUTH=true``: TLS over loopback, and a condition key that MiniStack lacks.

Our buckets, queues and topics refuse what comes without TLS. The emulator speaks plain HTTP to this
machine only; without the first hook every such policy would refuse every request.
"""

import json
from collections.abc import Callable
from typing import Any

from ministack import app
from ministack.core import iam_actions

from emulator import hooks


def install() -> None:
    """Patch what MiniStack tells its policies of a request."""
    hooks.wrap(app, "pin_request_origin", _secure)
    hooks.wrap(iam_actions, "request_tag_context", _with_sources)


def _secure(pin: Callable[..., Any]) -> Callable[..., Any]:
    """Let every request come over TLS."""

    def pinned(address: str, _secure_transport: object) -> Any:
        return pin(address, True)

    return pinned


def _with_sources(context: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Tell the policies of a bus whose events are put (``events:source``)."""

    def told(service: str, action: str, body: bytes, parameters: Any) -> dict[str, Any]:
        known = context(service, action, body, parameters)
        if action != "events:PutEvents":
            return known
        sources = {entry.get("Source") for entry in json.loads(body or b"{}").get("Entries", [])}
        # events of several sources in one call match no policy of ours, and need not
        return {**known, "events:source": sources.pop() if len(sources) == 1 else None}

    return told
