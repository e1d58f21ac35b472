"""From our bus to chat channels: the rule that calls the function that finds the words."""

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from crossfoot_infra.constructs.notices import FOR_PEOPLE, SOURCE


class ChatRule(Construct):
    """Tells every event that people are told of.

    An input transformer would do without a function, but it cannot shorten, leave out what an
    event does not have, or quote what a sender wrote.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        bus: events.IEventBus,
        tell: lambda_.IFunction,
        dead_letters: sqs.IQueue,
    ) -> None:
        super().__init__(scope, id_)
        events.Rule(
            self,
            "Told",
            description="Events for people, told in chat",
            event_bus=bus,
            event_pattern=events.EventPattern(source=[SOURCE], detail_type=list(FOR_PEOPLE)),
            targets=[targets.LambdaFunction(tell, dead_letter_queue=dead_letters)],
        )
