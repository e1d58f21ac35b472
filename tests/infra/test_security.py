"""Rights and refusals over all stacks: what each policy must say, and what none may say."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CFN_LINT = str(Path(sys.executable).parent / "cfn-lint")
BUCKET_POLICY = "AWS::S3::BucketPolicy"
PURPOSES = ("AccessLogs", "Landing", "Curated", "Work")

MAY_BE_FOR_ANY_RESOURCE = {
    # a key's policy speaks of the key itself
    "kms:": "the policy of a key has no other resource",
    # these actions list, and IAM knows no narrower resource for them
    "cloudwatch:": "metrics have no ARN",
    "ec2:Describe": "IAM knows no resource for describing",
    "ecs:List": "IAM knows no resource for listing",
    "eks:ListClusters": "IAM knows no resource for listing",
    "lambda:ListFunctions": "IAM knows no resource for listing",
    "logs:": "the delivery of a state machine's logs is set up by account, not by resource",
    "organizations:": "an account of the organization is not known beforehand",
    "s3:ListAllMyBuckets": "IAM knows no resource for listing",
    "sustainability:GetEstimated": "the figures of an organization have no ARN",
    "tag:GetResources": "IAM knows no resource for tags",
    "xray:": "a trace has no ARN",
}
"""Every action that may be granted on ``*``, by how it begins, and why."""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _allowing(synthesised: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for stack, statement in synthesised.statements():
        if statement["Effect"] == "Allow":
            yield stack, statement


def _bucket_statements(synthesised: Any, purpose: str) -> list[dict[str, Any]]:
    (policy,) = (
        each["Properties"]["PolicyDocument"]["Statement"]
        for name, each in synthesised.resources("Ledger", BUCKET_POLICY).items()
        if name.startswith(f"{purpose}Policy")
    )
    return list(policy)


def test_no_action_has_a_wildcard(deployment: Any, two_accounts: Any, with_dashboard: Any) -> None:
    """What is allowed is enumerated, in every policy of every stack; refusals may say ``*``."""
    wild = [
        (stack, action)
        for synthesised in (deployment, two_accounts, with_dashboard)
        for stack, statement in _allowing(synthesised)
        for action in _list(statement["Action"])
        if "*" in action
    ]

    assert not wild


def test_any_resource_is_granted_for_reasons_only(
    deployment: Any, two_accounts: Any, with_dashboard: Any
) -> None:
    """``*`` as resource stands beside actions that know none, each in the list above."""
    unexplained = [
        (stack, action)
        for synthesised in (deployment, two_accounts, with_dashboard)
        for stack, statement in _allowing(synthesised)
        if "*" in _list(statement.get("Resource", []))
        for action in _list(statement["Action"])
        if not action.startswith(tuple(MAY_BE_FOR_ANY_RESOURCE))
    ]

    assert not unexplained


def test_nobody_from_outside_is_allowed_anything(deployment: Any, two_accounts: Any) -> None:
    """No statement allows everyone; services are allowed under a condition that names us."""
    for synthesised in (deployment, two_accounts):
        for stack, statement in _allowing(synthesised):
            principal = statement.get("Principal")
            if principal is None:
                continue
            assert principal != "*", (stack, statement)
            assert principal.get("AWS") != "*", (stack, statement)


def test_services_act_for_this_deployment_only(deployment: Any) -> None:
    """Every resource of ours that a service may use asks on whose behalf the service comes."""
    for stack, statement in _allowing(deployment):
        service = (statement.get("Principal") or {}).get("Service")
        if service is None or statement["Action"] == "sts:AssumeRole":
            continue
        asked = {key for test in statement["Condition"].values() for key in test}
        assert asked & {
            "aws:SourceAccount",
            "aws:SourceArn",
            "kms:EncryptionContext:aws:logs:arn",
        }, (stack, statement)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_bucket_refuses_requests_in_clear(deployment: Any, purpose: str) -> None:
    """Without TLS every request by anybody is refused, to the bucket and to its objects."""
    (refusal,) = (
        statement
        for statement in _bucket_statements(deployment, purpose)
        if statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
    )

    assert refusal["Effect"] == "Deny"
    assert refusal["Principal"] == {"AWS": "*"}
    assert refusal["Action"] == "s3:*"
    assert len(refusal["Resource"]) == 2


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_bucket_refuses_old_tls(deployment: Any, purpose: str) -> None:
    """Below TLS 1.2 every request by anybody is refused."""
    (refusal,) = (
        statement
        for statement in _bucket_statements(deployment, purpose)
        if statement.get("Condition") == {"NumericLessThan": {"s3:TlsVersion": 1.2}}
    )

    assert refusal["Effect"] == "Deny"
    assert refusal["Principal"] == {"AWS": "*"}
    assert refusal["Action"] == "s3:*"
    assert len(refusal["Resource"]) == 2


@pytest.mark.parametrize("purpose", ["Curated", "Work"])
@pytest.mark.parametrize("sid", ["DenyOtherKeys", "DenyWeakerEncryption"])
def test_a_put_cannot_choose_other_encryption(deployment: Any, purpose: str, sid: str) -> None:
    """A put that names another key or algorithm is refused; one that names none takes ours."""
    (refusal,) = (
        statement
        for statement in _bucket_statements(deployment, purpose)
        if statement.get("Sid") == sid
    )
    (asked,) = refusal["Condition"]["StringNotEquals"]

    assert refusal["Effect"] == "Deny"
    assert refusal["Principal"] == {"AWS": "*"}
    assert refusal["Action"] == "s3:PutObject"
    # a negated test is true of a header that is missing: only one that is there is looked at
    assert refusal["Condition"]["Null"] == {asked: "false"}


def test_the_audit_trail_cannot_be_removed(deployment: Any) -> None:
    """Runs, tables, deliveries and pins cannot be deleted by anybody, in any version."""
    (refusal,) = (
        statement
        for statement in _bucket_statements(deployment, "Curated")
        if statement.get("Sid") == "DenyRemovalOfTheAuditTrail"
    )

    assert refusal["Effect"] == "Deny"
    assert refusal["Principal"] == {"AWS": "*"}
    assert "Condition" not in refusal
    assert refusal["Action"] == ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    folders = {json.dumps(each).split('"/')[1].split('"')[0] for each in refusal["Resource"]}
    assert folders == {"tables/*", "runs/*", "deliveries/*", "deliveries-described/*", "pins/*"}


@pytest.mark.parametrize("account", ["one", "two"])
def test_only_our_exports_may_be_delivered(request: Any, account: str) -> None:
    """Data Exports puts objects for exports of the management account, and does nothing else."""
    fixture = {"one": "deployment", "two": "two_accounts"}[account]
    (grant,) = (
        statement
        for statement in _bucket_statements(request.getfixturevalue(fixture), "Landing")
        if statement["Effect"] == "Allow"
    )

    assert grant["Principal"] == {"Service": "bcm-data-exports.amazonaws.com"}
    assert grant["Action"] == "s3:PutObject"
    assert grant["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": "arn:aws:bcm-data-exports:us-east-1:111122223333:export/*"},
    }


def test_topics_and_queues_refuse_requests_in_clear(deployment: Any) -> None:
    """Every topic and queue of every stack has a policy that refuses what comes without TLS."""
    for stack in ("Ledger", "Pipeline"):
        for kind in ("SNS::Topic", "SQS::Queue"):
            n_policies = 0
            for policy in deployment.properties(stack, f"AWS::{kind}Policy"):
                statements = policy["PolicyDocument"]["Statement"]
                refusals = [each for each in statements if each["Effect"] == "Deny"]
                assert refusals[0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
                n_policies += 1
            assert n_policies == len(deployment.resources(stack, f"AWS::{kind}"))


def test_the_key_rotates_and_is_left_to_the_account(deployment: Any) -> None:
    """Who may use the key is said by policies of roles; nobody of another account is named."""
    key = deployment.one("Ledger", "AWS::KMS::Key")
    principals = [statement["Principal"] for statement in key["KeyPolicy"]["Statement"]]

    assert key["EnableKeyRotation"]
    assert [each for each in principals if "AWS" in each] == [
        {"AWS": "arn:aws:iam::111122223333:root"}
    ]
    assert {each["Service"] for each in principals if "Service" in each} == {
        "cloudwatch.amazonaws.com",
        "events.amazonaws.com",
        "logs.us-east-1.amazonaws.com",
    }


def test_every_role_has_the_boundary_that_was_chosen(two_accounts: Any) -> None:
    """With a permissions boundary set, no role of our own accounts is without it."""
    for stack in two_accounts.templates:
        for role in two_accounts.properties(stack, "AWS::IAM::Role"):
            assert "policy/Boundary" in json.dumps(role["PermissionsBoundary"])


def test_nothing_secret_is_in_a_template(deployment: Any) -> None:
    """Everything runs by roles: no user, access key, password or secret is made or read."""
    kinds = {
        each["Type"]
        for template in deployment.templates.values()
        for each in template["Resources"].values()
    }
    text = json.dumps(deployment.templates).lower()

    assert not {"AWS::IAM::User", "AWS::IAM::AccessKey", "AWS::SecretsManager::Secret"} & kinds
    assert "resolve:secretsmanager" not in text
    assert "resolve:ssm-secure" not in text
    assert "password" not in text


def test_cfn_lint_finds_nothing(deployment: Any, two_accounts: Any, tmp_path: Any) -> None:
    """The templates are sound by CloudFormation's own schemas, the member's one included."""
    templates = deployment.templates | {"Payer": two_accounts["Exports"]}
    for stack, template in templates.items():
        (tmp_path / f"{stack}.json").write_text(json.dumps(template))
    member = deployment.one("InventoryAccess", "AWS::CloudFormation::StackSet")["TemplateBody"]
    (tmp_path / "member.json").write_text(member)

    found = subprocess.run(
        # W3005: the CDK writes out dependencies that a reference implies
        [CFN_LINT, "--ignore-checks", "W3005", "--", *sorted(map(str, tmp_path.glob("*.json")))],
        capture_output=True,
        text=True,
        check=False,
    )

    assert found.returncode == 0, found.stdout + found.stderr
