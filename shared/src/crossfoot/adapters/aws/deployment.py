"""What is deployed, as its stacks tell it: the outputs of CloudFormation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from crossfoot.domain.errors import AccessDeniedError, DeploymentError

STACKS: Final = ("CrossfootExports", "CrossfootLedger", "CrossfootPipeline")
"""Stacks that every deployment has; the others are optional or live in another account."""

type ClientMaker = Callable[[str], Any]
"""Makes the client of a service by its name."""

_DEPLOY: Final = "Deploy with `make deploy`, or choose the account and Region of the deployment."


@dataclass(frozen=True, slots=True)
class Deployment:
    """The stacks of one account and Region that were found.

    ``status`` maps each stack to CloudFormation's status, ``outputs`` each output's name to its
    value; names are unique over all stacks.
    """

    status: Mapping[str, str]
    outputs: Mapping[str, str]

    def output(self, name: str) -> str:
        """Return the value of an output.

        Raises
        ------
        DeploymentError
            No stack has it.
        """
        if name not in self.outputs:
            raise DeploymentError(f"no stack tells its {name}.", mend=_DEPLOY)
        return self.outputs[name]


def find_deployment(client: ClientMaker) -> Deployment:
    """Look the stacks up.

    Raises
    ------
    AccessDeniedError
        There are no credentials, or they may not look.
    """
    status: dict[str, str] = {}
    outputs: dict[str, str] = {}
    for name in STACKS:
        stack = _stack(client, name)
        if stack is None:
            continue
        status[name] = stack["StackStatus"]
        outputs |= {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
    return Deployment(status, outputs)


def _stack(client: ClientMaker, name: str) -> dict[str, Any] | None:
    try:
        (stack,) = client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        # CloudFormation has no error of its own for a stack that is not there
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise AccessDeniedError(
            f"the stacks cannot be looked up ({error.response['Error']['Code']}).",
            mend="Use credentials that may call cloudformation:DescribeStacks.",
        ) from error
    except BotoCoreError as error:
        raise AccessDeniedError(
            f"AWS cannot be asked ({error}).",
            mend="Set credentials and a Region, such as AWS_PROFILE and AWS_REGION.",
        ) from error
    found: dict[str, Any] = stack
    return found
