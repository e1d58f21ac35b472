"""The function ``watch_thresholds``."""

from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import FunctionSite, PythonFunction, Size


class WatchThresholds(PythonFunction):
    """Looks whether a published month breaches a threshold."""

    def __init__(
        self,
        scope: Construct,
        *,
        site: FunctionSite,
        estate: Estate,
    ) -> None:
        super().__init__(
            scope,
            verb="watch_thresholds",
            site=site,
            size=Size(memory_mib=512, seconds=300, at_once=10),
            environment=estate.environment(
                "CURATED_BUCKET",
                "LEDGER_TABLE",
                "EVENT_BUS",
                "LOOK_AHEAD_ARN",
                "WATCH_RULES_ARN",
            ),
            statements=[
                *estate.read_curated("runs/"),
                *estate.use_ledger(),
                *estate.find_unfinished(),
                *estate.send_events(),
                *estate.look_ahead(),
                *estate.watch_rules(),
            ],
        )
