"""The function ``collect_sustainability``."""

from collections.abc import Iterator

from aws_cdk import aws_iam as iam
from constructs import Construct

from crossfoot.domain.sustainability import SUSTAINABILITY_ACTIONS
from crossfoot_infra.constructs.estate import Estate
from crossfoot_infra.constructs.python_function import FunctionSite, PythonFunction, Size


class CollectSustainability(PythonFunction):
    """Asks AWS for water and carbon, keeps the answers, spreads the one and checks the other."""

    def __init__(
        self,
        scope: Construct,
        *,
        site: FunctionSite,
        estate: Estate,
        role_name: str,
        management_role_arn: str | None,
    ) -> None:
        super().__init__(
            scope,
            verb="collect_sustainability",
            site=site,
            size=Size(memory_mib=3008, seconds=900, at_once=1),
            environment=estate.environment(
                "CURATED_BUCKET",
                "WORK_BUCKET",
                "LEDGER_TABLE",
                "EVENT_BUS",
                "EXTERNAL_ID",
                "SUSTAINABILITY_ROLE_ARN",
            ),
            statements=[
                *estate.write_curated("records/", "sustainability/", "tables/"),
                *estate.write_work("sustainability/"),
                *estate.use_ledger(),
                *estate.find_unfinished(),
                *estate.send_events(),
                *_ask(management_role_arn),
            ],
            role_name=role_name,
        )


def _ask(management_role_arn: str | None) -> Iterator[iam.PolicyStatement]:
    """Ask the API, here or by the management account's role."""
    if management_role_arn is not None:
        yield iam.PolicyStatement(actions=["sts:AssumeRole"], resources=[management_role_arn])
        return
    yield iam.PolicyStatement(
        actions=[each.action for each in SUSTAINABILITY_ACTIONS],
        # the API's actions know no resources
        resources=["*"],
    )
