"""Other accounts, each behind the role that it has for us, and no wider than one call needs."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from crossfoot.adapters.aws.inventory_failures import named
from crossfoot.adapters.aws.inventory_readings import Reading
from crossfoot.adapters.aws.inventory_survey import survey
from crossfoot.domain.inventory import INVENTORY_ACTIONS, ReadAction, Survey, WorkItem

PATIENT: Final = Config(
    retries={"mode": "adaptive", "total_max_attempts": 8},
    connect_timeout=5,
    read_timeout=60,
    max_pool_connections=16,
    s3={"us_east_1_regional_endpoint": "regional"},
)
"""Slows down where a service throttles, and tries again with growing pauses.

S3 lists the buckets of one Region at that Region's own endpoint only.
"""

_SESSION_SECONDS: Final = 1800
"""Longer than a function may run, shorter than the hour that a chained role may have."""

_SESSION_NAME_LENGTH: Final = 64


@dataclass(frozen=True, slots=True)
class MemberRole:
    """The role that every account has under the same name.

    ``session`` holds our own credentials and ``sts`` is its door to the others; ``home`` is this
    deployment's Region. May be used by several threads.
    """

    session: boto3.Session
    sts: Any
    role_name: str
    external_id: str
    home: str
    _making: Lock = field(default_factory=Lock, repr=False)

    @property
    def partition(self) -> str:
        """The partition that the deployment, and so every account, is in."""
        return self.session.get_partition_for_region(self.home)

    def of(self, account_id: str) -> str:
        """Return the ARN of the role in an account."""
        return f"arn:{self.partition}:iam::{account_id}:role/{self.role_name}"

    def credentials(self, role_arn: str, collection: str, policy: str) -> dict[str, str]:
        """Take a role, no wider than the policy; return what makes a client of it.

        Raises
        ------
        AccessDeniedError
            There is no such role, or it does not trust us.
        StorageError
            STS cannot be asked now.
        """
        try:
            taken = self.sts.assume_role(
                RoleArn=role_arn,
                RoleSessionName=session_name(collection),
                ExternalId=self.external_id,
                DurationSeconds=_SESSION_SECONDS,
                Policy=policy,
            )["Credentials"]
        except (ClientError, BotoCoreError) as error:
            raise named(
                f"taking the role {role_arn}",
                error,
                mend="Roll the inventory access out to its account, or check whom it trusts.",
            ) from error
        return {
            "aws_access_key_id": taken["AccessKeyId"],
            "aws_secret_access_key": taken["SecretAccessKey"],
            "aws_session_token": taken["SessionToken"],
        }

    def client(self, service: str, region: str, credentials: dict[str, str]) -> Any:  # noqa: ANN401 - botocore makes its clients at run time
        """Return a client of an account that was entered."""
        make: Any = self.session.client  # the service's name is known at run time only
        with self._making:  # a session makes clients for one thread at a time
            return make(service, region_name=region, config=PATIENT, **credentials)


@dataclass(frozen=True, slots=True)
class AwsMemberAccounts:
    """Reads accounts, one Region at a time."""

    role: MemberRole

    def survey(
        self, collection: str, item: WorkItem, now: datetime, *, with_statistics: bool
    ) -> Survey:
        """Enter an account and read what it has in a Region."""
        policy = session_policy(INVENTORY_ACTIONS, item.region_code)
        credentials = self.role.credentials(self.role.of(item.account_id), collection, policy)
        offered = partial(_is_offered, self.role, item.region_code)
        make = partial(self.role.client, region=item.region_code, credentials=credentials)
        reading = Reading(
            item.account_id, item.region_code, self.role.partition, _kept(make), offered
        )
        return survey(reading, now, with_statistics=with_statistics)


def session_name(collection: str) -> str:
    """Return the collection's name as CloudTrail of the member account shows it."""
    return re.sub(r"[^\w+=,.@-]", "-", collection, flags=re.ASCII)[:_SESSION_NAME_LENGTH]


def session_policy(actions: Iterable[ReadAction], region: str | None) -> str:
    """Return a policy that leaves these actions, whatever the role has besides.

    ``region`` is the one Region that may be asked; ``None`` for a service that has none.
    """
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": sorted(each.action for each in actions),
        "Resource": "*",
    }
    if region is not None:
        statement["Condition"] = {"StringEquals": {"aws:RequestedRegion": region}}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return json.dumps(document, separators=(",", ":"))


def _is_offered(role: MemberRole, region: str, service: str) -> bool:
    return region in role.session.get_available_regions(service, role.partition)


def _kept(make: Callable[[str], Any]) -> Callable[[str], Any]:
    """Make each client once; clients may be shared between threads."""
    clients: dict[str, Any] = {}
    lock = Lock()

    def client(service: str) -> Any:  # noqa: ANN401 - as above
        with lock:
            if service not in clients:
                clients[service] = make(service)
            return clients[service]

    return client
