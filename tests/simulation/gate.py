"""One call to the world at a time: how running code is interleaved without threads.

A use case is run again from its start for each step. What it was answered before is answered
again from a log; one more call, or a few, go through to the world; the next one pauses it. Between
two steps of one attempt anything else may happen, and one that is never continued has crashed.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from crossfoot.domain.errors import CrossfootError, StorageError


class Paused(BaseException):
    """The attempt waits for its next step."""


class Crashed(BaseException):
    """The attempt is dead: time-out, out of memory, lost machine."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A call or an attempt that raised."""

    error: CrossfootError


@dataclass(frozen=True, slots=True)
class Weather:
    """How badly things go in one seed; the chances are for each call or attempt.

    Parameters
    ----------
    faults : float
        A call fails, loses its answer, or its attempt crashes before or after it.
    sleep : float
        An attempt stands still after a call, for up to ``longest_sleep``. [s]
    abandoned : float
        An attempt is taken for lost and made again, though it goes on.
    aborted : float
        An execution ends where an attempt has failed, with nothing caught.
    long_build : float
        A build takes up to an hour and not up to a minute.
    pace : float
        Longest pause between two deliveries of AWS. [s]
    outlives : bool
        No attempt is ended by a time limit: then readers may go back for a moment, and only the
        end is certain.
    """

    faults: float = 0.0
    sleep: float = 0.0
    longest_sleep: float = 1200.0
    abandoned: float = 0.0
    aborted: float = 0.0
    long_build: float = 0.0
    pace: float = 3600.0
    outlives: bool = False


TURNING_POINTS = frozenset({"publish", "swap", "settle", "pointer", "release", "put", "manifest"})
"""Calls after which standing still hurts most."""


@dataclass(eq=False, slots=True)
class Attempt:
    """One invocation of a function, step by step.

    ``skew`` is how far its clock is ahead, ``dies_at`` when the platform ends it. [s]
    """

    name: str
    work: Callable[[], Any]
    skew: float
    dies_at: float
    finish: Callable[[Any], None]
    log: list[Any] = field(default_factory=list)
    position: int = 0
    n_calls: int = 0
    is_asleep: bool = False


class Gate:
    """Where every call to the world goes through."""

    def __init__(
        self,
        draw: random.Random,
        weather: Weather,
        now: Callable[[], datetime],
        pass_time: Callable[[], float],
    ) -> None:
        self.draw = draw
        self.weather = weather
        self._now = now
        self._pass_time = pass_time
        self._attempt: Attempt
        self.trace: list[str] | None = None

    def step(self, attempt: Attempt, n_calls: int) -> bool:
        """Let an attempt make some calls; return whether it is over."""
        attempt.position = 0
        attempt.n_calls = n_calls
        self._attempt = attempt
        result: Any
        try:
            result = attempt.work()
        except Paused:
            return False
        except Crashed:
            result = None
        except CrossfootError as error:
            result = Failed(error)
        attempt.finish(result)
        return True

    def now(self) -> datetime:
        """Return what the attempt's clock says; no step of its own."""
        attempt = self._attempt
        position, log = attempt.position, attempt.log
        attempt.position += 1
        if position == len(log):
            log.append(self._now())
        instant: datetime = log[position]
        return instant

    @property
    def skew(self) -> float:
        """How far the clock of the running attempt is ahead. [s]."""
        return self._attempt.skew

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Answer from the log, or let one call through."""
        attempt = self._attempt
        position, log = attempt.position, attempt.log
        attempt.position = position + 1
        if position == len(log):
            if not attempt.n_calls:
                raise Paused
            attempt.n_calls -= 1
            log.append(self._through(function, arguments))
        answer = log[position]
        if answer.__class__ is Failed:
            raise answer.error.with_traceback(None)
        return answer

    def _through(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        if self._pass_time() >= self._attempt.dies_at:
            raise Crashed
        fault = self._fault()
        if self.trace is not None:
            self._write_down(function, arguments, fault)
        if fault == "crash before":
            raise Crashed
        if fault == "failure":
            return Failed(StorageError("no answer"))
        try:
            answer = function(*arguments)
        except CrossfootError as error:
            answer = Failed(error)
        self._tire(function.__name__)
        if fault == "crash after":
            raise Crashed
        return Failed(StorageError("lost answer")) if fault == "lost answer" else answer

    def _tire(self, call: str) -> None:
        chance = self.weather.sleep * (10 if call in TURNING_POINTS else 1)
        if chance and self.draw.random() < chance:
            self._attempt.is_asleep = True
            self._attempt.n_calls = 0

    def _fault(self) -> str | None:
        if self.draw.random() >= self.weather.faults:
            return None
        return self.draw.choice(("failure", "lost answer", "crash before", "crash after"))

    def _write_down(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], fault: str | None
    ) -> None:
        assert self.trace is not None
        told = " ".join(str(getattr(each, "run_id", each))[:60] for each in arguments)
        self.trace.append(
            f"{self._now():%d %H:%M:%S} {self._attempt.name:34} {function.__name__} {told}"
            + (f"  ** {fault}" if fault else "")
        )


class Remote:
    """A part of the world as an attempt sees it: each method is a call through the gate."""

    def __init__(self, gate: Gate, target: object, *methods: str) -> None:
        for method in methods:
            setattr(self, method, partial(gate.call, getattr(target, method)))
