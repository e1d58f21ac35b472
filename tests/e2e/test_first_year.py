"""Twelve months of twenty accounts: they close, and equal what the command line makes of them."""

import time
from decimal import Decimal
from pathlib import Path

import pytest
from harness.collections import put_inventory
from harness.deployment import Deployment
from harness.exports import CARBON_EXPORT, USAGE_EXPORT, Delivery, SampleExports, mirror
from harness.months import Months
from harness.notices import Notices
from harness.organisation import ACCOUNTS, Organisation
from harness.readers import AthenaReader, LocalReader, rows_of, run_locally, sums_of
from harness.scenario_table import Scenario
from harness.truths import kilograms

from crossfoot.domain.columns import EMISSIONS, IMPACTS, tag_column

TAGS = tuple(
    tag_column(f"{key}")
    for key in ("user_team", "user_environment", "aws_eks_namespace", "Division")
)
COLUMNS = [c.name for c in EMISSIONS.with_tags(TAGS) if c.name != "run_id"]
ESTIMATED = [c.name for c in IMPACTS.with_tags(TAGS) if c.name != "run_id"]


@pytest.fixture(scope="module")
def carbon(exports: SampleExports, organisation: Organisation) -> list[Delivery]:
    """Return the carbon of the year, in the order of its deliveries."""
    return exports.deliveries(CARBON_EXPORT, set(organisation.usage_months))


@pytest.fixture(scope="module")
def usage(exports: SampleExports, organisation: Organisation) -> list[Delivery]:
    """Return the usage of the year."""
    return exports.deliveries(USAGE_EXPORT, set(organisation.usage_months))


@pytest.fixture(scope="module")
def local(
    carbon: list[Delivery], usage: list[Delivery], organisation: Organisation, scratch: Path
) -> LocalReader:
    """Run the same inputs through the command line."""
    mirror([*carbon, *usage], scratch / "year")
    return run_locally(
        scratch / "year",
        scratch / "warehouse",
        *("--carbon", "carbon", "--usage", "usage", "--config", organisation.configuration),
        *("--inventory", organisation.inventory),
    )


def test_a_year_closes_by_itself_whichever_export_comes_first(
    deployment: Deployment,
    months: Months,
    carbon: list[Delivery],
    usage: list[Delivery],
    organisation: Organisation,
    scenario: Scenario,
) -> None:
    """Carbon before usage and after it: every month is published, with nobody's help."""
    s3 = deployment.stand_in.client("s3")
    put_inventory(organisation.inventory, organisation.usage_months, s3, deployment.curated)
    early = set(organisation.usage_months[::2])
    ahead = [each for each in carbon if each.usage_period in early]
    behind = [each for each in carbon if each.usage_period not in early]
    for delivery in (*carbon, *usage):
        delivery.put(s3, deployment.landing, manifests=False)
    started = time.monotonic()
    for delivery in (*ahead, *usage, *behind):
        delivery.put(s3, deployment.landing, data=False)
    months.wait_for(dict.fromkeys(organisation.usage_months, 1), patience=600)
    seconds = time.monotonic() - started
    months.wait_until_quiet()
    n_months = len(organisation.usage_months)
    scenario.note(
        f"{n_months} months x {ACCOUNTS} accounts: {seconds:.1f} s from the first manifest "
        f"to the last published month, {seconds / n_months:.1f} s a month"
    )


def test_each_month_is_published_once_and_told_once(
    months: Months, notices: Notices, carbon: list[Delivery], organisation: Organisation
) -> None:
    """One event tells of the first figure; others only of what changed it."""
    for period in organisation.usage_months:
        told = notices.counted(period)
        n_versions = months.versions([period])[period]
        n_deliveries = sum(each.usage_period == period for each in carbon)
        assert told["Emissions Period Published"] == 1
        assert told.total() == n_versions <= n_deliveries


def test_every_row_equals_the_command_line(
    athena: AthenaReader, local: LocalReader, organisation: Organisation, scenario: Scenario
) -> None:
    """Two engines, one ledger: every measure and every key of every row is the same text."""
    n_rows = 0
    for period in organisation.usage_months:
        here, there = (rows_of(reader, COLUMNS, period) for reader in (local, athena))
        assert len(here) == len(there)
        assert here == there
        n_rows += len(here)
    scenario.note(f"{n_rows:,} rows x {len(COLUMNS)} columns")


def test_every_estimate_equals_the_command_line(
    athena: AthenaReader, local: LocalReader, organisation: Organisation, scenario: Scenario
) -> None:
    """Every figure of every row is the same text, by the loads that the inventory tells."""
    n_rows = n_loads = 0
    for period in organisation.usage_months:
        here, there = (rows_of(reader, ESTIMATED, period, "impacts") for reader in (local, athena))
        assert len(here) == len(there) > 0
        assert here == there
        n_rows += len(here)
        n_loads += sum(row[ESTIMATED.index("cpu_load_percent")] is not None for row in here)
    assert n_loads > 0
    scenario.note(f"{n_rows:,} rows x {len(ESTIMATED)} columns, {n_loads:,} with a measured load")


@pytest.mark.parametrize(
    ("view", "columns"),
    [
        ("estimate_to_reported", ["usage_account_id", "region_code", "total_ratio"]),
        ("estimate_coverage", ["usage_account_id", "service_code", "estimate_basis", "cost_share"]),
        ("idle_machines", ["resource_id", "cpu_load_percent", "idle_energy_kwh", "idle_share"]),
        ("emissions_and_impacts", ["resource_id", "total_mbm_kgco2e", "energy_kwh_high"]),
    ],
)
def test_views_of_the_estimate_answer_alike(
    athena: AthenaReader,
    local: LocalReader,
    organisation: Organisation,
    view: str,
    columns: list[str],
) -> None:
    """What the command line shows is what Athena shows."""
    newest = organisation.usage_months[-1]
    here, there = (rows_of(reader, columns, newest, view) for reader in (local, athena))
    assert here == there
    assert here


def test_sums_are_the_integers_of_aws(
    athena: AthenaReader, carbon: list[Delivery], organisation: Organisation, scenario: Scenario
) -> None:
    """What Athena adds up is what AWS reported, to the microgram."""
    newest = {each.usage_period: each for each in carbon}  # the last delivery counts
    for period in organisation.usage_months:
        found = sums_of(athena, period)
        reported = kilograms(newest[period])
        for column, amount in reported.items():
            assert Decimal(found[column] or "0") == amount, (period, column)
    scenario.note(f"{len(newest)} months x {len(reported)} measures")
