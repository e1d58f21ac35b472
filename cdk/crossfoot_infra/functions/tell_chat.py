"""The function ``tell_chat``."""

from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import FunctionSite, PythonFunction, Size


class TellChat(PythonFunction):
    """Says events in the schema that chat channels show."""

    def __init__(
        self,
        scope: Construct,
        *,
        site: FunctionSite,
        estate: Estate,
        topic_arn: str,
    ) -> None:
        super().__init__(
            scope,
            verb="tell_chat",
            site=site,
            size=Size(memory_mib=512, seconds=60, at_once=5),
            environment={"CHAT_TOPIC_ARN": topic_arn},
            statements=estate.publish_to(topic_arn),
        )
