"""The list of shards that the Distributed Map goes through: JSON in the work bucket."""

import json
from collections.abc import Sequence

from crossfoot.adapters.aws.places import Place, WorkPlaces
from crossfoot.adapters.aws.s3_objects import S3Objects


class S3ShardLists:
    """Writes ``[{"shard": 0, "rollup_uri": ...}]``; ``null`` where the month has no usage."""

    def __init__(self, objects: S3Objects, places: WorkPlaces) -> None:
        self._objects = objects
        self._places = places

    def keep_without_usage(self, run_id: str) -> Place:
        """Write the list of a month that closes on carbon alone: one shard with every cell."""
        return self._keep(run_id, [{"shard": 0, "rollup_uri": None}])

    def keep(self, run_id: str, attempt: str, n_shards: int) -> Place:
        """Write the list of one attempt; a folder is named even where nothing will lie there."""
        return self._keep(
            run_id,
            [
                {"shard": n, "rollup_uri": self._places.roll_up_shard(run_id, attempt, n).uri}
                for n in range(n_shards)
            ],
        )

    def _keep(self, run_id: str, shards: Sequence[dict[str, object]]) -> Place:
        place = self._places.shards(run_id)
        self._objects.put(place, f"{json.dumps(shards, indent=1)}\n".encode())
        return place
