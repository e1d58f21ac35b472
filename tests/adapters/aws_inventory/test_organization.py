"""Accounts, their places in the organization, and the Regions that they have."""

from collections.abc import Sequence
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from crossfoot.adapters.aws.inventory_regions import AwsRegions
from crossfoot.adapters.aws.member_account import MemberRole
from crossfoot.adapters.aws.organization import AwsOrganization, organization_client
from crossfoot.domain.errors import AccessDeniedError, StorageError
from crossfoot.domain.inventory import ListedAccount


def test_accounts_carry_the_names_above_them_and_closed_ones_stay_listed(
    aws: boto3.Session,
) -> None:
    """A path is the names of the units from the root; a closed account is never asked."""
    client = aws.client("organizations")
    client.create_organization(FeatureSet="ALL")
    (root,) = client.list_roots()["Roots"]
    platform = _unit(client, root["Id"], "Platform")
    tools = _unit(client, platform, "CI & tools")
    for name, unit in (("build", tools), ("network", platform), ("gone", None)):
        account = _account(client, name)
        if unit is not None:
            client.move_account(
                AccountId=account, SourceParentId=root["Id"], DestinationParentId=unit
            )
        else:
            client.close_account(AccountId=account)

    found = {each.name: each for each in AwsOrganization(client).accounts()}

    assert found["build"].ou_path == "/Platform/CI & tools"
    assert found["network"].ou_path == "/Platform"
    assert (found["gone"].ou_path, found["gone"].is_active) == ("/", False)
    assert {name for name, each in found.items() if each.is_active} == {
        "master", "build", "network",
    }  # fmt: skip


def test_the_listing_itself_tells_the_unit_where_it_can_and_empty_pages_are_not_the_end(
    aws: boto3.Session,
) -> None:
    """``State`` and ``Paths`` are read where they are told: nobody is asked for a parent."""
    client = aws.client("organizations")
    path = "o-abcdefghij/r-root/ou-root-aaaaaaaa/000000000002/"
    account = {"Id": "000000000002", "Name": "shop", "State": "ACTIVE", "Paths": [path]}
    with Stubber(client) as stub:
        stub.add_response("list_roots", {"Roots": [{"Id": "r-root"}]}, {})
        unit = {"Id": "ou-root-aaaaaaaa", "Name": "Shops"}
        _add_units(stub, "r-root", [unit])
        _add_units(stub, "ou-root-aaaaaaaa", [])
        stub.add_response("list_accounts", {"Accounts": [], "NextToken": "more"}, {})
        stub.add_response("list_accounts", {"Accounts": [account]}, {"NextToken": "more"})

        (found,) = AwsOrganization(client).accounts()

        stub.assert_no_pending_responses()
    assert (found.account_id, found.ou_path, found.is_active) == ("000000000002", "/Shops", True)


def test_a_listed_account_without_a_known_unit_has_no_path(aws: boto3.Session) -> None:
    """An account whose unit was made a moment ago is listed without a path."""
    client = aws.client("organizations")
    account = {"Id": "000000000002", "Name": "new", "Status": "ACTIVE"}
    with Stubber(client) as stub:
        stub.add_response("list_roots", {"Roots": []}, {})
        stub.add_response("list_accounts", {"Accounts": [account]}, {})
        parent = {"Parents": [{"Id": "ou-root-bbbbbbbb", "Type": "ORGANIZATIONAL_UNIT"}]}
        stub.add_response("list_parents", parent, {"ChildId": "000000000002"})

        found: Sequence[ListedAccount] = AwsOrganization(client).accounts()

    assert [(each.name, each.ou_path, each.is_active) for each in found] == [("new", None, True)]


@pytest.mark.parametrize(
    ("code", "error"),
    [("AccessDeniedException", AccessDeniedError), ("TooManyRequestsException", StorageError)],
)
def test_an_organization_that_does_not_answer_is_an_error_by_name(
    aws: boto3.Session, code: str, error: type[Exception]
) -> None:
    """Who may not list is told what to set up; a throttled listing is tried again."""
    client = aws.client("organizations")
    with Stubber(client) as stub:
        stub.add_client_error("list_roots", code)

        with pytest.raises(error, match=code):
            AwsOrganization(client).accounts()


def test_the_management_accounts_role_is_taken_with_the_external_id(role: MemberRole) -> None:
    """Where a role is named, it is taken for listing alone; where none is, none is taken."""
    arn = "arn:aws:iam::000000000001:role/crossfoot-organization"

    organization_client(role, "run", None)
    client = organization_client(role, "run", arn)

    (asked,) = role.sts.asked
    assert (asked["RoleArn"], asked["ExternalId"]) == (arn, "between-us")
    assert "organizations:ListAccounts" in asked["Policy"]
    assert client.meta.service_model.service_name == "organizations"


def test_each_account_tells_the_regions_that_it_has_enabled(role: MemberRole) -> None:
    """Opted-in Regions count, others do not; refusing and silent accounts are told apart."""
    role.sts.refuses |= {"000000000003": "AccessDenied", "000000000004": "Throttling"}

    answers = AwsRegions(role).enabled("run", ["000000000002", "000000000003", "000000000004"])

    assert "eu-central-1" in answers.enabled["000000000002"]
    assert answers.refused == {"000000000003"}
    assert "000000000004" not in answers.enabled


def test_an_account_that_opens_and_hides_its_regions_is_not_one_that_refuses(
    role: MemberRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a closed door is a refusal: behind an open one every known Region is tried."""
    monkeypatch.setattr(MemberRole, "client", lambda *_: _HidesRegions())

    answers = AwsRegions(role).enabled("run", ["000000000002"])

    assert (answers.enabled, answers.refused) == ({}, frozenset())


def test_accounts_that_there_is_no_time_to_ask_did_not_answer(role: MemberRole) -> None:
    """A very large organization is collected all the same: late accounts try every Region."""
    answers = AwsRegions(role, patience_seconds=0).enabled("run", ["000000000002"])

    assert (answers.enabled, answers.refused, role.sts.asked) == ({}, frozenset(), [])


def test_regions_are_known_without_asking_anybody(role: MemberRole) -> None:
    """The fallback is the SDK's own list of the partition."""
    regions = AwsRegions(role)

    assert regions.home in regions.known()
    assert len(regions.known()) > 20


class _HidesRegions:
    """EC2 of an account whose policies deny the question."""

    def describe_regions(self) -> Any:
        raise ClientError({"Error": {"Code": "UnauthorizedOperation"}}, "DescribeRegions")


def _unit(client: Any, parent: str, name: str) -> str:
    made = client.create_organizational_unit(ParentId=parent, Name=name)
    return str(made["OrganizationalUnit"]["Id"])


def _account(client: Any, name: str) -> str:
    made = client.create_account(AccountName=name, Email=f"{name}@example.com")
    return str(made["CreateAccountStatus"]["AccountId"])


def _add_units(stub: Stubber, parent: str, units: Sequence[dict[str, str]]) -> None:
    stub.add_response(
        "list_organizational_units_for_parent",
        {"OrganizationalUnits": list(units)},
        {"ParentId": parent},
    )
