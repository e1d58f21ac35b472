"""The state machine that imports the dashboard's data again, and what starts it."""

from collections.abc import Sequence
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from crossfoot_infra.constructs.acknowledgements import acknowledge
from crossfoot_infra.constructs.delivery_queue import EncryptedQueue
from crossfoot_infra.constructs.narrow_role import NarrowRole
from crossfoot_infra.constructs.notices import SOURCE
from crossfoot_infra.constructs.state_machine import StateMachine

PUBLISHED: Final = ("Emissions Period Published", "Emissions Period Restated")
_RETRY_HOURS: Final = 6


class RefreshDashboard(StateMachine):
    """Starts an import of every data set after each publication.

    Parameters
    ----------
    bus : IEventBus
        Where publications are told.
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
        self._start_after_publications(name, key, bus, data_sets)

    def _start_after_publications(
        self, name: str, key: kms.IKey, bus: events.IEventBus, data_sets: Sequence[str]
    ) -> None:
        dead_letters = EncryptedQueue(
            self, "DeadLetters", queue_name=f"{name}-not-started", key=key
        )
        acknowledge(
            dead_letters, {"AwsSolutions-SQS3": "It is the dead-letter queue of the rule below."}
        )
        events.Rule(
            self,
            "Published",
            description="A month was published, so the dashboard imports again",
            event_bus=bus,
            event_pattern=events.EventPattern(source=[SOURCE], detail_type=[*PUBLISHED]),
            targets=[
                targets.SfnStateMachine(
                    self.machine,
                    input=events.RuleTargetInput.from_object({"data_sets": [*data_sets]}),
                    role=self._starter().role,
                    dead_letter_queue=dead_letters,
                    max_event_age=cdk.Duration.hours(_RETRY_HOURS),
                )
            ],
        )

    def _starter(self) -> NarrowRole:
        """Make the role that the rule starts the machine with."""
        return NarrowRole(
            self,
            "Starter",
            service="events",
            statements=[
                iam.PolicyStatement(
                    actions=["states:StartExecution"], resources=[self.machine.state_machine_arn]
                )
            ],
            conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}},
        )
