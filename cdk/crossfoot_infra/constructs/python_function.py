"""One Lambda function: everything that all of them share, so that a verb adds only its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from crossfoot_infra.constructs.acknowledgements import acknowledge
from crossfoot_infra.constructs.layer_shelf import LayerShelf
from crossfoot_infra.constructs.narrow_role import NarrowRole

FUNCTIONS: Final = Path(__file__).parents[3] / "functions"

_OUTSIDE_VPC: Final = (
    "The function reaches AWS's own endpoints only, over TLS, and serves nobody: a network of its "
    "own would add endpoints to pay for, and no protection."
)
_RUNTIME: Final = (
    "The layers hold compiled wheels and bytecode of Python 3.13, which all tests run on too; "
    "another Python is another lock, and comes with a release."
)
_UNRESERVED: Final = (
    "What calls the functions is bounded itself, by the maps and the queue's feed; an account with "
    "a low limit could not deploy reservations, and reserve_concurrency turns them on."
)


@dataclass(frozen=True, slots=True)
class FunctionSite:
    """What every function gets, whatever its verb.

    ``name`` begins the name of the function and of its log group; ``never`` is what no function
    may do. Where ``is_reserved``, a function keeps its share of the account's concurrency.
    """

    name: str
    architecture: str
    shelf: LayerShelf
    key: kms.IKey
    dead_letters: sqs.IQueue
    never: iam.PolicyStatement
    log_days: int
    is_reserved: bool
    engine_version: str

    def function_name(self, verb: str) -> str:
        """Return the name of the function for a verb."""
        return f"{self.name}-{verb.replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class Size:
    """How much one call of a function may use, and how many run at once."""

    memory_mib: int
    seconds: int
    at_once: int


class PythonFunction(Construct):
    """The function of one folder of ``functions/``, with a role and a log group of its own.

    Parameters
    ----------
    verb : str
        The folder's name; the handler is ``<verb>.handler.lambda_handler``.
    environment : dict of str to str
        The settings of the folder's ``settings.py``, and nothing else.
    statements : iterable of PolicyStatement
        All that the function may do beside writing its own logs and traces.
    role_name : str, optional
        Only where another account trusts the role by its name.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        verb: str,
        site: FunctionSite,
        size: Size,
        environment: dict[str, str],
        statements: Iterable[iam.PolicyStatement],
        role_name: str | None = None,
    ) -> None:
        super().__init__(scope, "".join(word.title() for word in verb.split("_")))
        self.verb = verb
        self.log_group = self._log_group(site)
        self.own_role = NarrowRole(
            self,
            "Access",
            service="lambda",
            statements=[*statements, site.never, *self._own_statements(site)],
            role_name=role_name,
        )
        self.function = self._function(site, size, environment)
        # what calls the function must find its rights in place
        self.function.node.add_dependency(self.own_role.policy)
        reasons = {"AwsSolutions-L1": _RUNTIME, "NIST.800.53.R5-LambdaInsideVPC": _OUTSIDE_VPC}
        if not site.is_reserved:
            reasons["NIST.800.53.R5-LambdaConcurrency"] = _UNRESERVED
        acknowledge(self.function, reasons)

    def _function(
        self, site: FunctionSite, size: Size, environment: dict[str, str]
    ) -> lambda_.Function:
        return lambda_.Function(
            self,
            "Function",
            function_name=site.function_name(self.verb),
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=_architecture(site.architecture),
            handler=f"{self.verb}.handler.lambda_handler",
            code=code_of(self.verb),
            layers=site.shelf.all,
            role=self.own_role.role,
            memory_size=size.memory_mib,
            timeout=cdk.Duration.seconds(size.seconds),
            reserved_concurrent_executions=size.at_once if site.is_reserved else None,
            log_group=self.log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            tracing=lambda_.Tracing.ACTIVE,
            dead_letter_queue=site.dead_letters,
            environment=environment
            | {
                "ENGINE_VERSION": site.engine_version,
                "POWERTOOLS_SERVICE_NAME": self.verb,
                "POWERTOOLS_METRICS_NAMESPACE": "Crossfoot",
                "POWERTOOLS_LOG_LEVEL": "INFO",
            },
        )

    def _log_group(self, site: FunctionSite) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{site.function_name(self.verb)}",
            retention=log_retention(site.log_days),
            encryption_key=site.key,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )

    def _own_statements(self, site: FunctionSite) -> list[iam.PolicyStatement]:
        return [
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[self.log_group.log_group_arn],
            ),
            iam.PolicyStatement(
                actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources=["*"]
            ),
            iam.PolicyStatement(
                actions=["sqs:SendMessage"], resources=[site.dead_letters.queue_arn]
            ),
            use_key_for_queues(site.key, cdk.Stack.of(self)),
        ]


def use_key_for_queues(key: kms.IKey, stack: cdk.Stack) -> iam.PolicyStatement:
    """Return the right to use the key for messages in our queues."""
    return iam.PolicyStatement(
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
        resources=[key.key_arn],
        conditions={"StringEquals": {"kms:ViaService": f"sqs.{stack.region}.amazonaws.com"}},
    )


def log_retention(days: int) -> logs.RetentionDays:
    """Return the retention that lasts so many days."""
    names = {
        30: logs.RetentionDays.ONE_MONTH,
        60: logs.RetentionDays.TWO_MONTHS,
        90: logs.RetentionDays.THREE_MONTHS,
        180: logs.RetentionDays.SIX_MONTHS,
        365: logs.RetentionDays.ONE_YEAR,
        400: logs.RetentionDays.THIRTEEN_MONTHS,
        731: logs.RetentionDays.TWO_YEARS,
        1827: logs.RetentionDays.FIVE_YEARS,
    }
    return names[days]


def _architecture(name: str) -> lambda_.Architecture:
    return lambda_.Architecture.ARM_64 if name == "arm64" else lambda_.Architecture.X86_64


def code_of(verb: str) -> lambda_.AssetCode:
    """Return the folder ``functions/`` with everything left out but one verb."""
    return lambda_.Code.from_asset(
        str(FUNCTIONS),
        exclude=["*", f"!{verb}", f"!{verb}/**", "**/__pycache__", "**/*.pyc"],
        ignore_mode=cdk.IgnoreMode.GIT,
    )
