"""What the pipeline's template promises: events are not lost, and people are told."""

import ast
import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crossfoot.usecases.accept_delivery import Acceptance
from crossfoot.usecases.plan_month import Outcome
from crossfoot_infra.constructs.alarms import ALARMS, RUNBOOKS
from crossfoot_infra.constructs.figures import NAMESPACE, OWN_FIGURES, QUARANTINES
from crossfoot_infra.constructs.notices import FOR_PEOPLE

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def queues(deployment: Any) -> dict[str, dict[str, Any]]:
    """Queues by their names."""
    return {
        each["QueueName"]: each for each in deployment.properties("Pipeline", "AWS::SQS::Queue")
    }


@pytest.fixture(scope="session")
def alarms(deployment: Any) -> dict[str, dict[str, Any]]:
    """Alarms by their names."""
    found = deployment.properties("Pipeline", "AWS::CloudWatch::Alarm")
    return {each["AlarmName"]: each for each in found}


def policies(deployment: Any, verb: str) -> list[dict[str, Any]]:
    """Return the statements of a function's or state machine's own policy."""
    (policy,) = (
        each["Properties"]
        for name, each in deployment.resources("Pipeline", "AWS::IAM::ManagedPolicy").items()
        if name.startswith(f"{verb}Access")
    )
    statements: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return statements


def allowed(statements: list[dict[str, Any]], action: str) -> list[Any]:
    """Return the resources that an action is allowed on."""
    return [
        resource
        for each in statements
        if each["Effect"] == "Allow" and action in _list(each["Action"])
        for resource in _list(each["Resource"])
    ]


def test_manifests_of_our_exports_are_announced(deployment: Any) -> None:
    """The rule takes manifests under the two prefixes of the landing bucket, and nothing else."""
    rules = deployment.properties("Pipeline", "AWS::Events::Rule")
    (rule,) = (each for each in rules if each["EventPattern"]["source"] == ["aws.s3"])
    pattern = rule["EventPattern"]

    assert pattern["detail-type"] == ["Object Created"]
    assert pattern["detail"]["bucket"]["name"] == [deployment.settings.landing_bucket_name]
    assert pattern["detail"]["object"]["key"] == [
        {"wildcard": "carbon/*Manifest.json"},
        {"wildcard": "usage/*Manifest.json"},
    ]
    (target,) = rule["Targets"]
    assert target["RetryPolicy"]["MaximumRetryAttempts"] == 185
    assert "Arn" in target["DeadLetterConfig"]


def test_chat_hears_what_people_are_told(deployment: Any) -> None:
    """Every event for people is told in chat too; what the function does not take is kept."""
    rules = deployment.properties("Pipeline", "AWS::Events::Rule")
    (rule,) = (each for each in rules if each["EventPattern"]["source"] == ["crossfoot"])
    (target,) = rule["Targets"]

    assert rule["EventPattern"]["detail-type"] == list(FOR_PEOPLE)
    assert "Arn" in target["DeadLetterConfig"]
    assert allowed(policies(deployment, "TellChat"), "sns:Publish")


def test_queues_are_encrypted_and_reached_by_tls_only(
    deployment: Any, queues: dict[str, dict[str, Any]]
) -> None:
    """Every queue is under our key, keeps for two weeks, and refuses what is not TLS."""
    policies_ = json.dumps(deployment.properties("Pipeline", "AWS::SQS::QueuePolicy"))

    assert set(queues) == {
        "crossfoot-deliveries", "crossfoot-deliveries-dead", "crossfoot-not-started",
    }  # fmt: skip
    assert all("KmsMasterKeyId" in each for each in queues.values())
    assert all(each["MessageRetentionPeriod"] == 14 * 86_400 for each in queues.values())
    assert policies_.count('"aws:SecureTransport": "false"') == len(queues)


def test_an_announcement_is_tried_eight_times(
    deployment: Any, queues: dict[str, dict[str, Any]]
) -> None:
    """Each attempt has six times the function's time; then the message waits for a person."""
    (accept,) = (
        each
        for each in deployment.properties("Pipeline", "AWS::Lambda::Function")
        if each["Handler"].startswith("accept_delivery.")
    )
    queue = queues["crossfoot-deliveries"]

    assert queue["RedrivePolicy"]["maxReceiveCount"] == 8
    assert queue["VisibilityTimeout"] == 6 * accept["Timeout"]


def test_the_door_gives_up_before_the_queue_does() -> None:
    """A delivery that stays incomplete is quarantined by name before it becomes a dead letter."""
    source = (ROOT / "functions" / "accept_delivery" / "event.py").read_text(encoding="utf-8")
    (last_chance,) = re.findall(r"^_LAST_CHANCE: Final = (\d+)$", source, re.MULTILINE)

    assert int(last_chance) < 8


def test_each_message_of_a_batch_is_answered_for(deployment: Any) -> None:
    """A message that fails brings no other one back; the function is not called without limit."""
    mapping = deployment.one("Pipeline", "AWS::Lambda::EventSourceMapping")

    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BatchSize"] == 10
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 5}


def test_the_clock_starts_seven_things(deployment: Any) -> None:
    """Inventory, nowcasts, thresholds daily; unfinished work; what comes by a day of the month.

    On the first of a month the inventory comes once, too: with the figures that are paid for.
    """
    schedules = deployment.properties("Pipeline", "AWS::Scheduler::Schedule")

    assert {each["ScheduleExpression"]: each["Target"]["Input"] for each in schedules} == {
        "cron(30 3 2-31 * ? *)": '{"statistics": false}',
        "cron(30 4 1 * ? *)": '{"statistics": true}',
        "rate(15 minutes)": "{}",
        "cron(0 5 * * ? *)": "{}",
        "cron(0 6 * * ? *)": "{}",
        "cron(0 7 22 * ? *)": "{}",
        "cron(0 12 23-31 * ? *)": "{}",
    }
    for each in schedules:
        assert each["FlexibleTimeWindow"] == {"Mode": "OFF"}
        assert each["ScheduleExpressionTimezone"] == "UTC"
        assert "Arn" in each["Target"]["DeadLetterConfig"]


def test_aws_is_asked_by_one_role_and_only_where_the_settings_say_so(
    deployment: Any, two_accounts: Any, with_focus: Any
) -> None:
    """In the management account directly, elsewhere by its role; else nothing of it is made."""

    def holding(made: Any, text: str) -> set[str]:
        policies = made.resources("Pipeline", "AWS::IAM::ManagedPolicy").items()
        return {name.partition("Access")[0] for name, each in policies if text in json.dumps(each)}

    assert holding(deployment, "sustainability:Get") == {"CollectSustainability"}
    assert holding(two_accounts, ":role/crossfoot-sustainability") == {"CollectSustainability"}
    assert holding(with_focus, "sustainability") == set()


def test_silent_months_are_told_only_where_the_settings_say_so(
    deployment: Any, with_focus: Any
) -> None:
    """Else there is no machine, no function and no schedule, and nothing would start them."""

    def machines(made: Any) -> set[str]:
        found = made.properties("Pipeline", "AWS::StepFunctions::StateMachine")
        return {each["StateMachineName"] for each in found}

    assert "crossfoot-look-ahead" in machines(deployment) - machines(with_focus)
    assert "look-ahead" not in json.dumps(with_focus["Pipeline"])
    assert "nowcast_months" not in json.dumps(with_focus["Pipeline"])
    starts = allowed(policies(deployment, "WatchThresholds"), "states:StartExecution")
    assert any("look-ahead" in json.dumps(each) for each in starts)


def test_state_machines_log_without_data_and_are_traced(deployment: Any) -> None:
    """Inputs hold account ids, so they are in no log; every event is, without its data."""
    machines = deployment.properties("Pipeline", "AWS::StepFunctions::StateMachine")

    assert len(machines) == 5
    for each in machines:
        assert each["LoggingConfiguration"]["IncludeExecutionData"] is False
        assert each["LoggingConfiguration"]["Level"] == "ALL"
        assert each["TracingConfiguration"] == {"Enabled": True}


def test_logs_are_encrypted_and_end(deployment: Any) -> None:
    """Every log group is under our key and has the retention of the settings."""
    groups = deployment.properties("Pipeline", "AWS::Logs::LogGroup")

    assert len(groups) == 22
    assert all("KmsKeyId" in each for each in groups)
    assert {each["RetentionInDays"] for each in groups} == {400}


def test_nothing_is_kept_in_the_pipeline(deployment: Any) -> None:
    """The stack can be thrown away: no resource of it is retained."""
    resources = deployment["Pipeline"]["Resources"].values()

    assert not [each for each in resources if each.get("DeletionPolicy", "Delete") != "Delete"]


def test_what_is_kept_is_removed_by_nobody(deployment: Any) -> None:
    """Every role that works on buckets is refused to remove or unlock what is curated."""
    for name, each in deployment.resources("Pipeline", "AWS::IAM::ManagedPolicy").items():
        statements = each["Properties"]["PolicyDocument"]["Statement"]
        refused = {
            action
            for statement in statements
            if statement["Effect"] == "Deny"
            for action in _list(statement["Action"])
        }
        if "Timetable" not in name:
            assert refused >= {"s3:DeleteObject", "s3:DeleteObjectVersion"}, name


@pytest.mark.parametrize(("verb", "prefixes"), [
    ("AcceptDelivery", {"pins/", "quarantine/"}),
    ("IngestCarbon", {"deliveries/", "deliveries-described/", "pins/", "quarantine/"}),
    ("RollUpUsage", set()),
    ("AllocateEmissions", {"tables/"}),
    ("EstimateImpacts", {"tables/impacts/"}),
    ("Reconcile", {"runs/", "tables/"}),
    ("PublishPeriod", {"records/publications/", "tables/publications/"}),
    ("FinishPublications", {"records/publications/", "tables/publications/"}),
    ("ListAccounts", {"accounts/"}),
    ("CollectInventory", {"inventory/"}),
    (
        "JudgeRules",
        {"records/forecasts/", "records/targets/", "tables/forecasts/", "tables/targets/"},
    ),
    ("WatchRules", set()),
    ("CloseMonth", set()),
])  # fmt: skip
def test_a_role_writes_below_its_own_prefixes(
    deployment: Any, verb: str, prefixes: set[str]
) -> None:
    """What is curated is written by the one step whose it is."""
    bucket = f"arn:aws:s3:::{deployment.settings.bucket_name('curated')}/"
    written = allowed(policies(deployment, verb), "s3:PutObject")

    assert {
        each.removeprefix(bucket).removesuffix("*") for each in written if each.startswith(bucket)
    } == prefixes


def test_the_inventory_enters_accounts_by_the_read_role_only(deployment: Any) -> None:
    """Both steps take it: one asks which Regions are enabled, the other reads them."""
    for verb in ("ListAccounts", "CollectInventory"):
        taken = allowed(policies(deployment, verb), "sts:AssumeRole")
        assert taken == ["arn:aws:iam::*:role/crossfoot-inventory"]

    curated = f"arn:aws:s3:::{deployment.settings.bucket_name('curated')}"
    read = allowed(policies(deployment, "CollectInventory"), "s3:GetObject")
    assert f"{curated}/inventory/*" in read


def test_a_directory_elsewhere_is_asked_by_its_own_role(two_accounts: Any) -> None:
    """Where another account manages the organization, its role lists the accounts."""
    assert set(allowed(policies(two_accounts, "ListAccounts"), "sts:AssumeRole")) == {
        f"arn:aws:iam::{two_accounts.settings.payer_account_id}:role/crossfoot-organization",
        "arn:aws:iam::*:role/crossfoot-inventory",
    }


def test_only_four_functions_read_what_was_delivered(deployment: Any) -> None:
    """Raw usage is seen by Athena and by the steps that copy it; nobody else may look."""
    landing = deployment.settings.landing_bucket_name
    readers = {
        name.partition("Access")[0]
        for name, each in deployment.resources("Pipeline", "AWS::IAM::ManagedPolicy").items()
        if landing in json.dumps(each)
    }

    assert readers == {"AcceptDelivery", "IngestCarbon", "NowcastMonths", "RollUpUsage"}


def test_the_key_is_used_through_services_only(deployment: Any) -> None:
    """No role may use the key by itself: each statement says through which service."""
    for name, each in deployment.resources("Pipeline", "AWS::IAM::ManagedPolicy").items():
        for statement in each["Properties"]["PolicyDocument"]["Statement"]:
            if any(action.startswith("kms:") for action in _list(statement["Action"])):
                assert "kms:ViaService" in json.dumps(statement["Condition"]), name


def test_every_role_is_bounded_where_the_settings_say_so(two_accounts: Any) -> None:
    """A permissions boundary of the settings is on every role of the pipeline."""
    roles = two_accounts.properties("Pipeline", "AWS::IAM::Role")

    assert roles
    assert all("Boundary" in json.dumps(each.get("PermissionsBoundary")) for each in roles)


def test_services_take_a_role_for_this_account_only(deployment: Any) -> None:
    """Step Functions and Scheduler are asked on whose behalf they come."""
    for each in deployment.properties("Pipeline", "AWS::IAM::Role"):
        (statement,) = each["AssumeRolePolicyDocument"]["Statement"]
        if statement["Principal"]["Service"] != "lambda.amazonaws.com":
            assert statement["Condition"] == {
                "StringEquals": {"aws:SourceAccount": deployment.settings.account}
            }


def test_every_alarm_tells_people_and_has_a_runbook(alarms: dict[str, dict[str, Any]]) -> None:
    """An alarm's description ends in the place that says what to do; silence is no alarm."""
    named = {re.sub(rf".*{RUNBOOKS}#", "", each["AlarmDescription"]) for each in alarms.values()}

    assert named == set(ALARMS)
    assert all(each["AlarmActions"] for each in alarms.values())
    assert {each["TreatMissingData"] for each in alarms.values()} == {"notBreaching"}


def test_every_alarm_has_its_runbook_and_no_runbook_is_left_over() -> None:
    """The sections of the page are the alarms, one each."""
    page = (ROOT / RUNBOOKS).read_text(encoding="utf-8")
    sections = re.findall(r"^## (.+)$", page, re.MULTILINE)

    assert sorted(sections) == sorted(ALARMS)


def test_two_syntheses_are_equal(deployment: Any, synthesised_again: Any) -> None:
    """The same settings and layers give the same templates, in whichever folder and order."""
    texts = [
        {name: json.dumps(each) for name, each in made.templates.items()}
        for made in (deployment, synthesised_again)
    ]

    assert texts[0] == texts[1]


def test_the_page_of_costs_counts_these_alarms(alarms: dict[str, dict[str, Any]]) -> None:
    """What is assumed of alarms and of the metrics behind them is what the template has."""
    assumed = runpy.run_path(str(ROOT / "docs" / "build_costs.py"))["ASSUMPTIONS"]
    metrics = [
        sum("MetricStat" in metric for metric in each.get("Metrics", ())) or 1
        for each in alarms.values()
    ]

    assert assumed["alarms"][0] == len(alarms)
    assert assumed["alarm_metrics"][0] == sum(metrics)


def test_alarms_reach_the_topic(deployment: Any) -> None:
    """The topic takes what CloudWatch sends for this account, and for no other."""
    statements = [
        statement
        for each in deployment.properties("Ledger", "AWS::SNS::TopicPolicy")
        for statement in each["PolicyDocument"]["Statement"]
        if "cloudwatch.amazonaws.com" in json.dumps(statement["Principal"])
    ]

    assert [each["Effect"] for each in statements] == ["Allow"]
    assert deployment.settings.account in json.dumps(statements[0]["Condition"])


def test_every_figure_that_is_watched_is_emitted_by_its_door(deployment: Any) -> None:
    """Alarms and the dashboard ask for names that a handler writes, under that handler's name."""
    watched = set(_own_metrics(deployment.properties("Pipeline", "AWS::CloudWatch::Alarm")))
    (body,) = deployment.properties("Pipeline", "AWS::CloudWatch::Dashboard")
    shown = set(_own_metrics(json.dumps(body)))

    assert watched | shown == set(OWN_FIGURES.items())
    assert set(OWN_FIGURES.items()) <= EMITTED
    assert watched >= {(name, OWN_FIGURES[name]) for name in QUARANTINES}


def test_the_page_of_costs_counts_these_figures() -> None:
    """Every metric is paid for each month, and so is the one that the logs are counted for."""
    assumed = runpy.run_path(str(ROOT / "docs" / "build_costs.py"))["ASSUMPTIONS"]

    assert assumed["own_metrics"][0] == len(EMITTED) + 1


def test_the_dashboard_shows_what_people_ask(deployment: Any) -> None:
    """Months, deliveries, quarantines, durations, inventory and alarms are on one page."""
    body = json.dumps(deployment.one("Pipeline", "AWS::CloudWatch::Dashboard")["DashboardBody"])

    for figure in (*OWN_FIGURES, "ExecutionTime", "alarms"):
        assert figure in body


def test_outputs_are_what_the_commands_ask_for(deployment: Any) -> None:
    """`crossfoot doctor`, `replay` and `backfill` find the pipeline by these names."""
    assert set(deployment["Pipeline"]["Outputs"]) >= {
        "CloseMonthArn", "CollectInventoryArn", "DeadLetterQueueUrl", "DeliveriesQueueUrl",
        "LookAheadArn", "WatchRulesArn",
    }  # fmt: skip


def _emitted(verb: str) -> Iterator[tuple[str, str]]:
    """Find the names that a handler counts under; an outcome in a name stands for all of them."""
    tree = ast.parse((ROOT / "functions" / verb / "handler.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add_metric":
            name = re.sub(r"\{[^}]*\}", "{}", ast.unparse(node.args[0])).removeprefix("f")[1:-1]
            endings = OUTCOMES[verb] if "{}" in name else ("",)
            yield from ((name.format(ending.title()), verb) for ending in endings)


def _own_metrics(part: Any) -> Iterator[tuple[str, str]]:
    """Find the metrics of our own namespace, and the function that each is of."""
    if isinstance(part, str):
        # the dashboard's body is text with references in it
        yield from re.findall(r'"Crossfoot","(\w+)","service","(\w+)"', part.replace("\\", ""))
    elif isinstance(part, list):
        for inner in part:
            yield from _own_metrics(inner)
    elif isinstance(part, dict):
        if part.get("Namespace") == NAMESPACE and part.get("Dimensions"):
            yield part["MetricName"], part["Dimensions"][0]["Value"]
        yield from _own_metrics([each for each in part.values() if not isinstance(each, str)])


OUTCOMES = {"accept_delivery": tuple(Acceptance), "ingest_carbon": tuple(Outcome)}
"""What the doors whose figures are named after an outcome may answer."""

EMITTED = {
    figure
    for path in (ROOT / "functions").glob("*/handler.py")
    for figure in _emitted(path.parent.name)
}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
