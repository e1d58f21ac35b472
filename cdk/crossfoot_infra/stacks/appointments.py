"""When the pipeline does what it does by the clock, all times in UTC."""

from collections.abc import Iterator, Mapping

from aws_cdk import aws_stepfunctions as sfn

from crossfoot_infra.constructs.python_function import PythonFunction
from crossfoot_infra.constructs.timetable import Appointment


def inventory_nights(machine: sfn.StateMachine) -> Iterator[Appointment]:
    """Yield when the inventory is collected: once a day, and once a month with figures."""
    yield _start(
        "Inventory",
        "The inventory, every night but the first of a month",
        "cron(30 3 2-31 * ? *)",
        machine,
        {"statistics": False},
    )
    yield _start(
        "InventoryWithStatistics",
        "The inventory with CloudWatch's figures, on the first night of a month",
        "cron(30 4 1 * ? *)",
        machine,
        {"statistics": True},
    )


def looks_ahead(machine: sfn.StateMachine) -> Appointment:
    """Return when silent months are nowcast: each morning, once the night's usage is there."""
    return _start(
        "LookAhead",
        "Nowcasts of the months that AWS has not published",
        "cron(0 5 * * ? *)",
        machine,
    )


def looks_at_sustainability(machine: sfn.StateMachine) -> Appointment:
    """Return when AWS is asked for water and carbon: after the day that a month has come by."""
    return _start(
        "Sustainability",
        "AWS's water, and its carbon by another way, after the 21st",
        "cron(0 7 22 * ? *)",
        machine,
    )


def judgements(machine: sfn.StateMachine) -> Appointment:
    """Return when thresholds are judged that no publication has led to."""
    return _start(
        "Rules",
        "Thresholds that nobody has judged since the last publication",
        "cron(0 6 * * ? *)",
        machine,
    )


def completions(finish: PythonFunction) -> Appointment:
    """Return when somebody looks for what was left."""
    return _call("Finish", "What a crash left unfinished", "rate(15 minutes)", finish)


def reminders(report: PythonFunction) -> Appointment:
    """Return when it is told that carbon is late."""
    return _call(
        "Late", "Carbon that has not come, from the 23rd on", "cron(0 12 23-31 * ? *)", report
    )


def _start(
    id_: str,
    meaning: str,
    when: str,
    machine: sfn.StateMachine,
    told: Mapping[str, bool] | None = None,
) -> Appointment:
    arn = machine.state_machine_arn
    return Appointment(id_, meaning, when, arn, "states:StartExecution", told or {})


def _call(id_: str, meaning: str, when: str, function: PythonFunction) -> Appointment:
    return Appointment(id_, meaning, when, function.function.function_arn, "lambda:InvokeFunction")
