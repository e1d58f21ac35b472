"""Athena's API: workgroups that enforce, parameters, results where Athena leaves them."""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any, Final

from ministack.core.responses import error_response_json
from ministack.services import athena

from emulator import hooks
from emulator.athena.failures import AthenaError, RefusedStartError
from emulator.athena.statements import Outcome, run
from emulator.athena.storage import bucket_and_prefix, put
from emulator.faults import FAULTS

_LITERAL: Final = re.compile(
    r"-?\d+(\.\d+)?|'([^']|'')*'|true|false|null|(date|timestamp)\s+'[^']*'", re.IGNORECASE
)
_MARK: Final = re.compile(r"'(?:[^']|'')*'|\?")


def install() -> None:
    """Patch MiniStack's Athena."""
    hooks.part(athena, "_run_ddl")
    hooks.wrap(athena, "_start_query_execution", _checked)
    hooks.replace(athena, "_execute_query", _execute)


def _checked(start: Callable[..., Any]) -> Callable[[dict[str, Any]], Any]:
    """Let a workgroup enforce its settings, fill in parameters, throttle when it was ordered."""

    def checked(data: dict[str, Any]) -> Any:
        try:
            return start(_prepared(data))
        except RefusedStartError as error:
            return error_response_json(error.code, str(error), 400)

    return checked


def _prepared(data: dict[str, Any]) -> dict[str, Any]:
    """Return the request as the workgroup wants it."""
    if data.get("WorkGroup") not in athena._workgroups:
        raise RefusedStartError("InvalidRequestException", "WorkGroup is not found.")
    settings = athena._workgroups[data["WorkGroup"]].get("Configuration") or {}
    data = {**data, "QueryString": _filled(data["QueryString"], data.get("ExecutionParameters"))}
    if settings.get("EnforceWorkGroupConfiguration"):
        data.pop("ResultConfiguration", None)
    fault = FAULTS.take("athena", {"sql": data["QueryString"], "phase": "start"})
    if fault is not None and fault.kind == "throttle":
        raise RefusedStartError("TooManyRequestsException", "Rate exceeded")
    if fault is not None:
        data["QueryString"] = f"/* ordered: {fault.kind} */ {data['QueryString']}"
    return data


def _filled(statement: str, parameters: list[str] | None) -> str:
    """Put parameters in the place of question marks that stand in no text."""
    if not parameters:
        return statement
    left = iter(parameters)

    def fill(found: re.Match[str]) -> str:
        return found[0] if found[0] != "?" else _literal(next(left))

    try:
        return _MARK.sub(fill, statement)
    except (StopIteration, RuntimeError) as error:
        raise RefusedStartError("InvalidRequestException", "Too few parameters") from error


def _literal(parameter: str) -> str:
    """Return a parameter as a literal: a bare word is a text."""
    if _LITERAL.fullmatch(parameter):
        return parameter
    return "'" + parameter.replace("'", "''") + "'"


async def _execute(
    query_id: str, query: str, database: str, ddl: Any, _catalog: str | None = None
) -> None:
    """Run one query and record how it ended."""
    execution = athena._executions[query_id]
    execution["Status"]["State"] = "RUNNING"
    started = time.monotonic()
    try:
        if ddl is not None:
            athena._run_ddl(ddl, database)
        outcome = Outcome() if ddl is not None else await _outcome(query, database)
        _limit(execution, outcome)
        _keep(execution, query_id, outcome)
        execution["Status"]["State"] = "SUCCEEDED"
    except AthenaError as error:
        execution["Status"].update(State="FAILED", StateChangeReason=str(error)[:2000])
    elapsed = int((time.monotonic() - started) * 1000)
    execution["Statistics"].update(
        EngineExecutionTimeInMillis=elapsed, TotalExecutionTimeInMillis=elapsed
    )
    execution["Status"]["CompletionDateTime"] = int(time.time())


async def _outcome(query: str, database: str) -> Outcome:
    """Run the engine in a thread; an ordered fault takes its place."""
    if query.startswith("/* ordered: "):
        raise AthenaError("INTERNAL_ERROR_QUERY_ENGINE: a fault that was ordered")
    return await asyncio.to_thread(run, query, database)


def _limit(execution: dict[str, Any], outcome: Outcome) -> None:
    """Fail what scanned more than its workgroup allows."""
    settings = athena._workgroups[execution["WorkGroup"]].get("Configuration") or {}
    limit = settings.get("BytesScannedCutoffPerQuery")
    execution["Statistics"]["DataScannedInBytes"] = outcome.scanned_bytes
    if limit and outcome.scanned_bytes > int(limit):
        raise AthenaError("Query exhausted resources: Bytes scanned limit was exceeded")


def _keep(execution: dict[str, Any], query_id: str, outcome: Outcome) -> None:
    """Leave the result where Athena leaves it: a CSV, or the manifest of what was unloaded."""
    execution["_results"] = {"columns": outcome.columns, "rows": outcome.rows}
    execution["_column_types"] = outcome.types
    bucket, folder = bucket_and_prefix(
        execution["ResultConfiguration"]["OutputLocation"].rsplit("/", 1)[0]
    )
    if outcome.written is not None:
        key = f"{folder}{query_id}-manifest.csv"
        execution["Statistics"]["DataManifestLocation"] = f"s3://{bucket}/{key}"
        put(bucket, key, "".join(f"{each}\n" for each in outcome.written).encode(), "text/csv")
        return
    lines = [outcome.columns, *outcome.rows] if outcome.columns else []
    body = "".join(",".join(map(_quoted, line)) + "\n" for line in lines).encode()
    put(bucket, f"{folder}{query_id}.csv", body, "text/csv")
    put(bucket, f"{folder}{query_id}.csv.metadata", b"", "binary/octet-stream")


def _quoted(value: str | None) -> str:
    """Return one cell: texts in quotes, NULL as nothing."""
    return "" if value is None else '"' + value.replace('"', '""') + '"'
