"""The exports: what AWS is asked to deliver, where to, and what the payer's account gives away."""

from collections.abc import Callable
from typing import Any

import pytest

from crossfoot.adapters.carbon_columns import EXPORT_COLUMNS
from crossfoot.domain.inventory import ORGANIZATION_ACTIONS
from crossfoot.domain.usage_contract import CUR_2, FOCUS
from crossfoot_infra.stacks.exports_stack import CARBON_COLUMNS

EXPORT = "AWS::BCMDataExports::Export"


def _export(synthesised: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = (
        each["Export"]
        for each in synthesised.properties("Exports", EXPORT)
        if each["Export"]["Name"] == name
    )
    return found


def _columns(export: dict[str, Any]) -> list[str]:
    query = export["DataQuery"]["QueryStatement"]
    assert query.startswith("SELECT ")
    return list(query.removeprefix("SELECT ").partition(" FROM ")[0].split(", "))


def test_the_carbon_export_names_every_column(deployment: Any) -> None:
    """All 23 columns of AWS's table are asked for, each once; the reader knows the same ones."""
    columns = _columns(_export(deployment, "crossfoot-carbon"))

    assert len(columns) == 23
    assert set(columns) == EXPORT_COLUMNS == set(CARBON_COLUMNS)


def test_the_carbon_table_has_no_configuration(deployment: Any) -> None:
    """AWS's carbon table takes none, and an empty one would be refused."""
    query = _export(deployment, "crossfoot-carbon")["DataQuery"]

    assert query["QueryStatement"].endswith(" FROM CARBON_EMISSIONS")
    assert "TableConfigurations" not in query


def test_the_usage_export_is_by_hour_and_resource_with_split_costs(deployment: Any) -> None:
    """CUR 2.0 has its table's configurations, which nobody can change afterwards."""
    query = _export(deployment, "crossfoot-usage")["DataQuery"]

    assert query["QueryStatement"].endswith(" FROM COST_AND_USAGE_REPORT")
    assert query["TableConfigurations"] == {
        "COST_AND_USAGE_REPORT": {
            "INCLUDE_RESOURCES": "TRUE",
            "INCLUDE_SPLIT_COST_ALLOCATION_DATA": "TRUE",
            "TIME_GRANULARITY": "HOURLY",
        }
    }


def test_the_usage_export_has_what_the_roll_up_reads(deployment: Any) -> None:
    """Every column of the contract is asked for, the optional ones too, and none twice."""
    columns = _columns(_export(deployment, "crossfoot-usage"))

    assert {column.name for column in CUR_2.columns} <= set(columns)
    assert len(columns) == len(set(columns))


def test_focus_may_take_the_place_of_cur(with_focus: Any) -> None:
    """With ``usage_format = "focus"`` the usage export is FOCUS 1.2, in FOCUS's own spelling."""
    query = _export(with_focus, "crossfoot-usage")["DataQuery"]

    assert set(_columns(_export(with_focus, "crossfoot-usage"))) == {
        column.name for column in FOCUS.columns
    }
    assert query["QueryStatement"].endswith(" FROM FOCUS_1_2_AWS")
    assert query["TableConfigurations"] == {"FOCUS_1_2_AWS": {"TIME_GRANULARITY": "HOURLY"}}


@pytest.mark.parametrize(
    ("name", "prefix", "mode"),
    [
        ("crossfoot-carbon", "carbon", "CREATE_NEW_REPORT"),
        ("crossfoot-usage", "usage", "OVERWRITE_REPORT"),
    ],
)
def test_an_export_lands_in_its_folder(deployment: Any, name: str, prefix: str, mode: str) -> None:
    """Both are Parquet in the landing bucket; each vintage of carbon keeps its own keys."""
    destination = _export(deployment, name)["DestinationConfigurations"]["S3Destination"]

    assert destination == {
        "S3Bucket": "crossfoot-landing-111122223333-us-east-1",
        "S3Prefix": prefix,
        "S3Region": "us-east-1",
        "S3OutputConfigurations": {
            "Compression": "PARQUET",
            "Format": "PARQUET",
            "OutputType": "CUSTOM",
            "Overwrite": mode,
        },
    }


def test_exports_reach_a_collector_in_another_region(two_accounts: Any) -> None:
    """Across accounts AWS is told whose bucket it is; the export itself stays in us-east-1."""
    for name in ("crossfoot-carbon", "crossfoot-usage"):
        destination = _export(two_accounts, name)["DestinationConfigurations"]["S3Destination"]
        assert destination["S3Bucket"] == "crossfoot-landing-444455556666-eu-central-1"
        assert destination["S3BucketOwner"] == "444455556666"
        assert destination["S3Region"] == "eu-central-1"
    stacks = two_accounts.stacks
    assert stacks["Exports"]["environment"] == "aws://111122223333/us-east-1"
    assert stacks["Ledger"]["environment"] == "aws://444455556666/eu-central-1"


def test_the_bucket_is_there_before_the_exports(deployment: Any, two_accounts: Any) -> None:
    """Creating an export tries the bucket, and its first delivery finds the pipeline waiting."""
    for synthesised in (deployment, two_accounts):
        before = set(synthesised.stacks["Exports"]["dependencies"])
        assert {"CrossfootLedger", "CrossfootPipeline"} <= before


def test_the_payers_template_needs_no_bootstrap(deployment: Any, two_accounts: Any) -> None:
    """It has no assets, no parameters and no functions: it can be reviewed and applied as it is."""
    for synthesised in (deployment, two_accounts):
        template = synthesised["Exports"]
        assert set(template) == {"Description", "Resources", "Outputs"}
        kinds = {each["Type"] for each in template["Resources"].values()}
        # nor does the command take on a role that only a bootstrap makes
        assert not {"assumeRoleArn", "cloudFormationExecutionRoleArn"} & set(
            synthesised.stacks["Exports"]["properties"]
        )
        assert kinds <= {EXPORT, "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"}


def test_one_account_needs_no_role_in_the_payers_template(deployment: Any) -> None:
    """Where the functions are in the management account, nothing there has to be opened."""
    assert not deployment.resources("Exports", "AWS::IAM::Role")


def test_the_organization_role_lists_and_nothing_else(two_accounts: Any) -> None:
    """A collector elsewhere may list accounts and units, by the actions that are published."""
    template = two_accounts["Exports"]["Resources"]
    (policy,) = (
        each["Properties"]["PolicyDocument"]["Statement"]
        for name, each in template.items()
        if name == "OrganizationPolicy"
    )

    (statement,) = policy
    assert statement["Action"] == sorted(action.action for action in ORGANIZATION_ACTIONS)
    assert template["Organization"]["Properties"]["RoleName"] == "crossfoot-organization"


def test_the_reviewed_templates_are_the_ones_made(
    deployment: Any, two_accounts: Any, check_snapshot: Callable[[str, Any], None]
) -> None:
    """What the payer's administrator reviews changes only on purpose."""
    check_snapshot("exports-one-account", deployment["Exports"])
    check_snapshot("exports-two-accounts", two_accounts["Exports"])
