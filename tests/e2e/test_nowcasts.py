"""The silent month: told before AWS publishes it, given up when AWS does, and judged."""

import json
import subprocess
import time
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pytest
from harness.deployment import Deployment
from harness.exports import CARBON_EXPORT, USAGE_EXPORT, Delivery, SampleExports, mirror
from harness.months import Months
from harness.notices import Notices
from harness.organisation import CROSSFOOT, Organisation
from harness.readers import (
    MEASURES,
    AthenaReader,
    LocalReader,
    rows_of,
    run_locally,
    sums_of,
)
from harness.scenario_table import Scenario
from harness.truths import kilograms

from crossfoot.domain.columns import EMISSIONS

LEAST: Final = 4
"""Published months to learn from, where no scenario before has published any."""

MADE: Final = "Emissions Nowcast Made"
COLUMNS: Final = [column.name for column in EMISSIONS.columns if column.name != "run_id"]


class Looks:
    """Starts looks ahead, as the schedule does, and finds the nowcasts of a month."""

    def __init__(self, deployment: Deployment, months: Months) -> None:
        client = deployment.stand_in.client
        self._states = client("stepfunctions")
        self._dynamodb = client("dynamodb")
        self._table = deployment.named("AWS::DynamoDB::Table", "monthledger")
        self._months = months
        machines = self._states.list_state_machines()["stateMachines"]
        self._machine = next(
            each["stateMachineArn"] for each in machines if "look-ahead" in each["name"]
        )

    def take(self) -> dict[str, Any]:
        """Take a look by the clock, and wait for all that it starts; return its execution."""
        execution = self.ended(self.begin())
        self._months.wait_until_quiet()
        return execution

    def begin(self) -> str:
        """Begin a look by the clock; return the ARN of its execution."""
        started = self._states.start_execution(stateMachineArn=self._machine, input="{}")
        return str(started["executionArn"])

    def ended(self, arn: str) -> dict[str, Any]:
        """Wait for a look, and return its execution."""
        self._months.wait_until(lambda: self._ended(arn), "a look ahead")
        return dict(self._states.describe_execution(executionArn=arn))

    def has_begun_to_place(self, usage_period: str) -> bool:
        """Whether the closing of a month on a nowcast has begun."""
        names = (each["name"] for each in self._months.executions())
        return any(name.startswith(f"nowcast-{usage_period}-") for name in names)

    def wait_for_all(self) -> None:
        """Wait until no look ahead runs, such as those that follow publications."""

        def none_runs() -> bool:
            running = self._states.list_executions(
                stateMachineArn=self._machine, statusFilter="RUNNING"
            )
            return not running["executions"]

        self._months.wait_until(none_runs, "the looks ahead")
        self._months.wait_until_quiet()

    def n_deliveries(self, usage_period: str) -> int:
        """Return how many deliveries of a month the ledger knows."""
        found = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={
                ":pk": {"S": f"month#{usage_period}"},
                ":prefix": {"S": "delivery#"},
            },
            ConsistentRead=True,
        )
        return int(found["Count"])

    def nowcast(self, usage_period: str) -> dict[str, Any] | None:
        """Return the pointer of a month's nowcast."""
        key = {"pk": {"S": f"month#{usage_period}"}, "sk": {"S": "nowcast"}}
        found = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        if "Item" not in found:
            return None
        return {name: next(iter(value.values())) for name, value in found["Item"].items()}

    def _ended(self, arn: str) -> bool:
        return bool(self._states.describe_execution(executionArn=arn)["status"] != "RUNNING")


@dataclass(frozen=True)
class Stage:
    """The deployment, and all that is seen of it."""

    deployment: Deployment
    months: Months
    looks: Looks
    notices: Notices
    athena: AthenaReader

    def deliver(self, delivery: Delivery) -> None:
        """Deliver, and wait until it is known and all is quiet."""
        period = delivery.usage_period
        before = self.looks.n_deliveries(period)
        delivery.put(self.deployment.stand_in.client("s3"), self.deployment.landing)
        self.months.wait_until(
            lambda: self.looks.n_deliveries(period) > before, f"a delivery of {period}"
        )
        self.months.wait_until_quiet()

    def statuses(self, usage_period: str) -> set[tuple[str | None, ...]]:
        """Return whose figures a month shows, and of which runs."""
        return set(rows_of(self.athena, ["status", "run_id"], usage_period))


@pytest.fixture(scope="module")
def stage(deployment: Deployment, months: Months, notices: Notices, athena: AthenaReader) -> Stage:
    """Return the stage."""
    return Stage(deployment, months, Looks(deployment, months), notices, athena)


@pytest.fixture(scope="module")
def silent(organisation: Organisation) -> str:
    """Return the month that AWS has not published."""
    return organisation.silent_months[0]


@pytest.fixture(scope="module")
def year(
    deployment: Deployment, months: Months, exports: SampleExports, organisation: Organisation
) -> list[Delivery]:
    """Return what the published months were made of; publish the newest where there is none."""
    versions = months.versions(organisation.usage_months)
    there = [period for period, version in versions.items() if version]
    wanted = set(there or organisation.usage_months[-LEAST:])
    deliveries = [
        *exports.deliveries(CARBON_EXPORT, wanted),
        *exports.deliveries(USAGE_EXPORT, wanted),
    ]
    if not there:
        for delivery in deliveries:
            delivery.put(deployment.stand_in.client("s3"), deployment.landing)
        months.wait_for(dict.fromkeys(wanted, 1), patience=900)
        months.wait_until_quiet()
    return deliveries


@pytest.fixture(scope="module")
def usage(exports: SampleExports, silent: str) -> Delivery:
    """Return the usage of the silent month."""
    (found,) = exports.deliveries(USAGE_EXPORT, {silent})
    return found


@pytest.fixture(scope="module")
def carbon(exports: SampleExports, organisation: Organisation, silent: str) -> Delivery:
    """Return what AWS is going to publish of the silent month: a tenth more than before."""
    last = exports.deliveries(CARBON_EXPORT, {organisation.usage_months[-1]})[-1]
    return _carbon_of(silent, last)


@pytest.fixture(scope="module")
def local(
    year: list[Delivery], usage: Delivery, organisation: Organisation, scratch: Path
) -> LocalReader:
    """Run the same through the command line: the year, and the nowcast after it."""
    tree, warehouse = scratch / "silent", scratch / "silent-warehouse"
    mirror([*year, usage], tree)
    policy = ("--config", organisation.configuration, "--inventory", organisation.inventory)
    reader = run_locally(tree, warehouse, "--carbon", "carbon", "--usage", "usage", *policy)
    command = [CROSSFOOT, "nowcast", "--publish", "--warehouse", warehouse]
    command += ["--usage", tree / "usage", *policy]
    subprocess.run([str(part) for part in command], check=True, capture_output=True)
    return reader


def _carbon_of(usage_period: str, last: Delivery) -> Delivery:
    """Return carbon of a later month: a tenth more than of the last one."""
    more = last.scaled(1.1)
    rows = [_moved(table, usage_period) for table in more.tables()]
    return replace(more, usage_period=usage_period).remade(rows)


def _moved(table: pa.Table, usage_period: str) -> pa.Table:
    """Return the rows of a month as those of the next one."""
    start = datetime.fromisoformat(f"{usage_period}-01")
    end = datetime(start.year + start.month // 12, start.month % 12 + 1, 1)  # noqa: DTZ001 - AWS's
    for name, instant in (("usage_period_start", start), ("usage_period_end", end)):
        column = pa.repeat(pa.scalar(instant, table.schema.field(name).type), len(table))
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return table


def test_a_silent_month_is_told_and_placed(
    stage: Stage, year: list[Delivery], usage: Delivery, silent: str, scenario: Scenario
) -> None:
    """Its rows say that they are nowcast, and sum to the kept nowcast and to the event, exactly."""
    del year
    stage.deliver(usage)
    started = time.monotonic()
    assert stage.looks.take()["status"] == "SUCCEEDED"
    pointer = stage.looks.nowcast(silent)
    assert pointer is not None
    assert pointer["version"] == pointer["settled_version"] == "1"
    assert stage.months.published(silent) is None

    assert stage.statuses(silent) == {("nowcast", pointer["run_id"])}
    found = sums_of(stage.athena, silent)
    kept = stage.athena.table(
        f"SELECT {', '.join(MEASURES)} FROM nowcasts WHERE grain = 'organisation' "
        f"AND record_id = '{pointer['delivery_id']}'"
    ).to_pylist()
    assert kept == [found]
    (told,) = stage.notices.of(MADE, silent)
    assert told["totals"] == {name: value for name, value in found.items() if value is not None}
    assert (told["horizon"], told["nowcast_id"]) == (1, pointer["delivery_id"])
    scenario.note(f"{time.monotonic() - started:.0f} s from the look to the ledger")


@pytest.mark.parametrize(
    "table", ["reconciliation", "restatements", "redistributions", "usage_lines"]
)
def test_a_nowcast_shows_no_proof_of_what_aws_never_said(
    stage: Stage, silent: str, table: str
) -> None:
    """Its proof stays in its run; nothing of it is AWS's."""
    found = stage.athena.table(f"SELECT count(*) AS n FROM {table} WHERE usage_period = '{silent}'")
    assert found["n"].to_pylist() == ["0"]


def test_a_nowcast_equals_the_command_line(
    stage: Stage, local: LocalReader, silent: str, scenario: Scenario
) -> None:
    """Two engines, one nowcast: every measure and every key of every row is the same text."""
    here, there = (rows_of(reader, COLUMNS, silent) for reader in (local, stage.athena))
    assert here == there
    scenario.note(f"{len(here):,} rows x {len(COLUMNS)} columns")


def test_another_look_at_the_same_changes_nothing(stage: Stage, silent: str) -> None:
    """Equal usage and an equal history give the same nowcast, the same run and no event."""
    before = stage.looks.nowcast(silent)
    assert stage.looks.take()["status"] == "SUCCEEDED"
    assert stage.looks.nowcast(silent) == before
    assert stage.notices.counted(silent)[MADE] == 1


def test_newer_usage_makes_a_newer_nowcast(stage: Stage, usage: Delivery, silent: str) -> None:
    """It takes the place of the one before it, and is told; both are kept."""
    fewer = usage.with_tables([table.slice(0, len(table) // 4) for table in usage.tables()])
    stage.deliver(fewer)
    stage.looks.take()
    pointer = stage.looks.nowcast(silent)
    assert pointer is not None
    assert (pointer["version"], pointer["settled_version"]) == ("2", "2")
    assert stage.statuses(silent) == {("nowcast", pointer["run_id"])}
    assert stage.notices.counted(silent)[MADE] == 2
    records = stage.athena.table(
        f"SELECT DISTINCT record_id FROM nowcasts WHERE usage_period = '{silent}'"
    )
    assert len(records) == 2


def test_the_publication_of_aws_takes_its_place(
    stage: Stage, carbon: Delivery, silent: str
) -> None:
    """Nothing is left of the nowcast but its record: every row is AWS's, and sums to it."""
    stage.deliver(carbon)
    stage.months.wait_for({silent: 1})
    published = stage.months.published(silent)
    assert published is not None
    assert stage.statuses(silent) == {("published", published.run_id)}
    found = sums_of(stage.athena, silent)
    for column, amount in kilograms(carbon).items():
        assert Decimal(found[column] or "0") == amount, column
    told = stage.notices.counted(silent)
    assert (told["Emissions Period Published"], told["Emissions Period Restated"]) == (1, 0)
    stage.looks.wait_for_all()


def test_how_far_it_was_off_is_kept(
    stage: Stage, carbon: Delivery, silent: str, scenario: Scenario
) -> None:
    """Of the last nowcast before AWS published: told, published, their difference."""
    pointer = stage.looks.nowcast(silent)
    assert pointer is not None
    rows = stage.athena.table(
        "SELECT measure, nowcast_id, told_kgco2e, published_kgco2e, error_kgco2e "
        f"FROM nowcast_errors WHERE usage_period = '{silent}' AND grain = 'organisation'"
    ).to_pylist()
    reported = kilograms(carbon)
    assert {row["nowcast_id"] for row in rows} == {pointer["delivery_id"]}
    assert len(rows) == len(MEASURES)
    for row in rows:
        told, published = Decimal(row["told_kgco2e"]), Decimal(row["published_kgco2e"])
        assert Decimal(row["error_kgco2e"]) == told - published
        assert published == reported.get(f"{row['measure']}_kgco2e", published)
    scenario.note("; ".join(f"{row['measure']} {row['error_kgco2e']} kg" for row in rows[-2:]))


def test_a_nowcast_that_comes_late_gives_way(stage: Stage, silent: str) -> None:
    """A closing on a nowcast of a month that AWS has published ends, and moves nothing."""
    pointer, published = stage.looks.nowcast(silent), stage.months.published(silent)
    assert pointer is not None
    states = stage.deployment.stand_in.client("stepfunctions")
    given = {"usage_period": silent, "cause": "nowcast", "nowcast": pointer["delivery_id"]}
    arn = states.start_execution(stateMachineArn=stage.months.machine, input=json.dumps(given))
    stage.months.wait_until_quiet()
    assert stage.months.execution(arn["executionArn"])["status"] == "SUCCEEDED"
    assert (stage.looks.nowcast(silent), stage.months.published(silent)) == (pointer, published)
    assert {status for status, _ in stage.statuses(silent)} == {"published"}


def test_a_look_at_nothing_ends_at_once(stage: Stage, silent: str) -> None:
    """With every month published there is nothing to tell."""
    assert stage.looks.take()["status"] == "SUCCEEDED"
    assert stage.notices.counted(silent)[MADE] == 2


def test_looks_and_a_publication_at_the_same_time_end_with_aws(
    stage: Stage,
    exports: SampleExports,
    organisation: Organisation,
    carbon: Delivery,
    scenario: Scenario,
) -> None:
    """Three looks at once while AWS publishes: its figure is shown, and what was told is judged."""
    running = organisation.silent_months[1]
    stage.deliver(exports.deliveries(USAGE_EXPORT, {running})[-1])
    looks = [stage.looks.begin() for _ in range(3)]
    published = _carbon_of(running, carbon)
    # the nowcasts are on their way when AWS's figure comes
    stage.months.wait_until(lambda: stage.looks.has_begun_to_place(running), "a nowcast")
    stage.deliver(published)
    for look in looks:
        assert stage.looks.ended(look)["status"] == "SUCCEEDED"
    stage.months.wait_for({running: 1})
    stage.looks.wait_for_all()

    pointer = stage.months.published(running)
    assert pointer is not None
    assert stage.statuses(running) == {("published", pointer.run_id)}
    found = sums_of(stage.athena, running)
    for column, amount in kilograms(published).items():
        assert Decimal(found[column] or "0") == amount, column
    told = stage.notices.counted(running)
    nowcast = stage.looks.nowcast(running)
    assert told[MADE] == (0 if nowcast is None else int(nowcast["version"]))
    judged = stage.athena.table(
        f"SELECT DISTINCT nowcast_id FROM nowcast_errors WHERE usage_period = '{running}'"
    )
    assert len(judged) == (0 if nowcast is None else 1)
    scenario.note(f"{told[MADE]} nowcasts before it")
