"""Executions of ``close_month`` as Step Functions runs them: states, retries, catches, redrives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.simulation.gate import Failed

from crossfoot.domain.errors import MonthBusyError, StaleClaimError, StorageError
from crossfoot.domain.notices import Failure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.plans import MonthPlan
from crossfoot.usecases.plan_month import Outcome

if TYPE_CHECKING:
    from tests.simulation.world import World

MOST_RETRIES = 3
LONGEST_WAIT = 4 * 3600.0
LONGEST_BUILD = 3600.0
NEXT = {"build": "publish", "publish": "watch", "watch": "done"}
# without anything to build, too: the execution that published may have died before it watched
AFTER_PLAN = {Outcome.BUILD: "build", Outcome.UNCHANGED: "watch", Outcome.WAITING: "watch"}


@dataclass(eq=False)
class Execution:
    """One execution: where it is, and what it has."""

    world: "World"
    period: UsagePeriod
    name: str
    state: str = "plan"
    plan: MonthPlan | None = None
    failure: Failure | None = None
    failed_at: str | None = None
    n_retries: int = 0
    n_attempts: int = 0
    waits_until: float | None = None

    @property
    def is_failed(self) -> bool:
        """Whether it ended in ``Fail``."""
        return self.state == "failed"

    def begin(self) -> None:
        """Invoke the function of the present state."""
        world, state = self.world, self.state
        works: dict[str, Callable[[], Any]] = {
            "plan": lambda: world.plan_month.run(self.period, self.name),
            "build": lambda: world.build(self.plan),
            "publish": lambda: world.publish(self.plan),
            "watch": lambda: world.watch_thresholds.run(self.period),
            "quarantine": lambda: world.quarantine_delivery.run(
                self.period, self.name, self.plan, self.failure
            ),
        }
        self.n_attempts += 1
        number = self.n_attempts

        def finish(result: Any) -> None:
            # an attempt that was given up may still come to its end; nobody listens then
            if self.n_attempts == number and self.state == state:
                self._finished(result)

        world.begin(f"{self.name}/{state}/{number}", works[state], finish)
        if world.draw.random() < world.weather.abandoned:
            world.later(world.draw.random() * 600, lambda: finish(None))

    def redrive(self) -> None:
        """Go on where it failed, as a person would after the cause is mended."""
        self.waits_until = None
        self.state, self.n_retries = self.failed_at or "plan", 0
        self.begin()

    def _finished(self, result: Any) -> None:
        match result:
            case None | Failed(error=StorageError()):
                self._retry(StorageError("no answer"))
            case Failed(error=MonthBusyError() as error):
                self._wait(error)
            case Failed(error=StaleClaimError()):
                self.state = "superseded"
            case Failed(error=error):
                self._catch(Failure(type(error).__name__, str(error)))
            case _:
                self._advance(result)

    def _advance(self, result: Any) -> None:
        if self.state == "quarantine":
            # a delivery that was put aside is dealt with; a stalled run waits for a person
            ends = {"run": "failed", "usage": "quarantined", "published": "watch"}
            self.state = ends[result.subject]
        elif self.state == "plan":
            self.plan = result.plan
            self.state = AFTER_PLAN[result.outcome]
        else:
            self.state = NEXT[self.state]
        self.n_retries = 0
        if self.state == "build":
            # queries and shards take minutes, sometimes longer than the claim lasts
            draw = self.world.draw.random
            is_long = draw() < self.world.weather.long_build
            self._begin_later(LONGEST_BUILD * draw() if is_long else 60 * draw())
        elif self.state not in {"done", "failed", "quarantined"}:
            self.begin()

    def _retry(self, error: StorageError) -> None:
        self.n_retries += 1
        if self.world.draw.random() < self.world.weather.aborted:
            self.failed_at, self.state = self.state, "failed"
        elif self.n_retries <= MOST_RETRIES:
            self._begin_later(5 + 55 * self.world.draw.random())
        elif self.state == "quarantine":
            self.state = "failed"
        else:
            self._catch(Failure("StorageError", str(error)))

    def _wait(self, error: MonthBusyError) -> None:
        world = self.world
        self.waits_until = self.waits_until or world.time + LONGEST_WAIT
        if world.time < self.waits_until:
            # rarely at once, mostly later: to ask more often only takes time
            self._begin_later(30 + 1500 * world.draw.random() ** 2)
        else:
            self._catch(Failure("MonthBusyError", str(error)))

    def _catch(self, failure: Failure) -> None:
        self.failed_at, self.failure = self.state, failure
        self.state, self.n_retries = "quarantine", 0
        self.begin()

    def _begin_later(self, delay: float) -> None:
        state, number = self.state, self.n_attempts

        def begin() -> None:
            if (self.state, self.n_attempts) == (state, number):
                self.begin()

        self.world.later(delay, begin)
