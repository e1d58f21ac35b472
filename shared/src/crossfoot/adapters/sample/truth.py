"""What truly emitted what: AWS's published law, applied to the lines as they were written.

An EC2 cell goes by normalised instance-hours, an S3 cell by GB-months, a CloudFront cell by GB out,
all else by on-demand cost. AWS would report the sum of a cell, rounded to one gram; the truth keeps
the micrograms of every resource.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from crossfoot.adapters.sample.chunks import Lines
from crossfoot.adapters.sample.intensities import intensities
from crossfoot.adapters.sample.line_columns import (
    Figures,
    Offers,
    coded,
    dense_codes,
    masked,
    text_lookup,
)
from crossfoot.adapters.sample.month import MonthPlan
from crossfoot.adapters.sample.places import PLACES
from crossfoot.adapters.sample.resource_ids import resource_ids
from crossfoot.adapters.sample.skus import BUCKETS
from crossfoot.adapters.sample.world import World
from crossfoot.domain.measures import MEASURES, SCOPES, column_of
from crossfoot.domain.units import (
    DECIMAL_PRECISION,
    DECIMAL_SCALE,
    MICROGRAMS_PER_KILOGRAM,
    Float64Array,
    Int64Array,
)

_SCOPELESS_PARTS: Final = (0, 1, 2)
"""Scopes that totals held before v3.0.0: one and two, no scope 3."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Emissions of (account, Region, bucket), before AWS rounds them.

    Parameters
    ----------
    account, place, bucket : ndarray of int64, shape (cell,)
        Indices; ascending by account, place and bucket.
    scopes_ug : ndarray of int64, shape (scope, cell)
        Emissions in the order of ``SCOPES``. [ug CO2e]
    has_usage : ndarray of bool, shape (cell,)
        False for cells that no usage explains.
    """

    account: Int64Array
    place: Int64Array
    bucket: Int64Array
    scopes_ug: Int64Array
    has_usage: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.account)


class TruthOfMonth:
    """Adds up the drivers of a month's lines; memory is that of the meters, not of the lines."""

    def __init__(self, world: World, offers: Offers, plan: MonthPlan) -> None:
        self._world = world
        self._offers = offers
        self._plan = plan
        self._weight = np.zeros(len(world.meters))

    def add(self, lines: Lines, figures: Figures) -> None:
        """Count the lines of one chunk."""
        offers, offer = self._offers, figures.offer
        weight = figures.usage * offers.driver[offer]
        weight += figures.on_demand * offers.cost_driver[offer]
        self._weight += np.bincount(lines.meter, weight, minlength=len(self._weight))

    def stakes_ug(self) -> Int64Array:
        """Return the emissions of each stake, shape (scope, stake). [ug CO2e]."""
        world, stakes = self._world, self._world.stakes
        is_use = world.meters.stake >= 0
        weight: Float64Array = np.bincount(
            world.meters.stake[is_use], self._weight[is_use], minlength=len(stakes)
        )
        month = self._plan.calendar.period.start.month
        per_unit = intensities(month)[stakes.bucket, world.resources.region[stakes.resource]]
        grams = np.rint(weight * per_unit.T * MICROGRAMS_PER_KILOGRAM).astype(np.int64)
        return _hand_to_containers(grams, stakes.parent, stakes.parent_share)

    def has_lines(self) -> NDArray[np.bool_]:
        """Return whether each stake has a line this month."""
        is_use = self._world.meters.stake >= 0
        n_lines = np.bincount(
            self._world.meters.stake[is_use],
            self._plan.n_lines[is_use],
            minlength=len(self._world.stakes),
        )
        return n_lines > 0


def _hand_to_containers(
    grams: Int64Array, parent: NDArray[np.int32], share: Float64Array
) -> Int64Array:
    """Move what pods and tasks used from their node to them; the unused part stays on the node."""
    own = np.flatnonzero(parent >= 0)
    moved = np.rint(grams[:, parent[own]] * share[own]).astype(np.int64)
    grams[:, own] = moved
    for scope in range(len(SCOPES)):
        np.subtract.at(grams[scope], parent[own], moved[scope])
    return grams


def cells_of(world: World, stakes_ug: Int64Array, is_present: NDArray[np.bool_]) -> Cells:
    """Return the sums of the stakes that are present, by account, Region and bucket."""
    stakes, resources = world.stakes, world.resources
    at = np.flatnonzero(is_present)
    resource = stakes.resource[at]
    key = resources.account[resource].astype(np.int64) * len(PLACES) + resources.region[resource]
    key = key * len(BUCKETS) + stakes.bucket[at]
    keys, cell = np.unique(key, return_inverse=True)
    scopes = np.zeros((len(SCOPES), len(keys)), np.int64)
    for scope in range(len(SCOPES)):
        np.add.at(scopes[scope], cell, stakes_ug[scope, at])
    where, bucket = np.divmod(keys, len(BUCKETS))
    account, place = np.divmod(where, len(PLACES))
    return Cells(account, place, bucket, scopes, np.ones(len(keys), np.bool_))


def totals_ug(scopes_ug: Int64Array, *, has_scope_3: bool = True) -> Int64Array:
    """Return the location- and market-based totals, shape (total, row). [ug CO2e]."""
    one, two_lbm, two_mbm, three_lbm, three_mbm = scopes_ug
    if not has_scope_3:
        return np.array([one + two_lbm, one + two_mbm])
    return np.array([one + two_lbm + three_lbm, one + two_mbm + three_mbm])


def write_truth(
    path: Path,
    world: World,
    stakes_ug: Int64Array,
    is_present: NDArray[np.bool_],
    extra: Cells,
    *,
    has_scopes: bool,
) -> None:
    """Write one month's truth: a row per resource, bucket and service, and the unexplained cells.

    Scopes are null in a month of which AWS only ever delivered totals.
    """
    at = np.flatnonzero(is_present)
    scopes = np.concatenate((stakes_ug[:, at], extra.scopes_ug), axis=1)
    columns = _keys(world, at, extra)
    measures = np.concatenate((scopes, totals_ug(scopes, has_scope_3=has_scopes)))
    for measure, row in zip(MEASURES, measures, strict=True):
        is_known = has_scopes or measure not in SCOPES
        columns[column_of(measure)] = _kilograms(row) if is_known else _no_kilograms(len(row))
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        pa.table(columns),
        path,
        compression="zstd",
        store_schema=False,
        store_decimal_as_integer=True,
        use_dictionary=[name for name in columns if name != "resource_id"],
        write_statistics=False,
        row_group_size=1_000_000,
    )


def _keys(world: World, at: NDArray[Any], extra: Cells) -> dict[str, pa.Array]:
    stakes, resources = world.stakes, world.resources
    resource = stakes.resource[at]
    blank = np.full(len(extra), -1)
    sets = np.where(stakes.is_shown[at], resources.tag_set[resource], 0)
    teams = text_lookup([world.tag_sets.team(n) for n in range(len(world.tag_sets.tags))])
    # the writer needs every text of a dictionary once, and a resource may have several stakes
    shown, codes = dense_codes(np.where(stakes.is_shown[at], resource, -1), len(resources))
    return {
        "usage_account_id": coded(
            text_lookup([one.account_id for one in world.accounts]),
            np.concatenate((resources.account[resource], extra.account)).astype(np.int32),
        ),
        "region_code": coded(
            text_lookup([place.code for place in PLACES]),
            np.concatenate((resources.region[resource], extra.place)).astype(np.int32),
        ),
        "carbon_service": coded(
            text_lookup([str(bucket) for bucket in BUCKETS]),
            np.concatenate((stakes.bucket[at], extra.bucket)).astype(np.int32),
        ),
        "service_code": masked(
            np.concatenate((stakes.product[at], blank)), pa.array(world.products, pa.string())
        ),
        # plain: row groups would each repeat a dictionary of all ids
        "resource_id": masked(
            np.concatenate((codes, blank)), resource_ids(world, shown)
        ).dictionary_decode(),
        "user_team": coded(teams, np.concatenate((sets, 0 * blank)).astype(np.int32)),
    }


def _kilograms(amount_ug: Int64Array) -> pa.Array:
    buffer = pa.py_buffer(np.ascontiguousarray(amount_ug))
    kind = pa.decimal64(DECIMAL_PRECISION, DECIMAL_SCALE)
    return pa.Array.from_buffers(kind, len(amount_ug), [None, buffer])


def _no_kilograms(n_rows: int) -> pa.Array:
    return pa.nulls(n_rows, pa.decimal64(DECIMAL_PRECISION, DECIMAL_SCALE))
