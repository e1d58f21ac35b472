"""The table that decides: who may publish a month, and which run speaks for it."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct

from crossfoot_infra.constructs.acknowledgements import acknowledge

OPEN_INDEX: Final = "open"
"""Index of what is unfinished: pointers that the catalogue does not show, notices not sent."""

_RECOVERY_DAYS: Final = 35


class MonthLedger(dynamodb.Table):
    """The ledger table: restorable to any second of five weeks, and protected from deletion."""

    def __init__(self, scope: Construct, id_: str, *, name: str, key: kms.IKey) -> None:
        text = dynamodb.AttributeType.STRING
        super().__init__(
            scope,
            id_,
            table_name=name,
            partition_key=dynamodb.Attribute(name="pk", type=text),
            sort_key=dynamodb.Attribute(name="sk", type=text),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True, recovery_period_in_days=_RECOVERY_DAYS
            ),
            time_to_live_attribute="expiration",
            deletion_protection=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        self.add_global_secondary_index(
            index_name=OPEN_INDEX,
            partition_key=dynamodb.Attribute(name="open_kind", type=text),
            sort_key=dynamodb.Attribute(name="sk", type=text),
            projection_type=dynamodb.ProjectionType.ALL,
        )
        acknowledge(
            self,
            {
                "NIST.800.53.R5-DynamoDBInBackupPlan": (
                    "Recovery to any second of 35 days is on, and the ledger can be made again "
                    "from the curated bucket; a backup plan is the organization's to choose."
                )
            },
        )
