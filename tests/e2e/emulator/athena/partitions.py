"""Which files of a table a query reads: registered partitions, or projected ones."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any, Final

from ministack.services import glue

from emulator.athena.failures import AthenaError
from emulator.athena.storage import StoredFile, files_under

type Asked = Mapping[str, frozenset[str]]

_OPEN: Final = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Partition:
    """The files of one partition, with the values of its keys."""

    values: Mapping[str, str]
    files: tuple[StoredFile, ...]


def partition_keys(table: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the partition keys, as Glue declares them."""
    return table.get("PartitionKeys") or []


def partitions_read(database: str, table: Mapping[str, Any], asked: Asked) -> list[Partition]:
    """Return the partitions that a query reads; ``asked`` holds the values its WHERE names.

    An ``injected`` key must be named. Registered partitions that the WHERE excludes are left out.
    """
    location = table["StorageDescriptor"]["Location"]
    names = [key["Name"] for key in partition_keys(table)]
    if not names:
        return [Partition({}, tuple(files_under(location)))]
    if (table.get("Parameters") or {}).get("projection.enabled", "").lower() == "true":
        return _projected(table, names, asked)
    return [
        Partition(values, tuple(files_under(place)))
        for values, place in _registered(database, table["Name"], names)
        if all(values[name] in asked[name] for name in names if name in asked)
    ]


def _registered(database: str, name: str, keys: list[str]) -> list[tuple[dict[str, str], str]]:
    """Return the values and the location of every registered partition."""
    status, _, body = glue._get_partitions({"DatabaseName": database, "TableName": name})
    if status >= 300:
        raise AthenaError(f"GENERIC_INTERNAL_ERROR: partitions of {database}.{name}: {body!r}")
    return [
        (dict(zip(keys, found["Values"], strict=True)), found["StorageDescriptor"]["Location"])
        for found in json.loads(body)["Partitions"]
    ]


def _projected(table: Mapping[str, Any], names: list[str], asked: Asked) -> list[Partition]:
    """Return the projected partitions that the query names."""
    parameters = table["Parameters"]
    template = parameters.get("storage.location.template") or _hive_template(table, names)
    choices = [_values(parameters, name, asked) for name in names]
    read = []
    for combination in product(*choices):
        values = dict(zip(names, combination, strict=True))
        place = _OPEN.sub(lambda found, values=values: values[found[1]], template)
        read.append(Partition(values, tuple(files_under(place))))
    return read


def _values(parameters: Mapping[str, str], name: str, asked: Asked) -> list[str]:
    """Return the values of one projected key."""
    kind = parameters.get(f"projection.{name}.type")
    if kind == "injected":
        if name not in asked:
            raise AthenaError(
                "CONSTRAINT_VIOLATION: For the injected projected partition column "
                f"{name}, the WHERE clause must contain only static equality conditions, "
                "and at least one such condition must be present."
            )
        return sorted(asked[name])
    if kind == "enum":
        declared = [value.strip() for value in parameters[f"projection.{name}.values"].split(",")]
        return [value for value in declared if name not in asked or value in asked[name]]
    if kind == "date":
        days = _days(parameters, name)
        return [value for value in days if name not in asked or value in asked[name]]
    raise AthenaError(f"NOT_SUPPORTED: the stand-in has no projection of type {kind}")


def _days(parameters: Mapping[str, str], name: str) -> list[str]:
    """Return the days of a range ``2026-01-01,NOW`` with an optional offset, ``NOW+1DAYS``."""
    if parameters[f"projection.{name}.format"] != "yyyy-MM-dd":
        raise AthenaError("NOT_SUPPORTED: the stand-in projects dates as yyyy-MM-dd")
    first, last = (_day(end.strip()) for end in parameters[f"projection.{name}.range"].split(","))
    return [
        date.fromordinal(number).isoformat()
        for number in range(first.toordinal(), last.toordinal() + 1)
    ]


def _day(end: str) -> date:
    """Return one end of a range."""
    relative = re.fullmatch(r"NOW(?:([+-]\d+)DAYS?)?", end)
    if relative is None:
        return date.fromisoformat(end)
    return datetime.now(UTC).date() + timedelta(days=int(relative[1] or 0))


def _hive_template(table: Mapping[str, Any], names: list[str]) -> str:
    """Return the layout of a projected table that names none."""
    base = table["StorageDescriptor"]["Location"].rstrip("/")
    return f"{base}/" + "/".join(f"{name}=${{{name}}}" for name in names) + "/"
