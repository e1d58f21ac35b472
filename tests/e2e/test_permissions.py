"""IAM is enforced: what a role may not do does not happen, and harms no month."""

import json
from typing import Any, Final

import pytest
from harness.deployment import Deployment
from harness.exports import CARBON_EXPORT, SampleExports
from harness.months import Months
from harness.notices import Notices
from harness.organisation import Organisation
from harness.scenario_table import Scenario
from harness.stand_in import REGION, StandIn

DENIAL: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}],
}


def role_of(stand_in: StandIn, function: str) -> str:
    """Return the name of a function's role."""
    arn = stand_in.client("lambda").get_function(FunctionName=function)["Configuration"]["Role"]
    return str(arn).rsplit("/", 1)[-1]


def test_a_role_without_its_right_stops_the_month_and_not_the_ledger(
    deployment: Deployment,
    months: Months,
    notices: Notices,
    exports: SampleExports,
    organisation: Organisation,
    scenario: Scenario,
) -> None:
    """Denied is told by name, the month stays; with the right given back, a replay closes it."""
    period = organisation.usage_months[10]
    delivery = exports.deliveries(CARBON_EXPORT, {period})[-1].scaled(8, "v9.2.0")
    stand_in, iam = deployment.stand_in, deployment.stand_in.client("iam")
    role = role_of(stand_in, "crossfoot-allocate-emissions")
    iam.put_role_policy(RoleName=role, PolicyName="denial", PolicyDocument=json.dumps(DENIAL))
    before = months.versions([period])
    n_told = len(notices.of("Delivery Quarantined", period))
    delivery.put(stand_in.client("s3"), deployment.landing)
    months.wait_until(lambda: len(notices.of("Delivery Quarantined", period)) > n_told, "a denial")
    months.wait_until_quiet()
    assert months.versions([period]) == before
    scenario.note(str(notices.of("Delivery Quarantined", period)[-1]["error"]))
    iam.delete_role_policy(RoleName=role, PolicyName="denial")
    months.start(period, "replay-after-denial")
    months.wait_for({period: before[period] + 1})
    months.wait_until_quiet()


@pytest.mark.parametrize(
    ("function", "action", "resource"),
    [
        ("crossfoot-accept-delivery", "dynamodb:DeleteTable", "table/crossfoot"),
        ("crossfoot-allocate-emissions", "glue:UpdatePartition", "table/crossfoot/emissions"),
        ("crossfoot-publish-period", "s3:DeleteObject", None),
        ("crossfoot-collect-inventory", "states:StartExecution", None),
    ],
)
def test_no_role_may_do_what_is_not_its_own(
    deployment: Deployment, function: str, action: str, resource: str | None
) -> None:
    """The policies that were deployed do not allow it."""
    iam = deployment.stand_in.client("iam")
    role = iam.get_role(RoleName=role_of(deployment.stand_in, function))["Role"]["Arn"]
    service = action.split(":", maxsplit=1)[0]
    account = deployment.stand_in.account_id
    target = f"arn:aws:{service}:{REGION}:{account}:{resource}" if resource else "*"
    answer: dict[str, Any] = iam.simulate_principal_policy(
        PolicySourceArn=role, ActionNames=[action], ResourceArns=[target]
    )
    decisions = [each["EvalDecision"] for each in answer["EvaluationResults"]]
    assert all(decision != "allowed" for decision in decisions)
