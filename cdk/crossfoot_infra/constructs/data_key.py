"""The key of everything that is derived from AWS's deliveries."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct


class DataKey(kms.Key):
    """One rotating key for the buckets, the ledger, queues, topics and logs of a deployment.

    Roles of the account use it by their own policies. Three services use it for the account, each
    under a condition that ties the use to this account: a rule and an alarm that send to an
    encrypted topic or queue, and the logs of functions and state machines.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str) -> None:
        super().__init__(
            scope,
            id_,
            alias=f"alias/{name}",
            description="Crossfoot: the ledger, and all that leads to it",
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
