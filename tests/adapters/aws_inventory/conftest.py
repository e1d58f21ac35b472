"""An organization in moto: our account, and members behind a role of the same name."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from crossfoot.adapters.aws.inventory_readings import Reading
from crossfoot.adapters.aws.member_account import MemberRole

HOME: Final = "us-east-1"
MEMBER: Final = "000000000002"
NOW: Final = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)


@dataclass
class Doors:
    """STS of moto, with accounts that refuse; remembers what it was asked."""

    sts: Any
    refuses: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def assume_role(self, **arguments: Any) -> Any:
        """Open the account, or refuse with the code that was set."""
        self.asked.append(arguments)
        code = self.refuses.get(arguments["RoleArn"].split(":")[4])
        if code is not None:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "AssumeRole")
        return self.sts.assume_role(**arguments)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    """Start an empty AWS of the test's own."""
    for name in ("AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    # every account would own the 1,300 snapshots behind Amazon's images
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", HOME)
    with mock_aws():
        yield boto3.Session()


@pytest.fixture
def role(aws: boto3.Session) -> MemberRole:
    """Return the role that every account has for us."""
    doors = Doors(aws.client("sts"))
    return MemberRole(aws, doors, "crossfoot-inventory", "between-us", HOME)


@pytest.fixture
def reading(role: MemberRole) -> Reading:
    """Return the member's home Region, open for reading."""
    credentials = role.credentials(role.of(MEMBER), "run", "{}")
    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in clients:
            clients[service] = role.client(service, HOME, credentials)
        return clients[service]

    return Reading(MEMBER, HOME, "aws", client, lambda _service: True)
