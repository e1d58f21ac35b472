"""Every call of AWS fails in every way, and each failure has its name."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from crossfoot.adapters.aws.aws_errors import aws_errors_named
from crossfoot.adapters.aws.clients import ATTEMPTS, CONNECT_SECONDS, READ_SECONDS, AwsClients
from crossfoot.adapters.aws.event_bus import EventBridgeBus
from crossfoot.adapters.aws.places import Place
from crossfoot.adapters.aws.step_functions import StepFunctionsWorkflow
from crossfoot.domain.deliveries import Claim, ExportKind, Pointer
from crossfoot.domain.errors import AccessDeniedError, DeploymentError, StorageError
from crossfoot.domain.period import UsagePeriod

MARCH: Final = UsagePeriod("2026-03")
NOW: Final = datetime(2026, 4, 20, tzinfo=UTC)
PLACE: Final = Place("curated-bucket", "a")
OTHER: Final = Place("curated-bucket", "b")
CLAIM: Final = Claim(MARCH, "close-1", 1, NOW)
POINTER: Final = Pointer(MARCH, 1, "r-1", "i", "d-1", "v3.0.1", NOW)
MANIFEST: Final = (
    "carbon/e/metadata/carbon_model_version=v3.0.1/usage_period=2026-03/e-Manifest.json"
)
KEY_ARN: Final = "arn:aws:kms:us-east-1:123456789012:key/1"


def answer(code: str, status: int = 400, message: str = "no") -> dict[str, Any]:
    """Return what AWS answers."""
    return {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }


FAULTS: Final = {
    "throttled": (answer("ThrottlingException"), StorageError),
    "slow down": (answer("SlowDown", 503), StorageError),
    "capacity": (answer("ProvisionedThroughputExceededException"), StorageError),
    "server fault": (answer("InternalError", 500), StorageError),
    "unnamed server fault": (answer("Whatever", 502), StorageError),
    "too many requests": (answer("Whatever", 429), StorageError),
    "read time-out": (ReadTimeoutError(endpoint_url="https://aws"), StorageError),
    "connect time-out": (ConnectTimeoutError(endpoint_url="https://aws"), StorageError),
    "unreachable": (EndpointConnectionError(endpoint_url="https://aws"), StorageError),
    "denied": (answer("AccessDeniedException"), AccessDeniedError),
    "forbidden": (answer("403", 403), AccessDeniedError),
    "key disabled": (answer("KMS.DisabledException", 400, KEY_ARN), AccessDeniedError),
    "key refused": (answer("AccessDenied", 403, f"kms:Decrypt on {KEY_ARN}"), AccessDeniedError),
    "no credentials": (NoCredentialsError(), AccessDeniedError),
    "anything else": (answer("ValidationException"), DeploymentError),
}


@dataclass(frozen=True)
class Call:
    """One use of one operation."""

    service: str
    operation: str
    use: Callable[[Any, Any, Path], object]


CALLS: Final = (
    Call("s3", "PutObject", lambda w, *_: w.objects.put_new(OTHER, b"a")),
    Call("s3", "PutObject", lambda w, *_: w.objects.put(PLACE, b"a")),
    Call("s3", "HeadObject", lambda w, *_: w.objects.head(PLACE)),
    Call("s3", "GetObject", lambda w, *_: w.objects.find(PLACE)),
    Call("s3", "GetObject", lambda w, _, path: w.objects.download(PLACE, path / "a")),
    Call("s3", "ListObjectsV2", lambda w, *_: [*w.objects.keys(PLACE)]),
    Call("s3", "ListObjectsV2", lambda w, *_: w.objects.has_any(PLACE)),
    Call("s3", "ListObjectVersions", lambda w, *_: w.objects.versions(PLACE)),
    Call("s3", "HeadObject", lambda w, *_: w.landing.pin(ExportKind.CARBON, MANIFEST, None)),
    Call("dynamodb", "PutItem", lambda w, m, _: w.deliveries.accept(m.pinned("a"))),
    Call("dynamodb", "Query", lambda w, *_: w.deliveries.deliveries(MARCH)),
    Call("dynamodb", "UpdateItem", lambda w, *_: w.months.claim(MARCH, "close-1", NOW, 1)),
    Call("dynamodb", "UpdateItem", lambda w, *_: w.months.renew(CLAIM, NOW, 1)),
    Call("dynamodb", "UpdateItem", lambda w, *_: w.months.release(CLAIM)),
    Call("dynamodb", "GetItem", lambda w, *_: w.months.pointer(MARCH)),
    Call("dynamodb", "TransactWriteItems", lambda w, *_: w.months.publish(CLAIM, POINTER, [])),
    Call(
        "dynamodb",
        "TransactWriteItems",
        lambda w, m, _: w.months.stall(MARCH, "close-1", "why", m.notice()),
    ),
    Call("dynamodb", "UpdateItem", lambda w, *_: w.months.settle(POINTER)),
    Call("dynamodb", "Query", lambda w, *_: w.months.unsettled()),
    Call("dynamodb", "PutItem", lambda w, m, _: w.outbox.put(m.notice())),
    Call("dynamodb", "GetItem", lambda w, *_: w.outbox.holds("e-1")),
    Call("dynamodb", "Query", lambda w, *_: w.outbox.unsent()),
    Call("dynamodb", "UpdateItem", lambda w, *_: w.outbox.mark_sent("e-1", NOW)),
    Call("glue", "GetTable", lambda w, m, _: w.shelf.keep(m.carbon_delivery())),
    Call("glue", "UpdatePartition", lambda w, m, _: w.shelf.keep(m.carbon_delivery())),
    Call("glue", "CreatePartition", lambda w, m, _: w.shelf.keep(m.carbon_delivery())),
    Call("events", "PutEvents", lambda w, m, _: EventBridgeBus(w.events, "b").send([m.notice()])),
    Call(
        "step_functions",
        "StartExecution",
        lambda w, *_: StepFunctionsWorkflow(w.step_functions, "arn:" + "a" * 20).start(MARCH, "n"),
    ),
)


@pytest.mark.parametrize("name", FAULTS)
def test_every_call_gives_every_failure_its_name(
    world: Any, made: Any, tmp_path: Path, name: str
) -> None:
    """What passes is a StorageError, what needs a person an AccessDeniedError, on every path."""
    fault, error = FAULTS[name]
    world.put(PLACE.key, b"a", PLACE.bucket)
    world.put(MANIFEST, b"{}")
    for call in CALLS:
        world.fault(call.service, call.operation, fault)
        with pytest.raises(DeploymentError) as caught:
            call.use(world, made, tmp_path)
        world.mend(call.service, call.operation)

        assert type(caught.value) is error, call


@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError"])
def test_a_transaction_that_met_another_is_tried_again(world: Any, reason: str) -> None:
    """Moto cancels for conditions only; AWS also for conflicts and capacity."""
    cancelled = {
        **answer("TransactionCanceledException"),
        "CancellationReasons": [{"Code": "None"}, {"Code": reason}],
    }
    world.fault("dynamodb", "TransactWriteItems", cancelled)

    with pytest.raises(StorageError, match=reason):
        world.months.publish(CLAIM, POINTER, [])


def test_a_refusal_names_the_key(world: Any) -> None:
    """The message says which key or role refused, in one line."""
    world.put(PLACE.key, b"a", PLACE.bucket)
    world.fault("s3", "GetObject", answer("AccessDenied", 403, f"no\nuse of {KEY_ARN}"))

    with pytest.raises(AccessDeniedError, match=KEY_ARN) as caught:
        world.objects.read(PLACE)
    assert "\n" not in str(caught.value)
    assert "s3://curated-bucket/a" in str(caught.value)


def test_a_request_that_cannot_be_is_no_passing_failure() -> None:
    """Parameters that the service's model refuses are told, not retried."""
    with (
        pytest.raises(DeploymentError) as caught,
        aws_errors_named("asking"),
    ):
        raise ParamValidationError(report="too short")

    assert type(caught.value) is DeploymentError


def test_our_own_errors_pass_unchanged() -> None:
    """Only AWS's failures are renamed."""
    with pytest.raises(KeyError), aws_errors_named("asking"):
        raise KeyError("a")


def test_a_client_is_made_once_and_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Making the shelf of clients asks AWS nothing; each client gives up within its minute."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    clients = AwsClients()
    assert set(vars(clients)) == {"_making"}

    assert clients.dynamodb is clients.dynamodb

    config = clients.dynamodb.meta.config
    assert (config.connect_timeout, config.read_timeout) == (CONNECT_SECONDS, READ_SECONDS)
    assert config.retries["mode"] == "standard"
    assert config.retries["total_max_attempts"] == ATTEMPTS
    assert ATTEMPTS * (CONNECT_SECONDS + READ_SECONDS) < 60
    for client in (clients.s3, clients.glue, clients.athena, clients.events):
        assert client.meta.config.read_timeout < 60
    assert clients.step_functions.meta.service_model.service_name == "stepfunctions"


def test_a_region_that_nobody_named_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a Region no client can be made, which is told by our name."""
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "testing")

    with pytest.raises(DeploymentError, match="NoRegionError"):
        _ = AwsClients().glue


def test_a_client_error_without_a_code_is_still_ours() -> None:
    """Whatever AWS leaves out, the failure has one of our names."""
    with pytest.raises(DeploymentError), aws_errors_named("asking"):
        raise ClientError({}, "Anything")
