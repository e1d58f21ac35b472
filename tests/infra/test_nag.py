"""What the rule packs and the linter say of every stack, and what we answer."""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Validations
from aws_cdk import aws_s3 as s3
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks

LINTER = Path(sys.executable).parent / "cfn-lint"
ACKNOWLEDGED = "aws:cdk:acknowledged-rules"
PACKS = {"AwsSolutions", "NIST.800.53.R5"}

MOST_RULES = 10
"""Rules that are acknowledged anywhere at all; each further one is a decision."""

WITHOUT_RESOURCES = {
    "cloudwatch:GetMetricData",
    "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies", "logs:GetLogDelivery", "logs:ListLogDeliveries",
    "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
    "organizations:ListAccounts", "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListParents", "organizations:ListRoots",
    "sustainability:GetEstimatedCarbonEmissions", "sustainability:GetEstimatedWaterAllocation",
    "xray:GetSamplingRules", "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords", "xray:PutTraceSegments",
}  # fmt: skip
"""Actions of the pipeline that AWS checks against no resource."""


@pytest.fixture(scope="session")
def folder(deployment: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the deployment in one account was synthesised."""
    assert deployment.templates
    (found,) = tmp_path_factory.getbasetemp().glob("single[0-9]")
    return found


@pytest.fixture(scope="session")
def acknowledged(folder: Path) -> list[tuple[str, str, str]]:
    """Every acknowledgement: construct, rule and reason."""
    return [
        (construct, rule.removeprefix("Annotation::"), reason)
        for file in sorted(folder.glob("*.metadata.json"))
        for construct, entries in json.loads(file.read_text()).items()
        for entry in entries
        if entry["type"] == ACKNOWLEDGED
        for rule, reason in entry["data"].items()
    ]


def test_the_rule_packs_find_what_is_wrong(tmp_path: Path) -> None:
    """Both packs object to a bucket as it comes: their silence elsewhere says something."""
    app = cdk.App(outdir=str(tmp_path), analytics_reporting=False, auto_synth=False)
    s3.Bucket(cdk.Stack(app, "Bare"), "Bucket")
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), NIST80053R5Checks(app))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    report = json.loads((tmp_path / "validation-report.json").read_text())

    assert {pack["pluginName"] for pack in report["pluginReports"]} == PACKS


def test_there_is_something_to_look_at(deployment: Any) -> None:
    """The stacks that the packs have looked at are the whole deployment."""
    assert deployment.templates.keys() >= {"Exports", "InventoryAccess", "Ledger", "Pipeline"}
    assert len(deployment["Pipeline"]["Resources"]) > 80
    assert len(deployment["Ledger"]["Resources"]) > 20


def test_there_are_no_findings(deployment: Any) -> None:
    """AwsSolutions and NIST 800-53 r5 object to nothing that is not acknowledged."""
    found = [
        f"{finding['ruleName']}: {place['constructPath']}"
        for finding in deployment.findings
        for place in finding["violatingConstructs"]
    ]

    assert not found


def test_every_acknowledgement_has_its_own_reason_and_resource(
    acknowledged: list[tuple[str, str, str]],
) -> None:
    """An acknowledgement is of one construct below a stack, and its reason is a sentence."""
    assert acknowledged
    for construct, rule, reason in acknowledged:
        assert construct.count("/") >= 2, construct
        assert len(reason.split()) > 5, rule
        assert reason.endswith("."), rule


def test_few_rules_are_acknowledged(acknowledged: list[tuple[str, str, str]]) -> None:
    """Not more rules than can be read at a sitting; a wildcard names the resource that it is."""
    rules = Counter(rule.partition("[")[0] for _, rule, _ in acknowledged)

    assert len(rules) <= MOST_RULES, rules
    assert all("[" in rule for _, rule, _ in acknowledged if rule.startswith("AwsSolutions-IAM"))


def test_no_action_is_a_wildcard(deployment: Any, two_accounts: Any) -> None:
    """Actions are enumerated, in every policy of every stack."""
    actions = [
        action
        for stacks in (deployment, two_accounts)
        for statement in _statements(stacks.templates)
        for action in _list(statement["Action"])
        if statement["Effect"] == "Allow"
    ]
    wide = {action for action in actions if "*" in action}

    # the key's own policy has to give its account the key, or nobody could ever change it
    assert wide <= {"kms:*"}
    assert len(actions) > 200


def test_everything_is_a_resource_only_where_there_is_none(deployment: Any) -> None:
    """A statement on `*` holds nothing but actions that know no resources."""
    for statement in _identity_statements(deployment["Pipeline"]):
        if statement["Effect"] == "Allow" and "*" in _list(statement["Resource"]):
            assert set(_list(statement["Action"])) <= WITHOUT_RESOURCES


def test_wildcards_begin_with_something_of_ours(deployment: Any) -> None:
    """A `*` comes after the name of a bucket, database, state machine or role of ours."""
    for statement in _identity_statements(deployment["Pipeline"]):
        for resource in _list(statement["Resource"]):
            if isinstance(resource, str) and "*" in resource and resource != "*":
                assert "crossfoot" in resource
                assert resource.count("*") == 1


def test_no_role_may_remove_an_object(deployment: Any) -> None:
    """Nobody is allowed to delete from any bucket, or to alter a table of the catalogue."""
    for statement in _statements(deployment.templates):
        if statement["Effect"] == "Allow":
            assert not set(_list(statement["Action"])) & {
                "s3:DeleteObject", "s3:DeleteObjectVersion", "glue:CreateTable",
                "glue:UpdateTable", "glue:DeleteTable", "glue:DeletePartition",
                "dynamodb:DeleteTable", "dynamodb:Scan",
            }  # fmt: skip


@pytest.mark.parametrize("account", ["deployment", "two_accounts"])
def test_the_linter_accepts_every_template(
    account: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """cfn-lint has nothing to say; the CDK's own redundant dependencies (W3005) are its habit."""
    stacks = request.getfixturevalue(account)
    for name, template in stacks.templates.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(template))

    told = subprocess.run(
        [LINTER, "--ignore-checks", "W3005", "--",
         *sorted(map(str, tmp_path.glob("*.json")))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert told.returncode == 0, told.stdout + told.stderr


def test_no_template_knows_where_it_was_made(deployment: Any) -> None:
    """Nothing of the machine that synthesised gets into a template."""
    text = json.dumps(deployment.templates)

    assert not re.search(r"/(home|root|Users|tmp)/", text)


def _identity_statements(template: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        statement
        for each in template["Resources"].values()
        if each["Type"] == "AWS::IAM::ManagedPolicy"
        for statement in each["Properties"]["PolicyDocument"]["Statement"]
    ]


def _statements(part: Any) -> Iterator[dict[str, Any]]:
    """Find statements wherever they are, also in a whole template that is text within one."""
    if isinstance(part, str) and part.startswith('{"') and part.endswith("}"):
        with suppress(json.JSONDecodeError):
            part = json.loads(part)
    if isinstance(part, dict) and {"Effect", "Action"} <= part.keys():
        yield part
    elif isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from _statements(inner)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
