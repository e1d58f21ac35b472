"""Lambda: error names, warm workers, an interpreter of its own, shared layers, ordered faults."""

import hashlib
import os
import sys
import threading
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from emulator import hooks
from emulator.faults import FAULTS, Fault

SLOTS: Final = int(os.environ.get("CROSSFOOT_LAMBDA_SLOTS", "3"))
# What AWS's own Python runtime carries beside the standard library.
RUNTIME_PACKAGES: Final = (
    "boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3",
)  # fmt: skip

_REPORTED: Final = (
    'json.dumps({"status": "error", "error": str(e), "trace": traceback.format_exc()})'
)
_RAISED: Final = (
    'json.dumps({"status": "ok", "raised": '
    '{"type": type(e).__name__, "message": str(e), "trace": traceback.format_exc()}})'
)
_OUTCOME = threading.local()
_GATE = threading.BoundedSemaphore(SLOTS)


def install(workplace: Path) -> None:
    """Patch MiniStack's Lambda; what the workers share lies under ``workplace``."""
    hooks.replace_text(lambda_runtime, "_PYTHON_WORKER_SCRIPT", _REPORTED, _RAISED)
    _give_an_interpreter(workplace)
    _share_layers(workplace / "layers")
    hooks.part(lambda_runtime, "Worker").invoke = _telling(lambda_runtime.Worker.invoke)
    hooks.wrap(lambda_svc, "_execute_function_warm", _named)
    hooks.wrap(lambda_svc, "_execute_function_warm", _struck)
    hooks.wrap(lambda_svc, "_execute_function_warm", _queued)
    hooks.wrap(lambda_svc, "_throttle_response", _named_throttle)


def _give_an_interpreter(workplace: Path) -> None:
    """Let workers see the standard library, boto3 and their layers, and nothing of ours.

    Without it a package that is missing from a layer would be found in our own environment.
    """
    runtime = workplace / "runtime"
    runtime.mkdir(parents=True)
    installed = Path(lambda_runtime.__file__).parents[2]
    for package in RUNTIME_PACKAGES:
        (runtime / package).symlink_to(installed / package)
    binary = workplace / "python"
    base = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    binary.write_text(f'#!/bin/sh\nexec {base} -I -S "$@"\n')
    binary.chmod(0o755)
    preamble = f"import sys\nsys.path.append({str(runtime)!r})\n"
    script = preamble + lambda_runtime._PYTHON_WORKER_SCRIPT
    hooks.replace(lambda_runtime, "_detect_runtime_binary", lambda _: (str(binary), script))


class _SharedZip(zipfile.ZipFile):
    """A layer that is unpacked once, whoever asks for it; code is unpacked for each worker."""

    store: Path

    def namelist(self) -> list[str]:
        """Return no names for a layer: only the check of their paths asks, once for each worker."""
        return [] if self._is_layer else super().namelist()

    def extractall(self, path: Any = None, *args: Any, **kwargs: Any) -> None:
        """Unpack, or point at what was unpacked before."""
        if not self._is_layer:
            super().extractall(path, *args, **kwargs)
            return
        with _UNPACKING:
            target = self.store / hashlib.sha256(Path(str(self.filename)).read_bytes()).hexdigest()
            if not target.exists():
                super().extractall(target, super().namelist())
        place = Path(str(path))
        place.rmdir()
        place.symlink_to(target)

    @property
    def _is_layer(self) -> bool:
        return Path(str(self.filename)).name.startswith("layer_")


_UNPACKING = threading.Lock()


def _share_layers(store: Path) -> None:
    """Give the runtime a ``zipfile`` whose layers are shared."""
    store.mkdir(parents=True)
    _SharedZip.store = store
    shared = ModuleType("zipfile")
    shared.__dict__.update(vars(hooks.part(lambda_runtime, "zipfile")))
    shared.ZipFile = _SharedZip  # type: ignore[attr-defined]
    lambda_runtime.zipfile = shared


def _telling(invoke: Any) -> Any:
    """Tell a raised exception from a dead worker: the worker that raised lives on, as on AWS."""

    def told(self: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        answer = invoke(self, *args, **kwargs)
        raised = answer.pop("raised", None)
        _OUTCOME.error_type = raised["type"] if raised else None
        if raised:
            answer.update(status="error", error=raised["message"], trace=raised["trace"])
        return answer

    return told


def _named(execute: Any) -> Any:
    """Put the exception's class name where AWS puts it."""

    def named(function: Any, event: Any, request_id: str) -> dict[str, Any]:
        _OUTCOME.error_type = None
        answer = execute(function, event, request_id)
        if answer.get("error") and _OUTCOME.error_type:
            answer["body"].update(errorType=_OUTCOME.error_type, requestId=request_id)
        return answer

    return named


def _struck(execute: Any) -> Any:
    """Let ordered faults strike."""

    def struck(function: Any, event: Any, request_id: str) -> dict[str, Any]:
        config = function.get("config") or function
        fault = FAULTS.take(config.get("Handler", "").split(".")[0], event)
        if fault is None:
            return execute(function, event, request_id)
        if fault.moment == "after":
            execute(function, event, request_id)
        return _answer(fault, config)

    return struck


def _queued(execute: Any) -> Any:
    """Run a few at a time, however many are asked for: the machine has few cores."""

    def queued(function: Any, event: Any, request_id: str) -> dict[str, Any]:
        with _GATE:
            return execute(function, event, request_id)

    return queued


def _named_throttle(throttle: Any) -> Any:
    """Give a throttled call the name under which Step Functions reports it."""

    def named(*args: Any, **kwargs: Any) -> dict[str, Any]:
        answer = throttle(*args, **kwargs)
        answer["body"]["errorType"] = "Lambda.TooManyRequestsException"
        return answer

    return named


def _answer(fault: Fault, config: dict[str, Any]) -> dict[str, Any]:
    """Return what AWS answers for a fault."""
    if fault.kind == "throttle":
        return lambda_svc._throttle_response("ConcurrentInvocationLimitExceeded", "Rate Exceeded.")
    body = {"errorType": fault.error, "errorMessage": "A fault that was ordered"}
    if fault.kind == "timeout":
        seconds = config.get("Timeout", 3)
        body = {
            "errorType": "Sandbox.Timedout",
            "errorMessage": f"Error: Task timed out after {seconds}.00 seconds",
        }
    return {"error": True, "body": body, "log": body["errorMessage"]}
