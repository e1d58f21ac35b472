"""A made-up carbon export for a real usage export: the same accounts, Regions and months."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from crossfoot.adapters.sample.carbon import carbon_rows, write_carbon
from crossfoot.adapters.sample.deliveries import CarbonDelivery, backfilled
from crossfoot.adapters.sample.delivery import CARBON_EXPORT, Export, total_bytes
from crossfoot.adapters.sample.folder import SampleReceipt, explain_carbon, prepare_folder
from crossfoot.adapters.sample.hashing import mix
from crossfoot.adapters.sample.intensities import scopes_of
from crossfoot.adapters.sample.places import GLOBAL, PLACES, Place, place_of
from crossfoot.adapters.sample.skus import BUCKETS, Bucket
from crossfoot.adapters.sample.truth import Cells
from crossfoot.domain.errors import InputNotFoundError
from crossfoot.domain.measures import SCOPES
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.units import MICROGRAMS_PER_KILOGRAM, Float64Array

_DRIVER_PER_USD: Final = {
    Bucket.EC2: 45.0,
    Bucket.S3: 43.0,
    Bucket.CLOUDFRONT: 12.0,
    Bucket.OTHER: 1.0,
}
"""Driver units that a dollar of on-demand value buys. [unit/USD]"""
_SPREAD: Final = 0.2
"""How far a cell's grams per dollar stray, up and down. [1]"""
_WITHOUT_USAGE: Final = 0.03
"""What the account and the Region without usage each get, of the value of all the rest. [1]"""
_N_ZERO_ROWS: Final = 3

type _Key = tuple[str, str, int]
"""Account, Region code and bucket index."""


@dataclass(frozen=True, slots=True)
class UsageCell:
    """What one account used of one product in one Region and month.

    Parameters
    ----------
    region_code
        None, empty and ``global`` are the global place.
    product_code
        CUR's product code, or one of AWS's carbon buckets: all that is not EC2, S3 or CloudFront is
        ``Other``.
    on_demand_cost
        Undiscounted value. [USD]
    """

    usage_period: UsagePeriod
    usage_account_id: str
    region_code: str | None
    product_code: str
    on_demand_cost: float


def write_carbon_for_usage(
    out: Path, cells: Sequence[UsageCell], *, payer_account_id: str, seed: int = 2026
) -> SampleReceipt:
    """Write a carbon export that fits a real usage export, with plausible grams.

    Every cell gets emissions by its cost and Region. In each month there are also zero rows, a
    Region and an account without usage; a history of at least six months has the older versions.

    Raises
    ------
    InputError
        No cells, or a folder that holds something else.
    """
    if not cells:
        raise InputNotFoundError(
            "the usage has no cell to make carbon for.", mend="Name a usage export with lines."
        )
    prepare_folder(out, "Being written: carbon for a usage export.\n")
    export = Export(out, CARBON_EXPORT, payer_account_id)
    periods = sorted({cell.usage_period for cell in cells})
    n_rows = 0
    for month, period in enumerate(periods):
        costs = _costs(cell for cell in cells if cell.usage_period == period)
        for salt, delivery in enumerate(backfilled(month, len(periods), period)):
            n_rows += _write(export, period, delivery, costs, seed=seed, salt=salt)
    explain_carbon(out, tuple(periods), seed, n_carbon=n_rows)
    return SampleReceipt(
        out=out,
        carbon=export.folder,
        periods=tuple(periods),
        n_carbon_rows=n_rows,
        n_bytes=total_bytes(path for path in out.rglob("*") if path.is_file()),
    )


def _bucket(product_code: str) -> Bucket:
    return Bucket(product_code) if product_code in set(Bucket) else Bucket.OTHER


def _costs(cells: Iterable[UsageCell]) -> dict[_Key, float]:
    """Add up the cells by account, Region and bucket, and append what has no usage. [USD]."""
    costs: dict[_Key, float] = {}
    for cell in cells:
        bucket = _bucket(cell.product_code)
        is_edge = bucket is Bucket.CLOUDFRONT
        place = PLACES[GLOBAL] if is_edge else place_of(cell.region_code)
        key = (cell.usage_account_id, place.code, BUCKETS.index(bucket))
        costs[key] = costs.get(key, 0.0) + max(0.0, cell.on_demand_cost)
    return costs | _without_usage(costs)


def _without_usage(costs: dict[_Key, float]) -> dict[_Key, float]:
    accounts = sorted({account for account, _, _ in costs})
    used = {region for _, region, _ in costs}
    free = [place.code for place in PLACES[:GLOBAL] if place.code not in used]
    s3, other = BUCKETS.index(Bucket.S3), BUCKETS.index(Bucket.OTHER)
    idle = f"{(int(accounts[-1]) + 1) % 10**12:012d}"
    little = _WITHOUT_USAGE * sum(costs.values())
    more = {(idle, min(used), other): little}
    if free:
        more[accounts[0], free[0], s3] = little
    more |= {(accounts[0], region, other): 0.0 for region in free[1 : 1 + _N_ZERO_ROWS]}
    return more


def _write(
    export: Export,
    period: UsagePeriod,
    delivery: CarbonDelivery,
    costs: dict[_Key, float],
    *,
    seed: int,
    salt: int,
) -> int:
    cells, accounts, places = _cells(costs, period, seed)
    rows = carbon_rows(cells, accounts, places, delivery)
    write_carbon(export, period, delivery, rows, salt)
    return len(rows.account_ids)


def _cells(
    costs: dict[_Key, float], period: UsagePeriod, seed: int
) -> tuple[Cells, tuple[str, ...], tuple[Place, ...]]:
    keys = sorted(costs)
    accounts = tuple(sorted({account for account, _, _ in keys}))
    regions = sorted({region for _, region, _ in keys})
    places = tuple(place_of(region) for region in regions)
    factor = _factors(len(keys), seed * 10_000 + period.year * 12 + period.start.month)
    per_usd = [
        np.array(scopes_of(BUCKETS[bucket], place_of(region))) * _DRIVER_PER_USD[BUCKETS[bucket]]
        for _, region, bucket in keys
    ]
    value = np.array([costs[key] for key in keys]) * factor
    amount = np.array(per_usd).reshape(len(keys), len(SCOPES)).T * value * MICROGRAMS_PER_KILOGRAM
    cells = Cells(
        np.array([accounts.index(account) for account, _, _ in keys]),
        np.array([regions.index(region) for _, region, _ in keys]),
        np.array([bucket for _, _, bucket in keys]),
        np.rint(amount).astype(np.int64),
        np.ones(len(keys), np.bool_),
    )
    return cells, accounts, places


def _factors(n_cells: int, salt: int) -> Float64Array:
    share = (mix(np.arange(n_cells, dtype=np.int64), salt) % np.uint64(1001)).astype(float) / 1000
    return np.asarray(1 - _SPREAD + 2 * _SPREAD * share)
