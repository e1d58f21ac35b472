"""A function or a query that fails, times out or is throttled: later or aside, never by half."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import pytest
from harness.deployment import Deployment
from harness.exports import CARBON_EXPORT, Delivery, SampleExports
from harness.months import Months
from harness.notices import Notices
from harness.organisation import Organisation
from harness.readers import AthenaReader, sums_of
from harness.scenario_table import Scenario
from harness.truths import kilograms

# Every place of close_month that can fail: who is called, and which call of it is meant.
STATES: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("ingest_carbon", {}),
    ("roll_up_usage", {"step": "survey"}),
    ("athena", {"sql": "/survey/"}),
    ("roll_up_usage", {"step": "classify"}),
    ("athena", {"sql": "/rollup/"}),
    ("allocate_emissions", {}),
    ("estimate_impacts", {}),
    ("reconcile", {"step": "prepare"}),
    ("athena", {"sql": "/readback/"}),
    ("reconcile", {"step": "prove"}),
    ("publish_period", {}),
    ("watch_thresholds", {}),
)
FATAL: Final = ("ingest_carbon", "allocate_emissions", "reconcile", "publish_period")


class Sick:
    """One month after the other is delivered to while faults are in force."""

    def __init__(self, deployment: Deployment, months: Months, athena: AthenaReader) -> None:
        self.stand_in = deployment.stand_in
        self.months = months
        self._s3 = deployment.stand_in.client("s3")
        self._landing = deployment.landing
        self._athena = athena

    def deliver(self, deliveries: list[Delivery]) -> dict[str, int]:
        """Deliver; return the versions that the months had before."""
        before = self.months.versions(each.usage_period for each in deliveries)
        for delivery in deliveries:
            delivery.put(self._s3, self._landing)
        return before

    def compare(self, delivery: Delivery) -> None:
        """Compare what Athena shows with AWS's integers."""
        found = sums_of(self._athena, delivery.usage_period)
        for column, amount in kilograms(delivery).items():
            assert Decimal(found[column] or "0") == amount, (delivery.usage_period, column)


@pytest.fixture
def sick(deployment: Deployment, months: Months, athena: AthenaReader) -> Iterator[Sick]:
    """Return the months to try on; whatever was ordered is forgotten afterwards."""
    yield Sick(deployment, months, athena)
    deployment.stand_in.clear_faults()
    months.let_claims_lapse()


@pytest.fixture
def carbon(exports: SampleExports, organisation: Organisation) -> list[Delivery]:
    """Return one delivery for each month of the year."""
    newest = exports.deliveries(CARBON_EXPORT, set(organisation.usage_months))
    return list({each.usage_period: each for each in newest}.values())


@pytest.mark.parametrize(
    ("kind", "moment"),
    [("error", "before"), ("timeout", "after"), ("throttle", "before")],
)
def test_a_failure_at_each_state_is_outlived(
    sick: Sick,
    notices: Notices,
    carbon: list[Delivery],
    scenario: Scenario,
    kind: str,
    moment: str,
) -> None:
    """One failure at every state in turn, one a month: all close, whole, and are told once."""
    factor = {"error": 4, "timeout": 5, "throttle": 6}[kind]
    later = [delivery.scaled(factor, "v9.0.0") for delivery in carbon]
    told = {each.usage_period: notices.counted(each.usage_period) for each in later}
    for (target, match), delivery in zip(STATES, later, strict=True):
        sick.stand_in.order({"target": target, "kind": kind, "moment": moment, "match": match})
        before = sick.deliver([delivery])
        sick.months.wait_for({period: version + 1 for period, version in before.items()})
        sick.months.wait_until_quiet()
        assert [fault["struck"] for fault in sick.stand_in.faults()] == [1], (target, match)
        sick.stand_in.clear_faults()
        sick.compare(delivery)
        sick.months.let_claims_lapse()
    for delivery in later:
        period = delivery.usage_period
        news = notices.counted(period) - told[period]
        # a month made so many times larger may be above a limit; that is told elsewhere
        del news["Emission Threshold Breached"]
        assert news == {"Emissions Period Restated": 1}, period
    scenario.note(f"{len(STATES)} states, {kind} {moment} the work")


@pytest.mark.parametrize("target", FATAL)
def test_what_fails_for_good_is_put_aside_and_healed(
    sick: Sick,
    notices: Notices,
    carbon: list[Delivery],
    athena: AthenaReader,
    scenario: Scenario,
    target: str,
) -> None:
    """Retries end: an event, the month as it was; once mended, a replay closes it."""
    delivery = carbon[FATAL.index(target)].scaled(7, "v9.1.0")
    period = delivery.usage_period
    shown, n_told = sums_of(athena, period), len(notices.of("Delivery Quarantined", period))
    sick.stand_in.order({"target": target, "kind": "error", "times": 1000})
    before = sick.deliver([delivery])
    sick.months.wait_until(
        lambda: len(notices.of("Delivery Quarantined", period)) > n_told, "an event"
    )
    sick.months.wait_until_quiet()
    assert sick.months.versions([period]) == before
    assert sums_of(athena, period) == shown
    sick.stand_in.clear_faults()
    sick.months.let_claims_lapse()
    sick.months.start(period, f"replay-{target.replace('_', '-')}")
    sick.months.wait_for({period: before[period] + 1})
    sick.months.wait_until_quiet()
    sick.compare(delivery)
    scenario.note(str(notices.of("Delivery Quarantined", period)[-1]["error"]))
