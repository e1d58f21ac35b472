"""Hand shared pools on to those who use them; the moved grams stay visible beside the original."""

from collections.abc import Sequence

import numpy as np

from crossfoot.domain.configuration import Driver, Redistribution, SharedPool
from crossfoot.domain.errors import ConfigurationError, ReconciliationError
from crossfoot.domain.measures import MEASURE_AXIS, MEASURES, SCOPES, TOTAL_PARTS, Measure
from crossfoot.domain.proof import PartySums, PoolMove
from crossfoot.domain.units import Int64Array
from crossfoot.engine.redistribution import redistribute

_DRIVER_MEASURE = MEASURES.index(Measure.TOTAL_LBM)


def hand_on_pools(parties: Sequence[PartySums], plan: Redistribution) -> list[PoolMove]:
    """Return the moves of one month: negative where grams leave, positive where they arrive.

    A month with totals only moves its totals. Pools without any grams or receivers without any
    weight leave the pool as it is.

    Raises
    ------
    ReconciliationError
        The moves do not sum to zero.
    ConfigurationError
        A fixed weight names nobody.
    """
    found = {party.name: party for party in parties if party.is_pool}
    pools = [pool for pool in plan.pools if pool.name in found]
    consumers = [party for party in parties if not party.is_pool]
    if not pools or not consumers:
        return []
    drivers = np.array([_weights(pool, pools, found, consumers) for pool in pools], np.int64)
    has_receiver = drivers[:, len(pools) :].sum(axis=1) > 0
    kept = [index for index, has in enumerate(has_receiver.tolist()) if has]
    if not kept:
        return []
    columns = [*kept, *range(len(pools), drivers.shape[1])]
    amounts = _amounts([found[pools[index].name] for index in kept])
    moved = redistribute(amounts, drivers[np.ix_(kept, columns)], how=plan.how)
    moves = _moves([pools[index] for index in kept], consumers, plan, amounts, moved)
    _require_zero_sum(moves)
    return moves


def _weights(
    pool: SharedPool,
    pools: Sequence[SharedPool],
    found: dict[str | None, PartySums],
    consumers: Sequence[PartySums],
) -> list[int]:
    """Return the pool's weight of every other pool, then of every consumer."""
    others = [found[other.name] for other in pools]
    fixed = dict(pool.weights)
    unknown = fixed.keys() - {party.name for party in (*others, *consumers)}
    if unknown:
        raise ConfigurationError(
            f"pool {pool.name!r} gives a weight to {min(unknown)!r}, whom nobody knows.",
            mend="Name accounts, pools or tag values that the month has.",
        )
    return [
        0 if party.is_pool and party.name == pool.name else _weight(party, pool.driver, fixed)
        for party in (*others, *consumers)
    ]


def _weight(party: PartySums, driver: Driver, fixed: dict[str, int]) -> int:
    if fixed:
        return fixed.get(party.name or "", 0)
    match driver:
        case Driver.ON_DEMAND_COST:
            return max(party.on_demand_nano, 0)
        case Driver.UNBLENDED_COST:
            return max(party.unblended_nano, 0)
        case Driver.EMISSIONS:
            return max(party.amount_ug[_DRIVER_MEASURE] or 0, 0)
        case Driver.EQUAL:
            return 1


def _amounts(pools: Sequence[PartySums]) -> Int64Array:
    """Return the scopes of the pools, and the part of their totals that no scope explains."""
    amounts = np.array([[amount or 0 for amount in pool.amount_ug] for pool in pools], np.int64).T
    for total, parts in TOTAL_PARTS.items():
        rows = [MEASURES.index(part) for part in parts]
        amounts[MEASURES.index(total)] -= amounts[rows].sum(MEASURE_AXIS)
    return np.ascontiguousarray(amounts)


def _moves(
    pools: Sequence[SharedPool],
    consumers: Sequence[PartySums],
    plan: Redistribution,
    amounts: Int64Array,
    moved: Int64Array,
) -> list[PoolMove]:
    moves = []
    for position, pool in enumerate(pools):
        driver = "fixed weights" if pool.weights else str(pool.driver)
        given = _with_totals(-amounts[:, position])
        moves.append(PoolMove(pool.name, plan.how, driver, "pool", pool.name, given))
        moves.extend(
            PoolMove(
                pool.name,
                plan.how,
                driver,
                plan.consumers,
                consumer.name,
                _with_totals(moved[:, position, index]),
            )
            for index, consumer in enumerate(consumers)
            if moved[:, position, index].any()
        )
    return moves


def _with_totals(column: Int64Array) -> tuple[int, ...]:
    amounts = [int(amount) for amount in column]
    for total, parts in TOTAL_PARTS.items():
        amounts[MEASURES.index(total)] += sum(amounts[MEASURES.index(part)] for part in parts)
    return tuple(amounts)


def _require_zero_sum(moves: Sequence[PoolMove]) -> None:
    for index, measure in enumerate((*SCOPES, *MEASURES[len(SCOPES) :])):
        left = sum(move.amount_ug[index] for move in moves)
        if left:
            raise ReconciliationError("redistribution loses grams", keys=[f"{measure}: {left} ug"])
