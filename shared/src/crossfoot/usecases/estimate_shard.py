"""Estimate one shard of a month: what its usage took, beside the grams that AWS reports."""

from dataclasses import dataclass

from crossfoot.domain.plans import MonthPlan
from crossfoot.usecases.pipeline_ports import EstimateRoom


@dataclass(frozen=True, slots=True)
class EstimateReceipt:
    """What the estimate of one shard came to.

    ``unknown_regions`` are Regions without factors, whose usage has no estimate.
    """

    shard: int
    n_rows: int
    unknown_regions: tuple[str, ...]


class EstimateShard:
    """Estimate one shard; shards know nothing of one another, and nothing of AWS's figures.

    Parameters
    ----------
    room : EstimateRoom
        See ``pipeline_ports``.
    """

    def __init__(self, room: EstimateRoom) -> None:
        self._room = room

    def run(self, plan: MonthPlan, shard: int, rollup_uri: str | None) -> EstimateReceipt:
        """Estimate and write a shard. Safe to repeat: the same input gives the same bytes.

        Parameters
        ----------
        rollup_uri : str or None
            Folder of the shard's usage, which may be missing; ``None`` where the month has no
            usage, so that there is nothing to estimate, and the part is empty.

        Raises
        ------
        RunContentError
            Another content was written under the run's name.
        """
        n_rows, unknown_regions = 0, set[str]()
        with self._room.write_impacts(plan, shard) as run:
            for usage in self._room.usage(plan, rollup_uri):
                run.write_shard(usage)
                n_rows += usage.consumers.n_rows
                unknown_regions |= set(usage.unknown_regions)
            run.finish({"impact_rows": n_rows})
        return EstimateReceipt(shard, n_rows, tuple(sorted(unknown_regions)))
