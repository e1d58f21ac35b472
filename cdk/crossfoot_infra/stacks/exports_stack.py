"""What has to be in the management account: the two exports, and roles that only read.

No assets and no bootstrap: whoever administers that account can review the template and apply it
as it is, without ``cdk bootstrap`` there.
"""

from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_bcmdataexports as bcm
from constructs import Construct

from crossfoot.domain.inventory import ORGANIZATION_ACTIONS
from crossfoot.domain.sustainability import SUSTAINABILITY_ACTIONS
from crossfoot.domain.usage_contract import CUR_2, FOCUS
from crossfoot_infra.constructs.read_role import ReadRole, inventory_role
from crossfoot_infra.settings import (
    EXPORTS_REGION,
    DeliveryMode,
    DeploymentSettings,
    UsageFormat,
)

CARBON_COLUMNS: Final = (
    "last_refresh_timestamp",
    "location",
    "model_version",
    "payer_account_id",
    "product_code",
    "region_code",
    "total_lbm_emissions_unit",
    "total_lbm_emissions_value",
    "total_mbm_emissions_unit",
    "total_mbm_emissions_value",
    "total_scope_1_emissions_unit",
    "total_scope_1_emissions_value",
    "total_scope_2_lbm_emissions_unit",
    "total_scope_2_lbm_emissions_value",
    "total_scope_2_mbm_emissions_unit",
    "total_scope_2_mbm_emissions_value",
    "total_scope_3_lbm_emissions_unit",
    "total_scope_3_lbm_emissions_value",
    "total_scope_3_mbm_emissions_unit",
    "total_scope_3_mbm_emissions_value",
    "usage_account_id",
    "usage_period_end",
    "usage_period_start",
)
"""All 23 columns of ``CARBON_EMISSIONS``; an export has to name them."""

CUR_2_IDENTITY: Final = (
    "identity_line_item_id",
    "identity_time_interval",
    "bill_billing_period_end_date",
)
"""What tells one usage line from another: read by auditors, not by the roll-up."""

_TABLES: Final[Mapping[UsageFormat, str]] = {
    UsageFormat.CUR_2: "COST_AND_USAGE_REPORT",
    UsageFormat.FOCUS: "FOCUS_1_2_AWS",
}
_COLUMNS: Final[Mapping[UsageFormat, tuple[str, ...]]] = {
    UsageFormat.CUR_2: (*CUR_2_IDENTITY, *(column.name for column in CUR_2.columns)),
    UsageFormat.FOCUS: tuple(column.name for column in FOCUS.columns),
}
_CONFIGURATIONS: Final[Mapping[UsageFormat, Mapping[str, str]]] = {
    # none of these can be changed later; a change needs an export of another name
    UsageFormat.CUR_2: {
        "INCLUDE_RESOURCES": "TRUE",
        "INCLUDE_SPLIT_COST_ALLOCATION_DATA": "TRUE",
        "TIME_GRANULARITY": "HOURLY",
    },
    UsageFormat.FOCUS: {"TIME_GRANULARITY": "HOURLY"},
}
_OVERWRITE: Final[Mapping[DeliveryMode, str]] = {
    DeliveryMode.CREATE_NEW: "CREATE_NEW_REPORT",
    DeliveryMode.OVERWRITE: "OVERWRITE_REPORT",
}


class ExportsStack(cdk.Stack):
    """The carbon export and the usage export, in the management account and us-east-1.

    Creating an export tries its bucket, so the bucket and its policy have to be there first: in
    one account the stacks depend on each other, across accounts the collector's is deployed
    first. Whoever deploys needs ``sustainability:GetCarbonFootprintSummary`` and
    ``cur:PutReportDefinition`` beside the rights on exports.
    """

    def __init__(self, scope: Construct, id_: str, *, settings: DeploymentSettings) -> None:
        super().__init__(
            scope,
            id_,
            description="Crossfoot: the carbon and usage exports of the organization",
            env=cdk.Environment(account=settings.payer_account_id, region=EXPORTS_REGION),
            # the roles of a bootstrap are asked for by every other synthesizer, even the one that
            # is called bootstrapless
            synthesizer=cdk.LegacyStackSynthesizer(),
        )
        wanted, usage = settings.exports, settings.exports.usage_format
        carbon = bcm.CfnExport(
            self,
            "Carbon",
            export=bcm.CfnExport.ExportProperty(
                name=wanted.carbon_name,
                description="Crossfoot: reported emissions, every column",
                data_query=_query("CARBON_EMISSIONS", CARBON_COLUMNS, {}),
                destination_configurations=_destination(
                    settings, wanted.carbon_prefix, wanted.carbon_delivery
                ),
                refresh_cadence=_cadence(),
            ),
        )
        usage_export = bcm.CfnExport(
            self,
            "Usage",
            export=bcm.CfnExport.ExportProperty(
                name=wanted.usage_name,
                description="Crossfoot: usage by the hour and resource",
                data_query=_query(_TABLES[usage], _COLUMNS[usage], _CONFIGURATIONS[usage]),
                destination_configurations=_destination(
                    settings, wanted.usage_prefix, wanted.usage_delivery
                ),
                refresh_cadence=_cadence(),
            ),
        )
        for kind, export in (("Carbon", carbon), ("Usage", usage_export)):
            cdk.CfnOutput(self, f"{kind}ExportArn", value=export.attr_export_arn)
        if not settings.is_single_account:
            self._let_the_collector_read(settings)

    def _let_the_collector_read(self, settings: DeploymentSettings) -> None:
        """Give the roles that stack sets never bring to a management account."""
        ReadRole(
            self,
            "Organization",
            role_name=settings.organization_role_name,
            trusted_role_names=[settings.directory_role_name],
            settings=settings,
            actions=ORGANIZATION_ACTIONS,
        )
        if settings.sustainability:
            ReadRole(
                self,
                "Sustainability",
                role_name=settings.sustainability_role_name,
                trusted_role_names=[settings.sustainability_collector_name],
                settings=settings,
                actions=SUSTAINABILITY_ACTIONS,
            )
        inventory_role(self, settings)


def _query(
    table: str, columns: tuple[str, ...], configuration: Mapping[str, str]
) -> bcm.CfnExport.DataQueryProperty:
    return bcm.CfnExport.DataQueryProperty(
        query_statement=f"SELECT {', '.join(columns)} FROM {table}",  # our own names only
        table_configurations={table: dict(configuration)} if configuration else None,
    )


def _destination(
    settings: DeploymentSettings, prefix: str, delivery: DeliveryMode
) -> bcm.CfnExport.DestinationConfigurationsProperty:
    return bcm.CfnExport.DestinationConfigurationsProperty(
        s3_destination=bcm.CfnExport.S3DestinationProperty(
            s3_bucket=settings.landing_bucket_name,
            # without it AWS delivers to buckets of the export's own account only
            s3_bucket_owner=None if settings.is_single_account else settings.account,
            s3_prefix=prefix,
            s3_region=settings.region,
            s3_output_configurations=bcm.CfnExport.S3OutputConfigurationsProperty(
                compression="PARQUET",
                format="PARQUET",
                output_type="CUSTOM",
                overwrite=_OVERWRITE[delivery],
            ),
        )
    )


def _cadence() -> bcm.CfnExport.RefreshCadenceProperty:
    return bcm.CfnExport.RefreshCadenceProperty(frequency="SYNCHRONOUS")
