"""Looking after the deployment from a desk: the commands, as a person runs them."""

import json
import os
import subprocess
from typing import Any, Final

import pytest
from harness.deployment import Deployment
from harness.months import Months
from harness.organisation import Organisation
from harness.scenario_table import Scenario
from harness.stand_in import REPOSITORY

COMMAND: Final = REPOSITORY / ".venv" / "bin" / "crossfoot"
UNKNOWN_HERE: Final = {
    *("permissions", "connection", "newest month", "loads", "dead letters", "closings"),
}
"""Data Exports is no service of the emulator; the sample's months and days are not this year's;
and other scenarios may have left a message or a failed execution behind."""


def crossfoot(deployment: Deployment, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command with the credentials of an administrator."""
    environment = {**os.environ, **deployment.stand_in.environment(), "NO_COLOR": "1"}
    return subprocess.run(
        [COMMAND, *arguments],
        env=environment,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_doctor_finds_the_deployment_sound(deployment: Deployment, scenario: Scenario) -> None:
    """Stacks, policy, key, layers, engine and ledger are looked at, and well."""
    result = crossfoot(deployment, "doctor", "--aws")
    lines = result.stdout.splitlines()
    well = {line[6:].split(":")[0] for line in lines if line.startswith("ok")}
    ill = {line[6:].split(":")[0] for line in lines if line.startswith("MEND")}

    assert result.stderr == ""
    assert ill <= UNKNOWN_HERE, result.stdout
    assert well >= {
        *("stack CrossfootExports", "stack CrossfootLedger", "stack CrossfootPipeline"),
        *("delivery permission", "delivery conditions", "TLS", "encryption key"),
        *("layers", "engine", "unsettled months", "unsent notices"),
    }
    scenario.note(f"{len(well)} well")


def test_a_backfill_takes_in_nothing_that_is_known(deployment: Deployment, months: Months) -> None:
    """Every manifest in the landing bucket is announced again; no month changes."""
    versions = months.versions(deployment.organisation.usage_months)
    result = crossfoot(deployment, "backfill")
    months.wait_until_quiet()

    assert result.returncode == 0, result.stderr
    assert "manifests announced" in result.stdout
    assert months.versions(deployment.organisation.usage_months) == versions


def test_a_replay_of_a_month_ends_where_it_is(
    deployment: Deployment, months: Months, organisation: Organisation
) -> None:
    """The same inputs give the same run: the execution succeeds, and nothing is published.

    The first replay takes in the accounts that were listed since the month was closed: their
    names are part of a run. The second finds everything as it is.
    """
    period = organisation.usage_months[0]
    replayed(deployment, months, period)
    before = months.published(period)
    execution = replayed(deployment, months, period)

    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["input"]) == {"usage_period": str(period), "cause": "replay"}
    assert months.published(period) == before


def replayed(deployment: Deployment, months: Months, period: str) -> dict[str, Any]:
    """Replay a month with the command and return its execution once all is quiet."""
    result = crossfoot(deployment, "replay", "--period", period)
    assert result.returncode == 0, result.stderr
    name = result.stdout.strip()
    months.wait_until_quiet()
    (found,) = (each for each in months.executions() if each["name"] == name)
    return months.execution(found["executionArn"])


@pytest.mark.parametrize("period", ["2026-13", "yesterday"])
def test_a_replay_of_no_month_is_refused(deployment: Deployment, period: str) -> None:
    """What an operator mistypes starts nothing."""
    result = crossfoot(deployment, "replay", "--period", period)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("InvalidPeriodError: ")
