"""A bucket that nobody outside can see, in clear or by mistake."""

from collections.abc import Sequence
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

LOWEST_TLS: Final = 1.2


class SecureBucket(s3.Bucket):
    """Private, versioned, encrypted, reached by TLS 1.2 or later only, and never removed.

    Parameters
    ----------
    bucket_name : str
        Known before the bucket exists, because other accounts and stacks name it.
    key : IKey, optional
        Key of what is stored; without one S3's own keys encrypt.
    access_logs : IBucket, optional
        Where requests are logged, under the name of this construct.
    lifecycle_rules : sequence of LifecycleRule
        What expires, and when.
    lock : ObjectLockRetention, optional
        How long no version of an object can be removed. Only a new bucket can have it.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        bucket_name: str,
        key: kms.IKey | None = None,
        access_logs: s3.IBucket | None = None,
        lifecycle_rules: Sequence[s3.LifecycleRule] = (),
        lock: s3.ObjectLockRetention | None = None,
    ) -> None:
        super().__init__(
            scope,
            id_,
            bucket_name=bucket_name,
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            bucket_key_enabled=True if key else None,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=LOWEST_TLS,
            versioned=True,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix=f"{id_.lower()}/" if access_logs else None,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="abandoned-uploads",
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                ),
                *lifecycle_rules,
            ],
            object_lock_default_retention=lock,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )

    def announce_objects(self) -> None:
        """Send every new object to the account's default event bus.

        Set on the resource itself: the construct's own option brings a function of its own that
        changes notifications of any bucket.
        """
        resource = self.node.default_child
        if not isinstance(resource, s3.CfnBucket):
            raise TypeError("a bucket's resource is not an AWS::S3::Bucket")
        resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                event_bridge_enabled=True
            )
        )

    def refuse_other_keys(self, key: kms.IKey) -> None:
        """Refuse puts that ask for another encryption than this key; silence means this key."""
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="DenyOtherKeys",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["s3:PutObject"],
                resources=[self.arn_for_objects("*")],
                conditions={
                    "StringNotEquals": {
                        "s3:x-amz-server-side-encryption-aws-kms-key-id": key.key_arn
                    },
                    "Null": {"s3:x-amz-server-side-encryption-aws-kms-key-id": "false"},
                },
            )
        )
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="DenyWeakerEncryption",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["s3:PutObject"],
                resources=[self.arn_for_objects("*")],
                conditions={
                    "StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"},
                    "Null": {"s3:x-amz-server-side-encryption": "false"},
                },
            )
        )

    def refuse_removal(self, *prefixes: str) -> None:
        """Refuse to remove what lies under the prefixes, whoever asks.

        A lifecycle rule still may; a person has to take this statement away first.
        """
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="DenyRemovalOfTheAuditTrail",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["s3:DeleteObject", "s3:DeleteObjectVersion"],
                resources=[self.arn_for_objects(f"{prefix}*") for prefix in prefixes],
            )
        )
