"""What a person is told of: one alarm for each way in which the pipeline can need one."""

from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from crossfoot_infra.constructs.python_function import PythonFunction

RUNBOOKS: Final = "docs/operations/runbooks.md"

ALARMS: Final[Mapping[str, str]] = {
    "dead-letters": "An announcement of a delivery was refused eight times.",
    "not-started": "Something that runs by itself was started and never ended well.",
    "undelivered-notices": "The topic for people did not take a notice.",
    "month-not-closed": "The closing of a month failed, ran out of time or was aborted.",
    "inventory-not-collected": "A collection of the inventory failed as a whole.",
    "month-not-nowcast": "A look ahead failed: a month that AWS has not published has no nowcast.",
    "sustainability-not-collected": "AWS's water was not collected, nor its carbon compared.",
    "rules-not-judged": "A judgement of the thresholds failed, ran out of time or was aborted.",
    "quarantine": "A delivery was set aside by name; the published months are as they were.",
    "unfinished": "A publication or a notice has waited for more than half an hour.",
    "emissions-data-late": "A month has no carbon from AWS after the 23rd of the next month.",
    "function-errors": "A function failed or was throttled again and again.",
    "access-denied": "A role, a bucket policy or the key refuses: the deployment is broken.",
    "scan-limit": "Athena stopped a query of ours at the workgroup's scan limit.",
}
"""Every alarm by its id, which is the anchor of its runbook; ``function-errors`` is one for each
function."""


class Alarms(Construct):
    """Makes alarms that tell the topic, and collects them for the dashboard."""

    def __init__(self, scope: Construct, id_: str, *, name: str, topic: sns.ITopic) -> None:
        super().__init__(scope, id_)
        self.all: list[cloudwatch.Alarm] = []
        self._name = name
        self._action = actions.SnsAction(topic)

    def watch(
        self,
        alarm_id: str,
        metric: cloudwatch.IMetric,
        *,
        periods: int = 1,
        of: str | None = None,
        threshold: float = 1,
    ) -> None:
        """Tell of a metric that reaches its threshold in so many periods in a row.

        ``of`` names whose alarm it is, where there are several of one id.
        """
        own_id = alarm_id if of is None else f"{alarm_id}-{of.replace('_', '-')}"
        alarm = cloudwatch.Alarm(
            self,
            "".join(word.title() for word in own_id.split("-")),
            alarm_name=f"{self._name}-{own_id}",
            alarm_description=f"{ALARMS[alarm_id]} {RUNBOOKS}#{alarm_id}",
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._action)
        self.all.append(alarm)

    def watch_function(self, each: PythonFunction) -> None:
        """Tell of a function that fails or is throttled in three periods in a row.

        A failure now and then is retried by name; what is not mended so is an alarm of its own.
        """
        period = cdk.Duration.minutes(15)
        self.watch(
            "function-errors",
            cloudwatch.MathExpression(
                expression="FILL(errors, 0) + FILL(throttles, 0)",
                using_metrics={
                    "errors": each.function.metric_errors(period=period),
                    "throttles": each.function.metric_throttles(period=period),
                },
                label=each.verb,
                period=period,
            ),
            periods=3,
            of=each.verb,
        )
