"""A role and its one policy, written out: no grants made behind its back."""

from collections.abc import Iterable

from aws_cdk import aws_iam as iam
from constructs import Construct

from crossfoot_infra.constructs.acknowledgements import acknowledge


class NarrowRole(Construct):
    """A role for one service, under one managed policy of enumerated actions.

    The constructs that use the role cannot widen it: what it may do stands in ``statements``.

    Parameters
    ----------
    role_name : str, optional
        Only for roles that another account trusts by name.
    wildcards : str
        Why resources of the policy end in ``*``, where any does.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        service: str,
        statements: Iterable[iam.PolicyStatement],
        wildcards: str,
        role_name: str | None = None,
        conditions: dict[str, dict[str, str]] | None = None,
    ) -> None:
        super().__init__(scope, id_)
        principal = iam.ServicePrincipal(f"{service}.amazonaws.com", conditions=conditions)
        role = iam.Role(self, "Role", assumed_by=principal, role_name=role_name)
        allowed = list(statements)
        self.policy = iam.ManagedPolicy(self, "Policy", roles=[role], statements=allowed)
        self.role_arn = role.role_arn
        self.role_name = role.role_name
        self.role = role.without_policy_updates()
        acknowledge(self.policy, dict.fromkeys(wildcard_findings(allowed), wildcards))


def wildcard_findings(statements: Iterable[iam.PolicyStatement]) -> list[str]:
    """Return what the rule packs say of resources that end in ``*``, one id for each."""
    found = {
        f"AwsSolutions-IAM5[Resource::{resource}]"
        for statement in statements
        if statement.effect == iam.Effect.ALLOW
        for resource in statement.resources
        if "*" in resource
    }
    return sorted(found)
