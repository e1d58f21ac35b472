"""AWS's failures under our own names: what a state machine retries, stops or hands to a person."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
)

from crossfoot.domain.errors import AccessDeniedError, DeploymentError, StorageError

_PASSING: Final = frozenset(
    {
        "BandwidthLimitExceeded",
        "ConcurrentModificationException",
        "ConditionalRequestConflict",
        "ExpiredToken",
        "ExpiredTokenException",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceException",
        "KMS.ThrottlingException",
        "KMSThrottlingException",
        "OperationAborted",
        "OperationTimeoutException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeTooSkewed",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
"""Codes that a later attempt may not meet; those of cancelled transactions among them."""

_REFUSING: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "Forbidden",
        "InaccessibleEncryptionCredentialsException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "NotAuthorized",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
    }
)
_NO_CREDENTIALS: Final = (CredentialRetrievalError, NoCredentialsError, PartialCredentialsError)
_CANNOT_BE_ASKED: Final = (NoRegionError, ParamValidationError)
_TOO_MANY_REQUESTS: Final = 429
_FORBIDDEN: Final = 403
_SERVER_FAULT: Final = 500
_LONGEST_TOLD: Final = 1_000
"""Longest text of AWS's that is repeated; the key that refuses comes late in it."""


@contextmanager
def aws_errors_named(doing: str) -> Iterator[None]:
    """Turn any failure of AWS inside into an error of ours.

    Parameters
    ----------
    doing : str
        What was being done, as in "reading s3://bucket/key".

    Raises
    ------
    StorageError
        Throttled, timed out, unreachable, cut off, or a fault of the service: retry.
    AccessDeniedError
        A role, a bucket or a key refuses, or there are no credentials.
    DeploymentError
        Anything else, with AWS's own code in the message.
    """
    try:
        yield
    except ClientError as error:
        raise _of_client_error(error, doing) from error
    except _NO_CREDENTIALS as error:
        raise _refused(str(error), doing) from error
    except _CANNOT_BE_ASKED as error:
        said = _told(f"{type(error).__name__}: {error}")
        raise DeploymentError(f"AWS cannot be asked while {doing} ({said}).") from error
    except BotoCoreError as error:
        # no answer, or half of one: connection, time-out, truncated body, wrong checksum
        raise _failed(f"{type(error).__name__}: {error}", doing) from error


def code_of(error: ClientError) -> str:
    """Return AWS's code of a failure; a ``HEAD`` has its HTTP status instead."""
    return str(error.response.get("Error", {}).get("Code", ""))


def storage_failure(codes: Sequence[str], doing: str) -> StorageError:
    """Return the error for a transaction that was cancelled for reasons that will pass."""
    return _failed(", ".join(codes), doing)


def _of_client_error(error: ClientError, doing: str) -> DeploymentError:
    code, status = code_of(error), _status(error.response)
    said = _told(f"{code}: {error.response.get('Error', {}).get('Message', '')}")
    if code in _PASSING or status >= _SERVER_FAULT or status == _TOO_MANY_REQUESTS:
        return _failed(said, doing)
    if code in _REFUSING or status == _FORBIDDEN or code.startswith("KMS"):
        return _refused(said, doing)
    return DeploymentError(
        f"AWS answered {said} while {doing}.",
        mend="Check that the deployment is whole: deploy it again.",
    )


def _status(response: Mapping[str, Any]) -> int:
    return int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _failed(said: str, doing: str) -> StorageError:
    return StorageError(
        f"AWS failed while {doing} ({_told(said)}).",
        mend="It is tried again; nothing was half done.",
    )


def _refused(said: str, doing: str) -> AccessDeniedError:
    return AccessDeniedError(
        f"AWS refused while {doing} ({_told(said)}).",
        mend="Check the role, the bucket's policy and the key, then replay the month.",
    )


def _told(text: str) -> str:
    """Return one line of what AWS said, with the resource that it names."""
    return " ".join(text.split())[:_LONGEST_TOLD]
