"""What happens by the clock, all times in UTC."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from crossfoot_infra.constructs.narrow_role import NarrowRole
from crossfoot_infra.constructs.python_function import use_key_for_queues

_RETRIES: Final = 3
_RETRY_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class Appointment:
    """Something that is started by the clock.

    ``when`` is an expression of EventBridge Scheduler; ``action`` is what starts the target, and
    ``told`` is what it is handed.
    """

    id: str
    meaning: str
    when: str
    target_arn: str
    action: str
    told: Mapping[str, bool] = field(default_factory=dict)


class Timetable(Construct):
    """One group of schedules, each exactly at its time, with a queue for what did not start."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        key: kms.IKey,
        dead_letters: sqs.IQueue,
        appointments: list[Appointment],
    ) -> None:
        super().__init__(scope, id_)
        stack = cdk.Stack.of(self)
        group = scheduler.CfnScheduleGroup(self, "Group", name=name)
        access = NarrowRole(
            self,
            "Access",
            service="scheduler",
            statements=[
                *(
                    iam.PolicyStatement(actions=[action], resources=[target])
                    for action, target in dict.fromkeys(
                        (each.action, each.target_arn) for each in appointments
                    )
                ),
                iam.PolicyStatement(
                    actions=["sqs:SendMessage"], resources=[dead_letters.queue_arn]
                ),
                use_key_for_queues(key, stack),
            ],
            conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
        )
        for each in appointments:
            schedule = self._schedule(each, group, access, dead_letters)
            schedule.node.add_dependency(access.policy)

    def _schedule(
        self,
        appointment: Appointment,
        group: scheduler.CfnScheduleGroup,
        access: NarrowRole,
        dead_letters: sqs.IQueue,
    ) -> scheduler.CfnSchedule:
        return scheduler.CfnSchedule(
            self,
            appointment.id,
            description=appointment.meaning,
            group_name=group.ref,
            schedule_expression=appointment.when,
            schedule_expression_timezone="UTC",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=appointment.target_arn,
                role_arn=access.role_arn,
                input=json.dumps(dict(appointment.told)),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                    arn=dead_letters.queue_arn
                ),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_retry_attempts=_RETRIES,
                    maximum_event_age_in_seconds=_RETRY_SECONDS,
                ),
            ),
        )
