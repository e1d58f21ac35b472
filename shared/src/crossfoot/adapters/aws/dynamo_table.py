"""The ledger's table in DynamoDB: strongly consistent reads, conditional writes, transactions."""

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from botocore.exceptions import ClientError

from crossfoot.adapters.aws.aws_errors import aws_errors_named, code_of, storage_failure

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        BatchGetItemOutputTypeDef,
        TransactWriteItemTypeDef,
    )

OPEN_INDEX: Final = "open"
OPEN_KIND: Final = "open_kind"
_CONDITION: Final = "ConditionalCheckFailed"
_NAME: Final = re.compile(r"#(\w+)")
_WRITER: Final = "written_by"
_MOST_KEYS: Final = 100
"""Rows that DynamoDB reads at once."""

_READS: Final = 8
"""How often rows are asked for that DynamoDB did not get to."""

type Item = dict[str, str | int]
"""A row: texts and whole numbers; what has no value is not in it."""


@dataclass(frozen=True, slots=True)
class Key:
    """Where a row is."""

    pk: str
    sk: str

    @property
    def item(self) -> Item:
        """The key as the first columns of its row."""
        return {"pk": self.pk, "sk": self.sk}


@dataclass(frozen=True, slots=True)
class Write:
    """One conditional write. Names in expressions are written ``#name``, values ``:name``.

    ``item`` is put whole where ``kind`` is ``Put``; ``update`` is empty but for ``Update``.
    """

    kind: Literal["Put", "Update", "ConditionCheck"]
    key: Key
    condition: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    item: Item = field(default_factory=dict)
    update: str = ""

    def parameters(self, table: str) -> dict[str, Any]:
        """Return the parameters of the request."""
        parameters: dict[str, Any] = {
            "TableName": table,
            "ConditionExpression": self.condition,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if self.kind == "Put":
            parameters["Item"] = _encoded({**self.key.item, **self.item})
        else:
            parameters["Key"] = _encoded(self.key.item)
        if self.update:
            parameters["UpdateExpression"] = self.update
        names = _NAME.findall(f"{self.condition} {self.update}")
        if names:
            parameters["ExpressionAttributeNames"] = {f"#{name}": name for name in names}
        if self.values:
            values = {f":{name}": value for name, value in self.values.items()}
            parameters["ExpressionAttributeValues"] = _encoded(values)
        return parameters


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a conditional write.

    ``item`` is the row after it where it was done, and else the row that forbade it, empty where
    there is none.
    """

    is_done: bool
    item: Item


class DynamoTable:
    """Rows of one table with the keys ``pk`` and ``sk``."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self.name = name

    def get(self, key: Key) -> Item | None:
        """Return a row as of now, strongly consistent."""
        with aws_errors_named(f"reading {key.sk} of {key.pk}"):
            answer = self._client.get_item(
                TableName=self.name, Key=cast("Any", _encoded(key.item)), ConsistentRead=True
            )
        return _decoded(answer["Item"]) if "Item" in answer else None

    def get_all(self, keys: Sequence[Key]) -> Iterator[Item]:
        """Yield the rows that there are, each as of now, strongly consistent; in any order.

        Raises
        ------
        StorageError
            The table is asked too much, and left keys unread again and again.
        """
        for start in range(0, len(keys), _MOST_KEYS):
            wanted: Any = [_encoded(key.item) for key in keys[start : start + _MOST_KEYS]]
            for _ in range(_READS):
                answer = self._read(wanted)
                yield from map(_decoded, answer["Responses"].get(self.name, []))
                left = answer["UnprocessedKeys"].get(self.name)
                wanted = [] if left is None else left["Keys"]
                if not wanted:
                    break
            else:
                raise storage_failure(["UnprocessedKeys"], f"reading {len(keys)} rows")

    def _read(self, keys: Sequence[Any]) -> "BatchGetItemOutputTypeDef":
        with aws_errors_named(f"reading {len(keys)} rows"):
            return self._client.batch_get_item(
                RequestItems={self.name: {"Keys": keys, "ConsistentRead": True}}
            )

    def query(self, pk: str, prefix: str) -> Iterator[Item]:
        """Yield the rows of a partition whose sort key begins so, strongly consistent."""
        with aws_errors_named(f"reading {prefix} of {pk}"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self.name,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
                ExpressionAttributeValues={":pk": {"S": pk}, ":prefix": {"S": prefix}},
                ConsistentRead=True,
            )
            for page in pages:
                yield from map(_decoded, page["Items"])

    def open_keys(self, kind: str) -> Iterator[Key]:
        """Yield the keys of open rows.

        The index follows the table within moments, not at once: a row just opened may be missing,
        one just closed may still be there. Read each row before acting on it, and ask again later.
        """
        with aws_errors_named(f"reading what is open of {kind}"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self.name,
                IndexName=OPEN_INDEX,
                KeyConditionExpression=f"{OPEN_KIND} = :kind",
                ExpressionAttributeValues={":kind": {"S": kind}},
            )
            for page in pages:
                for item in map(_decoded, page["Items"]):
                    yield Key(str(item["pk"]), str(item["sk"]))

    def put_new(self, key: Key, item: Item) -> bool:
        """Write a row unless there is one; return whether it is this call's."""
        # the client repeats a call whose answer was lost, and must know its own row again
        writer = uuid.uuid4().hex
        write = Write("Put", key, "attribute_not_exists(pk)", item={**item, _WRITER: writer})
        outcome = self.write(write)
        return outcome.is_done or outcome.item.get(_WRITER) == writer

    def write(self, write: Write) -> Outcome:
        """Do one conditional write, or learn which row forbids it."""
        parameters = write.parameters(self.name)
        with aws_errors_named(f"writing {write.key.sk} of {write.key.pk}"):
            try:
                if write.kind == "Put":
                    self._client.put_item(**parameters)
                    return Outcome(is_done=True, item=write.item)
                after = self._client.update_item(**parameters, ReturnValues="ALL_NEW")
            except self._client.exceptions.ConditionalCheckFailedException as error:
                there = cast("Mapping[str, Any]", error.response).get("Item", {})
                return Outcome(is_done=False, item=_decoded(there))
        return Outcome(is_done=True, item=_decoded(after.get("Attributes", {})))

    def transact(self, writes: Sequence[Write]) -> list[Outcome]:
        """Do all writes or none; return an outcome for each, all done or else what forbids them.

        An outcome that is not done forbids; where none forbids, all were done.

        Raises
        ------
        StorageError
            The transaction met another one, or was throttled.
        """
        doing = f"writing {', '.join(write.key.sk for write in writes[:2])} of {writes[0].key.pk}"
        actions = cast(
            "list[TransactWriteItemTypeDef]",
            [{write.kind: write.parameters(self.name)} for write in writes],
        )
        with aws_errors_named(doing):
            try:
                self._client.transact_write_items(TransactItems=actions)
            except ClientError as error:
                if code_of(error) != "TransactionCanceledException":
                    raise
                return _outcomes(error, doing)
        return [Outcome(is_done=True, item=write.item) for write in writes]


def _outcomes(error: ClientError, doing: str) -> list[Outcome]:
    response = cast("Mapping[str, Any]", error.response)
    reasons: list[dict[str, Any]] = response.get("CancellationReasons", [])
    codes = [str(reason.get("Code", "None")) for reason in reasons]
    others = sorted({code for code in codes if code not in {_CONDITION, "None"}})
    if others or _CONDITION not in codes:
        raise storage_failure(others or ["TransactionCanceledException"], doing) from error
    return [
        Outcome(is_done=code != _CONDITION, item=_decoded(reason.get("Item", {})))
        for code, reason in zip(codes, reasons, strict=True)
    ]


def _encoded(item: Mapping[str, str | int]) -> dict[str, dict[str, str]]:
    return {
        name: {"S": value} if isinstance(value, str) else {"N": str(value)}
        for name, value in item.items()
    }


def _decoded(item: Mapping[str, Any]) -> Item:
    return {
        name: value["S"] if "S" in value else int(value["N"])
        for name, value in item.items()
        if "S" in value or "N" in value
    }
