"""One page that shows whether months close, and how long that takes."""

from collections.abc import Sequence
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from crossfoot_infra.constructs.figures import OWN_FIGURES, QUARANTINES, own_figure
from crossfoot_infra.constructs.python_function import PythonFunction

_DAY_HOURS: Final = 24
_WHOLE: Final = 24
_THIRD: Final = 8
_HALF: Final = 12
_MONTH: Final = cdk.Duration.days(30)


class Dashboard(cloudwatch.Dashboard):
    """Months published, deliveries, quarantines, durations, coverage of the inventory, alarms."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        alarms: Sequence[cloudwatch.IAlarm],
        close_month: sfn.IStateMachine,
        deliveries: sqs.IQueue,
        functions: Sequence[PythonFunction],
    ) -> None:
        super().__init__(scope, id_, dashboard_name=name, default_interval=_MONTH)
        self.add_widgets(
            cloudwatch.AlarmStatusWidget(title="Alarms", width=_WHOLE, alarms=list(alarms))
        )
        self.add_widgets(
            _daily("Months published", "MonthsPublished"),
            _daily("Deliveries", "ManifestsAccepted"),
            _daily("Quarantined", *QUARANTINES),
        )
        self.add_widgets(
            _daily("Limits breached", "LimitsBreached", statistic="Maximum"),
            _daily("Inventory: accounts", "AccountsCollected", "AccountsPartial", "AccountsFailed"),
            _daily("Figures of two sources that differ", "CarbonFiguresDiffering"),
            _daily("Waiting", "PublicationsLeft", "MonthsLate"),
            _lines(
                "Announcements that wait",
                deliveries.metric_approximate_number_of_messages_visible(),
                width=_THIRD,
            ),
        )
        if any(each.verb == OWN_FIGURES["NowcastsMade"] for each in functions):
            self.add_widgets(_daily("Nowcasts", "NowcastsMade", "NowcastsPublished"))
        self._time(close_month)
        self._look_at(functions)

    def _time(self, machine: sfn.IStateMachine) -> None:
        """Show how long a month takes, and how its executions end."""
        durations = [machine.metric_time(statistic=each) for each in ("p50", "p99")]
        ends = [machine.metric_succeeded(), machine.metric_failed(), machine.metric_timed_out()]
        self.add_widgets(
            _lines("Closing a month: duration", *durations, width=_HALF),
            _lines("Closing a month: executions", *ends, width=_HALF),
        )

    def _look_at(self, functions: Sequence[PythonFunction]) -> None:
        """Show how long each function takes, and how often it fails."""
        durations = [each.function.metric_duration(statistic="p99") for each in functions]
        errors = [each.function.metric_errors() for each in functions]
        self.add_widgets(
            _lines("Functions: duration", *durations, width=_HALF),
            _lines("Functions: errors", *errors, width=_HALF),
        )


def _daily(title: str, *names: str, statistic: str = "Sum") -> cloudwatch.GraphWidget:
    figures = [own_figure(name, statistic=statistic, hours=_DAY_HOURS) for name in names]
    return _lines(title, *figures, width=_THIRD)


def _lines(title: str, *metrics: cloudwatch.IMetric, width: int) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=width)
