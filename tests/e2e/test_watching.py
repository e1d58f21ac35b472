"""After the publication: thresholds, and what an attempt left unfinished."""

import json
from decimal import Decimal
from typing import Any, Final

from harness.deployment import Deployment
from harness.exports import CARBON_EXPORT, Delivery, SampleExports
from harness.months import Months
from harness.notices import Notices
from harness.organisation import Organisation
from harness.readers import AthenaReader, sums_of
from harness.stand_in import StandIn
from harness.truths import kilograms

BREACHED: Final = "Emission Threshold Breached"
BLIND: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "glue:*", "Resource": "*"}],
}


def call(stand_in: StandIn, function: str) -> dict[str, Any]:
    """Call a function as its schedule does."""
    answer = stand_in.client("lambda").invoke(FunctionName=function, Payload=b"{}")
    body = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, body
    return dict(body)


def deliver(deployment: Deployment, months: Months, delivery: Delivery) -> None:
    """Deliver and wait for the next publication."""
    period = delivery.usage_period
    version = months.versions([period])[period]
    delivery.put(deployment.stand_in.client("s3"), deployment.landing)
    months.wait_for({period: version + 1})
    months.wait_until_quiet()


def crossings(notices: Notices, period: str) -> list[str]:
    """Return which way the plain limit of a month was crossed; rules tell of breaches by id."""
    told = notices.of(BREACHED, period)
    return [each["direction"] for each in told if "breach_id" not in each]


def test_a_month_above_its_threshold_is_told_and_told_again_when_it_is_below(
    deployment: Deployment,
    months: Months,
    notices: Notices,
    exports: SampleExports,
    organisation: Organisation,
) -> None:
    """One event when the month is above, one when a restatement brings it below."""
    period = organisation.usage_months[11]
    good = exports.deliveries(CARBON_EXPORT, {period})[-1]
    deliver(deployment, months, good.scaled(1e6, "v9.3.0"))
    assert crossings(notices, period) == ["breached"]
    deliver(deployment, months, good.scaled(1, "v9.4.0"))
    assert crossings(notices, period) == ["breached", "cleared"]


def test_a_reader_sees_the_old_month_until_the_catalogue_follows(
    deployment: Deployment,
    months: Months,
    notices: Notices,
    athena: AthenaReader,
    exports: SampleExports,
    organisation: Organisation,
) -> None:
    """A publication that lost sight of the catalogue is finished by the clock, and told once."""
    period = organisation.usage_months[4]
    delivery = exports.deliveries(CARBON_EXPORT, {period})[-1].scaled(9, "v9.5.0")
    stand_in, iam = deployment.stand_in, deployment.stand_in.client("iam")
    function = stand_in.client("lambda").get_function(FunctionName="crossfoot-publish-period")
    role = function["Configuration"]["Role"].rsplit("/", 1)[-1]
    shown, version = sums_of(athena, period), months.versions([period])[period]
    iam.put_role_policy(RoleName=role, PolicyName="blind", PolicyDocument=json.dumps(BLIND))
    delivery.put(stand_in.client("s3"), deployment.landing)
    months.wait_until(lambda: months.versions([period])[period] == version + 1, "the pointer")
    months.wait_until_quiet()
    assert sums_of(athena, period) == shown
    iam.delete_role_policy(RoleName=role, PolicyName="blind")
    months.let_claims_lapse()
    call(stand_in, "crossfoot-finish-publications")
    months.wait_for({period: version + 1})
    found = sums_of(athena, period)
    for column, amount in kilograms(delivery).items():
        assert Decimal(found[column] or "0") == amount
    told = notices.of("Emissions Period Restated", period)
    assert sum(each["model_version"] == "v9.5.0" for each in told) == 1


def test_the_clock_finds_nothing_left_to_do(deployment: Deployment) -> None:
    """What the schedules call ends well when all is done."""
    assert call(deployment.stand_in, "crossfoot-finish-publications")["left"] == []
    call(deployment.stand_in, "crossfoot-report-late-data")
