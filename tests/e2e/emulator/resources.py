"""Types of CloudFormation that MiniStack lacks: kept by their services where it has one."""

import json
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

from ministack.core.responses import get_account_id, get_region
from ministack.services import athena, eventbridge
from ministack.services.cloudformation import provisioners

from emulator import hooks

type Made = tuple[str, dict[str, Any]]
type Create = Callable[[str, dict[str, Any], str], Made]
type Delete = Callable[[str, dict[str, Any]], None]


def install() -> None:
    """Add the types that our stacks use."""
    registry = hooks.part(provisioners, "_RESOURCE_HANDLERS")
    for name, (create, delete) in _TYPES.items():
        hooks.add(registry, name, _handler(create, delete))
    alarms = registry["AWS::CloudWatch::Alarm"]
    alarms["create"] = _or_recorded(alarms["create"])


def _handler(create: Create, delete: Delete) -> dict[str, Any]:
    """Return the three deeds of a type; an update makes it anew under a known name."""

    def update(physical_id: str, _old: Any, new: dict[str, Any], stack: str) -> Made:
        return create(physical_id, new, stack)

    return {"create": create, "update": update, "delete": delete}


def _nothing(_physical_id: str, _properties: dict[str, Any]) -> None:
    """Delete what is only a record."""


def _export(_name: str, properties: dict[str, Any], _stack: str) -> Made:
    """Record a data export; nothing delivers: the tests do."""
    export = properties["Export"]["Name"]
    arn = f"arn:aws:bcm-data-exports:us-east-1:{get_account_id()}:export/{export}-{uuid4()}"
    return arn, {"ExportArn": arn}


def _named_query(_name: str, properties: dict[str, Any], _stack: str) -> Made:
    """Create a named query."""
    wanted = ("Name", "Description", "Database", "QueryString", "WorkGroup")
    kept = {key: properties[key] for key in wanted if key in properties}
    query_id = str(uuid4())
    athena._named_queries[query_id] = {"NamedQueryId": query_id, **kept}
    return query_id, {"NamedQueryId": query_id}


def _delete_named_query(physical_id: str, _properties: dict[str, Any]) -> None:
    athena._delete_named_query({"NamedQueryId": physical_id})


def _archive(name: str, properties: dict[str, Any], stack: str) -> Made:
    """Create an archive of a bus."""
    archive = properties.get("ArchiveName") or f"{stack}-{name}"[-48:]
    wanted = {**properties, "ArchiveName": archive}
    if isinstance(wanted.get("EventPattern"), dict):
        wanted["EventPattern"] = json.dumps(wanted["EventPattern"])
    _agreed(eventbridge._create_archive(wanted), "AWS::Events::Archive")
    arn = f"arn:aws:events:{get_region()}:{get_account_id()}:archive/{archive}"
    return archive, {"Arn": arn, "ArchiveName": archive}


def _delete_archive(physical_id: str, _properties: dict[str, Any]) -> None:
    eventbridge._delete_archive({"ArchiveName": physical_id})


def _bus_policy(name: str, properties: dict[str, Any], stack: str) -> Made:
    """Record a bus's policy; MiniStack does not enforce it."""
    return f"{stack}-{properties.get('StatementId', name)}", {}


def _composite_alarm(name: str, properties: dict[str, Any], stack: str) -> Made:
    """Record an alarm over alarms; none of the tests raises it."""
    alarm = properties.get("AlarmName") or f"{stack}-{name}"
    arn = f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm:{alarm}"
    return alarm, {"Arn": arn}


def _or_recorded(create: Create) -> Create:
    """Record an alarm over metric math, which MiniStack cannot work out; make the others."""

    def made(name: str, properties: dict[str, Any], stack: str) -> Made:
        maker = _composite_alarm if "Metrics" in properties else create
        return maker(name, properties, stack)

    return made


def _stack_set(_name: str, properties: dict[str, Any], _stack: str) -> Made:
    """Record a stack set; the tests give each account its role."""
    stack_set = f"{properties['StackSetName']}:{uuid4()}"
    return stack_set, {"StackSetId": stack_set}


def _agreed(answer: tuple[int, Any, bytes], kind: str) -> None:
    """Fail the stack as CloudFormation does when a service refuses."""
    if answer[0] >= 300:
        raise ValueError(f"{kind}: {answer[2]!r}")


_TYPES: Final[dict[str, tuple[Create, Delete]]] = {
    "AWS::BCMDataExports::Export": (_export, _nothing),
    "AWS::Athena::NamedQuery": (_named_query, _delete_named_query),
    "AWS::Events::Archive": (_archive, _delete_archive),
    "AWS::Events::EventBusPolicy": (_bus_policy, _nothing),
    "AWS::CloudWatch::CompositeAlarm": (_composite_alarm, _nothing),
    "AWS::CloudFormation::StackSet": (_stack_set, _nothing),
}
