"""The doors of the publication protocol: every sample accepted, or refused by name."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from crossfoot.domain.errors import (
    ConfigurationError,
    ForeignDeliveryError,
    RunContentError,
    StaleClaimError,
)

ROOT = Path(__file__).parents[2]
FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/handler.py"))
SAMPLES = sorted(path.stem for path in (ROOT / "events").glob("*.json"))


def test_every_door_has_a_sample_and_every_sample_a_door() -> None:
    """A door's events are first-class: named after it, and there for each of them."""
    assert {name.partition(".")[0] for name in SAMPLES} == set(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_door_is_thin(function: str) -> None:
    """A handler fits on one screen, and beside it lie its event and its settings."""
    folder = ROOT / "functions" / function
    code = [line for line in (folder / "handler.py").read_text("utf-8").splitlines() if line]

    assert len(code) <= 40
    assert {"__init__.py", "event.py", "settings.py"} <= {each.name for each in folder.iterdir()}


@pytest.mark.parametrize("case", ["delivery", "replay"])
def test_a_month_without_deliveries_waits(doors: Any, case: str) -> None:
    """Nothing is planned, and the claim is given back."""
    answer = doors.call(f"ingest_carbon.{case}")

    assert answer == {"outcome": "waiting", "usage_period": "2026-03", "n_quarantined": 0}
    doors.claim()


def test_a_published_run_is_answered_with_its_version(doors: Any) -> None:
    """The pointer, the catalogue and the notice follow each other; a repetition changes nothing."""
    _prove(doors)
    first = doors.call("publish_period.proven")
    second = doors.call("publish_period.proven")

    assert first == {
        "usage_period": "2026-03",
        "run_id": "r-00112233445566aa",
        "version": 1,
        "is_new": True,
        "is_shown": True,
        "n_sent": 1,
        "status": "published",
    }
    assert (second["version"], second["is_new"]) == (1, False)
    assert doors.notices() == ["Emissions Period Published"]


def test_a_run_whose_claim_was_lost_is_not_published(doors: Any) -> None:
    """The state machine tells it by the error's name, and ends."""
    doors.create_catalog()
    doors.plan()
    doors.put_manifest_of_run()

    with pytest.raises(StaleClaimError):
        doors.call("publish_period.proven")


@pytest.mark.parametrize("case", ["manifest_of_another_run", "foreign_plan"])
def test_places_of_others_are_not_published(doors: Any, case: str) -> None:
    """Places are checked against the plan and the deployment, not followed."""
    _prove(doors)

    with pytest.raises(ForeignDeliveryError):
        doors.call(f"publish_period.{case}")


def test_a_damaged_plan_is_no_plan(doors: Any) -> None:
    """What lies at the plan's place and is not it is refused by name."""
    doors.s3.put_object(Bucket="work-bucket", Key="plans/r-00112233445566aa/plan.json", Body=b"[]")

    with pytest.raises(RunContentError):
        doors.call("publish_period.proven")


def test_a_crossing_is_told_once(
    doors: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The user's threshold comes with the layer `policy`."""
    _configure(
        tmp_path,
        monkeypatch,
        '[[thresholds]]\nname = "budget"\nmeasure = "total_mbm"\nlimit_kgco2e = 1999.5\n',
    )
    _prove(doors)
    doors.call("publish_period.proven")
    told = [doors.call("watch_thresholds.published")["n_crossed"] for _ in range(2)]

    assert told == [1, 0]
    assert doors.notices() == ["Emission Threshold Breached", "Emissions Period Published"]


def test_without_thresholds_nothing_is_crossed(doors: Any) -> None:
    """Without the layer, the defaults hold."""
    _prove(doors)
    doors.call("publish_period.proven")

    assert doors.call("watch_thresholds.published")["n_crossed"] == 0


@pytest.mark.parametrize(
    "case", ["before_a_plan", "unreadable_usage", "athena_failed", "timed_out"]
)
def test_a_failed_execution_is_given_up_with_a_notice(doors: Any, case: str) -> None:
    """Whatever failed is told once, however often the state machine asks."""
    doors.plan()
    doors.claim()
    first = doors.call(f"quarantine_delivery.{case}")
    doors.call(f"quarantine_delivery.{case}")

    assert first["usage_period"] == "2026-03"
    assert doors.notices() == ["Delivery Quarantined"]


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("unreadable_usage", "s3://landing-bucket/usage/data/x.parquet: is no Parquet."),
        ("athena_failed", '{"AthenaError":{"ErrorCategory":2,"ErrorMessage":"HIVE_BAD_DATA'),
        ("timed_out", ""),
    ],
)
def test_a_cause_is_told_as_the_error_said_it(doors: Any, case: str, message: str) -> None:
    """Of a function's answer only the message counts, not its stack; Athena's is kept whole."""
    model = importlib.import_module("quarantine_delivery.event").ExecutionFailed
    told = model.model_validate(doors.sample(f"quarantine_delivery.{case}"))

    assert told.error.message.startswith(message)
    assert "stackTrace" not in told.error.message


@pytest.mark.parametrize(
    "name",
    [
        "ingest_carbon.not_a_month",
        "watch_thresholds.not_a_month",
        "quarantine_delivery.without_an_error",
    ],
)
def test_what_no_state_sends_is_refused(doors: Any, name: str) -> None:
    """A door takes what its model says, and nothing else."""
    with pytest.raises(ValidationError):
        doors.call(name)


@pytest.mark.parametrize("case", ["schedule", "scheduler_default"])
def test_with_nothing_unfinished_nothing_is_done(doors: Any, case: str) -> None:
    """The schedule may say what it likes: only the ledger counts."""
    answer = json.loads(json.dumps(doors.call(f"finish_publications.{case}")))

    assert answer == {"settled": [], "left": [], "n_sent": 0}


def test_lateness_is_looked_at_on_schedule(doors: Any) -> None:
    """The answer names the month that was looked at, and is small JSON."""
    answer = doors.call("report_late_data.schedule")

    assert json.loads(json.dumps(answer)) == answer
    assert set(answer) == {"usage_period", "reason", "is_new"}


def test_a_missing_variable_is_named(doors: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A door that was deployed without one of its settings says which."""
    monkeypatch.delenv("LEDGER_TABLE")

    with pytest.raises(ConfigurationError, match="environment variable LEDGER_TABLE"):
        doors.call("report_late_data.schedule")


def _prove(doors: Any) -> None:
    """Leave the month as the proof of its run does."""
    doors.create_catalog()
    doors.plan()
    doors.claim()
    doors.put_manifest_of_run()


def _configure(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    package = folder / "crossfoot_policy"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "configuration.toml").write_text(text)
    monkeypatch.syspath_prepend(folder)
