"""One seed: what AWS delivers and when, what goes wrong, and whether every law held."""

import random
from collections.abc import Iterable
from functools import partial

from tests.simulation.gate import Weather
from tests.simulation.landing_bucket import Refresh
from tests.simulation.laws import WatchedCatalog, require_end
from tests.simulation.world import LONGEST_FUNCTION, Message, Parts, World

from crossfoot.domain.deliveries import ExportKind
from crossfoot.domain.period import UsagePeriod

MONTHS = (UsagePeriod("2026-03"), UsagePeriod("2026-02"))
CARBON_FLAWS = ("unreadable", "foreign", "other month", "incomplete", "garbage")
USAGE_FLAWS = ("unreadable", "incomplete", "garbage")
HOUR = 3600.0


def simulate(seed: int, parts: Parts | None = None, trace: list[str] | None = None) -> World:
    """Run one seed to its end and check every law.

    Raises
    ------
    ViolationError
        A law was broken.
    """
    draw = random.Random(seed)  # noqa: S311 - a seed must give the same run again
    weather = _weather(draw)
    catalog = WatchedCatalog(is_strict=not weather.outlives)
    world = World(draw, weather, catalog, parts or Parts(), trace=trace)
    catalog.ledger = world.ledger
    periods = list(MONTHS[: 1 if draw.random() < 0.9 else 2])
    for period in periods:
        for kind in ExportKind:
            _deliver(world, _refreshes(draw, kind, period))
    if draw.random() < 0.2:
        world.later(draw.random() * 3 * weather.pace, partial(_deploy, world, periods))
    for number in range(draw.choice((0, 0, 1, 2))):
        name = f"replay-{periods[0]}-{number}"
        world.later(draw.random() * 3 * weather.pace, partial(world.start, periods[0], name))
    world.run()
    _recover(world, periods)
    require_end(world, periods)
    return world


def _weather(draw: random.Random) -> Weather:
    pace = draw.choice((600.0, 600.0, 3600.0))
    if draw.random() < 0.1:
        return Weather(
            sleep=0.03,
            longest_sleep=2 * HOUR,
            abandoned=0.2,
            long_build=0.3,
            pace=pace,
            outlives=True,
        )
    return Weather(
        faults=draw.choice((0.0, 0.02, 0.05, 0.12)),
        sleep=draw.choice((0.0, 0.01, 0.03)),
        abandoned=draw.choice((0.0, 0.05, 0.3)),
        aborted=draw.choice((0.0, 0.0, 0.3)),
        long_build=draw.choice((0.0, 0.2, 0.5)),
        pace=pace,
    )


def _refreshes(draw: random.Random, kind: ExportKind, period: UsagePeriod) -> list[Refresh]:
    """Return what AWS delivers of one export of one month, in its order; the last may be flawed."""
    refreshes: list[Refresh] = []
    for number in range(draw.choice((1, 2, 2, 3))):
        if refreshes and draw.random() < 0.2:
            refreshes.append(draw.choice(refreshes))  # the same bytes again
            continue
        flaws = CARBON_FLAWS if kind is ExportKind.CARBON else USAGE_FLAWS
        refreshes.append(
            Refresh(
                kind,
                period,
                f"{kind}{number}",
                (draw.randrange(500), draw.randrange(500)),
                draw.choice(("v3.0.1", "v3.0.1", "v10.0.0")),
                draw.choice(flaws) if draw.random() < 0.25 else None,
            )
        )
    return refreshes


def _deliver(world: World, refreshes: Iterable[Refresh]) -> None:
    """Write file by file over the last ones, then the manifest; tell of it late, twice, or both."""
    draw, at = world.draw, 0.0
    for refresh in refreshes:
        at += draw.random() * world.weather.pace
        for key in refresh.keys:
            at += draw.random() * 120
            world.later(at, partial(_put_file, world, key, at, refresh))
        at += draw.random() * 60 + 1
        world.later(at, partial(_put_manifest, world, at, refresh))


def _put_file(world: World, key: str, at: float, refresh: Refresh) -> None:
    world.bucket.put(key, at, refresh)
    if world.draw.random() < 0.02:
        world.bucket.purge(key)


def _put_manifest(world: World, at: float, refresh: Refresh) -> None:
    draw = world.draw
    version_id = world.bucket.put(refresh.manifest, at, refresh)
    for _ in range(draw.choice((1, 1, 2, 3))):
        message = Message(refresh.kind, refresh.manifest, version_id)
        delay = draw.random() * (world.weather.pace if draw.random() < 0.2 else 60)
        world.later(delay, partial(world.receive, message))


def _deploy(world: World, periods: list[UsagePeriod]) -> None:
    """Deploy another policy, and close every month again."""
    world.policies.digest = "policy-2"
    for period in periods:
        world.start(period, f"replay-{period}-deployed")


def _recover(world: World, periods: list[UsagePeriod]) -> None:
    """Do what the runbook says once the faults are over: redrive what failed, then be patient."""
    world.weather = world.gate.weather = Weather(outlives=world.weather.outlives)
    letters, world.dead_letters = world.dead_letters, []
    for message in letters:
        message.n_receives = 0
        world.receive(message)
    failed = [each for each in world.executions.values() if each.is_failed]
    for execution in failed:
        if execution.failed_at == "watch" or world.draw.random() < 0.5:
            execution.redrive()
        else:
            world.start(execution.period, f"replay-{execution.name}")
    for period in periods:
        if any(each.period == period for each in failed):
            world.later(2 * LONGEST_FUNCTION, partial(world.start, period, f"replay-{period}-last"))
    world.run()
