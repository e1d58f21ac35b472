"""The doors that judge thresholds and tell of them in chat."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from crossfoot.bootstrap import deployed_parts
from crossfoot.domain.errors import ConfigurationError, StorageError

RUN: Final = "r-00112233445566aa"
RULE: Final = """
tags = ["team"]
[[threshold]]
name = "organisation"
measure = "total_mbm"
warning = 100
"""
TARGET: Final = """
[[target]]
name = "half by 2030"
measure = "total_mbm"
base_year = 2025
target_year = 2030
reduction_percent = 50
"""
BREACHED: Final = ["Emission Threshold Breached"]


@pytest.fixture
def rules(doors: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a deployment whose policy has a rule, and March published at 120 kg."""
    configure(tmp_path, monkeypatch, RULE + TARGET)
    doors.dynamodb.put_item(TableName="ledger", Item=pointer_row())
    return doors


def configure(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let the policy's layer hold a configuration."""
    package = folder / "crossfoot_policy"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "configuration.toml").write_text(text)
    monkeypatch.syspath_prepend(str(folder))


def pointer_row(version: int = 1, settled: int = 1, run_id: str = RUN) -> dict[str, Any]:
    """Return March's pointer as the ledger keeps it."""
    texts = {
        "pk": "month#2026-03", "sk": "pointer", "usage_period": "2026-03", "run_id": run_id,
        "identity": "i", "delivery_id": "d-1", "model_version": "v3.0.1",
        "published_at": datetime(2026, 4, 20, tzinfo=UTC).isoformat(),
    }  # fmt: skip
    numbers = {"version": version, "settled_version": settled}
    return {
        **{name: {"S": text} for name, text in texts.items()},
        **{name: {"N": str(number)} for name, number in numbers.items()},
    }


def answer(doors: Any, query: dict[str, str], kilograms: str = "120", run_id: str = RUN) -> None:
    """Put what Athena would unload for a query: one account of one month."""
    bucket, _, folder = query["sql"].rpartition("TO 's3://")[2].partition("'")[0].partition("/")
    amount, version = Decimal(kilograms).quantize(Decimal("1e-9")), "v3.0.1"
    rows = [
        {"kind": "account", "usage_account_id": "111122223333", "amount": amount},
        {"kind": "month", "usage_account_id": None, "amount": None},
    ]
    known = {"usage_period": "2026-03", "run_id": run_id, "n_rows": 1, "n_known": 1}
    decimals = pa.decimal128(38, 9)
    names = {"low": None, "high": None, "version": version}
    table = pa.Table.from_pylist([{**known, **names, **row} for row in rows])
    for name in ("amount", "low", "high"):
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, table[name].cast(decimals))
    body = BytesIO()
    pq.write_table(table, body)
    doors.s3.put_object(Bucket=bucket, Key=f"{folder}20260420_part", Body=body.getvalue())


def answer_all(doors: Any, asked: dict[str, Any], **said: Any) -> None:
    """Put an answer to every question about figures; no record was ever kept."""
    for query in asked["queries"]:
        if query["name"].startswith("series_"):
            answer(doors, query, **said)


def judged(doors: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Judge an attempt."""
    given = {name: asked[name] for name in ("attempt", "snapshot")}
    request = {"step": "judge", "holder": "watch-rules-2026-03-p1", **given}
    found: dict[str, Any] = doors.hand("judge_rules", request)
    return found


def test_a_breach_is_asked_judged_and_told_once(rules: Any) -> None:
    """Athena is asked between the steps; what was judged to the end is not asked again."""
    asked = rules.call("judge_rules.ask")
    answer_all(rules, asked)

    assert (asked["outcome"], asked["snapshot"]) == ("ask", 1)
    assert all(query["sql"].startswith("UNLOAD (SELECT ") for query in asked["queries"])
    first, second = judged(rules, asked), judged(rules, asked)
    assert first == {
        "outcome": "judged", "snapshot": 1, "n_breached": 1, "n_told": 1, "n_sent": 1,
    }  # fmt: skip
    assert (second["n_breached"], second["n_told"]) == (1, 0)
    assert rules.notices() == BREACHED
    assert rules.call("judge_rules.ask")["outcome"] == "judged"
    assert rules.call("judge_rules.ask_by_hand")["outcome"] == "ask"


def test_what_was_published_meanwhile_is_asked_again(rules: Any) -> None:
    """Answers of before a publication are judged by nobody."""
    asked = rules.call("judge_rules.ask")
    answer_all(rules, asked)
    rules.dynamodb.put_item(TableName="ledger", Item=pointer_row(2, 2, "r-ffeeddccbbaa9988"))

    assert judged(rules, asked)["outcome"] == "again"
    assert rules.notices() == []


def test_one_execution_asks_for_all(rules: Any) -> None:
    """While one has the turn others end, but by hand; it sees what they came for."""
    mine = rules.call("judge_rules.ask")
    other = {**rules.sample("judge_rules.ask"), "holder": "watch-rules-2026-04-p1"}
    rules.dynamodb.put_item(TableName="ledger", Item=pointer_row(2, 2))

    assert rules.hand("judge_rules", other)["outcome"] == "judged"
    assert rules.call("judge_rules.ask_by_hand")["outcome"] == "ask"
    assert judged(rules, mine)["outcome"] == "again"
    mine = rules.call("judge_rules.ask")
    answer_all(rules, mine)
    assert judged(rules, mine)["outcome"] == "judged"
    assert rules.hand("judge_rules", other)["outcome"] == "judged"
    rules.dynamodb.put_item(TableName="ledger", Item=pointer_row(3, 3))
    assert rules.hand("judge_rules", other)["outcome"] == "ask"


def test_what_the_catalogue_does_not_show_is_not_asked(rules: Any) -> None:
    """While a publication is under way, nothing can be trusted yet."""
    rules.dynamodb.put_item(TableName="ledger", Item=pointer_row(2, 1))

    assert rules.call("judge_rules.ask")["outcome"] == "again"


def test_an_answer_of_another_run_is_not_judged(rules: Any) -> None:
    """Athena may have read a partition before it was moved: the step is tried again."""
    asked = rules.call("judge_rules.ask")
    answer_all(rules, asked, run_id="r-ffeeddccbbaa9988")

    with pytest.raises(StorageError, match="ask again"):
        judged(rules, asked)
    assert rules.notices() == []


def test_before_the_first_publication_nothing_is_asked(doors: Any) -> None:
    """There is nothing to judge, and nothing to forecast from."""
    assert doors.call("judge_rules.ask")["outcome"] == "judged"


def test_forecasts_and_targets_are_kept_once(rules: Any) -> None:
    """What says the same as the record before is not kept again."""
    for _ in range(2):
        asked = rules.call("judge_rules.ask_by_hand")
        answer_all(rules, asked)
        judged(rules, asked)

    kept = rules.s3.list_objects_v2(Bucket="curated-bucket", Prefix="tables/")["Contents"]
    assert sorted(each["Key"].split("/")[1] for each in kept) == ["forecasts", "targets"]


def test_a_tag_that_no_table_has_is_named(
    doors: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule that cannot be asked is an error by name, before Athena is asked."""
    configure(tmp_path, monkeypatch, RULE + 'tags = { owner = ["ann"] }\n')
    doors.dynamodb.put_item(TableName="ledger", Item=pointer_row())

    with pytest.raises(ConfigurationError, match="tag_owner"):
        doors.call("judge_rules.ask")


def test_what_is_no_step_is_refused(doors: Any) -> None:
    """A request that is neither of the two is refused as a whole."""
    with pytest.raises(ValidationError):
        doors.hand("judge_rules", {**doors.sample("judge_rules.judge"), "attempt": "../x"})


@pytest.mark.parametrize("case", ["breached", "quarantined"])
def test_an_event_is_told_in_chat(doors: Any, case: str) -> None:
    """The topic gets the event in the schema of custom notifications."""
    clients = deployed_parts.clients()
    topic = clients.sns.create_topic(Name="crossfoot-chat")["TopicArn"]
    queue = doors_queue(topic)
    told = doors.call(f"tell_chat.{case}")
    message = json.loads(received(queue))

    assert message["id"] == told["event_id"]
    assert (message["version"], message["source"]) == ("1.0", "custom")
    assert message["content"]["textType"] == "client-markdown"
    assert message["metadata"]["threadId"] == told["thread_id"]


def doors_queue(topic: str) -> str:
    """Subscribe a queue to a topic, without the envelope."""
    sqs = boto3.client("sqs", region_name="us-east-1")
    url = str(sqs.create_queue(QueueName="channel")["QueueUrl"])
    deployed_parts.clients().sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint="arn:aws:sqs:us-east-1:111122223333:channel",
        Attributes={"RawMessageDelivery": "true"},
    )
    return url


def received(url: str) -> str:
    """Return the one message of a queue."""
    sqs = boto3.client("sqs", region_name="us-east-1")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    return str(message["Body"])
