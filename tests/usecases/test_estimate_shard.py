"""Estimating a shard, over a room in memory."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from crossfoot.domain.errors import StorageError
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.plans import MonthPlan
from crossfoot.usecases.estimate_shard import EstimateReceipt, EstimateShard

URI = "s3://a-bucket/rollup/r-0000000000000000/000000000000/shard=3/"
PLAN = MonthPlan(
    usage_period=UsagePeriod("2026-03"),
    run_id="r-" + "0" * 16,
    identity="i",
    delivery_id="d-" + "0" * 16,
    model_version="v3.0.1",
    payer_account_id="1" * 12,
    usage_digest="0" * 32,
    previous_run_id=None,
    policy_digest="p",
    accounts_version=None,
    holder="h",
    fence=1,
)


def usage(n_rows: int, *unknown_regions: str) -> Any:
    """Return whole accounts."""
    return SimpleNamespace(
        consumers=SimpleNamespace(n_rows=n_rows), unknown_regions=unknown_regions
    )


@dataclass
class Run:
    """What was written, and whether it was finished."""

    shards: list[Any] = field(default_factory=list)
    counts: Mapping[str, int] | None = None
    is_full: bool = False

    def write_shard(self, shard: Any) -> None:
        """Keep a shard."""
        if self.is_full:
            raise StorageError("the disk is full")
        self.shards.append(shard)

    def finish(self, counts: Mapping[str, int]) -> None:
        """Keep the counts."""
        self.counts = counts


@dataclass
class Room:
    """A shard's usage by its place."""

    by_uri: dict[str | None, list[Any]]
    run: Run = field(default_factory=Run)

    def usage(self, plan: MonthPlan, rollup_uri: str | None) -> Iterator[Any]:
        """Yield whole accounts."""
        assert plan == PLAN
        yield from self.by_uri.get(rollup_uri, ())

    @contextmanager
    def write_impacts(self, plan: MonthPlan, shard: int) -> Iterator[Run]:
        """Return the one run."""
        assert (plan, shard) == (PLAN, 3)
        yield self.run


def test_every_account_of_the_shard_is_estimated_and_counted() -> None:
    """Regions without factors are named once, in order, whoever used them."""
    accounts = [usage(2, "xx-east-1"), usage(5), usage(1, "xx-east-1", "aa-west-9")]
    room = Room({URI: accounts})
    receipt = EstimateShard(room).run(PLAN, 3, URI)

    assert receipt == EstimateReceipt(3, 8, ("aa-west-9", "xx-east-1"))
    assert room.run.shards == accounts
    assert room.run.counts == {"impact_rows": 8}


@pytest.mark.parametrize("uri", [URI, None])
def test_a_shard_without_usage_leaves_an_empty_part(uri: str | None) -> None:
    """The part is finished all the same: a reader sees that there is nothing."""
    room = Room({})
    assert EstimateShard(room).run(PLAN, 3, uri) == EstimateReceipt(3, 0, ())
    assert room.run.counts == {"impact_rows": 0}


def test_what_fails_is_not_finished() -> None:
    """A part that is not whole is never told of."""
    room = Room({URI: [usage(1)]}, Run(is_full=True))
    with pytest.raises(StorageError):
        EstimateShard(room).run(PLAN, 3, URI)
    assert room.run.counts is None
