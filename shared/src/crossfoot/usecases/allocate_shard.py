"""Allocate one shard of a month: AWS's cells of some accounts over the usage of the same."""

from collections.abc import Mapping
from dataclasses import dataclass

from crossfoot.domain.cells import ReportedCells
from crossfoot.domain.configuration import AllocationMethod
from crossfoot.domain.plans import MonthPlan
from crossfoot.usecases.pipeline_ports import KeptCarbon, ShardRoom
from crossfoot.usecases.write_month import write_shards


@dataclass(frozen=True, slots=True)
class ShardReceipt:
    """What one shard came to."""

    shard: int
    counts: Mapping[str, int]


class AllocateShard:
    """Allocate one shard; shards know nothing of one another.

    Parameters
    ----------
    room, carbon
        See ``pipeline_ports``.
    method : AllocationMethod
        The method of the policy that the run was planned under.
    """

    def __init__(self, room: ShardRoom, carbon: KeptCarbon, method: AllocationMethod) -> None:
        self._room = room
        self._carbon = carbon
        self._method = method

    def run(self, plan: MonthPlan, shard: int, rollup_uri: str | None) -> ShardReceipt:
        """Allocate and write a shard. Safe to repeat: the same input gives the same bytes.

        Parameters
        ----------
        rollup_uri : str or None
            Folder of the shard's usage, which may be missing; ``None`` where the month has no
            usage, so that the one shard holds every cell.

        Raises
        ------
        RunContentError
            Another content was written under the run's name.
        """
        cells = ReportedCells.from_rows(self._carbon.delivery(plan.delivery_id).rows)
        if rollup_uri is not None:
            cells = cells.of_accounts(self._room.accounts(plan, shard, rollup_uri))
        with self._room.write(plan, shard) as run:
            counts = write_shards(run, self._room.shards(plan, rollup_uri, cells), self._method)
            run.finish(counts)
        return ShardReceipt(shard, dict(counts))
