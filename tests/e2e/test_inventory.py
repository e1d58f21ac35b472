"""The inventory of forty accounts, three of which refuse the role."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
from harness.deployment import Deployment
from harness.months import Months
from harness.notices import Notices
from harness.scenario_table import Scenario

N_ACCOUNTS: Final = 40
N_REFUSING: Final = 3


@pytest.fixture(scope="module")
def members(deployment: Deployment) -> list[str]:
    """Create the accounts of the organisation beside the management account."""
    api = deployment.stand_in.client("organizations")
    for number in range(N_ACCOUNTS - 1):
        api.create_account(Email=f"m{number}@example.com", AccountName=f"member-{number}")
    pages = api.get_paginator("list_accounts").paginate()
    ids = [account["Id"] for page in pages for account in page["Accounts"]]
    assert len(ids) == N_ACCOUNTS
    return sorted(set(ids) - {deployment.stand_in.account_id})


@pytest.fixture(scope="module")
def refusing(deployment: Deployment, members: list[str]) -> list[str]:
    """Roll the access out as the stack set would; the last accounts have not got it yet."""
    template = template_of_members(deployment)
    *willing, first, second, third = members
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda account: roll_out(deployment, account, template), willing))
    return [first, second, third]


def template_of_members(deployment: Deployment) -> str:
    """Return the template that the stack set carries to every account."""
    stack = json.loads(
        (deployment.templates / "CrossfootInventoryAccess.template.json").read_text()
    )
    resources: list[dict[str, Any]] = list(stack["Resources"].values())
    (found,) = (each for each in resources if each["Type"] == "AWS::CloudFormation::StackSet")
    return str(found["Properties"]["TemplateBody"])


def roll_out(deployment: Deployment, account: str, template: str) -> None:
    """Deploy the read role and something to find: one machine."""
    client = deployment.stand_in.client
    api = client("cloudformation", account)
    api.create_stack(
        StackName="inventory-access", TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    waiter = api.get_waiter("stack_create_complete")
    waiter.wait(StackName="inventory-access", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    ec2 = client("ec2", account)
    ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, InstanceType="m5.large")


def gaps_of(deployment: Deployment) -> list[str]:
    """Return what accounts could not be asked, by the receipts of the collection."""
    s3 = deployment.stand_in.client("s3")
    listed = s3.list_objects_v2(Bucket=deployment.work, Prefix="collections/first/receipts/")
    bodies = (
        s3.get_object(Bucket=deployment.work, Key=each["Key"])["Body"].read()
        for each in listed["Contents"]
    )
    found = {json.dumps(gap) for body in bodies for gap in json.loads(body).get("gaps", [])}
    return sorted(found)


def test_three_accounts_that_refuse_are_named_and_stop_nobody(
    deployment: Deployment,
    months: Months,
    notices: Notices,
    refusing: list[str],
    scenario: Scenario,
) -> None:
    """Thirty-seven accounts are collected, three are named."""
    states = deployment.stand_in.client("stepfunctions")
    run = states.start_execution(stateMachineArn=months.inventory_machine, name="first")
    months.wait_until(
        lambda: states.describe_execution(executionArn=run["executionArn"])["status"] != "RUNNING",
        "the inventory",
    )
    ended = states.describe_execution(executionArn=run["executionArn"])
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    told = notices.of("Inventory Collected")[-1]
    assert sorted(told["failed"]) == refusing
    assert told["n_failed"] == N_REFUSING
    assert gaps_of(deployment) == []
    assert told["n_collected"] == N_ACCOUNTS - N_REFUSING
    scenario.note(f"{told['n_collected']} collected, {told['n_failed']} named")


def test_the_inventory_is_read_in_athena(deployment: Deployment, athena: Any) -> None:
    """Each account's machine is a row of the day."""
    del deployment
    rows = athena.table(
        "SELECT count(DISTINCT usage_account_id) AS n FROM inventory "
        "WHERE resource_type = 'm5.large' AND collection_id = 'first'"
    )
    assert int(rows["n"][0].as_py()) == N_ACCOUNTS - N_REFUSING - 1
