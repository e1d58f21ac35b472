"""What every reader of one service gets, and small words that they share."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any, Final

from crossfoot.domain.inventory import Resource

BYTES_PER_GIB: Final = 1024**3
UNITS_PER_VCPU: Final = 1024
"""CPU units of ECS in one virtual processor."""

type Document = Mapping[str, Any]
"""One item of an answer, as botocore parsed it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One account's Region, open for reading.

    ``client`` makes the client of a service, for this account and Region; ``is_offered`` says
    whether a service is known to exist there. Both may be called from several threads.
    """

    account_id: str
    region_code: str
    partition: str
    client: Callable[[str], Any]
    is_offered: Callable[[str], bool]

    def items(self, service: str, operation: str, key: str, **arguments: object) -> Iterator[Any]:
        """Yield the items of all pages of an operation."""
        paginator = self.client(service).get_paginator(operation)
        for page in paginator.paginate(**arguments):
            yield from page.get(key) or ()

    def arn(self, service: str, rest: str) -> str:
        """Return an ARN in this account and Region."""
        return f"arn:{self.partition}:{service}:{self.region_code}:{self.account_id}:{rest}"


type Reader = Callable[[Reading], Iterator[Resource]]
"""Yields what one service has; raises what botocore raises."""


def tags_of(
    pairs: Sequence[Document] | None, key: str = "Key", value: str = "Value"
) -> dict[str, str]:
    """Return tags that a service lists as pairs; services leave the list out where it is empty."""
    return {pair[key]: pair.get(value, "") for pair in pairs or ()}


def described(
    call: Callable[..., Document], key: str, parameter: str, names: Iterable[str], at_once: int
) -> Iterator[Any]:
    """Yield what a call tells of named things, asking for ``at_once`` of them each time."""
    for group in batched(names, at_once, strict=False):
        yield from call(**{parameter: list(group)}).get(key) or ()
