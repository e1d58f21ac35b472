"""The door that plans a month: deliveries in S3 become a plan that later steps read."""

import io
import json
from typing import Any

import pyarrow.parquet as pq

PAYER = "111122223333"


def test_a_month_with_both_exports_is_planned(doors: Any, delivered: Any) -> None:
    """Carbon is read and kept, the newest usage is chosen, and the plan lies where it is told."""
    _deliver_both(doors, delivered)
    answer = doors.call("ingest_carbon.delivery")
    plan = _read(doors, answer["plan_uri"])

    assert answer["outcome"] == "build"
    assert answer["has_usage"]
    assert plan["usage_period"] == "2026-03"
    assert {name: plan[name] for name in ("run_id", "holder", "fence", "usage_digest")} == {
        name: answer[name] for name in ("run_id", "holder", "fence", "usage_digest")
    }
    assert plan["payer_account_id"] == PAYER


def test_the_same_execution_plans_the_same_run(doors: Any, delivered: Any) -> None:
    """A retry keeps its claim, its fence and its plan."""
    _deliver_both(doors, delivered)

    assert doors.call("ingest_carbon.delivery") == doors.call("ingest_carbon.delivery")


def test_a_month_before_the_usage_export_closes_on_carbon_alone(
    doors: Any, delivered: Any, monkeypatch: Any
) -> None:
    """Its one shard is written with the plan."""
    monkeypatch.setenv("USAGE_SINCE", "2026-04")
    _deliver_carbon(doors, delivered)
    answer = doors.call("ingest_carbon.delivery")

    assert (answer["outcome"], answer["has_usage"]) == ("build", False)
    assert _read(doors, answer["shards_uri"]) == [{"shard": 0, "rollup_uri": None}]


def test_carbon_of_another_payer_is_quarantined(doors: Any, delivered: Any) -> None:
    """It is told by an event, and the month goes on waiting."""
    _deliver_carbon(doors, delivered, payer="999999999999")

    assert doors.call("ingest_carbon.delivery")["outcome"] == "waiting"
    assert doors.notices() == ["Delivery Quarantined"]


def _deliver_both(doors: Any, delivered: Any) -> None:
    _deliver_carbon(doors, delivered)
    doors.deliver("accept_delivery.usage")
    doors.call("accept_delivery.usage")


def _deliver_carbon(doors: Any, delivered: Any, payer: str = PAYER) -> None:
    doors.create_catalog()
    stream = io.BytesIO()
    table = delivered.carbon({"payer_account_id": payer})
    pq.write_table(table, stream, use_deprecated_int96_timestamps=True, store_schema=False)
    doors.deliver("accept_delivery.carbon", stream.getvalue())
    doors.call("accept_delivery.carbon")


def _read(doors: Any, uri: str) -> Any:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return json.loads(doors.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
