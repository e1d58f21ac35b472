"""Faults to order: a named function or query fails, times out or is throttled, so many times.

They are ordered over HTTP at ``/_crossfoot/faults``: ``POST`` a list, ``GET`` what is left and what
struck, ``DELETE`` all.
"""

import json
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

PATH: Final = "/_crossfoot/faults"
KINDS: Final = ("error", "timeout", "throttle")

type Application = Callable[..., Awaitable[None]]


@dataclass
class Fault:
    """One ordered fault.

    ``target`` is a function's verb, such as ``reconcile``, or ``athena``. ``match`` must be part of
    the event; for ``athena`` its ``sql`` must be a passage of the statement. ``moment`` says
    whether the work itself is done (``after``: only its answer is lost) or not (``before``).
    ``times`` is what is left of it.
    """

    target: str
    kind: str
    times: int = 1
    moment: str = "before"
    error: str = "StorageError"
    match: dict[str, Any] = field(default_factory=dict)
    struck: int = 0

    def __post_init__(self) -> None:
        """Refuse what would never strike."""
        if self.kind not in KINDS or self.moment not in {"before", "after"}:
            raise ValueError(f"no such fault: {self.kind} {self.moment}")

    def strikes(self, target: str, event: Mapping[str, Any]) -> bool:
        """Return whether this call is meant."""
        if self.times < 1 or target != self.target:
            return False
        if "sql" in self.match:
            return self.match["sql"] in event["sql"]
        return all(event.get(key) == value for key, value in self.match.items())


class Faults:
    """The faults in force, taken by one call each."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def take(self, target: str, event: Any) -> Fault | None:
        """Return the fault that strikes this call and count it."""
        known = event if isinstance(event, Mapping) else {}
        with self._lock:
            for fault in self._faults:
                if fault.strikes(target, known):
                    fault.times -= 1
                    fault.struck += 1
                    return fault
        return None

    def order(self, orders: list[dict[str, Any]]) -> None:
        """Add faults."""
        names = {each.name for each in fields(Fault)}
        made = [Fault(**{key: order[key] for key in order if key in names}) for order in orders]
        with self._lock:
            self._faults.extend(made)

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._faults.clear()

    def told(self) -> list[dict[str, Any]]:
        """Return every fault, with how often it struck and what is left."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]


FAULTS: Final = Faults()


def with_control(application: Application) -> Application:
    """Let an ASGI application answer for the faults as well."""

    async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await application(scope, receive, send)
            return
        status, told = _obey(scope["method"], await _body(receive))
        body = json.dumps(told).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


def _obey(method: str, body: bytes) -> tuple[int, Any]:
    """Return the status and the answer to one order."""
    try:
        if method == "POST":
            FAULTS.order(json.loads(body))
    except (ValueError, TypeError) as error:
        return 400, {"error": str(error)}
    if method == "DELETE":
        FAULTS.clear()
    return 200, FAULTS.told()


async def _body(receive: Any) -> bytes:
    """Return the whole body of a request."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
