"""Why a member account did not answer: refused, not enabled, not there, or not now."""

from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    UnknownRegionError,
)

from crossfoot.domain.errors import AccessDeniedError, DeploymentError, StorageError
from crossfoot.domain.inventory import Gap, GapKind

_DENIED: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AccountNotRegisteredException",
        "AllAccessDisabled",
        "AuthorizationError",
        "AWSOrganizationsNotInUseException",
        "ExpiredToken",
        "ExpiredTokenException",
        "Forbidden",
        "NotAuthorized",
        "UnauthorizedOperation",
    }
)
_NOT_ENABLED: Final = frozenset(
    {
        "AuthFailure",
        "InvalidClientTokenId",
        "OptInRequired",
        "RegionDisabledException",
        "SubscriptionRequiredException",
        "UnrecognizedClientException",
    }
)
"""What services say to a valid session of an account that has not enabled their Region."""

_UNSUPPORTED: Final = frozenset(
    {"InvalidAction", "UnknownOperationException", "UnsupportedOperation"}
)

type Failure = ClientError | BotoCoreError


def code_of(error: Failure) -> str:
    """Return the service's own code, or the name of what botocore ran into."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return type(error).__name__


def is_denied(error: Failure) -> bool:
    """Whether a policy refused; asking again does not help."""
    return code_of(error) in _DENIED


def gap_of(service: str, error: Failure, *, is_offered: bool) -> Gap:
    """Return what a failed service leaves open.

    Parameters
    ----------
    service : str
        The service as botocore calls it.
    error : ClientError or BotoCoreError
        What it raised after all retries.
    is_offered : bool
        Whether the service is known to exist in the Region: a host without an address is then a
        failing network, and otherwise a service that the Region does not have.
    """
    code = code_of(error)
    if code in _DENIED:
        return Gap(service, GapKind.DENIED, code)
    if code in _NOT_ENABLED:
        return Gap(service, GapKind.NOT_ENABLED, code)
    has_no_host = isinstance(error, EndpointConnectionError | UnknownRegionError)
    if code in _UNSUPPORTED or (has_no_host and not is_offered):
        return Gap(service, GapKind.UNSUPPORTED, code)
    return Gap(service, GapKind.FAILED, code)


def named(doing: str, error: Failure, *, mend: str) -> DeploymentError:
    """Return the failure of a call of our own under its name; ``mend`` is for a refusal."""
    if is_denied(error):
        return AccessDeniedError(f"{doing} was refused ({code_of(error)}).", mend=mend)
    return StorageError(
        f"{doing} failed ({code_of(error)}).", mend="Try again; the service may be throttling."
    )
