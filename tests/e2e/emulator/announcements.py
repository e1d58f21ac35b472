"""S3's events on EventBridge: the version of the object, which MiniStack leaves out."""

import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.services import eventbridge, s3

from emulator import hooks

_VERSION: ContextVar[str | None] = ContextVar("version", default=None)


def install() -> None:
    """Patch how MiniStack announces objects."""
    hooks.wrap(s3, "_fire_s3_event", _remembering)
    hooks.wrap(eventbridge, "_dispatch_event", _with_version)


def _remembering(fire: Callable[..., None]) -> Callable[..., None]:
    """Keep the version while its event is built, in the same thread."""

    def fired(*arguments: Any, version_id: str | None = None, **named: Any) -> None:
        token = _VERSION.set(version_id)
        try:
            fire(*arguments, version_id=version_id, **named)
        finally:
            _VERSION.reset(token)

    return fired


def _with_version(dispatch: Callable[..., None]) -> Callable[..., None]:
    """Put the version where AWS puts it."""

    def dispatched(event: dict[str, Any], *more: Any) -> None:
        version = _VERSION.get()
        if event.get("Source") == "aws.s3" and version is not None:
            detail = json.loads(event["Detail"])
            detail["object"]["version-id"] = version
            event = {**event, "Detail": json.dumps(detail)}
        dispatch(event, *more)

    return dispatched
