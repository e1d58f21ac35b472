"""Tell people of an event where they chat."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from crossfoot.domain.chat_messages import chat_message


class ChatTopic(Protocol):
    """What channels listen to."""

    def tell(self, message: Mapping[str, Any]) -> None:
        """Hand a message over; raises ``StorageError`` where it was not taken."""
        ...


@dataclass(frozen=True, slots=True)
class ChatReceipt:
    """Which event was told, and in which thread."""

    event_id: str
    thread_id: str


class TellChat:
    """Say an event in the words of a channel; the same event twice has the same id."""

    def __init__(self, topic: ChatTopic) -> None:
        self._topic = topic

    def run(self, detail_type: str, detail: Mapping[str, Any]) -> ChatReceipt:
        """Tell one event."""
        message = chat_message(detail_type, detail)
        self._topic.tell(message)
        return ChatReceipt(message["id"], message["metadata"]["threadId"])
