"""The first set-up: all history arrives at once."""

import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from harness.deployment import Deployment
from harness.exports import CARBON_EXPORT, SampleExports
from harness.months import Months
from harness.notices import Notices
from harness.organisation import HISTORY_MONTHS, Organisation
from harness.readers import AthenaReader, sums_of
from harness.scenario_table import Scenario
from harness.truths import kilograms

AT_ONCE = 16


def test_fifty_eight_months_close_at_once(  # noqa: PLR0913, PLR0917
    deployment: Deployment,
    months: Months,
    notices: Notices,
    athena: AthenaReader,
    exports: SampleExports,
    organisation: Organisation,
    scenario: Scenario,
) -> None:
    """Months older than the usage export close on carbon alone: one publication, one event each."""
    history = organisation.history_months
    deliveries = exports.deliveries(CARBON_EXPORT, set(history))
    s3 = deployment.stand_in.client("s3")
    for delivery in deliveries:
        delivery.put(s3, deployment.landing, manifests=False)
    started = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for delivery in deliveries:
            pool.submit(delivery.put, s3, deployment.landing, data=False)
    months.wait_for(dict.fromkeys(history, 1), patience=900)
    seconds = time.monotonic() - started
    months.wait_until_quiet()
    newest = {each.usage_period: each for each in deliveries}
    for period in history:
        told = notices.counted(period)
        assert told["Emissions Period Published"] == 1
        assert told.total() == months.versions([period])[period]
        found = sums_of(athena, period)
        for column, amount in kilograms(newest[period]).items():
            assert Decimal(found[column] or "0") == amount, (period, column)
    scenario.note(f"{HISTORY_MONTHS} months, {len(deliveries)} deliveries, {seconds:.0f} s")
