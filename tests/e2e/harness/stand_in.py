"""The emulator as a process: started, asked, ended."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.error import URLError
from urllib.request import Request, urlopen

import boto3
from botocore.config import Config

HERE: Final = Path(__file__).resolve().parents[1]
REPOSITORY: Final = HERE.parents[1]
PYTHON: Final = REPOSITORY / ".venv-emulator" / "bin" / "python"
REGION: Final = "us-east-1"
START_SECONDS: Final = 60.0
END_SECONDS: Final = 5.0  # then by force: it may still wait for an execution's threads


class StandInError(RuntimeError):
    """The emulator did not do what the tests need."""


@dataclass(frozen=True)
class StandIn:
    """A running emulator and the keys to one account of it."""

    url: str
    account_id: str
    secret: str = "unchecked"  # noqa: S105 - the emulator asks for none

    def client(self, service: str, account_id: str | None = None) -> Any:
        """Return a client of one service; a key of twelve digits is an account to the emulator."""
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=account_id or self.account_id,
            aws_secret_access_key=self.secret,
            config=Config(retries={"max_attempts": 2}, s3={"addressing_style": "path"}),
        )

    def taken(self, role_arn: str, service: str, account_id: str) -> Any:
        """Return a client of a role that was taken in an account."""
        sts = self.client("sts", account_id)
        keys = sts.assume_role(RoleArn=role_arn, RoleSessionName="tests")["Credentials"]
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )

    def environment(self) -> dict[str, str]:
        """Return the variables with which a command of AWS reaches the emulator."""
        return {
            "AWS_ACCESS_KEY_ID": self.account_id,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ENDPOINT_URL_S3": self.url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def order(self, *faults: dict[str, Any]) -> None:
        """Order faults; see ``emulator/faults.py``."""
        self._ask("POST", json.dumps(faults).encode())

    def faults(self) -> list[dict[str, Any]]:
        """Return the ordered faults: what is left, what struck."""
        return json.loads(self._ask("GET"))

    def clear_faults(self) -> None:
        """Forget the ordered faults."""
        self._ask("DELETE")

    def _ask(self, method: str, body: bytes | None = None) -> bytes:
        request = Request(f"{self.url}/_crossfoot/faults", data=body, method=method)  # noqa: S310
        with urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.read()


@contextmanager
def running(account_id: str, **settings: str) -> Iterator[StandIn]:
    """Run an emulator on a free port; its log is kept in ``out/e2e``."""
    if not PYTHON.exists():
        raise StandInError("no .venv-emulator: `make emulator` creates it")
    scratch = Path(tempfile.mkdtemp(prefix="crossfoot-e2e-"))
    port = _free_port()
    log = REPOSITORY / "out" / "e2e" / f"emulator-{port}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [PYTHON, "-m", "emulator", "--port", str(port), "--workplace", scratch / "emulator"]
    with log.open("wb") as told:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=HERE,
            env=_environment(settings),
            stdout=told,
            stderr=subprocess.STDOUT,
        )
    try:
        stand_in = StandIn(f"http://127.0.0.1:{port}", account_id)
        _wait_until_ready(stand_in, process, log)
        yield stand_in
    finally:
        _end(process)
        shutil.rmtree(scratch, ignore_errors=True)


def _environment(settings: dict[str, str]) -> dict[str, str]:
    """Return a bare environment: what is ours must not reach the functions."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", "SFN_WAIT_SCALE": "0.02", **settings}


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_until_ready(stand_in: StandIn, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise StandInError(f"the emulator ended:\n{log.read_text()[-3000:]}")
        try:
            stand_in.faults()
        except (URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return
    raise StandInError(f"the emulator did not answer:\n{log.read_text()[-3000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
