"""AWS's Sustainability API: the water of a year, the carbon of a month, page by page."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import botocore
from botocore.exceptions import UnknownServiceError

from crossfoot.adapters.aws.aws_errors import aws_errors_named
from crossfoot.adapters.aws.member_account import MemberRole, session_policy
from crossfoot.domain.errors import DeploymentError
from crossfoot.domain.measures import MEASURES
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.sustainability import (
    DIMENSIONS,
    EMISSIONS_TYPES,
    SUSTAINABILITY_ACTIONS,
    SUSTAINABILITY_REGION,
    WATER_TYPE,
)

_PAGE_ROWS: Final = 5000
"""The most that AWS answers at once."""


@dataclass(frozen=True, slots=True)
class SustainabilityApi:
    """The API; ``client`` is of the management account, and slows down where it is throttled."""

    client: Any

    def pages(self, period: UsagePeriod) -> Iterator[bytes]:
        """Yield what AWS says of a year's water, or of a month's carbon, as the CLI would print it.

        Raises
        ------
        StorageError
            Throttled beyond patience, or a fault of the service: retry.
        AccessDeniedError
            The role may not ask.
        """
        name, asked = _carbon() if period.is_month else _water()
        span = {"Start": period.start, "End": period.end}
        with aws_errors_named(f"asking the Sustainability API of {period}"):
            pages = self.client.get_paginator(name).paginate(
                TimePeriod=span,
                GroupBy=list(DIMENSIONS),
                **asked,
                PaginationConfig={"PageSize": _PAGE_ROWS},
            )
            for page in pages:
                yield json.dumps({"Results": page["Results"]}, default=_instant).encode()


def sustainability_client(role: MemberRole, run: str, role_arn: str | None) -> Any:  # noqa: ANN401 - botocore makes its clients at run time
    """Return a client of the API: our own, or of a role in the management account.

    Raises
    ------
    AccessDeniedError
        The role cannot be taken.
    DeploymentError
        The SDK of the runtime is older than the API.
    """
    credentials: dict[str, str] = {}
    if role_arn is not None:
        policy = session_policy(SUSTAINABILITY_ACTIONS, None)
        credentials = role.credentials(role_arn, run, policy)
    try:
        client = role.client("sustainability", SUSTAINABILITY_REGION, credentials)
    except UnknownServiceError as error:
        raise _too_old() from error
    if not hasattr(client, "get_estimated_water_allocation"):
        raise _too_old()
    return client


def _too_old() -> DeploymentError:
    return DeploymentError(
        f"The AWS SDK of this runtime, {botocore.__version__}, does not know the water of the "
        "Sustainability API.",
        mend="AWS renews it with the runtime; until then set `sustainability = false`, and give "
        "answers of the AWS CLI to `crossfoot sustainability`.",
    )


def _water() -> tuple[str, dict[str, Any]]:
    asked = {"AllocationTypes": [WATER_TYPE], "Granularity": "YEARLY_CALENDAR"}
    return "get_estimated_water_allocation", asked


def _carbon() -> tuple[str, dict[str, Any]]:
    types = [EMISSIONS_TYPES[measure] for measure in MEASURES]
    asked = {"EmissionsTypes": types, "Granularity": "MONTHLY"}
    return "get_estimated_carbon_emissions", asked


def _instant(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"the API answered with {type(value).__name__}")
