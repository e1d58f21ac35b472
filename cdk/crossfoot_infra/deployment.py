"""All stacks of a deployment, in the order in which they need each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from crossfoot_infra.settings import DeploymentSettings
from crossfoot_infra.stacks.exports_stack import ExportsStack
from crossfoot_infra.stacks.inventory_access_stack import InventoryAccessStack
from crossfoot_infra.stacks.ledger_stack import LedgerStack
from crossfoot_infra.stacks.pipeline_stack import LAYERS, PipelineStack
from crossfoot_infra.stacks.quicksight_stack import QuickSightStack


@dataclass(frozen=True, slots=True)
class Deployment:
    """The stacks of one deployment."""

    ledger: LedgerStack
    exports: ExportsStack
    pipeline: PipelineStack
    inventory_access: InventoryAccessStack


def make_stacks(
    scope: Construct,
    *,
    settings: DeploymentSettings,
    view_queries: Mapping[str, str],
    layers_dir: Path = LAYERS,
) -> Deployment:
    """Make every stack, named after the deployment.

    Parameters
    ----------
    scope : Construct
        The app.
    view_queries : mapping of str to str
        Query of each published view, in Athena's dialect, for the tags of the settings.
    layers_dir : Path
        Where the layers are.
    """
    name = "".join(word.title() for word in settings.name.split("-"))
    ledger = LedgerStack(scope, f"{name}Ledger", settings=settings, view_queries=view_queries)
    pipeline = PipelineStack(
        scope, f"{name}Pipeline", settings=settings, ledger=ledger, layers_dir=layers_dir
    )
    exports = ExportsStack(scope, f"{name}Exports", settings=settings)
    # making an export tries the bucket, and its first delivery may come at once
    exports.add_stack_dependency(ledger)
    exports.add_stack_dependency(pipeline)
    inventory_access = InventoryAccessStack(scope, f"{name}InventoryAccess", settings=settings)
    if settings.quicksight is not None:
        QuickSightStack(
            scope,
            f"{name}QuickSight",
            settings=settings,
            quicksight_settings=settings.quicksight,
            ledger=ledger,
        )
    if settings.permissions_boundary is not None:
        for child in filter(Stack.is_stack, scope.node.children):
            _bound(Stack.of(child), settings.permissions_boundary)
    return Deployment(ledger, exports, pipeline, inventory_access)


def _bound(stack: Stack, policy_name: str) -> None:
    """Set the boundary on every role of a stack; the policy is one of the stack's account."""
    policy = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", policy_name)
    iam.PermissionsBoundary.of(stack).apply(policy)
