"""The read role in every account: who may take it on, and what it allows."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from crossfoot.domain.inventory import INVENTORY_ACTIONS

STACK_SET = "AWS::CloudFormation::StackSet"
ROLE = "AWS::IAM::Role"
POLICY = "AWS::IAM::ManagedPolicy"


def _member(synthesised: Any) -> dict[str, Any]:
    """Return the template that every member account gets."""
    body = synthesised.one("InventoryAccess", STACK_SET)["TemplateBody"]
    template: dict[str, Any] = json.loads(body)
    return template


def _of_kind(template: dict[str, Any], kind: str) -> dict[str, Any]:
    (found,) = (each for each in template["Resources"].values() if each["Type"] == kind)
    properties: dict[str, Any] = found["Properties"]
    return properties


@pytest.fixture(params=["member", "management account", "management account, collector elsewhere"])
def role_and_policy(
    request: pytest.FixtureRequest, deployment: Any, two_accounts: Any
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return the collector's account, and the role and its policy wherever they are made."""
    match request.param:
        case "member":
            template = _member(deployment)
            return "111122223333", _of_kind(template, ROLE), _of_kind(template, POLICY)
        case "management account":
            role = deployment.one("InventoryAccess", ROLE)
            return "111122223333", role, deployment.one("InventoryAccess", POLICY)
        case _:
            made = two_accounts["Exports"]["Resources"]
            role, policy = made["Inventory"], made["InventoryPolicy"]
            return "444455556666", role["Properties"], policy["Properties"]


def test_the_role_trusts_two_roles_of_the_collector(role_and_policy: Any) -> None:
    """Account, role, organization and external id are asked for, all of them."""
    collector, role, _ = role_and_policy
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]

    assert statement["Effect"] == "Allow"
    assert statement["Action"] == "sts:AssumeRole"
    assert f":iam::{collector}:root" in json.dumps(statement["Principal"])
    assert statement["Condition"] == {
        "ArnEquals": {
            "aws:PrincipalArn": [
                f"arn:aws:iam::{collector}:role/crossfoot-{verb}"
                for verb in ("collect-inventory", "list-accounts")
            ]
        },
        "StringEquals": {
            "aws:PrincipalOrgID": "o-exampleorgid",
            "sts:ExternalId": "crossfoot-inventory",
        },
    }


def test_the_role_allows_the_published_actions_only(role_and_policy: Any) -> None:
    """Every action is enumerated, reads, and stands in the domain's list, which gives it why."""
    _, role, policy = role_and_policy
    statements = policy["PolicyDocument"]["Statement"]
    granted = [
        action
        for statement in statements
        for action in (
            [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        )
    ]

    assert sorted(granted) == sorted(action.action for action in INVENTORY_ACTIONS)
    assert all(
        action.partition(":")[2].startswith(("Describe", "List", "Get")) for action in granted
    )
    assert all(statement["Effect"] == "Allow" for statement in statements)
    assert role["RoleName"] == "crossfoot-inventory"
    assert len(role["ManagedPolicyArns"]) == 1
    assert "Policies" not in role


def test_any_resource_is_for_actions_that_know_no_resource(role_and_policy: Any) -> None:
    """``*`` is granted where IAM knows nothing narrower, and nowhere else."""
    _, _, policy = role_and_policy
    anywhere = {
        action
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Resource"] == "*"
        for action in statement["Action"]
    }

    assert anywhere == {action.action for action in INVENTORY_ACTIONS if action.is_for_any_resource}


def test_accounts_that_join_later_get_the_role(deployment: Any) -> None:
    """The stack set is the organization's, follows its accounts, and one refusal stops nobody."""
    stack_set = deployment.one("InventoryAccess", STACK_SET)

    assert stack_set["PermissionModel"] == "SERVICE_MANAGED"
    assert stack_set["AutoDeployment"] == {"Enabled": True, "RetainStacksOnAccountRemoval": False}
    assert stack_set["ManagedExecution"] == {"Active": True}
    assert stack_set["OperationPreferences"]["FailureTolerancePercentage"] == 100
    (instances,) = stack_set["StackInstancesGroup"]
    assert instances["DeploymentTargets"] == {"OrganizationalUnitIds": ["r-abcd"]}
    assert instances["Regions"] == ["us-east-1"]


def test_a_collector_deploys_as_delegated_administrator(deployment: Any, two_accounts: Any) -> None:
    """In the management account the stack set is its own, elsewhere a delegated one."""
    assert deployment.one("InventoryAccess", STACK_SET)["CallAs"] == "SELF"
    assert two_accounts.one("InventoryAccess", STACK_SET)["CallAs"] == "DELEGATED_ADMIN"


def test_the_management_account_gets_the_role_in_one_stack(
    deployment: Any, two_accounts: Any
) -> None:
    """A stack set never reaches it: the role is made beside the stack set, or by the exports."""
    assert deployment.one("InventoryAccess", ROLE)["RoleName"] == "crossfoot-inventory"
    assert not two_accounts.resources("InventoryAccess", ROLE)
    assert "crossfoot-inventory" in {
        role["RoleName"] for role in two_accounts.properties("Exports", ROLE)
    }


def test_the_roles_that_are_trusted_are_made_by_the_pipeline(
    deployment: Any, two_accounts: Any
) -> None:
    """The names in the trust are those of real roles, so that the trust reaches somebody."""
    for synthesised in (deployment, two_accounts):
        names = {role.get("RoleName") for role in synthesised.properties("Pipeline", ROLE)}
        assert {"crossfoot-collect-inventory", "crossfoot-list-accounts"} <= names


def test_the_reviewed_templates_are_the_ones_made(
    deployment: Any, two_accounts: Any, check_snapshot: Callable[[str, Any], None]
) -> None:
    """What member accounts are asked to accept changes only on purpose."""
    check_snapshot("member-account", _member(deployment))
    check_snapshot("member-account-of-collector", _member(two_accounts))
