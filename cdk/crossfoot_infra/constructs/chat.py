"""From our bus to chat channels: a rule, and the function that finds the words."""

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.notices import FOR_PEOPLE, SOURCE
from crossfoot_infra.constructs.python_function import FunctionSite
from crossfoot_infra.functions.tell_chat import TellChat


class Chat(Construct):
    """Tells every event that people are told of.

    An input transformer would do without a function, but it cannot shorten, leave out what an
    event does not have, or quote what a sender wrote.

    Attributes
    ----------
    tell : TellChat
        The function.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        bus: events.IEventBus,
        topic_arn: str,
        site: FunctionSite,
        estate: Estate,
    ) -> None:
        super().__init__(scope, id_)
        self.tell = TellChat(self, site=site, estate=estate, topic_arn=topic_arn)
        events.Rule(
            self,
            "Told",
            description="Events for people, told in chat",
            event_bus=bus,
            event_pattern=events.EventPattern(source=[SOURCE], detail_type=list(FOR_PEOPLE)),
            targets=[
                targets.LambdaFunction(self.tell.function, dead_letter_queue=site.dead_letters)
            ],
        )
