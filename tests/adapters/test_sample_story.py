"""A sample of three years: what AWS told and when, who came and went, and months without carbon."""

import csv
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from crossfoot.adapters.account_directory import read_accounts
from crossfoot.adapters.sample import SampleReceipt, write_sample
from crossfoot.adapters.sample.story import deliveries_of, first_published, is_lived
from crossfoot.adapters.sample.write_sample import last_periods
from crossfoot.domain.period import UsagePeriod

MONTHS = 30


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> SampleReceipt:
    """Make the smallest sample with a story, and two months of usage after it."""
    out = tmp_path_factory.mktemp("story") / "s"
    return write_sample(out, accounts=12, months=MONTHS, rows=1, silent=2)


def _told(period: str, n_months: int = 36) -> list[tuple[str, str]]:
    """Return version and day of every delivery of a month."""
    periods = last_periods(n_months)
    month = periods.index(UsagePeriod(period))
    found = deliveries_of(month, n_months, periods[month])
    return [(each.model_version, each.delivered_at.date().isoformat()) for each in found]


def test_a_month_comes_in_the_version_of_its_day_and_again_with_each_new_one() -> None:
    """Early months lived through both changes of method; later ones through one or none."""
    assert _told("2024-06") == [
        ("v2.0.0", "2024-09-23"), ("v3.0.0", "2025-10-22"), ("v3.0.1", "2026-04-22")
    ]  # fmt: skip
    assert _told("2026-02") == [("v3.0.0", "2026-03-17"), ("v3.0.1", "2026-04-22")]
    assert _told("2026-05") == [("v3.0.1", "2026-06-17")]


def test_the_year_before_is_recast_in_june_inside_the_version() -> None:
    """Every month of 2025, and no other."""
    recast = {
        str(period)
        for period in last_periods(36)
        if _told(str(period)).count(("v3.0.1", "2026-06-18"))
    }

    assert recast == {f"2025-{month:02d}" for month in range(1, 13)}
    assert _told("2025-03") == [
        ("v2.0.1", "2025-06-24"), ("v3.0.0", "2025-10-22"),
        ("v3.0.1", "2026-04-22"), ("v3.0.1", "2026-06-18"),
    ]  # fmt: skip


def test_one_month_is_corrected_in_silence_and_the_oldest_keeps_its_totals() -> None:
    """The same version came twice; what came first of all was never recalculated."""
    assert _told("2026-06") == [("v3.0.1", "2026-07-17"), ("v3.0.1", "2026-08-16")]
    assert _told("2023-10") == [("v2.0.0", "2024-01-24")]


def test_months_come_in_their_order_and_sooner_since_december_2025() -> None:
    """No month overtakes an earlier one; none came before it was over."""
    instants = [first_published(period) for period in last_periods(57)]

    assert instants == sorted(instants)
    assert instants[-1] == datetime(2026, 10, 17, 7, tzinfo=UTC)
    assert Counter(instants)[datetime(2025, 12, 15, 7, tzinfo=UTC)] == 2


@pytest.mark.parametrize(("n_months", "has_story"), [(29, False), (30, True), (57, True)])
def test_other_lengths_have_no_story(n_months: int, *, has_story: bool) -> None:
    """Shorter and longer samples are backfilled, as they were before there was one."""
    versions = {each.model_version for each in deliveries_of(3, n_months, UsagePeriod("2024-07"))}

    assert is_lived(n_months) is has_story
    assert ("v2.0.0" in versions) is has_story
    assert not is_lived(58)


def test_the_recast_changes_scope_2_alone(lived: SampleReceipt) -> None:
    """What invoices tell is the electricity that was bought."""
    files = f"{lived.carbon}/data/carbon_model_version=v3.0.1/usage_period=2025-04/*/*.parquet"
    rows = duckdb.execute(
        f"""SELECT sum(total_scope_1_emissions_value), sum(total_scope_3_mbm_emissions_value),
            sum(total_scope_2_lbm_emissions_value), sum(total_lbm_emissions_value)
        FROM read_parquet('{files}', filename = true) GROUP BY filename ORDER BY filename"""
    ).fetchall()
    (before, after) = rows

    assert before[:2] == pytest.approx(after[:2], abs=1e-12)
    assert before[2] / after[2] == pytest.approx(1.04, abs=0.001)
    assert before[3] > after[3]


def test_the_list_of_accounts_tells_every_change_with_its_day(lived: SampleReceipt) -> None:
    """A move, a new name, a closure, a departure and an arrival; all others stand as ever."""
    directory = read_accounts(lived.accounts)
    ends = {key: stays[-1].valid_to for key, stays in directory.stays.items()}
    pairs = [stays for stays in directory.stays.values() if len(stays) == 2]
    moved, renamed, closed = pairs

    assert [str(day) for day in ends.values() if day is not None] == ["2025-12-01"]
    assert str(moved[0].valid_to) == str(moved[1].valid_from) == "2025-07-10"
    assert moved[0].account.ou_path != moved[1].account.ou_path
    assert str(renamed[1].valid_from) == "2026-02-10"
    assert renamed[0].account.name != renamed[1].account.name
    assert [closed[0].state, closed[1].state] == ["ACTIVE", "CLOSED"]
    assert [str(stays[0].valid_from) for stays in directory.stays.values()].count("2026-07-01") == 1


def test_the_usage_names_the_renamed_account_as_it_was(lived: SampleReceipt) -> None:
    """Before its month the old name, from then on the new one."""
    assert lived.accounts is not None
    with Path(lived.accounts).open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    legacy = next(row for row in rows if row["account_name"].endswith("-legacy"))
    names = duckdb.execute(
        f"""SELECT DISTINCT line_item_usage_account_name AS name, BILLING_PERIOD
        FROM read_parquet('{lived.usage}/data/*/*.parquet', hive_partitioning = true)
        WHERE line_item_usage_account_id = '{legacy["account_id"]}' ORDER BY 2"""
    ).fetchall()

    assert [month for name, month in names if name == legacy["account_name"]][-1] == "2026-01"
    assert {name for name, month in names if month >= "2026-02"} == {
        legacy["account_name"].removesuffix("-legacy")
    }


def test_departed_accounts_are_used_until_they_went(lived: SampleReceipt) -> None:
    """One was closed after a third of the months, one left after two thirds."""
    last_of = dict(
        duckdb.execute(
            f"""SELECT line_item_usage_account_id, max(BILLING_PERIOD)
            FROM read_parquet('{lived.usage}/data/*/*.parquet', hive_partitioning = true)
            GROUP BY 1"""
        ).fetchall()
    )

    assert sorted(last_of.values())[:3] == ["2025-01", "2025-11", "2026-11"]


def test_silent_months_have_usage_and_truth_but_no_carbon(tmp_path: Path) -> None:
    """They follow the last month, and every byte of the others is as it would be without them."""
    without = write_sample(tmp_path / "a", accounts=12, months=2, rows=1)
    silent = write_sample(tmp_path / "b", accounts=12, months=2, rows=1, silent=2)
    carbon = {path.name for path in silent.carbon.rglob("usage_period=*")}
    months = [str(period) for period in silent.silent]

    assert months == ["2026-10", "2026-11"]
    assert carbon.isdisjoint(f"usage_period={month}" for month in months)
    for path in (path for path in without.out.rglob("*.*") if path.is_file()):
        twin = silent.out / path.relative_to(without.out)
        assert path.name == "README.txt" or twin.read_bytes() == path.read_bytes()
    for month in months:
        assert (silent.out / "truth" / f"usage_period={month}" / "truth.parquet").is_file()
        assert list(silent.out.glob(f"exports/*/data/BILLING_PERIOD={month}/*.parquet"))
