"""The publication protocol under 10,000 seeds of bad luck."""

import gc
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

import pytest
from tests.simulation.laws import ViolationError
from tests.simulation.simulate import simulate

from crossfoot.domain import deliveries
from crossfoot.domain.notices import BREACHED, PUBLISHED, QUARANTINED, RESTATED

N_SEEDS = 10_000
N_BATCHES = 20


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work the same digest out once, and keep what other tests have loaded from the collector."""
    monkeypatch.setattr(deliveries, "_digest", lru_cache(4096)(deliveries._digest))
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("batch", range(N_BATCHES))
def test_no_seed_breaks_a_law(batch: int) -> None:
    """Whatever goes wrong, the newest good deliveries are published once and everyone is told."""
    for seed in range(batch, N_SEEDS, N_BATCHES):
        try:
            simulate(seed)
        except ViolationError as error:
            pytest.fail(f"seed {seed}: {error}\nto see it: python -m tests.simulation {seed}")


def test_the_seeds_meet_what_they_are_for() -> None:
    """Three hundred seeds hold every kind of event and of end, not only fair weather."""
    met: Counter[str] = Counter()
    for seed in range(300):
        world = simulate(seed)
        met.update(notice.detail_type for notice in world.bus.taken)
        met.update(each.state for each in world.executions.values())
        met.update(name.split("-")[0] for name in world.executions)
        met["refused"] += len(world.ledger.refusals)
        met["sent twice"] += len(world.bus.taken) - len(world.ledger.rows)
        met["fenced"] += max((each.fence for each in world.ledger.leases.values()), default=0) > 2
        met["third version"] += any(each.version == 3 for each in world.ledger.history)
        met["purged"] += len(world.bucket.purged)

    wanted = [PUBLISHED, RESTATED, QUARANTINED, BREACHED, "done", "failed", "superseded", "close"]
    wanted += ["replay", "finish", "refused", "sent twice", "fenced", "third version", "purged"]
    assert {what: met[what] for what in wanted if met[what] < 3} == {}


def test_a_seed_gives_the_same_run_again() -> None:
    """Every call of a seed is the same the second time, so that a failure can be looked at."""
    traces: list[list[str]] = [[], []]
    for trace in traces:
        simulate(7, trace=trace)

    assert traces[0] == traces[1]
    assert len(traces[0]) > 20
