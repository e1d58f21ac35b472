"""Catalogue, bus, workflow and the shelf of runs."""

import json
from typing import Any, Final

import pytest
from botocore.stub import Stubber

from crossfoot.adapters.aws.event_bus import EventBridgeBus
from crossfoot.adapters.aws.glue_catalog import MONTH_TABLES
from crossfoot.adapters.aws.places import run_id_of_partition
from crossfoot.adapters.aws.run_shelf import S3RunShelf
from crossfoot.adapters.aws.s3_objects import as_json
from crossfoot.adapters.aws.step_functions import StepFunctionsWorkflow
from crossfoot.domain.deliveries import Notice
from crossfoot.domain.errors import DeploymentError, RunContentError, StorageError
from crossfoot.domain.period import UsagePeriod

MARCH: Final = UsagePeriod("2026-03")
FIRST: Final = "r-0000000000000001"
SECOND: Final = "r-0000000000000002"
ROLE: Final = "arn:aws:iam::123456789012:role/close-month"
FULL_TABLES: Final = ("usage", "emissions")


def written(world: Any, run_id: str, *tables: str) -> None:
    """Write one file of each table of a run."""
    for table in tables:
        place = world.places.table_part(table, MARCH, run_id)
        world.put(place.key, b"PAR1", place.bucket)


def shown(world: Any) -> dict[str, str]:
    """Return the run that each table shows for March."""
    found = {}
    for table in MONTH_TABLES:
        answer = world.glue.get_partitions(DatabaseName="crossfoot", TableName=table)
        for partition in answer["Partitions"]:
            assert partition["Values"] == ["2026-03"]
            location = partition["StorageDescriptor"]["Location"]
            found[table] = run_id_of_partition(location, "curated-bucket")
    return found


def test_tables_show_the_run_that_has_their_files(world: Any) -> None:
    """A table without a file of the month has no partition."""
    written(world, FIRST, *FULL_TABLES)
    for _ in range(2):
        world.catalog.point(MARCH, FIRST)

    assert shown(world) == dict.fromkeys(FULL_TABLES, FIRST)


def test_a_table_that_the_new_run_lacks_shows_nothing_of_the_old(world: Any) -> None:
    """No reader ever sees two runs of one month side by side."""
    written(world, FIRST, *MONTH_TABLES)
    world.catalog.point(MARCH, FIRST)
    written(world, SECOND, "emissions")

    world.catalog.point(MARCH, SECOND)

    assert shown(world) == dict.fromkeys(MONTH_TABLES, SECOND)


def test_a_partition_reads_as_its_table_does(world: Any) -> None:
    """Columns and format are the table's; only the place differs."""
    written(world, FIRST, "emissions")
    world.catalog.point(MARCH, FIRST)

    table = world.glue.get_table(DatabaseName="crossfoot", Name="emissions")["Table"]
    (partition,) = world.glue.get_partitions(DatabaseName="crossfoot", TableName="emissions")[
        "Partitions"
    ]
    theirs, own = table["StorageDescriptor"], partition["StorageDescriptor"]
    assert own["Columns"] == theirs["Columns"]
    assert own["SerdeInfo"] == theirs["SerdeInfo"]
    assert own["Location"] != theirs["Location"]


def test_the_ledger_itself_is_pointed_last(world: Any) -> None:
    """What explains the figures is there before them; a crash in between is resumed."""
    assert MONTH_TABLES[-1] == "emissions"
    assert len(set(MONTH_TABLES)) == len(MONTH_TABLES)
    written(world, FIRST, *MONTH_TABLES)
    world.catalog.point(MARCH, FIRST)
    written(world, SECOND, *MONTH_TABLES)
    inner, calls = world.glue.update_partition, []

    def crash_at_the_last(**parameters: Any) -> Any:
        calls.append(parameters["TableName"])
        if parameters["TableName"] == "emissions":
            raise SystemExit
        return inner(**parameters)

    world.glue.update_partition = crash_at_the_last
    try:
        with pytest.raises(SystemExit):
            world.catalog.point(MARCH, SECOND)
    finally:
        del world.glue.update_partition

    assert shown(world)["emissions"] == FIRST
    world.catalog.point(MARCH, SECOND)
    assert set(shown(world).values()) == {SECOND}
    assert calls == list(MONTH_TABLES)


def test_a_partition_that_another_makes_meanwhile_is_pointed(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Create after a miss may come second; then it is an update."""
    written(world, FIRST, "emissions")
    written(world, SECOND, "emissions")
    inner = world.glue.create_partition

    def come_second(**parameters: Any) -> Any:
        monkeypatch.setattr(world.glue, "create_partition", inner)
        world.catalog.point(MARCH, SECOND)
        return inner(**parameters)

    monkeypatch.setattr(world.glue, "create_partition", come_second)

    world.catalog.point(MARCH, FIRST)

    assert shown(world) == {"emissions": FIRST}


def test_partitions_that_come_and_go_are_tried_again_later(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither there nor to be made: the state machine tries again."""
    written(world, FIRST, "emissions")
    exists = world.glue.exceptions.AlreadyExistsException

    def there(**_: Any) -> None:
        raise exists({"Error": {"Code": "AlreadyExistsException"}}, "CreatePartition")

    monkeypatch.setattr(world.glue, "create_partition", there)

    with pytest.raises(StorageError, match="came and went"):
        world.catalog.point(MARCH, FIRST)


def test_a_table_that_is_not_deployed_is_named(world: Any) -> None:
    """Functions make no tables: a missing one is the deployment's fault."""
    world.glue.delete_table(DatabaseName="crossfoot", Name="usage")

    with pytest.raises(DeploymentError, match=r"crossfoot\.usage"):
        world.catalog.point(MARCH, FIRST)


def test_notices_go_out_by_tens(world: Any, made: Any) -> None:
    """Every notice is sent under the source crossfoot to the bus, its detail whole."""
    notices = [made.notice(f"e-{number}", text="é") for number in range(23)]
    taken = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}] * 10}
    sizes = []

    with Stubber(world.events) as stub:
        for number in (10, 10, 3):
            stub.add_response("put_events", {**taken, "Entries": taken["Entries"][:number]})
        hook = sizes.append
        world.events.meta.events.register(
            "provide-client-params.eventbridge.PutEvents",
            lambda params, **_: hook(params["Entries"]),
            unique_id="sizes",
        )
        sent = EventBridgeBus(world.events, "crossfoot").send(notices)
    world.events.meta.events.unregister(
        "provide-client-params.eventbridge.PutEvents", unique_id="sizes"
    )

    assert sent == [notice.event_id for notice in notices]
    assert [len(entries) for entries in sizes] == [10, 10, 3]
    assert sizes[0][0] == {
        "Source": "crossfoot",
        "DetailType": "Emissions Period Published",
        "Detail": '{"data": {"text": "é"}, "metadata": {"n": 1}}',
        "EventBusName": "crossfoot",
    }


def test_entries_that_the_bus_refuses_stay_with_the_caller(world: Any, made: Any) -> None:
    """EventBridge judges entry by entry; moto takes every one."""
    notices = [made.notice(f"e-{number}") for number in range(3)]
    answer = {
        "FailedEntryCount": 1,
        "Entries": [
            {"EventId": "1"},
            {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"},
            {"EventId": "3"},
        ],
    }

    with Stubber(world.events) as stub:
        stub.add_response("put_events", answer)
        sent = EventBridgeBus(world.events, "crossfoot").send(notices)

    assert sent == ["e-0", "e-2"]


def test_large_notices_are_sent_in_requests_of_their_own(world: Any, made: Any) -> None:
    """A request stays below what EventBridge takes, whatever its notices weigh."""
    notices = [made.notice(f"e-{number}", text="x" * 100_000) for number in range(5)]
    bus = EventBridgeBus(world.events, "crossfoot")

    with Stubber(world.events) as stub:
        for number in (2, 2, 1):
            entries = [{"EventId": "1"}] * number
            stub.add_response("put_events", {"FailedEntryCount": 0, "Entries": entries})
        sent = bus.send(notices)

    assert len(sent) == 5
    assert bus.send([]) == []


def test_moto_takes_our_events(world: Any, made: Any) -> None:
    """The request is as the service model wants it."""
    world.events.create_event_bus(Name="crossfoot")
    notice = Notice("e-1", "Delivery Quarantined", {"metadata": {}, "data": {}})

    assert EventBridgeBus(world.events, "crossfoot").send([notice, made.notice("e-2")]) == [
        "e-1",
        "e-2",
    ]


@pytest.fixture
def machine(world: Any) -> str:
    """Return a state machine that does nothing."""
    states = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    answer = world.step_functions.create_state_machine(
        name="close_month", definition=json.dumps(states), roleArn=ROLE
    )
    return str(answer["stateMachineArn"])


def test_a_name_starts_one_execution(world: Any, machine: str) -> None:
    """The same name with another input is known already; nothing starts.

    AWS answers a repetition with the same input, while it runs, as if it were the first; moto
    refuses that one too. In both there is one execution.
    """
    workflow = StepFunctionsWorkflow(world.step_functions, machine)
    assert workflow.start(MARCH, "close-2026-03-abc")
    again = StepFunctionsWorkflow(world.step_functions, machine, cause="replay")
    assert not again.start(MARCH, "close-2026-03-abc")
    assert workflow.start(MARCH, "close-2026-03-def")

    executions = world.step_functions.list_executions(stateMachineArn=machine)["executions"]
    assert {each["name"] for each in executions} == {"close-2026-03-abc", "close-2026-03-def"}
    arn = executions[0]["executionArn"]
    told = world.step_functions.describe_execution(executionArn=arn)
    assert json.loads(told["input"]) == {"usage_period": "2026-03", "cause": "delivery"}


def test_a_machine_that_is_not_deployed_is_named(world: Any, machine: str) -> None:
    """A missing state machine is the deployment's fault, under AWS's name."""
    workflow = StepFunctionsWorkflow(world.step_functions, f"{machine}-other")

    with pytest.raises(DeploymentError, match="StateMachineDoesNotExist"):
        workflow.start(MARCH, "close-1")


def test_the_manifest_of_a_finished_run_is_read(world: Any) -> None:
    """A run has a manifest once it is whole; a damaged one is named."""
    runs = S3RunShelf(world.objects, world.places)
    with pytest.raises(DeploymentError, match="is not there"):
        runs.manifest(MARCH, FIRST)
    place = world.places.run_manifest(MARCH, FIRST)
    world.objects.put_new(place, as_json({"run_id": FIRST}))
    assert runs.manifest(MARCH, FIRST) == {"run_id": FIRST}
    world.objects.put(place, b"")
    with pytest.raises(RunContentError):
        runs.manifest(MARCH, FIRST)
