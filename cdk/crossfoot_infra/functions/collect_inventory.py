"""The function ``collect_inventory``."""

from typing import Final

from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.member_accounts import MemberAccounts
from crossfoot_infra.constructs.python_function import FunctionSite, PythonFunction, Size

SECONDS: Final = 280
"""Children of the map are express executions, which end after five minutes."""


class CollectInventory(PythonFunction):
    """Collects what one account has in one Region, and in the end says what came of them all."""

    def __init__(
        self,
        scope: Construct,
        *,
        site: FunctionSite,
        estate: Estate,
        members: MemberAccounts,
    ) -> None:
        super().__init__(
            scope,
            verb="collect_inventory",
            site=site,
            size=Size(memory_mib=1024, seconds=SECONDS, at_once=40),
            environment=estate.environment(
                "CURATED_BUCKET",
                "WORK_BUCKET",
                "LEDGER_TABLE",
                "EVENT_BUS",
                "INVENTORY_ROLE_NAME",
                "EXTERNAL_ID",
            ),
            statements=[
                *estate.write_curated("inventory/"),
                *estate.write_work("collections/"),
                *estate.use_ledger(),
                *estate.find_unfinished(),
                *estate.send_events(),
                *members.read(),
            ],
            role_name=members.collector_role_name,
        )
