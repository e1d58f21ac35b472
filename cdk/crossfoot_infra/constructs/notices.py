"""Where events go: the bus, its archive, and the topic that tells people."""

from collections.abc import Sequence
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from crossfoot_infra.constructs.acknowledgements import acknowledge

SOURCE: Final = "crossfoot"
FOR_PEOPLE: Final = (
    "Emissions Period Published",
    "Emissions Period Restated",
    "Delivery Quarantined",
    "Emissions Data Late",
    "Emission Threshold Breached",
    "Carbon Sources Disagree",
)
"""Events that a person is told of at once. Inventory is daily: only failures of it are told."""


class Notices(Construct):
    """A bus of our own, kept in an archive for replay, and a topic for people.

    Attributes
    ----------
    bus : EventBus
    topic : Topic
        Encrypted with the deployment's key; rules and alarms of this account may publish.
    chat_topic : Topic or None
        What chat channels listen to, where the settings ask for it.
    undelivered : Queue
        What the topic did not take.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        key: kms.IKey,
        archive_days: int,
        emails: Sequence[str],
        has_chat: bool,
    ) -> None:
        super().__init__(scope, id_)
        # AWS's own key encrypts the bus: events hold monthly totals and ids, nothing finer
        self.bus = events.EventBus(self, "Bus", event_bus_name=name)
        self._keep(name, archive_days)
        self.topic = sns.Topic(
            self, "Topic", topic_name=f"{name}-notices", master_key=key, enforce_ssl=True
        )
        self.chat_topic = self._chat_topic(name, key) if has_chat else None
        for email in emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))
        self.undelivered = sqs.Queue(
            self,
            "Undelivered",
            queue_name=f"{name}-undelivered-notices",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )
        acknowledge(
            self.undelivered, {"AwsSolutions-SQS3": "It is the dead-letter queue of the rules."}
        )
        self._let_alarms_publish()
        self._publisher = self._make_publisher(name, key)
        self._tell("Told", events.EventPattern(source=[SOURCE], detail_type=list(FOR_PEOPLE)))
        self._tell(
            "FailedInventory",
            events.EventPattern(
                source=[SOURCE],
                detail_type=["Inventory Collected"],
                detail={"data": {"n_failed": [{"numeric": [">", 0]}]}},
            ),
        )

    def _chat_topic(self, name: str, key: kms.IKey) -> sns.Topic:
        """Make a topic of its own: channels show one schema, and drop everything else."""
        return sns.Topic(self, "Chat", topic_name=f"{name}-chat", master_key=key, enforce_ssl=True)

    def _keep(self, name: str, days: int) -> None:
        archive = events.Archive(
            self,
            "Archive",
            archive_name=name,
            source_event_bus=self.bus,
            event_pattern=events.EventPattern(source=[SOURCE]),
            retention=cdk.Duration.days(days),
        )
        archive.apply_removal_policy(cdk.RemovalPolicy.RETAIN)

    def _tell(self, id_: str, pattern: events.EventPattern) -> None:
        events.Rule(
            self,
            id_,
            event_bus=self.bus,
            event_pattern=pattern,
            targets=[
                targets.SnsTopic(
                    self.topic,
                    dead_letter_queue=self.undelivered,
                    authorize_using_role=True,
                    role=self._publisher,
                )
            ],
        )

    def _let_alarms_publish(self) -> None:
        """Let this account's alarms publish; the topic's own policy takes the default's place."""
        stack = cdk.Stack.of(self)
        alarms = f"arn:{stack.partition}:cloudwatch:{stack.region}:{stack.account}:alarm:*"
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsPublish",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {"aws:SourceArn": alarms},
                },
            )
        )

    def _make_publisher(self, name: str, key: kms.IKey) -> iam.IRole:
        """Make the role that the bus publishes with.

        SNS takes no condition in the policy of a key that EventBridge uses for an encrypted
        topic; a role ties both to our own rules.
        """
        stack = cdk.Stack.of(self)
        rules = f"arn:{stack.partition}:events:{stack.region}:{stack.account}:rule/{name}/*"
        role = iam.Role(
            self,
            "Publisher",
            assumed_by=iam.ServicePrincipal("events.amazonaws.com").with_conditions(
                {
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {"aws:SourceArn": rules},
                }
            ),
        )
        iam.ManagedPolicy(
            self,
            "Publish",
            roles=[role],
            statements=[
                iam.PolicyStatement(actions=["sns:Publish"], resources=[self.topic.topic_arn]),
                iam.PolicyStatement(
                    actions=["kms:Decrypt", "kms:GenerateDataKey"],
                    resources=[key.key_arn],
                    conditions={
                        "StringEquals": {"kms:ViaService": f"sns.{stack.region}.amazonaws.com"}
                    },
                ),
            ],
        )
        return role.without_policy_updates()
