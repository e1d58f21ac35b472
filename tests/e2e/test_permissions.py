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
    ("function", "action", "resource", "is_allowed"),
    [
        ("publish-period", "glue:UpdatePartition", "table/crossfoot/emissions", True),
        ("allocate-emissions", "glue:UpdatePartition", "table/crossfoot/emissions", False),
        ("accept-delivery", "dynamodb:PutItem", "table/crossfoot", True),
        ("accept-delivery", "dynamodb:DeleteTable", "table/crossfoot", False),
        ("allocate-emissions", "dynamodb:PutItem", "table/crossfoot", False),
        ("publish-period", "s3:DeleteObject", None, False),
        ("collect-inventory", "states:StartExecution", None, False),
    ],
)
def test_a_role_may_do_what_is_its_own_and_nothing_else(
    deployment: Deployment, function: str, action: str, resource: str | None, *, is_allowed: bool
) -> None:
    """The policies that were deployed decide."""
    iam = deployment.stand_in.client("iam")
    role = iam.get_role(RoleName=role_of(deployment.stand_in, f"crossfoot-{function}"))
    service = action.split(":", maxsplit=1)[0]
    account = deployment.stand_in.account_id
    target = f"arn:aws:{service}:{REGION}:{account}:{resource}" if resource else "*"
    answer: dict[str, Any] = iam.simulate_principal_policy(
        PolicySourceArn=role["Role"]["Arn"], ActionNames=[action], ResourceArns=[target]
    )
    decisions = {each["EvalDecision"] == "allowed" for each in answer["EvaluationResults"]}
    assert decisions == {is_allowed}
