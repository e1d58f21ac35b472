"""One emulator and one deployment for the whole session; a table of what was shown at its end."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness.deployment import Deployment, deploy
from harness.exports import SampleExports
from harness.months import Months
from harness.notices import Notices
from harness.organisation import Organisation, make_organisation
from harness.readers import AthenaReader
from harness.scenario_table import Scenario, ScenarioTable
from harness.stand_in import StandIn, running

TABLE = ScenarioTable()
# Scenarios build on months that earlier ones have published.
ORDER = (
    "emulator_tests",
    "test_first_year",
    "test_nowcasts",
    "test_repetitions",
    "test_history",
    "test_restatements",
    "test_bad_deliveries",
    "test_failures",
    "test_permissions",
    "test_inventory",
    "test_sustainability",
    "test_watching",
    "test_rules",
    "test_operating",
    "test_lived_through",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the scenarios in their order."""
    items.sort(key=lambda item: next(n for n, name in enumerate(ORDER) if name in item.nodeid))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Write down how each scenario ended."""
    outcome: Any = yield
    TABLE.add(item, outcome.get_result())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of the scenarios."""
    if TABLE.text():
        terminalreporter.write_line(TABLE.text())


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """Make a folder for everything that the tests write."""
    with tempfile.TemporaryDirectory(prefix="crossfoot-scenarios-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def organisation(scratch: Path) -> Organisation:
    """Write the sample organisation."""
    return make_organisation(scratch)


@pytest.fixture(scope="session")
def stand_in(organisation: Organisation) -> Iterator[StandIn]:
    """Run the emulator with IAM enforced, in the payer's account."""
    with running(organisation.payer_account_id, AUTH="true") as emulator:
        yield emulator


@pytest.fixture(scope="session")
def deployment(stand_in: StandIn, organisation: Organisation, scratch: Path) -> Deployment:
    """Deploy all stacks."""
    return deploy(stand_in, organisation, scratch)


@pytest.fixture(scope="session")
def notices(deployment: Deployment) -> Notices:
    """Listen to the deployment's bus, from its first event on."""
    return Notices(deployment.stand_in, "crossfoot")


@pytest.fixture(scope="session")
def months(deployment: Deployment, notices: Notices) -> Months:
    """Look at the months of the deployment; the notices are listened to."""
    del notices
    return Months(deployment)


@pytest.fixture(scope="session")
def athena(deployment: Deployment) -> AthenaReader:
    """Ask Athena."""
    return AthenaReader(deployment)


@pytest.fixture(scope="session")
def exports(deployment: Deployment) -> SampleExports:
    """Return the sample's exports as they land in the bucket."""
    return SampleExports(deployment.organisation.root, deployment.landing)


@pytest.fixture
def scenario(request: pytest.FixtureRequest) -> Scenario:
    """Take notes of what a scenario has shown."""
    return TABLE.scenario(request.node)
