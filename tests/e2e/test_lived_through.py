"""Three years of the sample organisation, lived through on disk, month after month.

Two changes of method, a recast, a silent correction, two departures, a newcomer, a move and a new
name: every instant is asked again, every pair of states is bridged, every month is nowcast.
"""

import time
from collections import Counter
from collections.abc import Container
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
from harness.scenario_table import Scenario
from tests.history.lived import Life, said
from tests.history.proofs import (
    causes_of,
    effects_of,
    restated_base_year,
    rows,
    states_of,
    told_otherwise,
)

from crossfoot.adapters.sample import write_sample
from crossfoot.domain.measures import Measure

ACCOUNTS, MONTHS = 12, 36
NOWCAST_IN: Final = {"02", "08"}
"""Months of the year whose usage is nowcast when it comes, with all that are silent then."""
ALL_ASKED_EVERY: Final = 10
ASKED: Final = frozenset(
    {"emissions", "emissions_by_account", "restatements", "estimate_coverage", "nowcasts",
     "nowcast_errors"}
)  # fmt: skip


def _asked(moment: int) -> Container[str] | None:
    """Ask for everything, the report too, now and then; it takes its time."""
    return None if moment % ALL_ASKED_EVERY == 0 else ASKED


@pytest.fixture(scope="module")
def life(scratch: Path) -> Life:
    """Live through it all."""
    folder = scratch / "life"
    sample = write_sample(folder / "sample", accounts=ACCOUNTS, months=MONTHS, rows=1, silent=1)
    life = Life(sample, folder, asked=_asked)
    life.live(is_told=lambda month: month[-2:] in NOWCAST_IN or month > "2026-09")
    return life


def test_every_instant_answers_as_it_did_then(life: Life, scenario: Scenario) -> None:
    """Tables, views and reports, to the last byte."""
    started = time.monotonic()

    assert not list(told_otherwise(life))
    n_answers = sum(len(moment.said) for moment in life.moments)
    seconds = time.monotonic() - started
    scenario.note(
        f"{len(life.moments)} states, {n_answers} answers of then given again, {seconds:.0f} s"
    )


def test_every_pair_of_states_of_every_month_is_bridged_exactly(
    life: Life, scenario: Scenario
) -> None:
    """Old months lived through both methods, 2025 through the recast, one through a correction."""
    months = [str(period) for period in life.sample.periods]
    met = {month: causes_of(life, month) for month in months}
    n_states = Counter(len(states_of(life, month)) for month in months)

    assert met[months[0]] == set()
    assert all(met[month] == {"model-version"} for month in months[1:15])
    assert all(met[f"2025-{n:02d}"] == {"model-version", "correction"} for n in range(1, 13))
    assert met["2026-06"] == {"correction"}
    assert met["2026-09"] == set()
    assert n_states[4] == 6, "of 2025, and first told in v2"
    scenario.note(f"months by their number of states: {dict(sorted(n_states.items()))}")


def test_every_month_differs_from_the_one_before_by_effects_that_add_up(life: Life) -> None:
    """As known at the end, but for the oldest month, which had no scopes; and by totals."""
    months = [str(period) for period in life.sample.periods]
    now = life.moments[-1].published_at

    assert effects_of(life, months[1:], now, Measure.SCOPE_2_MBM) >= {
        "departed-accounts", "usage-volume", "mix", "intensity"
    }  # fmt: skip
    assert effects_of(life, months, now, Measure.TOTAL_LBM) >= {"new-accounts", "method"}


def test_a_nowcast_stood_in_until_aws_published_and_its_error_is_kept(
    life: Life, scenario: Scenario
) -> None:
    """Each published month that was told has its error; the last one still stands in."""
    told = {month for moment in life.moments if moment.is_nowcast for month in moment.months}
    found = rows(
        life.warehouse,
        "SELECT usage_period, sum(abs(error_kgco2e)) / sum(published_kgco2e) AS error, "
        "bool_and(has_held) AS has_held FROM nowcast_errors "
        "WHERE grain = 'organisation' AND measure = 'total_lbm' AND horizon = 1 "
        "AND told_model_version = model_version GROUP BY ALL ORDER BY ALL",
    )
    with_error = rows(life.warehouse, "SELECT DISTINCT usage_period AS month FROM nowcast_errors")
    status = rows(
        life.warehouse, "SELECT DISTINCT usage_period AS m FROM emissions WHERE status = 'nowcast'"
    )

    assert {row["month"] for row in with_error} == told - {"2026-10"}
    assert [row["m"] for row in status] == ["2026-10"]
    assert all(float(row["error"]) < 0.25 for row in found)
    held = Counter(row["has_held"] for row in found)
    scenario.note(f"{len(told)} months nowcast; ranges held, one month ahead: {dict(held)}")


def test_the_base_year_is_restated_by_causes_that_add_up(
    life: Life, tmp_path: Path, scenario: Scenario
) -> None:
    """At each instant in which its figure moved, the change is the sum of its causes."""
    configuration = tmp_path / "crossfoot.toml"
    configuration.write_text(
        '[base_year]\nyear = 2025\nthreshold_percent = 5\nmeasure = "total_mbm"\n'
    )
    moved = [at for at in _instants_of_2025(life) if restated_base_year(life, configuration, at)]

    assert moved
    scenario.note(
        f"base year 2025: {restated_base_year(life, configuration):.1f} % since first told"
    )


def _instants_of_2025(life: Life) -> list[datetime]:
    """Return when AWS told more than one month of 2025 at once."""
    return [
        moment.published_at
        for moment in life.moments
        if not moment.is_nowcast and sum(month.startswith("2025") for month in moment.months) > 1
    ]


def test_every_state_is_proved_again(life: Life) -> None:
    """``check`` at the first, a middle and the last instant."""
    for moment in (life.moments[0], life.moments[len(life.moments) // 2], life.moments[-1]):
        at = moment.published_at.isoformat()
        result = said("check", "--warehouse", life.warehouse, "--as-known-at", at)
        assert "NOT PROVEN" not in result.stdout


def test_the_organisation_is_told_as_it_was(life: Life) -> None:
    """Units and names change with the month; who left is in no month after."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows(
        life.warehouse,
        "SELECT DISTINCT usage_account_id AS id, usage_period AS month, account_name AS name, "
        "ou_path AS unit FROM emissions ORDER BY ALL",
    ):
        found.setdefault(row["id"], []).append(row)
    changes = [
        (after["month"], before["name"] != after["name"], before["unit"] != after["unit"])
        for of_account in found.values()
        for before, after in pairwise(of_account)
        if (before["name"], before["unit"]) != (after["name"], after["unit"])
    ]
    ends = Counter(of_account[-1]["month"] for of_account in found.values())

    assert sorted(changes) == [("2025-04", False, True), ("2026-01", True, False)]
    assert (ends["2024-09"], ends["2025-09"], ends["2026-10"]) == (1, 1, ACCOUNTS - 2)


def test_the_demo_is_made_twice_and_told_once(tmp_path: Path) -> None:
    """It nowcasts and looks at limits; a second time nothing is new."""
    first = said("demo", "--out", tmp_path / "demo").stdout
    again = said("demo", "--out", tmp_path / "demo").stdout

    assert "15 of 15 periods published" in first
    assert "Nowcast of 2026-10, until AWS publishes it" in first
    assert "breached: a month, location-based (warning) in 2026-10, by a nowcast" in first
    assert "0 of 15 periods published" in again
    assert "New notices: 0." in again
    assert (tmp_path / "demo" / "report.html").is_file()
