"""What thresholds have told, and the outbox of notices, as two files of the warehouse.

The state names the notices that it brings along before they are in the outbox, so the two change
together: whoever comes after a crash puts in what is missing, and nothing twice.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from crossfoot.adapters.disk import disk_errors_named, flush_folder, read_json, write_json
from crossfoot.domain.deliveries import Notice
from crossfoot.domain.errors import WarehouseError
from crossfoot.engine.breaches import Breach, Told
from crossfoot.usecases.threshold_ports import Judged, ThresholdState, Watched

STATE: Final = "thresholds/state.json"
OUTBOX: Final = "outbox/notices.jsonl"
_FORMAT: Final = 1
_FIELDS: Final = ("event_id", "detail_type", "detail")


class FolderThresholdBook:
    """The two files below a warehouse's folder; whoever writes holds the warehouse's lock."""

    def __init__(self, root: Path) -> None:
        self._state = root / STATE
        self._outbox = root / OUTBOX
        self._known: ThresholdState = {}

    def load(self) -> ThresholdState:
        """Return what is known, after the outbox has everything that was ever committed.

        Raises
        ------
        WarehouseError
            The state is damaged, or gone while notices are there: evaluating from nothing would
            tell them again.
        """
        if not self._state.exists():
            self._require_no_notices()
            return {}
        document = read_json(self._state)
        self._known, pending = _state_of(document, self._state)
        self._deliver(pending)
        return self._known

    def commit(self, state: ThresholdState, notices: Mapping[str, Sequence[Notice]]) -> None:
        """Keep a state and put its notices into the outbox; what is known changes no byte.

        Raises
        ------
        WarehouseError
            The disk refused; the next ``load`` puts right what was begun.
        """
        pending = [_line(each) for told in notices.values() for each in told]
        if not pending and state == self._known:
            return
        self._replace_state(state, pending)
        self._known = state
        self._deliver(pending)

    def _deliver(self, pending: Sequence[Mapping[str, Any]]) -> None:
        if pending:
            self._append(pending)
            # a reader that takes lines away must not be given them again
            self._replace_state(self._known, ())

    def _replace_state(self, state: ThresholdState, pending: Sequence[Mapping[str, Any]]) -> None:
        document = {
            "format": _FORMAT,
            "watched": {key: watched_document(each) for key, each in state.items()},
            "pending": list(pending),
        }
        draft = self._state.with_suffix(".new")
        with disk_errors_named("keeping the state of thresholds"):
            self._state.parent.mkdir(exist_ok=True)
            draft.unlink(missing_ok=True)
            write_json(draft, document)
            draft.replace(self._state)
            flush_folder(self._state.parent)

    def _append(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Append whole lines after the last whole line, those that are not there yet."""
        with disk_errors_named("writing notices"):
            self._outbox.parent.mkdir(exist_ok=True)
            content = self._outbox.read_bytes() if self._outbox.exists() else b""
            whole = content[: content.rfind(b"\n") + 1]
            there = _event_ids(whole, self._outbox)
            new = [each for each in lines if each["event_id"] not in there]
            with self._outbox.open("r+b" if content else "wb") as stream:
                stream.truncate(len(whole))
                stream.seek(len(whole))
                stream.write(b"".join(_encoded(each) for each in new))
                stream.flush()
                os.fsync(stream.fileno())
            flush_folder(self._outbox.parent)

    def _require_no_notices(self) -> None:
        if self._outbox.exists() and self._outbox.stat().st_size:
            raise WarehouseError(
                f"{self._outbox} holds notices, but {self._state} is gone.",
                mend="Restore it from a backup, or move the outbox away to be told again.",
            )


def _line(notice: Notice) -> dict[str, Any]:
    return {
        "event_id": notice.event_id,
        "detail_type": notice.detail_type,
        "detail": notice.detail,
    }


def _encoded(line: Mapping[str, Any]) -> bytes:
    return (json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _event_ids(content: bytes, outbox: Path) -> set[str]:
    try:
        return {str(json.loads(line)["event_id"]) for line in content.split(b"\n") if line}
    except (ValueError, KeyError, TypeError) as error:
        raise WarehouseError(
            f"{outbox} is damaged: a line is no notice.",
            mend="Restore it from a backup, or take the line out.",
        ) from error


def watched_document(watched: Watched) -> dict[str, Any]:
    """Return what is kept of one limit and lap, as JSON takes it."""
    return {
        "threshold": watched.name,
        "severity": watched.severity,
        "lap": watched.lap,
        "judged": {month: asdict(each) for month, each in watched.judged.items()},
        "count": watched.told.count,
        "breaches": [
            {"number": each.number, "start": each.start, "last": each.last, "end": each.end}
            for each in watched.told.breaches
        ],
    }


def _state_of(
    document: Mapping[str, Any], path: Path
) -> tuple[dict[str, Watched], list[dict[str, Any]]]:
    try:
        watched = {key: watched_of(each) for key, each in document["watched"].items()}
        pending = [{key: each[key] for key in _FIELDS} for each in document["pending"]]
        is_known = document["format"] == _FORMAT
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable(path) from error
    if not is_known:
        raise _unreadable(path)
    return watched, pending


def _unreadable(path: Path) -> WarehouseError:
    return WarehouseError(
        f"{path} is not a state of thresholds that this version can read.",
        mend="Restore it from a backup, or use the version of Crossfoot that wrote it.",
    )


def watched_of(document: Mapping[str, Any]) -> Watched:
    """Return what a kept document says of one limit and lap."""
    breaches = tuple(
        Breach(each["start"], each["last"], each["end"], each["number"])
        for each in document["breaches"]
    )
    return Watched(
        document["threshold"],
        document["severity"],
        document["lap"],
        Told(document["count"], breaches),
        _judged(document["judged"]),
    )


def _judged(document: Mapping[str, Any] | Sequence[str]) -> dict[str, Judged]:
    """Return the months that were judged; they were a list while amounts were not remembered."""
    if isinstance(document, Mapping):
        return {month: Judged(**each) for month, each in document.items()}
    return {month: Judged() for month in document}
