"""`CrossfootQuickSight`: one dashboard over the views with floats; optional.

QuickSight itself must be subscribed to, and be allowed to read Athena, the curated bucket and its
key, in the account before: see docs/operations/quicksight.md.
"""

from collections.abc import Sequence
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import CfnResource, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_quicksight as quicksight
from constructs import Construct

from crossfoot.domain.columns import EMISSIONS, RECONCILIATION, RESTATEMENTS, Column
from crossfoot_infra.constructs.acknowledgements import acknowledge
from crossfoot_infra.quicksight.definition import LEDGER, PROOFS, RESTATED, dashboard_definition
from crossfoot_infra.quicksight.visuals import Json, input_columns
from crossfoot_infra.settings import DeploymentSettings, QuickSightSettings
from crossfoot_infra.stacks.ledger_stack import LedgerStack
from crossfoot_infra.workflows.refresh_dashboard import RefreshDashboard

_READ: Final = ("DescribeDashboard", "ListDashboardVersions", "QueryDashboard")
_OWN_SET: Final = (
    *("DescribeDataSet", "DescribeDataSetPermissions", "PassDataSet", "DescribeIngestion"),
    *("ListIngestions", "UpdateDataSet", "DeleteDataSet", "CreateIngestion", "CancelIngestion"),
    "UpdateDataSetPermissions",
)
_OWN_SOURCE: Final = (
    *("DescribeDataSource", "DescribeDataSourcePermissions", "PassDataSource"),
    *("UpdateDataSource", "DeleteDataSource", "UpdateDataSourcePermissions"),
)
_OWN_RULES: Final = (
    "Rules of rows belong to the data set itself where it is prepared by tables, as this one is; "
    "what replaces them wants every column declared a second time in a semantic model."
)


class QuickSightStack(Stack):
    """Data source, row-level security, three SPICE data sets, their refresh, and the dashboard."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: DeploymentSettings,
        quicksight_settings: QuickSightSettings,
        ledger: LedgerStack,
    ) -> None:
        super().__init__(
            scope,
            id_,
            description="Crossfoot: a dashboard over the published ledger",
            env=cdk.Environment(account=settings.account, region=settings.region),
        )
        self.add_stack_dependency(ledger)
        self._settings = settings
        self._readers = quicksight_settings
        self._database = ledger.database_name
        self._source = self._data_source(ledger)
        self._rules = self._security_rules()
        tables: dict[str, tuple[str, Sequence[Column]]] = {
            LEDGER.identifier: ("emissions_float", EMISSIONS.with_tags(settings.tag_columns)),
            PROOFS.identifier: ("reconciliation_float", RECONCILIATION.columns),
            RESTATED.identifier: ("restatements_float", RESTATEMENTS.columns),
        }
        sets = {key: self._data_set(key, view, columns) for key, (view, columns) in tables.items()}
        self._dashboard(sets)
        RefreshDashboard(
            self,
            name=f"{settings.name}-refresh-dashboard",
            key=kms.Key.from_key_arn(self, "Key", ledger.key.key_arn),
            log_days=settings.retention.log_days,
            bus=ledger.event_bus,
            data_sets=[self._named(key) for key in sets],
        )

    def _named(self, what: str) -> str:
        return f"{self._settings.name}-{what}"

    def _data_source(self, ledger: LedgerStack) -> quicksight.CfnDataSource:
        return quicksight.CfnDataSource(
            self,
            "Athena",
            aws_account_id=self.account,
            data_source_id=self._named("athena"),
            name="Crossfoot",
            type="ATHENA",
            data_source_parameters=quicksight.CfnDataSource.DataSourceParametersProperty(
                athena_parameters=quicksight.CfnDataSource.AthenaParametersProperty(
                    work_group=ledger.workgroup_name
                )
            ),
            permissions=[
                quicksight.CfnDataSource.ResourcePermissionProperty(
                    principal=principal, actions=[f"quicksight:{action}" for action in _OWN_SOURCE]
                )
                for principal in self._readers.principals
            ],
        )

    def _security_rules(self) -> CfnResource:
        """Make the data set that says who sees which accounts; an empty account is all of them."""
        rows: list[tuple[str, str | None]] = [(each, None) for each in self._readers.principals]
        rows += [
            (reader.principal, account)
            for reader in self._readers.readers
            for account in (reader.accounts or (None,))
        ]
        values = ", ".join(_rule(principal, account) for principal, account in rows)
        names = ("UserARN", "GroupARN", "usage_account_id")
        select = ", ".join(f'"{name}"' for name in names)
        query = f"SELECT {select} FROM (VALUES {values}) AS rules ({select})"
        physical: Json = {
            "CustomSql": {
                "DataSourceArn": self._source.attr_arn,
                "Name": "rules",
                "SqlQuery": query,
                "Columns": [{"Name": name, "Type": "STRING"} for name in names],
            }
        }
        return self._made_set("rules", physical, {"UseAs": "RLS_RULES"})

    def _data_set(self, key: str, view: str, columns: Sequence[Column]) -> CfnResource:
        physical: Json = {
            "RelationalTable": {
                "DataSourceArn": self._source.attr_arn,
                "Catalog": "AwsDataCatalog",
                "Schema": self._database,
                "Name": view,
                "InputColumns": input_columns(columns),
            }
        }
        security = {
            "RowLevelPermissionDataSet": {
                "Arn": self._rules.get_att("Arn"),
                "PermissionPolicy": "GRANT_ACCESS",
                "FormatVersion": "VERSION_2",
                "Status": "ENABLED",
            }
        }
        made = self._made_set(key, physical, security)
        acknowledge(made, {"CloudFormation-Validate::W9009": _OWN_RULES})
        return made

    def _made_set(self, key: str, physical: Json, more: Json) -> CfnResource:
        actions = [f"quicksight:{action}" for action in _OWN_SET]
        return CfnResource(
            self,
            f"DataSet-{key}",
            type="AWS::QuickSight::DataSet",
            properties={
                "AwsAccountId": self.account,
                "DataSetId": self._named(key),
                "Name": f"Crossfoot {key}",
                "ImportMode": "SPICE",
                "PhysicalTableMap": {key: physical},
                "Permissions": [
                    {"Principal": principal, "Actions": actions}
                    for principal in self._readers.principals
                ],
                **more,
            },
        )

    def _dashboard(self, sets: dict[str, CfnResource]) -> None:
        arns: dict[str, Any] = {key: made.get_att("Arn") for key, made in sets.items()}
        readers = [reader.principal for reader in self._readers.readers]
        actions = [f"quicksight:{action}" for action in _READ]
        CfnResource(
            self,
            "Dashboard",
            type="AWS::QuickSight::Dashboard",
            properties={
                "AwsAccountId": self.account,
                "DashboardId": self._named("emissions"),
                "Name": "Crossfoot: emissions",
                "Definition": dashboard_definition(arns, self._settings.tag_columns),
                "Permissions": [
                    {"Principal": principal, "Actions": actions}
                    for principal in dict.fromkeys([*self._readers.principals, *readers])
                ],
            },
        )


def _rule(principal: str, account: str | None) -> str:
    """Return one row of SQL; both texts were checked by the settings."""
    quoted = f"'{principal}'"
    user, group = ("NULL", quoted) if ":group/" in principal else (quoted, "NULL")
    cells = (user, group, "NULL" if account is None else f"'{account}'")
    return f"({', '.join(f'CAST({cell} AS VARCHAR)' for cell in cells)})"
