"""AWS restates: new figures replace old ones, told with their cause."""

from decimal import Decimal

import pytest
from harness.deployment import Deployment
from harness.exports import CARBON_EXPORT, USAGE_EXPORT, Delivery, SampleExports
from harness.months import Months, Published
from harness.notices import Notices
from harness.organisation import Organisation
from harness.readers import MEASURES, AthenaReader, sums_of
from harness.scenario_table import Scenario
from harness.truths import kilograms

CORRECTED, LOWER = 1.25, 0.5
KNOWN_AT = """
    WITH known AS (
        SELECT usage_period, max_by(run_id, version) AS run_id
        FROM publications
        WHERE published_at <= TIMESTAMP '{instant:%Y-%m-%d %H:%M:%S.%f}'
        GROUP BY usage_period
    )
    SELECT {sums}
    FROM emissions_history h
    JOIN known k ON h.usage_period = k.usage_period AND h.run_id = k.run_id
    WHERE h.usage_period = '{period}'
"""
"""The query of docs/history.md."""


class Desk:
    """Delivers to a month and compares what Athena shows with what was delivered."""

    def __init__(self, deployment: Deployment, months: Months, athena: AthenaReader) -> None:
        self._s3 = deployment.stand_in.client("s3")
        self._landing = deployment.landing
        self._months = months
        self._athena = athena
        self.shown: list[tuple[Published, dict[str, str | None]]] = []

    def look(self, period: str) -> dict[str, str | None]:
        """Note what is published of a month, and what Athena shows of it."""
        published = self._months.published(period)
        assert published is not None
        found = sums_of(self._athena, period)
        self.shown.append((published, found))
        return found

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
        found = self.look(delivery.usage_period)
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
    desk.look(first.usage_period)
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
    corrected, newer = notices.of("Emissions Period Restated", first.usage_period)
    assert (corrected["causes"], newer["causes"]) == (["correction"], ["model-version"])
    measures = [Decimal(each["base_year"]["after_kgco2e"]) for each in (corrected, newer)]
    assert measures[1] - measures[0] == Decimal(newer["delta"]["total_mbm_kgco2e"])
    assert newer["base_year"]["year"] == first.usage_period[:4]


def test_every_earlier_state_can_be_asked_for_again(
    desk: Desk, athena: AthenaReader, first: Delivery, scenario: Scenario
) -> None:
    """As known at the instant of each publication, Athena answers what it showed then."""
    assert len({published.run_id for published, _ in desk.shown}) == 3
    for published, found in desk.shown:
        sums = ", ".join(f"sum(h.{name}) AS {name}" for name in MEASURES)
        sql = KNOWN_AT.format(instant=published.published_at, sums=sums, period=first.usage_period)
        assert athena.table(sql).to_pylist()[0] == found
    causes = athena.table(
        "SELECT version, cause FROM publications "
        f"WHERE usage_period = '{first.usage_period}' ORDER BY version"
    )
    assert causes["cause"].to_pylist() == [None, "correction", "model-version"]
    scenario.note(f"{len(desk.shown)} states, each as it was shown")


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
