"""A state machine whose definition is a JSON file beside this package's workflows."""

import json
from collections.abc import Iterable, Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from crossfoot_infra.constructs.narrow_role import NarrowRole
from crossfoot_infra.constructs.python_function import log_retention
from crossfoot_infra.workflows.resilience import definition


class StateMachine(Construct):
    """A standard state machine that is traced, and logged without its data.

    Inputs and outputs carry account ids, so they stay in the execution's own history.

    Parameters
    ----------
    workflow : str
        Name of the definition in ``workflows``.
    substitutions : mapping of str to str
        What ``${...}`` stands for.
    statements : iterable of PolicyStatement
        What its own calls may do, beside tracing, logging and its children.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        workflow: str,
        name: str,
        key: kms.IKey,
        log_days: int,
        substitutions: Mapping[str, str],
        statements: Iterable[iam.PolicyStatement],
    ) -> None:
        super().__init__(scope, id_)
        stack = cdk.Stack.of(self)
        log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/vendedlogs/states/{name}",
            retention=log_retention(log_days),
            encryption_key=key,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        access = NarrowRole(
            self,
            "Access",
            service="states",
            statements=[*statements, *_own_statements(stack, name)],
            conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
        )
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=name,
            definition_body=sfn.DefinitionBody.from_string(
                json.dumps(definition(workflow), separators=(",", ":"))
            ),
            definition_substitutions=dict(substitutions),
            role=access.role,
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=log_group, level=sfn.LogLevel.ALL, include_execution_data=False
            ),
        )
        # creation is refused where the role may not yet write the logs
        self.machine.node.add_dependency(access.policy)


def _own_statements(stack: cdk.Stack, name: str) -> list[iam.PolicyStatement]:
    states = f"arn:{stack.partition}:states:{stack.region}:{stack.account}"
    return [
        iam.PolicyStatement(
            actions=["states:StartExecution"], resources=[f"{states}:stateMachine:{name}"]
        ),
        iam.PolicyStatement(
            actions=["states:DescribeExecution", "states:RedriveExecution", "states:StopExecution"],
            # its children are executions of <name>/<label>
            resources=[f"{states}:execution:{name}:*", f"{states}:execution:{name}/*"],
        ),
        iam.PolicyStatement(
            actions=[
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:UpdateLogDelivery",
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
                "xray:PutTelemetryRecords",
                "xray:PutTraceSegments",
            ],
            # log deliveries and traces know no resources
            resources=["*"],
        ),
    ]
