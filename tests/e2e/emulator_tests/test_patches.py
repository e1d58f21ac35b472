"""What is patched into MiniStack does what AWS does."""

import io
import json
import time
import zipfile
from typing import Any, Final

import pytest
from harness.stand_in import StandIn

ACCOUNT: Final = "000000000778"
HANDLER: Final = """
import os, sys
class StorageError(Exception):
    pass
def lambda_handler(event, context):
    if event.get("raise"):
        raise StorageError("the disk is gone")
    return {"pid": os.getpid(), "path": sys.path, "layer": __import__("burden").WEIGHT}
"""


def packed(**files: str) -> bytes:
    """Return an archive of files."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/") + ".py", text)
    return body.getvalue()


class Functions:
    """Functions and workflows of one account."""

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in
        self.api = stand_in.client("lambda", ACCOUNT)
        self.workflows = stand_in.client("stepfunctions", ACCOUNT)
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
        created = stand_in.client("iam", ACCOUNT).create_role(
            RoleName="worker", AssumeRolePolicyDocument=json.dumps(trust)
        )
        self.role = created["Role"]["Arn"]
        layer = self.api.publish_layer_version(
            LayerName="burden", Content={"ZipFile": packed(python__burden="WEIGHT = 7")}
        )
        self.layer = layer["LayerVersionArn"]

    def create(self, name: str) -> str:
        """Create a function and return its address."""
        made = self.api.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=self.role,
            Handler=f"{name}.lambda_handler",
            Code={"ZipFile": packed(**{name: HANDLER})},
            Layers=[self.layer],
            Timeout=20,
        )
        return made["FunctionArn"]

    def answer(self, name: str, event: dict[str, Any]) -> dict[str, Any]:
        """Call a function and return what it answers."""
        payload = self.api.invoke(FunctionName=name, Payload=json.dumps(event))["Payload"]
        return json.loads(payload.read())

    def end_of(self, states: dict[str, Any], start: str, given: Any = None) -> dict[str, Any]:
        """Run states to their end."""
        machine = self.workflows.create_state_machine(
            name=f"m{time.monotonic_ns()}",
            roleArn=self.role,
            definition=json.dumps({"StartAt": start, "States": states}),
        )
        run = self.workflows.start_execution(
            stateMachineArn=machine["stateMachineArn"], input=json.dumps(given or {})
        )
        while True:
            told = self.workflows.describe_execution(executionArn=run["executionArn"])
            if told["status"] != "RUNNING":
                return told
            time.sleep(0.05)


@pytest.fixture(scope="module")
def functions(stand_in: StandIn) -> Functions:
    """Make the functions of an account of its own."""
    made = Functions(stand_in)
    for name in ("plain", "tried"):
        made.create(name)
    return made


def task(functions: Functions, name: str, **more: Any) -> dict[str, Any]:
    """Return a state that calls a function."""
    arn = functions.api.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": arn, "Payload.$": "$"},
        **more,
    }


def test_an_exception_keeps_its_name_and_the_worker_its_life(functions: Functions) -> None:
    """Retries go by class name, and a warm worker survives what its handler raised."""
    before = functions.answer("plain", {})["pid"]
    raised = functions.answer("plain", {"raise": True})
    assert (raised["errorType"], raised["errorMessage"]) == ("StorageError", "the disk is gone")
    assert functions.answer("plain", {})["pid"] == before


def test_a_function_sees_its_layers_and_nothing_of_ours(functions: Functions) -> None:
    """A package that no layer carries is missing here as well."""
    answer = functions.answer("plain", {})
    assert answer["layer"] == 7
    assert not [each for each in answer["path"] if "site-packages" in each]


def test_a_retry_goes_by_the_name_of_the_error(functions: Functions, stand_in: StandIn) -> None:
    """Two ordered faults are outlived by two retries."""
    stand_in.order({"target": "tried", "kind": "error", "error": "StorageError", "times": 2})
    retry = [{"ErrorEquals": ["StorageError"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    end = functions.end_of({"A": task(functions, "tried", Retry=retry, End=True)}, "A")
    assert end["status"] == "SUCCEEDED"
    assert [fault["struck"] for fault in stand_in.faults()] == [2]
    stand_in.clear_faults()


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("throttle", "Lambda.TooManyRequestsException"),
        ("timeout", "Sandbox.Timedout"),
        ("error", "StorageError"),
    ],
)
def test_faults_bear_the_names_of_aws(
    functions: Functions, stand_in: StandIn, kind: str, name: str
) -> None:
    """What is caught is what AWS would say."""
    stand_in.order({"target": "tried", "kind": kind, "match": {"step": "b"}, "moment": "after"})
    state = {"A": task(functions, "tried", End=True)}
    assert functions.end_of(state, "A", {"step": "a"})["status"] == "SUCCEEDED"
    assert functions.end_of(state, "A", {"step": "b"})["error"] == name
    stand_in.clear_faults()


def test_a_query_is_waited_for(functions: Functions, stand_in: StandIn) -> None:
    """``.sync`` ends with the query; a query that fails is ``States.TaskFailed``."""
    stand_in.client("s3", ACCOUNT).create_bucket(Bucket="results-of-queries")
    stand_in.client("athena", ACCOUNT).create_work_group(
        Name="work",
        Configuration={"ResultConfiguration": {"OutputLocation": "s3://results-of-queries/"}},
    )
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::athena:startQueryExecution.sync",
        "Parameters": {"QueryString.$": "$.sql", "WorkGroup": "work"},
        "End": True,
    }
    done = functions.end_of({"A": state}, "A", {"sql": "SELECT 1 AS one"})
    assert json.loads(done["output"])["QueryExecution"]["Status"]["State"] == "SUCCEEDED"
    failed = functions.end_of({"A": state}, "A", {"sql": "SELECT * FROM nowhere"})
    assert (failed["status"], failed["error"]) == ("FAILED", "States.TaskFailed")
    assert "TABLE_NOT_FOUND" in failed["cause"]


def test_a_stack_may_hold_what_ministack_lacks(stand_in: StandIn) -> None:
    """The types are added to the emulator and not taken from the stacks."""
    api = stand_in.client("cloudformation", ACCOUNT)
    export = {"Name": "carbon", "DataQuery": {"QueryStatement": "SELECT 1 FROM T"}}
    resources = {
        "Export": {"Type": "AWS::BCMDataExports::Export", "Properties": {"Export": export}},
        "Query": {
            "Type": "AWS::Athena::NamedQuery",
            "Properties": {"Name": "n", "Database": "d", "QueryString": "SELECT 1"},
        },
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "archived"}},
        "Archive": {
            "Type": "AWS::Events::Archive",
            "Properties": {"SourceArn": {"Fn::GetAtt": ["Bus", "Arn"]}, "RetentionDays": 30},
        },
        "Roles": {
            "Type": "AWS::CloudFormation::StackSet",
            "Properties": {"StackSetName": "s", "PermissionModel": "SERVICE_MANAGED"},
        },
        "Alarm": {
            "Type": "AWS::CloudWatch::CompositeAlarm",
            "Properties": {"AlarmName": "a", "AlarmRule": "FALSE"},
        },
    }
    api.create_stack(StackName="types", TemplateBody=json.dumps({"Resources": resources}))
    api.get_waiter("stack_create_complete").wait(
        StackName="types", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    archives = stand_in.client("events", ACCOUNT).list_archives()["Archives"]
    assert [archive["RetentionDays"] for archive in archives] == [30]
    named = stand_in.client("athena", ACCOUNT).list_named_queries()["NamedQueryIds"]
    assert len(named) == 1
