"""AWS restates: new figures replace old ones, told with their cause."""

from decimal import Decimal

import pytest
from harness.deployment import Deployment
from harness.exports import CARBON_EXPORT, USAGE_EXPORT, Delivery, SampleExports
from harness.months import Months
from harness.notices import Notices
from harness.organisation import Organisation
from harness.readers import AthenaReader, sums_of
from harness.scenario_table import Scenario
from harness.truths import kilograms

CORRECTED, LOWER = 1.25, 0.5


class Desk:
    """Delivers to a month and compares what Athena shows with what was delivered."""

    def __init__(self, deployment: Deployment, months: Months, athena: AthenaReader) -> None:
        self._s3 = deployment.stand_in.client("s3")
        self._landing = deployment.landing
        self._months = months
        self._athena = athena

    def deliver(self, delivery: Delivery) -> None:
        """Deliver and wait for the next publication of the month."""
        period = delivery.usage_period
        version = self._months.versions([period])[period]
        delivery.put(self._s3, self._landing)
        self._months.wait_for({period: version + 1})
        self._months.wait_until_quiet()
        assert self._months.versions([period]) == {period: version + 1}

    def deliver_in_vain(self, delivery: Delivery) -> None:
        """Deliver what must not change the month."""
        before = self._months.published(delivery.usage_period)
        delivery.put(self._s3, self._landing)
        self._months.wait_until_quiet()
        assert self._months.published(delivery.usage_period) == before

    def compare(self, delivery: Delivery) -> None:
        """Compare the sums with AWS's integers."""
        found = sums_of(self._athena, delivery.usage_period)
        for column, amount in kilograms(delivery).items():
            assert Decimal(found[column] or "0") == amount, column


@pytest.fixture(scope="module")
def desk(deployment: Deployment, months: Months, athena: AthenaReader) -> Desk:
    """Return the desk."""
    return Desk(deployment, months, athena)


@pytest.fixture(scope="module")
def first(exports: SampleExports, organisation: Organisation) -> Delivery:
    """Return the delivery that a month was first published from."""
    return exports.deliveries(CARBON_EXPORT, {organisation.usage_months[3]})[-1]


def test_a_restated_month_shows_the_new_figures_and_tells_the_difference(
    desk: Desk, notices: Notices, athena: AthenaReader, first: Delivery, scenario: Scenario
) -> None:
    """A correction inside a model version: one event, both figures, and their rows."""
    corrected = first.scaled(CORRECTED)
    desk.deliver(corrected)
    desk.compare(corrected)
    (told,) = notices.of("Emissions Period Restated", first.usage_period)
    total = sum(Decimal(value) for key, value in told["delta"].items() if key == "scope_1_kgco2e")
    assert total == kilograms(corrected)["scope_1_kgco2e"] - kilograms(first)["scope_1_kgco2e"]
    rows = athena.table(
        f"SELECT count(*) AS n FROM restatements WHERE usage_period = '{first.usage_period}'"
    )
    assert int(rows["n"][0].as_py()) > 0
    scenario.note(f"cause {told['cause']}, {rows['n'][0]} rows of restatements")


def test_a_new_model_version_counts_from_its_arrival(
    desk: Desk, months: Months, notices: Notices, first: Delivery
) -> None:
    """The highest version is the figure, whatever was corrected before."""
    recast = first.scaled(LOWER, "v3.1.0")
    desk.deliver(recast)
    desk.compare(recast)
    published = months.published(first.usage_period)
    assert published is not None
    assert published.model_version == "v3.1.0"
    causes = [each["cause"] for each in notices.of("Emissions Period Restated", first.usage_period)]
    assert len(causes) == 2


def test_an_older_model_version_that_comes_late_changes_nothing(
    desk: Desk, notices: Notices, first: Delivery
) -> None:
    """It is kept, and does not speak for the month."""
    told = notices.counted(first.usage_period)
    desk.deliver_in_vain(first.scaled(CORRECTED, "v3.0.0"))
    assert notices.counted(first.usage_period) == told


def test_other_usage_places_the_same_grams_otherwise(
    desk: Desk, notices: Notices, exports: SampleExports, organisation: Organisation
) -> None:
    """A new usage delivery makes a new run whose sums are still AWS's integers."""
    period = organisation.usage_months[5]
    usage = exports.deliveries(USAGE_EXPORT, {period})[-1]
    fewer = usage.with_tables([table.slice(0, len(table) // 2) for table in usage.tables()])
    desk.deliver(fewer)
    desk.compare(exports.deliveries(CARBON_EXPORT, {period})[-1])
    assert notices.counted(period)["Emissions Period Restated"] >= 1
