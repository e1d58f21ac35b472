"""Roles that let the collector look, and nothing else, into another account."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from crossfoot.domain.inventory import INVENTORY_ACTIONS, ReadAction
from crossfoot_infra.constructs.acknowledgements import acknowledge
from crossfoot_infra.settings import DeploymentSettings


class ReadRole(iam.CfnRole):
    """A role that named roles of the collector may take on.

    The trust names the account, and the roles by a condition, so that they may be made later or
    made anew; the caller has to be of our organization and to know the external id.

    Parameters
    ----------
    trusted_role_names : sequence of str
        Roles in the collector account.
    actions : sequence of ReadAction
        What the role allows.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        role_name: str,
        trusted_role_names: Sequence[str],
        settings: DeploymentSettings,
        actions: Sequence[ReadAction],
    ) -> None:
        statements = _statements(cdk.Stack.of(scope), actions)
        policy = iam.CfnManagedPolicy(
            scope,
            f"{id_}Policy",
            description="Crossfoot: what the collector may read",
            policy_document=iam.PolicyDocument(statements=statements),
        )
        super().__init__(
            scope,
            id_,
            role_name=role_name,
            description="Crossfoot: reads, and only the collector may take it on",
            max_session_duration=3600,
            assume_role_policy_document=_trust(trusted_role_names, settings),
            managed_policy_arns=[policy.ref],
        )
        acknowledge(policy, _why_wild(statements))


def inventory_role(scope: Construct, settings: DeploymentSettings) -> ReadRole:
    """Make the role that the inventory takes on, in the account of the scope.

    ``collect_inventory`` reads with it, and ``list_accounts`` asks which Regions are enabled.
    """
    return ReadRole(
        scope,
        "Inventory",
        role_name=settings.inventory_role_name,
        trusted_role_names=[settings.collector_role_name, settings.directory_role_name],
        settings=settings,
        actions=INVENTORY_ACTIONS,
    )


def _trust(role_names: Sequence[str], settings: DeploymentSettings) -> iam.PolicyDocument:
    roles = [f"arn:aws:iam::{settings.account}:role/{name}" for name in role_names]
    principal = iam.AccountPrincipal(settings.account).with_conditions(
        {
            "ArnEquals": {"aws:PrincipalArn": roles},
            "StringEquals": {
                "aws:PrincipalOrgID": settings.organization.id,
                "sts:ExternalId": settings.organization.external_id,
            },
        }
    )
    statement = iam.PolicyStatement(actions=["sts:AssumeRole"], principals=[principal])
    return iam.PolicyDocument(statements=[statement])


def _statements(stack: cdk.Stack, actions: Sequence[ReadAction]) -> list[iam.PolicyStatement]:
    """Grant each action on what its API can be narrowed to; equal resources share a statement."""
    by_resources: dict[tuple[str, ...], list[str]] = {}
    for action in actions:
        resources = action.resources_in(stack.partition, stack.account)
        by_resources.setdefault(resources, []).append(action.action)
    return [
        iam.PolicyStatement(actions=sorted(granted), resources=list(resources))
        for resources, granted in by_resources.items()
    ]


def _why_wild(statements: Sequence[iam.PolicyStatement]) -> dict[str, str]:
    """Say of every resource with a wildcard why it has one, for the rule packs."""
    return {
        f"AwsSolutions-IAM5[Resource::{resource}]": (
            f"IAM knows no resource for {', '.join(statement.actions)}."
            if resource == "*"
            else "The inventory reads all of this kind in the account; their names are not known."
        )
        for statement in statements
        for resource in statement.resources
        # a member's template, whose account is not known here, is seen by no rule pack
        if not cdk.Token.is_unresolved(resource)
    }
