"""How the inventory reaches the organization and its accounts."""

from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import aws_iam as iam

from crossfoot.domain.inventory import ORGANIZATION_ACTIONS


@dataclass(frozen=True, slots=True)
class MemberAccounts:
    """The roles on both sides: ours, which others trust by name, and theirs, which we take.

    ``organization_role_arn`` is the role in the management account that lists accounts; none
    where we are in it.
    """

    collector_role_name: str
    directory_role_name: str
    inventory_role_name: str
    organization_role_arn: str | None

    def read(self) -> Iterator[iam.PolicyStatement]:
        """Take the read role of any account: which accounts there are is known only at run time.

        Each account's role trusts ours alone, within the organization and with the external id.
        """
        yield iam.PolicyStatement(
            actions=["sts:AssumeRole"],
            resources=[f"arn:aws:iam::*:role/{self.inventory_role_name}"],
        )

    def list_accounts(self) -> Iterator[iam.PolicyStatement]:
        """List accounts and organizational units, here or by the management account's role."""
        if self.organization_role_arn is not None:
            yield iam.PolicyStatement(
                actions=["sts:AssumeRole"], resources=[self.organization_role_arn]
            )
            return
        yield iam.PolicyStatement(
            actions=[each.action for each in ORGANIZATION_ACTIONS],
            # actions that list know no resources
            resources=["*"],
        )
