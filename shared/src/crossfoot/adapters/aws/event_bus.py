"""Send notices to EventBridge."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from crossfoot.adapters.aws.aws_errors import aws_errors_named
from crossfoot.domain.deliveries import Notice

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

SOURCE: Final = "crossfoot"
_MOST_ENTRIES: Final = 10
_MOST_BYTES: Final = 240_000
"""Most bytes of one request; EventBridge takes 256 KB with the envelopes of the entries."""


class EventBridgeBus:
    """The bus of the deployment, by name or ARN."""

    def __init__(self, client: "EventBridgeClient", bus: str) -> None:
        self._client = client
        self._bus = bus

    def send(self, notices: Sequence[Notice]) -> Sequence[str]:
        """Send; return the ids of those that the bus took.

        EventBridge judges each entry of a request by itself: what it refuses, such as for going
        too fast, is left out of the answer and stays with the caller.
        """
        return [event_id for batch in _batches(notices) for event_id in self._send(batch)]

    def _send(self, batch: Sequence[Notice]) -> list[str]:
        with aws_errors_named(f"sending {len(batch)} events"):
            answer = self._client.put_events(Entries=[self._entry(each) for each in batch])
        results = zip(batch, answer["Entries"], strict=True)
        return [notice.event_id for notice, result in results if "ErrorCode" not in result]

    def _entry(self, notice: Notice) -> "PutEventsRequestEntryTypeDef":
        return {
            "Source": SOURCE,
            "DetailType": notice.detail_type,
            "Detail": _detail(notice),
            "EventBusName": self._bus,
        }


def _batches(notices: Sequence[Notice]) -> Iterator[list[Notice]]:
    batch: list[Notice] = []
    size = 0
    for notice in notices:
        added = len(_detail(notice).encode())
        if batch and (len(batch) == _MOST_ENTRIES or size + added > _MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(notice)
        size += added
    if batch:
        yield batch


def _detail(notice: Notice) -> str:
    return json.dumps(notice.detail, sort_keys=True, ensure_ascii=False, allow_nan=False)
