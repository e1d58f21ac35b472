"""One account's Region read to the end: each service on its own, gaps under their names."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from crossfoot.adapters.aws.inventory_buckets import read_buckets
from crossfoot.adapters.aws.inventory_containers import read_containers
from crossfoot.adapters.aws.inventory_databases import read_databases
from crossfoot.adapters.aws.inventory_failures import gap_of
from crossfoot.adapters.aws.inventory_functions import read_functions
from crossfoot.adapters.aws.inventory_kubernetes import read_kubernetes
from crossfoot.adapters.aws.inventory_machines import (
    read_instances,
    read_snapshots,
    read_volumes,
)
from crossfoot.adapters.aws.inventory_metrics import measure, measure_buckets
from crossfoot.adapters.aws.inventory_readings import Reader, Reading
from crossfoot.adapters.aws.inventory_tags import tag
from crossfoot.domain.inventory import Gap, Resource, Survey

READERS: Final[tuple[tuple[str, str, Reader], ...]] = (
    ("ec2-instances", "ec2", read_instances),
    ("ebs-volumes", "ec2", read_volumes),
    ("ebs-snapshots", "ec2", read_snapshots),
    ("rds", "rds", read_databases),
    ("lambda", "lambda", read_functions),
    ("s3", "s3", read_buckets),
    ("ecs", "ecs", read_containers),
    ("eks", "eks", read_kubernetes),
)
"""What is read: its name in gaps, botocore's name of the service, and the reader."""

type _Refiner = Callable[[Reading, Sequence[Resource], datetime], Iterator[Resource]]

_REFINERS: Final[tuple[tuple[str, str, _Refiner], ...]] = (
    ("tags", "resourcegroupstaggingapi", lambda reading, known, _now: tag(reading, known)),
)
"""What is filled in afterwards, where something was found that it fits."""

_STATISTICS: Final[tuple[tuple[str, str, _Refiner], ...]] = (
    ("utilization", "cloudwatch", measure),
    ("bucket-sizes", "cloudwatch", measure_buckets),
)
"""The same from CloudWatch, which is paid for by the figure: only where it is asked for."""

_AT_ONCE: Final = 4
"""Services read side by side; each has limits of its own, and the client slows down at them."""


@dataclass(frozen=True, slots=True)
class _Part:
    resources: list[Resource]
    gaps: list[Gap]


def survey(reading: Reading, now: datetime, *, with_statistics: bool) -> Survey:
    """Read every service; a refused or failed one leaves a gap and what it told before that."""
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="inventory") as pool:
        parts = list(pool.map(lambda reader: _read(reading, *reader), READERS))
    resources = [resource for part in parts for resource in part.resources]
    gaps = [gap for part in parts for gap in part.gaps]
    for name, service, refine in (*_REFINERS, *(_STATISTICS if with_statistics else ())):
        part = _drain(reading, name, service, partial(refine, reading, resources, now))
        resources = _replaced(resources, part.resources)
        gaps += part.gaps
    return Survey(resources, tuple(gaps), len(READERS))


def _read(reading: Reading, name: str, service: str, read: Reader) -> _Part:
    return _drain(reading, name, service, partial(read, reading))


def _drain(
    reading: Reading, name: str, service: str, source: Callable[[], Iterable[Resource]]
) -> _Part:
    part = _Part([], [])
    try:
        part.resources.extend(source())
    except (ClientError, BotoCoreError) as error:
        part.gaps.append(gap_of(name, error, is_offered=reading.is_offered(service)))
    return part


def _replaced(resources: Iterable[Resource], refined: Iterable[Resource]) -> list[Resource]:
    by_id = {(each.kind, each.resource_id): each for each in refined}
    return [by_id.get((each.kind, each.resource_id), each) for each in resources]
