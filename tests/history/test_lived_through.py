"""A few months of the sample organisation, lived through: everything was known then as it is told.

The whole of it, with every month and every report, is lived through by `make e2e`.
"""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from tests.history.lived import Life, answers
from tests.history.proofs import (
    causes_of,
    effects_of,
    published_ug,
    restated_base_year,
    rows,
    states_of,
    told_otherwise,
)

from crossfoot.adapters.sample import write_sample
from crossfoot.domain.measures import MEASURES, Measure

EARLY, RECAST, TOLD = "2025-05", "2025-12", "2026-02"
MONTHS: Final = (EARLY, RECAST, TOLD)
ASKED: Final = frozenset(
    {"emissions", "emissions_by_tag", "restatements", "estimate_coverage", "nowcasts",
     "nowcast_errors"}
)  # fmt: skip
"""A part of what can be asked; the rest follows from the same files."""


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    """Live through three months; one of them is nowcast before AWS publishes it."""
    folder = tmp_path_factory.mktemp("life")
    sample = write_sample(folder / "sample", accounts=12, months=30, rows=1)
    life = Life(sample, folder, MONTHS.__contains__, lambda _: ASKED)
    life.live(is_told=lambda month: month == TOLD)
    return life


def test_the_organisation_has_lived(life: Life) -> None:
    """Two changes of method, a recast and a nowcast lie between its first and its last day."""
    found = rows(
        life.warehouse,
        "SELECT usage_period AS month, model_version FROM carbon_reported "
        "GROUP BY month, model_version, delivered_at ORDER BY month, delivered_at",
    )

    assert [(row["month"], row["model_version"]) for row in found] == [
        *((EARLY, each) for each in ("v2.0.1", "v3.0.0", "v3.0.1", "v3.0.1")),
        *((RECAST, each) for each in ("v3.0.0", "v3.0.1", "v3.0.1")),
        *((TOLD, each) for each in ("v3.0.0", "v3.0.1")),
    ]
    assert Counter(moment.is_nowcast for moment in life.moments) == {False: 6, True: 1}


def test_every_instant_answers_as_it_did_then(life: Life) -> None:
    """From the instant of each publication, and until the next."""
    assert not list(told_otherwise(life))
    before, after = life.moments[2:4]
    last_moment = after.published_at - timedelta(microseconds=1)

    assert answers(life.warehouse, last_moment, asked=ASKED) == before.said
    assert before.said != after.said


@pytest.mark.parametrize(
    ("month", "causes"),
    [(EARLY, {"model-version", "correction"}), (TOLD, {"model-version"})],
)
def test_every_pair_of_states_is_bridged_exactly(life: Life, month: str, causes: set[str]) -> None:
    """Causes add up in every cell; the parts of the way sum to the whole."""
    assert causes_of(life, month) == causes


@pytest.mark.parametrize("measure", [Measure.TOTAL_LBM, Measure.TOTAL_MBM])
def test_months_differ_exactly_as_known_now_and_then(life: Life, measure: Measure) -> None:
    """Both ways, before and after the new methods."""
    at = {Measure.TOTAL_LBM: states_of(life, TOLD)[0], Measure.TOTAL_MBM: _now(life)}[measure]

    assert effects_of(life, MONTHS, at, measure) >= {"departed-accounts", "usage-volume", "mix"}


def _now(life: Life) -> datetime:
    return life.moments[-1].published_at


def test_the_base_year_is_restated_by_causes_that_add_up(life: Life, tmp_path: Path) -> None:
    """The new methods bring scope 3 into 2025, which passes any threshold."""
    configuration = tmp_path / "crossfoot.toml"
    configuration.write_text('[base_year]\nyear = 2025\nthreshold_percent = 5\n'
                             'measure = "total_lbm"\n')  # fmt: skip
    then = states_of(life, RECAST)[1]

    assert restated_base_year(life, configuration) > 20
    assert restated_base_year(life, configuration, then) > 20
    assert restated_base_year(life, configuration, states_of(life, EARLY)[0]) == 0


def test_a_nowcast_stands_in_until_aws_publishes_and_its_error_is_kept(life: Life) -> None:
    """What was told, and by how much it was off, is known for ever."""
    told = next(moment for moment in life.moments if moment.is_nowcast)
    published = states_of(life, TOLD)[0]
    statuses = "SELECT DISTINCT status FROM emissions WHERE usage_period = $month"
    errors = rows(
        life.warehouse,
        "SELECT measure, told_kgco2e AS told, published_kgco2e AS published, error_kgco2e AS off "
        "FROM nowcast_errors WHERE usage_period = $month AND grain = 'organisation'",
        month=TOLD,
    )
    first = dict(zip(MEASURES, published_ug(life, TOLD, published), strict=True))

    assert [row["status"] for row in rows(life.warehouse, statuses, told.published_at, month=TOLD)]\
        == ["nowcast"]  # fmt: skip
    assert [row["status"] for row in rows(life.warehouse, statuses, month=TOLD)] == ["published"]
    assert {row["measure"] for row in errors} >= {"total_lbm", "total_mbm"}
    for row in errors:
        if row["published"] is not None:
            assert int(row["published"].scaleb(9)) == first[Measure(row["measure"])]
            assert row["off"] == row["told"] - row["published"]
    assert not _errors_known_at(life, told.published_at)
    assert _errors_known_at(life, published)


def _errors_known_at(life: Life, at: datetime) -> int:
    (found,) = rows(life.warehouse, "SELECT count(*) AS n FROM nowcast_errors", at)
    return int(found["n"])


def test_accounts_are_called_as_they_were_in_the_month(life: Life) -> None:
    """A move and a new name are told of the months after them, and restate none before."""
    found = rows(
        life.warehouse,
        "SELECT usage_period, account_name, ou_path FROM emissions WHERE usage_account_id IN "
        "(SELECT usage_account_id FROM emissions WHERE ou_path = 'Root/Workloads/Incubator' "
        "OR account_name LIKE '%-legacy') GROUP BY ALL ORDER BY ALL",
    )
    units = {month: set[str]() for month in MONTHS}
    names = {month: set[str]() for month in MONTHS}
    for row in found:
        units[row["usage_period"]].add(row["ou_path"])
        names[row["usage_period"]].add(row["account_name"])

    assert ["Root/Workloads/Incubator" in units[month] for month in MONTHS] == [True, False, False]
    assert [any(name.endswith("-legacy") for name in names[month]) for month in MONTHS] == [
        True, True, False
    ]  # fmt: skip
