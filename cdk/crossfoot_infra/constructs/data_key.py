"""The key of everything that is derived from AWS's deliveries."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

_ADMINISTRATION: Final = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
_USE: Final = (
    # DynamoDB, S3 and Athena use the key for whoever calls them; DynamoDB also by a grant
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


class DataKey(kms.Key):
    """One rotating key for the buckets, the ledger, queues, topics and logs of a deployment.

    The account's own policies say who administers it and which role uses it. Three services use
    it for the account, each under a condition that ties the use to this account: rules that send
    to an encrypted queue, alarms that send to the encrypted topic, and the logs of functions and
    state machines.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str) -> None:
        super().__init__(
            scope,
            id_,
            alias=f"alias/{name}",
            description="Crossfoot: the ledger, and all that leads to it",
            policy=_left_to_the_account(cdk.Stack.of(scope)),
            enable_key_rotation=True,
            pending_window=cdk.Duration.days(30),
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        stack = cdk.Stack.of(self)
        for service in ("events", "cloudwatch"):
            self.add_to_resource_policy(
                iam.PolicyStatement(
                    sid=f"Send{service.title()}",
                    principals=[iam.ServicePrincipal(f"{service}.amazonaws.com")],
                    actions=["kms:Decrypt", "kms:GenerateDataKey"],
                    resources=["*"],
                    conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
                )
            )
        logs = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:*"
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="WriteLogs",
                principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
                actions=["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
                resources=["*"],
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": logs}},
            )
        )


def _left_to_the_account(stack: cdk.Stack) -> iam.PolicyDocument:
    """Let the account's policies decide, action by action: the usual ``kms:*`` spelled out."""
    return iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(
                sid="LeftToTheAccount",
                principals=[iam.AccountPrincipal(stack.account)],
                actions=[*_ADMINISTRATION, *_USE],
                resources=["*"],
            )
        ]
    )
