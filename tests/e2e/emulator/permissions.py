"""IAM under ``AUTH=true``: TLS over loopback, and condition keys as AWS fills them.

Our buckets, queues and topics refuse what comes without TLS. The emulator speaks plain HTTP to this
machine only; without the first hook every such policy would refuse every request.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from ministack import app
from ministack.core import iam_actions, iam_evaluator

from emulator import hooks

_SESSION: Final = re.compile(r"arn:aws:sts::(\d{12}):assumed-role/([^/]+)/.+")


def install() -> None:
    """Patch what MiniStack tells its policies of a request."""
    hooks.wrap(app, "pin_request_origin", _secure)
    hooks.wrap(iam_actions, "request_tag_context", _with_sources)
    hooks.wrap(iam_actions, "extract_resource_arn", _with_databases)
    hooks.wrap(iam_evaluator, "_resolve_condition_key", _with_roles)


def _with_databases(extract: Callable[..., str]) -> Callable[..., str]:
    """Let a listing of databases ask for all databases of the account, and not for anything."""

    def extracted(service: str, *request: Any) -> str:
        found = extract(service, *request)
        kind = "cluster" if b"DescribeDBClusters" in (request[3] or b"") else "db"
        region, account = request[-2:]
        is_listing = service == "rds" and found == "*"
        return f"arn:aws:rds:{region}:{account}:{kind}:*" if is_listing else found

    return extracted


def _with_roles(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """Let ``aws:PrincipalArn`` of a session be its role, and not the session."""

    def resolved(key: str, context: Any) -> Any:
        value = resolve(key, context)
        session = _SESSION.fullmatch(value) if key.lower() == "aws:principalarn" else None
        return f"arn:aws:iam::{session[1]}:role/{session[2]}" if session else value

    return resolved


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
