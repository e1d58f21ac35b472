"""What of the pipeline is watched, beside its queues and functions."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_stepfunctions as sfn

from crossfoot_infra.constructs.alarms import Alarms
from crossfoot_infra.constructs.figures import (
    QUARANTINES,
    own_figure,
    refusals,
    scans_stopped,
    total,
)
from crossfoot_infra.constructs.python_function import PythonFunction


def watch_machines(alarms: Alarms, machines: Mapping[str, sfn.StateMachine]) -> None:
    """Watch how executions end, by the id of each machine's alarm."""
    for alarm_id, machine in machines.items():
        ended = (machine.metric_failed(), machine.metric_timed_out(), machine.metric_aborted())
        alarms.watch(alarm_id, total(*ended, label="ended badly"))


def watch_figures(alarms: Alarms, functions: Sequence[PythonFunction], workgroup_name: str) -> None:
    """Watch what our functions say themselves."""
    alarms.watch(
        "quarantine",
        total(
            *(own_figure(name) for name in QUARANTINES),
            label="quarantined",
            minutes=60,
        ),
    )
    # four looks an hour: what is left at every one of them does not mend itself
    alarms.watch("unfinished", own_figure("PublicationsLeft", statistic="Minimum"))
    alarms.watch("emissions-data-late", own_figure("MonthsLate"))
    alarms.watch("access-denied", refusals(functions))
    alarms.watch("scan-limit", scans_stopped(workgroup_name))
