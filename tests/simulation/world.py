"""The whole deployment in one process: seeded, interleaved call by call, its own clock."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Any

from tests.simulation.executions import Execution
from tests.simulation.fakes import (
    PAYER,
    START,
    TABLES,
    CatalogTables,
    FakeBus,
    FakeInventories,
    FakePolicies,
    FakeRuns,
    FakeShelf,
    LedgerTable,
)
from tests.simulation.gate import Attempt, Failed, Gate, Remote, Weather
from tests.simulation.landing_bucket import Bucket, Landing, Reader, Version

from crossfoot.domain.deliveries import ExportKind
from crossfoot.domain.errors import IncompleteDeliveryError, ReconciliationError
from crossfoot.domain.measures import Measure
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.plans import MonthPlan
from crossfoot.domain.thresholds import Threshold
from crossfoot.usecases.accept_delivery import AcceptDelivery
from crossfoot.usecases.choose_inputs import ChooseInputs
from crossfoot.usecases.finish_publications import FinishPublications
from crossfoot.usecases.follow_pointer import FollowPointer
from crossfoot.usecases.plan_month import PlanMonth
from crossfoot.usecases.publish_period import PublishPeriod
from crossfoot.usecases.quarantine_delivery import QuarantineDelivery
from crossfoot.usecases.read_carbon import ReadCarbon
from crossfoot.usecases.send_notices import SendNotices
from crossfoot.usecases.start_month import StartMonth
from crossfoot.usecases.watch_thresholds import WatchThresholds

LONGEST_FUNCTION = 900.0
LARGEST_SKEW = 300.0
MOST_RECEIVES = 4
LIMIT = Threshold("month", Measure.TOTAL_LBM, 500)
UNTIL_FINISH = 900.0
BURSTS = (1, 1, 1, 2, 3, 5)
MOST_CALLS = 4


class Clock:
    """The clock of whichever attempt is running."""

    def __init__(self, gate: Gate) -> None:
        self.now = gate.now


class Catalog:
    """Swaps one table per step."""

    def __init__(self, catalog: CatalogTables, gate: Gate) -> None:
        self._catalog = catalog
        self._gate = gate

    def point(self, period: UsagePeriod, run_id: str) -> None:
        """Swap every table."""
        for table in TABLES:
            self._gate.call(self._catalog.swap, period, table, run_id)


@dataclass(frozen=True)
class Parts:
    """What a world is made of; mutants replace one of them."""

    ledger: Callable[[], LedgerTable] = LedgerTable
    follow: Callable[..., FollowPointer] = FollowPointer
    start: Callable[..., StartMonth] = StartMonth
    publish: Callable[..., PublishPeriod] = PublishPeriod
    finish: Callable[..., FinishPublications] = FinishPublications
    find: Callable[[Bucket], Callable[[str, float], Version]] = lambda bucket: bucket.version_at


@dataclass(eq=False)
class Message:
    """A manifest's event in the queue."""

    kind: ExportKind
    key: str
    version_id: str
    n_receives: int = 0


@dataclass(eq=False)
class World:
    """Everything, and what happens next."""

    draw: random.Random
    weather: Weather
    catalog: CatalogTables
    parts: Parts = field(default_factory=Parts)
    time: float = 0.0
    trace: list[str] | None = None

    def __post_init__(self) -> None:
        self.ledger = self.parts.ledger()
        self.bucket, self.bus, self.runs = Bucket(), FakeBus(), FakeRuns()
        self.shelf, self.policies = FakeShelf(), FakePolicies()
        self.executions: dict[str, Execution] = {}
        self.dead_letters: list[Message] = []
        self._running: list[Attempt] = []
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()
        self._finish_is_due = False
        self.gate = Gate(self.draw, self.weather, self._instant, self._pass_time)
        self.gate.trace = self.trace
        self._wire()

    def _instant(self) -> Any:
        return START + timedelta(seconds=self.time + self.gate.skew)

    def _wire(self) -> None:
        gate, parts, clock = self.gate, self.parts, Clock(self.gate)
        ledger: Any = Remote(
            gate, self.ledger, "accept", "deliveries", "pinned", "mark_read", "mark_quarantined",
            "refuse", "renew", "release", "pointer", "publish", "settle", "unsettled", "stall",
            "put", "holds", "unsent", "mark_sent", "claim",
        )  # fmt: skip
        bus: Any = Remote(gate, self.bus, "send")
        shelf: Any = Remote(gate, self.shelf, "keep")
        policies: Any = Remote(gate, self.policies, "current")
        inventories: Any = Remote(gate, FakeInventories(), "pin")
        runs: Any = Remote(gate, self.runs, "put_part", "put_manifest", "manifest")
        workflow: Any = Remote(gate, self, "start")
        self._remote_runs, self._remote_ledger = runs, ledger
        landing: Any = Landing(self.bucket, gate, parts.find(self.bucket))
        self._reader = Reader(self.bucket, gate)
        post = SendNotices(ledger, bus, clock=clock)
        start = parts.start(ledger, workflow, usage_since=None, code_digest="code")
        follow = parts.follow(ledger, Catalog(self.catalog, gate))
        shared: dict[str, Any] = {"clock": clock, "post": post}
        read = ReadCarbon(ledger, self._reader, shelf, payer_account_id=PAYER, clock=clock)
        self.accept_delivery = AcceptDelivery(landing, ledger, start=start, **shared)
        self.plan_month = PlanMonth(
            read, ChooseInputs(ledger, inventories, None), ledger, policies=policies, clock=clock
        )
        self._publish_period = parts.publish(ledger, runs, follow=follow, **shared)
        self.quarantine_delivery = QuarantineDelivery(ledger, ledger, start=start, **shared)
        self.finish_publications = parts.finish(ledger, workflow, follow=follow, **shared)
        self.watch_thresholds = WatchThresholds(ledger, runs, ledger, thresholds=[LIMIT], **shared)

    # what functions do that are not part of the protocol

    def build(self, plan: MonthPlan) -> bool:
        """Roll up, allocate, prove: read the inputs, write every table, the manifest last."""
        ledger, runs = self._remote_ledger, self._remote_runs
        pinned = ledger.pinned(plan.usage_period, ExportKind.USAGE, plan.usage_digest)
        self._reader.contents(pinned)
        if self.draw_once("proof") < self.weather.faults:
            raise ReconciliationError("the proof failed", keys=["month"])
        grams = self.grams_of(plan.delivery_id)
        for table in TABLES:
            content = f"{plan.identity} {plan.previous_run_id} {grams}"
            runs.put_part(plan.run_id, table, content)
        manifest = {
            "run_id": plan.run_id,
            "identity": plan.identity,
            "policy_digest": plan.policy_digest,
            "engine_version": plan.policy_digest,
            "factor_set": "f",
            "configuration": {},
            "n_checks": 3,
            "reported_ug": {"total_lbm": grams},
            "carbon": {"delivery_id": plan.delivery_id, "model_version": plan.model_version},
            "usage": {"kind": "files", "files": [{"sha256": plan.usage_digest}]},
        }
        runs.put_manifest(plan.usage_period, manifest)
        return True

    def draw_once(self, what: str) -> float:
        """Draw a number that stays the same when the attempt is run again for its next step."""

        def drawn(_: str) -> float:
            return self.draw.random()

        number: float = self.gate.call(drawn, what)
        return number

    def publish(self, plan: MonthPlan) -> Any:
        """Read the manifest and publish."""
        manifest = self._remote_runs.manifest(plan.usage_period, plan.run_id)
        return self._publish_period.run(plan, manifest)

    def grams_of(self, delivery_id: str) -> int:
        """Return what the files of a delivery add up to, be they of one refresh or of two."""
        period, names = delivery_id[2:9], delivery_id[10:].split("+")
        found = {
            version.refresh.content: version.refresh.grams
            for key, versions in self.bucket.versions.items()
            if key.startswith(f"carbon/{period}/")
            for version in versions
        }
        return found[names[0]][0] + found[names[-1]][1]

    # what happens next

    def later(self, delay: float, what: Callable[[], None]) -> None:
        """Let something happen after some seconds."""
        heappush(self._due, (self.time + delay, next(self._number), what))

    def begin(self, name: str, work: Callable[[], Any], finish: Callable[[Any], None]) -> None:
        """Start an attempt on a machine with a clock of its own."""
        skew = (2 * self.draw.random() - 1) * LARGEST_SKEW
        dies_at = float("inf") if self.weather.outlives else self.time + LONGEST_FUNCTION
        self._running.append(Attempt(name, work, skew, dies_at, finish))

    def start(self, period: UsagePeriod, name: str) -> bool:
        """Start an execution once under a name."""
        if name in self.executions:
            return False
        execution = self.executions[name] = Execution(self, period, name)
        self.later(self.draw.random() * 5, execution.begin)
        return True

    def receive(self, message: Message) -> None:
        """Invoke ``accept_delivery`` with a message; what fails comes back later."""
        message.n_receives += 1
        is_last = message.n_receives >= MOST_RECEIVES
        accept = self.accept_delivery.give_up if is_last else self.accept_delivery.run

        def finish(result: Any) -> None:
            match result:
                case None | Failed() if is_last:
                    self.dead_letters.append(message)
                case None | Failed(error=_):
                    delay = 120 if self._is_incomplete(result) else 20
                    self.later(delay + delay * self.draw.random(), lambda: self.receive(message))

        name = f"accept {message.version_id} #{message.n_receives}"
        self.begin(name, lambda: accept(message.kind, message.key, message.version_id), finish)

    @staticmethod
    def _is_incomplete(result: Any) -> bool:
        return isinstance(result, Failed) and isinstance(result.error, IncompleteDeliveryError)

    def finish(self) -> None:
        """Invoke ``finish_publications``."""
        self._finish_is_due = False
        holder = f"finish-call-{next(self._number)}"
        self.begin(holder, lambda: self.finish_publications.run(holder), lambda _: None)

    def run(self) -> None:
        """Let everything happen until nothing is left to do."""
        while self._running or self._due:
            self._advance()

    def _schedule_finish(self) -> None:
        """Leave out the calls of ``finish_publications`` that have nothing to do."""
        if not self._finish_is_due and self._has_loose_ends():
            self._finish_is_due = True
            self.later(UNTIL_FINISH * self.draw.random(), self.finish)

    def _has_loose_ends(self) -> bool:
        ledger = self.ledger
        return any(not each.is_settled for each in ledger.pointers.values()) or any(
            not row.is_sent for row in ledger.rows
        )

    def _advance(self) -> None:
        draw, running, due = self.draw.random, self._running, self._due
        if running and (draw() < 0.5 or not due or due[0][0] > self.time):
            index = int(draw() * len(running))
            attempt = running[index]
            # a burst saves running the attempt again for each call; alone, nobody comes between
            n_calls = BURSTS[int(draw() * len(BURSTS))] if len(running) > 1 else MOST_CALLS
            if self.gate.step(attempt, n_calls):
                running.pop(index)
                self._schedule_finish()
            elif attempt.is_asleep:
                attempt.is_asleep = False
                running.pop(index)
                self.later(self.weather.longest_sleep * draw(), partial(running.append, attempt))
        else:
            at, _, what = heappop(due)
            self.time = max(self.time, at)
            what()

    def _pass_time(self) -> float:
        self.time += 8 * self.draw.random()
        return self.time
