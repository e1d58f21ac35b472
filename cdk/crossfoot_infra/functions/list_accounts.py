"""The function ``list_accounts``."""

from constructs import Construct

from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.member_accounts import MemberAccounts
from crossfoot_infra.constructs.python_function import FunctionSite, PythonFunction, Size


class ListAccounts(PythonFunction):
    """Lists the organization's accounts, and what there is to collect in each."""

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
            verb="list_accounts",
            site=site,
            size=Size(memory_mib=512, seconds=900, at_once=1),
            environment=estate.environment(
                "CURATED_BUCKET",
                "WORK_BUCKET",
                "INVENTORY_ROLE_NAME",
                "EXTERNAL_ID",
                "ORGANIZATION_ROLE_ARN",
            ),
            statements=[
                *estate.write_curated("accounts/"),
                *estate.write_work("collections/"),
                *members.list_accounts(),
                *members.read(),
            ],
            role_name=members.directory_role_name,
        )
