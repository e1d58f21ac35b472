"""AWS's Sustainability API, which MiniStack lacks: what the tests wrote down, page by page.

The rows lie in a bucket of the tests' own, one object for each operation; a request gets those
whose time begins within its own, as AWS answers it.
"""

import json
from typing import Any, Final

from ministack import app
from ministack.core import iam_actions, router
from ministack.services import s3

from emulator import hooks

BUCKET: Final = "what-aws-knows"
PAGE_ROWS: Final = 3
"""Fewer than anybody asks for, so that every answer has pages."""

_SERVICE: Final = "sustainability"
_OPERATIONS: Final = {
    "/v1/estimated-carbon-emissions": "carbon.json",
    "/v1/estimated-water-allocation": "water.json",
}


def install() -> None:
    """Let requests that are signed for the service reach us, and let IAM know its actions."""
    hooks.add(hooks.part(router, "SERVICE_PATTERNS"), _SERVICE, {})
    hooks.add(hooks.part(app, "SERVICE_HANDLERS"), _SERVICE, handle)
    hooks.add(hooks.part(iam_actions, "SERVICE_TO_IAM_NAMESPACE"), _SERVICE, _SERVICE)
    hooks.add(hooks.part(iam_actions, "_BOTOCORE_SERVICE_MAP"), _SERVICE, [_SERVICE])


async def handle(
    _method: str, path: str, _headers: Any, body: bytes, _parameters: Any
) -> tuple[int, dict[str, str], bytes]:
    """Answer one request."""
    asked = json.loads(body)
    known = s3._get_object_data(BUCKET, _OPERATIONS[path])
    span = asked["TimePeriod"]
    rows = [
        row
        for row in json.loads(known or b"[]")
        if span["Start"] <= row["TimePeriod"]["Start"] < span["End"]
    ]
    first = int(asked.get("NextToken", "0"))
    answer: dict[str, Any] = {"Results": rows[first : first + PAGE_ROWS]}
    if first + PAGE_ROWS < len(rows):
        answer["NextToken"] = str(first + PAGE_ROWS)
    return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()
