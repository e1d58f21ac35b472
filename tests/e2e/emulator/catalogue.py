"""Glue: ``UpdatePartition``, by which a month is published."""

import json
from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import glue

from emulator import hooks

type Answer = tuple[int, Any, Any]


def install() -> None:
    """Patch MiniStack's Glue."""
    hooks.part(glue, "_partitions")
    hooks.wrap(glue, "_handle_request_sync", _also)


def _also(handle: Callable[..., Answer]) -> Callable[..., Answer]:
    """Answer what MiniStack does not know."""

    def answer(method: str, path: str, headers: Any, body: bytes, query: Any) -> Answer:
        if headers.get("x-amz-target", "").endswith(".UpdatePartition"):
            return _update_partition(json.loads(body))
        return handle(method, path, headers, body, query)

    return answer


def _update_partition(data: dict[str, Any]) -> Answer:
    """Replace one partition in one step: a reader sees the old place or the new one."""
    held = glue._partitions.get(f"{data['DatabaseName']}/{data['TableName']}", [])
    for place, partition in enumerate(held):
        if partition["Values"] == data["PartitionValueList"]:
            held[place] = {**partition, **data["PartitionInput"]}
            return json_response({})
    return error_response_json("EntityNotFoundException", "Partition not found", 400)
