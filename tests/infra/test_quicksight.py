"""The optional dashboard: row-level security, imports after publication, a sound definition."""

import json
from typing import Any

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from crossfoot.domain.errors import ConfigurationError

ARN = "arn:aws:quicksight:us-east-1:111122223333"


@pytest.fixture(scope="module")
def template(with_dashboard: Any) -> dict[str, Any]:
    """Return the stack's template."""
    found: dict[str, Any] = with_dashboard["QuickSight"]
    return found


def _all(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [
        each["Properties"]
        for each in template["Resources"].values()
        if each["Type"] == f"AWS::QuickSight::{kind}"
    ]


def test_every_data_set_with_figures_is_secured_by_row(template: dict[str, Any]) -> None:
    """Only the rules themselves are without rules."""
    sets = _all(template, "DataSet")
    secured = [each for each in sets if "RowLevelPermissionDataSet" in each]
    (rules,) = (each for each in sets if each not in secured)

    assert rules["UseAs"] == "RLS_RULES"
    assert len(secured) == 3
    assert {each["ImportMode"] for each in sets} == {"SPICE"}
    assert all(
        each["RowLevelPermissionDataSet"]["PermissionPolicy"] == "GRANT_ACCESS"
        and each["RowLevelPermissionDataSet"]["Status"] == "ENABLED"
        for each in secured
    )


def test_owners_and_boards_see_all_and_a_reader_only_their_accounts(
    template: dict[str, Any],
) -> None:
    """One rule for each account of a reader; no account means every account."""
    (rules,) = (each for each in _all(template, "DataSet") if each.get("UseAs") == "RLS_RULES")
    query = rules["PhysicalTableMap"]["rules"]["CustomSql"]["SqlQuery"]
    text = "(CAST({} AS VARCHAR), CAST({} AS VARCHAR), CAST({} AS VARCHAR))".format

    assert query.count("CAST(") == 3 * 4
    assert text("NULL", f"'{ARN}:group/default/sustainability'", "NULL") in query
    assert text("NULL", f"'{ARN}:group/default/board'", "NULL") in query
    assert text(f"'{ARN}:user/default/ann'", "NULL", "'222222222222'") in query


def test_the_figures_come_from_views_with_floats(template: dict[str, Any]) -> None:
    """SPICE keeps four digits of a decimal, so masses are read as floats."""
    tables = [
        next(iter(each["PhysicalTableMap"].values())).get("RelationalTable")
        for each in _all(template, "DataSet")
    ]
    names = {table["Name"] for table in tables if table}
    masses = [
        column
        for table in tables
        if table
        for column in table["InputColumns"]
        if column["Name"].endswith("kgco2e")
    ]

    assert names == {"emissions_float", "reconciliation_float", "restatements_float"}
    assert masses
    assert all(c["Type"] == "DECIMAL" and c["SubType"] == "FLOAT" for c in masses)


def test_the_dashboard_shows_what_was_promised(template: dict[str, Any]) -> None:
    """Totals by scope of both methods, Regions, teams by tag, restatements, and the proof."""
    (dashboard,) = _all(template, "Dashboard")
    sheets = {sheet["SheetId"]: sheet for sheet in dashboard["Definition"]["Sheets"]}
    visuals = {
        body["VisualId"]
        for sheet in sheets.values()
        for visual in sheet["Visuals"]
        for body in visual.values()
    }

    assert list(sheets) == ["totals", "causes", "restatements", "proof"]
    assert visuals >= {
        *("kpi-lbm", "kpi-mbm", "lbm", "mbm", "trend", "by-region_code"),
        *("parts-account_name", "parts-service_code"),
        *("by-tag_team", "by-tag_cost_center", "by-allocation_level"),
        *("moved", "restated", "checks"),
    }


def test_no_two_visuals_of_a_sheet_overlap(template: dict[str, Any]) -> None:
    """Every cell of the grid belongs to one visual at most, within 36 columns."""
    (dashboard,) = _all(template, "Dashboard")
    for sheet in dashboard["Definition"]["Sheets"]:
        elements = sheet["Layouts"][0]["Configuration"]["GridLayout"]["Elements"]
        cells = [
            (row, column)
            for each in elements
            for row in range(each["RowIndex"], each["RowIndex"] + each["RowSpan"])
            for column in range(each["ColumnIndex"], each["ColumnIndex"] + each["ColumnSpan"])
        ]

        assert len(cells) == len(set(cells))
        assert max(column for _, column in cells) < 36
        assert len(elements) == len(sheet["Visuals"])


def test_it_imports_again_after_each_publication(template: dict[str, Any]) -> None:
    """One rule on our bus, for both kinds of publication, with every data set but the rules."""
    (rule,) = (r for r in template["Resources"].values() if r["Type"] == "AWS::Events::Rule")
    pattern = rule["Properties"]["EventPattern"]
    (target,) = rule["Properties"]["Targets"]

    assert pattern["detail-type"] == ["Emissions Period Published", "Emissions Period Restated"]
    assert json.loads(target["Input"])["data_sets"] == [
        *("crossfoot-ledger", "crossfoot-proofs", "crossfoot-restatements")
    ]


def test_the_rule_starts_this_machine_and_may_do_nothing_else(template: dict[str, Any]) -> None:
    """Its role is the bus's own, for this account, under one managed policy."""
    resources = template["Resources"]
    (machine,) = (
        name for name, each in resources.items()
        if each["Type"] == "AWS::StepFunctions::StateMachine"
    )  # fmt: skip
    (role,) = (
        each["Properties"] for each in resources.values()
        if each["Type"] == "AWS::IAM::Role" and "events.amazonaws.com" in json.dumps(each)
    )  # fmt: skip
    (policy,) = (
        each["Properties"]["PolicyDocument"] for name, each in resources.items()
        if each["Type"] == "AWS::IAM::ManagedPolicy" and "Starter" in name
    )  # fmt: skip

    assert "AWS::IAM::Policy" not in {each["Type"] for each in resources.values()}
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    assert [(each["Action"], each["Resource"]) for each in policy["Statement"]] == [
        ("states:StartExecution", {"Ref": machine})
    ]


def test_cloudformation_s_linter_finds_nothing(template: dict[str, Any]) -> None:
    """The definition is checked against QuickSight's own schemas."""
    found = lint(
        json.dumps(template), config=ManualArgs(regions=["us-east-1"], ignore_checks=["W3005"])
    )

    assert [str(match) for match in found] == []


def test_the_rule_packs_find_nothing_in_it(with_dashboard: Any) -> None:
    """No finding of either pack is left open with the dashboard's stack in the deployment."""
    assert [
        (finding["ruleName"], finding["violatingConstructs"]) for finding in with_dashboard.findings
    ] == []


@pytest.mark.parametrize(
    "principal",
    ["ann", f"{ARN}:user/default/ann'--", f"{ARN}:dashboard/x", "arn:aws:iam::1:user/ann"],
)
def test_a_principal_is_a_user_or_group_of_quicksight(settings_of: Any, principal: str) -> None:
    """Nothing else becomes a text of SQL."""
    with pytest.raises(ConfigurationError, match=r"quicksight\.principals"):
        settings_of("", f'[quicksight]\nprincipals = ["{principal}"]\n')


def test_the_dashboard_is_optional(settings_of: Any) -> None:
    """Without its settings there is no such stack."""
    assert settings_of().quicksight is None
