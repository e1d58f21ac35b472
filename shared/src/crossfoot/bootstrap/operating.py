"""Looking after a deployment from a desk: `doctor --aws`, `replay` and `backfill`."""

import importlib.util
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache

from crossfoot.adapters.examination import examine_toolkit
from crossfoot.domain.errors import ConfigurationError
from crossfoot.domain.findings import Finding
from crossfoot.domain.period import UsagePeriod


def examine_deployment() -> list[Finding]:
    """Look at the deployment of the account and Region that the credentials are of.

    Raises
    ------
    ConfigurationError
        boto3 is not installed.
    AccessDeniedError
        AWS cannot be asked.
    """
    _require_boto3()
    from crossfoot.adapters.aws.deployment_examination import (  # noqa: PLC0415 - needs boto3
        examine_deployment as examine,
    )

    return [examine_toolkit(), *examine(_client, datetime.now(UTC))]


def replay(period: str | None) -> list[str]:
    """Close one month again, or every published one; return the names of the executions."""
    _require_boto3()
    from crossfoot.adapters.aws import operations  # noqa: PLC0415
    from crossfoot.adapters.aws.deployment import find_deployment  # noqa: PLC0415

    deployment = find_deployment(_client)
    periods: Sequence[UsagePeriod] = (
        operations.published_months(_client, deployment)
        if period is None
        else [UsagePeriod(period)]
    )
    return operations.start_replay(_client, deployment, periods)


def backfill() -> int:
    """Announce what the landing bucket holds already; return the number of manifests."""
    _require_boto3()
    from crossfoot.adapters.aws import operations  # noqa: PLC0415
    from crossfoot.adapters.aws.deployment import find_deployment  # noqa: PLC0415

    return operations.send_backfill(_client, find_deployment(_client))


@cache
def _client(service: str) -> object:
    import boto3  # noqa: PLC0415 - embedded users have no need of it
    from botocore.config import Config  # noqa: PLC0415

    # the stubs know each service's name as a literal, and this is any of them
    make: Callable[..., object] = boto3.client
    return make(service, config=Config(retries={"mode": "standard", "max_attempts": 5}))


def _require_boto3() -> None:
    if importlib.util.find_spec("boto3") is None:
        raise ConfigurationError(
            "looking after a deployment needs boto3, which is not installed.",
            mend="Install crossfoot[aws], or run `make setup` in the repository.",
        )
