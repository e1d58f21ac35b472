"""The state machine that imports the dashboard's data again, and what starts it."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from crossfoot_infra.constructs.delivery_queue import EncryptedQueue
from crossfoot_infra.constructs.state_machine import StateMachine

_PUBLISHED = ("Emissions Period Published", "Emissions Period Restated")
_HOURS = 6


class RefreshDashboard(StateMachine):
    """Starts an import of every data set after each publication.

    Parameters
    ----------
    data_sets : sequence of str
        Ids of the SPICE data sets.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        name: str,
        key: kms.IKey,
        log_days: int,
        bus: events.IEventBus,
        data_sets: Sequence[str],
    ) -> None:
        stack = cdk.Stack.of(scope)
        arn = f"arn:{stack.partition}:quicksight:{stack.region}:{stack.account}:dataset"
        super().__init__(
            scope,
            "RefreshDashboardWorkflow",
            workflow="refresh_dashboard",
            name=name,
            key=key,
            log_days=log_days,
            substitutions={"Account": stack.account},
            statements=[
                iam.PolicyStatement(
                    actions=["quicksight:CreateIngestion"],
                    resources=[f"{arn}/{each}/ingestion/*" for each in data_sets],
                )
            ],
        )
        dead_letters = EncryptedQueue(
            self, "DeadLetters", queue_name=f"{name}-not-started", key=key
        )
        events.Rule(
            self,
            "Published",
            description="A month was published, so the dashboard imports again",
            event_bus=bus,
            event_pattern=events.EventPattern(source=["crossfoot"], detail_type=[*_PUBLISHED]),
            targets=[
                targets.SfnStateMachine(
                    self.machine,
                    input=events.RuleTargetInput.from_object({"data_sets": [*data_sets]}),
                    dead_letter_queue=dead_letters,
                    max_event_age=cdk.Duration.hours(_HOURS),
                )
            ],
        )
