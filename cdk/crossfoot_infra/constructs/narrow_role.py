"""A role and its one policy, written out: no grants made behind its back."""

from collections.abc import Iterable, Mapping
from typing import Final

from aws_cdk import aws_iam as iam
from constructs import Construct

from crossfoot_infra.constructs.acknowledgements import acknowledge

_WILDCARDS: Final[Mapping[str, str]] = {
    "arn:aws:s3:::": "Objects below one prefix of one bucket: their keys are made at run time.",
    "arn:aws:iam::": "The read role of every account of the organization: which accounts there are "
    "is known at run time only, and each role trusts ours alone.",
    "arn:aws:glue:": "Tables of one database, which Athena looks up under the role that asks.",
    "arn:aws:states:": "Executions of one state machine: their names are made at run time.",
    "arn:aws:quicksight:": "Imports of our own data sets: they are named as they start.",
    "*": "Traces, log deliveries, lists of the organization, AWS's own carbon and water: actions "
    "that know no resources.",
}
"""Why a resource of a policy has a ``*``, by what its ARN begins with."""


class NarrowRole(Construct):
    """A role for one service, under one managed policy of enumerated actions.

    The constructs that use the role cannot widen it: what it may do stands in ``statements``.

    Parameters
    ----------
    role_name : str, optional
        Only for roles that another account trusts by name.
    conditions : dict, optional
        When the service may take the role.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        service: str,
        statements: Iterable[iam.PolicyStatement],
        role_name: str | None = None,
        conditions: dict[str, dict[str, str]] | None = None,
    ) -> None:
        super().__init__(scope, id_)
        principal = iam.ServicePrincipal(f"{service}.amazonaws.com", conditions=conditions)
        role = iam.Role(self, "Role", assumed_by=principal, role_name=role_name)
        allowed = list(statements)
        self.policy = iam.ManagedPolicy(self, "Policy", roles=[role], statements=allowed)
        self.role_arn = role.role_arn
        self.role = role.without_policy_updates()
        acknowledge(self.policy, _reasons(allowed))


def _reasons(statements: Iterable[iam.PolicyStatement]) -> dict[str, str]:
    """Return what the rule packs say of resources with a ``*``, and the reason of each."""
    wildcards = {
        resource
        for statement in statements
        if statement.effect == iam.Effect.ALLOW
        for resource in statement.resources
        if "*" in resource
    }
    return {
        f"AwsSolutions-IAM5[Resource::{resource}]": _reason(resource)
        for resource in sorted(wildcards)
    }


def _reason(resource: str) -> str:
    for beginning, reason in _WILDCARDS.items():
        if resource.startswith(beginning):
            return reason
    raise ValueError(f"{resource} is wider than we have a reason for")
