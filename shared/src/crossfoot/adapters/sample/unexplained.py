"""Emissions that no usage explains: AWS reports them too, and nothing may be lost."""

from typing import Final

import numpy as np

from crossfoot.adapters.sample.intensities import scopes_of
from crossfoot.adapters.sample.organisation import Account
from crossfoot.adapters.sample.places import N_REGIONS, PLACES
from crossfoot.adapters.sample.skus import BUCKETS, Bucket
from crossfoot.adapters.sample.truth import Cells
from crossfoot.domain.measures import SCOPES
from crossfoot.domain.units import MICROGRAMS_PER_KILOGRAM

_DRIVER: Final = {Bucket.EC2: 2000.0, Bucket.S3: 800.0, Bucket.OTHER: 150.0}
"""Driver units that the emissions would stand for. [normalised hours, GB-months, USD]"""
_ZERO_ROWS: Final = 3


def unexplained_cells(accounts: tuple[Account, ...], explained: Cells) -> Cells:
    """Return cells that no usage of theirs explains.

    They are an idle account's, storage in a Region where the account uses other things, storage in
    a Region that the account does not use at all, and plain zeros.
    """
    taken = set(zip(explained.account.tolist(), explained.place.tolist(), strict=True))
    cells: dict[tuple[int, int, int], float] = {}
    for number, account in enumerate(accounts):
        if account.role == "carbon only":
            for bucket in (Bucket.EC2, Bucket.OTHER):
                cells[number, account.regions[0], BUCKETS.index(bucket)] = _DRIVER[bucket]
    bare = _without_bucket(explained, BUCKETS.index(Bucket.S3))
    if bare is not None:
        cells[*bare, BUCKETS.index(Bucket.S3)] = _DRIVER[Bucket.S3]
    first = _free_places(0, taken)
    if first:
        cells[0, first[0], BUCKETS.index(Bucket.S3)] = _DRIVER[Bucket.S3]
    for place in first[1 : 1 + _ZERO_ROWS]:
        cells[0, place, BUCKETS.index(Bucket.OTHER)] = 0.0
    keys = sorted(cells)
    scopes = [
        np.array(scopes_of(BUCKETS[bucket], PLACES[place])) * cells[account, place, bucket]
        for account, place, bucket in keys
    ]
    account_index, place_index, bucket_index = np.array(keys, np.int64).reshape(len(keys), 3).T
    amount = np.array(scopes).reshape(len(keys), len(SCOPES)).T * MICROGRAMS_PER_KILOGRAM
    return Cells(
        account_index,
        place_index,
        bucket_index,
        np.rint(amount).astype(np.int64),
        np.zeros(len(keys), np.bool_),
    )


def _without_bucket(explained: Cells, bucket: int) -> tuple[int, int] | None:
    """Return the first account and Region with usage, but none of that bucket."""
    here = list(zip(explained.account.tolist(), explained.place.tolist(), strict=True))
    has = {key for key, one in zip(here, explained.bucket.tolist(), strict=True) if one == bucket}
    return next((key for key in here if key not in has and key[1] < N_REGIONS), None)


def _free_places(account: int, taken: set[tuple[int, int]]) -> list[int]:
    # from the end: small Regions, where an account rarely runs
    return [place for place in reversed(range(N_REGIONS)) if (account, place) not in taken]


def joined(one: Cells, other: Cells) -> Cells:
    """Return both, the first before the second."""
    return Cells(
        np.concatenate((one.account, other.account)),
        np.concatenate((one.place, other.place)),
        np.concatenate((one.bucket, other.bucket)),
        np.concatenate((one.scopes_ug, other.scopes_ug), axis=1),
        np.concatenate((one.has_usage, other.has_usage)),
    )
