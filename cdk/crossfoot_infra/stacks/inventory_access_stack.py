"""How the collector may look into every account of the organization."""

import json
from tempfile import TemporaryDirectory

import aws_cdk as cdk
from constructs import Construct

from crossfoot_infra.constructs.read_role import inventory_role
from crossfoot_infra.settings import EXPORTS_REGION, DeploymentSettings


class MemberStack(cdk.Stack):
    """The one role of a member account, as a plain template."""

    def __init__(self, scope: Construct, id_: str, *, settings: DeploymentSettings) -> None:
        super().__init__(
            scope,
            id_,
            description="Crossfoot: lets the collector list resources and their utilization",
            synthesizer=cdk.BootstraplessSynthesizer(),
        )
        inventory_role(self, settings)


class InventoryAccessStack(cdk.Stack):
    """The read role, in every account under the targets, also in those that join later.

    A stack set of the organization never reaches the management account. Where everything is in
    that account the role is made here as well, otherwise by ``ExportsStack``. IAM is global, so
    one Region is enough. An account that leaves loses the role.
    """

    def __init__(self, scope: Construct, id_: str, *, settings: DeploymentSettings) -> None:
        super().__init__(
            scope,
            id_,
            description="Crossfoot: read access for the inventory, in every account",
            env=cdk.Environment(account=settings.account, region=settings.region),
        )
        cdk.CfnStackSet(
            self,
            "Members",
            stack_set_name=f"{settings.name}-inventory-access",
            description="Crossfoot: read role for the inventory",
            permission_model="SERVICE_MANAGED",
            call_as="SELF" if settings.is_single_account else "DELEGATED_ADMIN",
            capabilities=["CAPABILITY_NAMED_IAM"],
            auto_deployment=cdk.CfnStackSet.AutoDeploymentProperty(
                enabled=True, retain_stacks_on_account_removal=False
            ),
            managed_execution={"Active": True},
            operation_preferences=cdk.CfnStackSet.OperationPreferencesProperty(
                # one account that refuses must not keep the others out
                failure_tolerance_percentage=100,
                max_concurrent_percentage=100,
            ),
            stack_instances_group=[
                cdk.CfnStackSet.StackInstancesProperty(
                    deployment_targets=cdk.CfnStackSet.DeploymentTargetsProperty(
                        organizational_unit_ids=list(settings.organization.targets)
                    ),
                    regions=[EXPORTS_REGION],
                )
            ],
            template_body=json.dumps(member_template(settings), sort_keys=True),
        )
        if settings.is_single_account:
            inventory_role(self, settings)


def member_template(settings: DeploymentSettings) -> dict[str, object]:
    """Return the template of a member account, made by an app of its own."""
    with TemporaryDirectory() as folder:
        # nothing of it may end up among the stacks of the app that asks
        app = cdk.App(analytics_reporting=False, auto_synth=False, outdir=folder)
        stack = MemberStack(app, "Member", settings=settings)
        template: dict[str, object] = app.synth().get_stack_by_name(stack.stack_name).template
    return template
