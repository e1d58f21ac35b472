"""What the inventory tells of the accounts of one shard: how busy their machines were."""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pyarrow as pa

from crossfoot.adapters.aws.inventory_pins import S3InventoryPins
from crossfoot.adapters.aws.loads_of_objects import loads_of_object
from crossfoot.adapters.aws.places import account_of_inventory
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.adapters.inventory_loads import loads_of
from crossfoot.adapters.observations import Observations
from crossfoot.domain.deliveries import PinnedFile
from crossfoot.domain.plans import MonthPlan

_AT_ONCE: Final = 16


class S3KeptInventory:
    """Reads the pinned objects of some accounts, and of no others."""

    def __init__(self, objects: S3Objects, pins: S3InventoryPins) -> None:
        self._objects = objects
        self._pins = pins

    def observations(self, plan: MonthPlan, accounts: Collection[str]) -> Observations:
        """Return the loads of these accounts; none where the plan has no inventory.

        Raises
        ------
        DeploymentError
            A pinned version is gone, or is no inventory.
        """
        if plan.inventory_digest is None:
            return Observations.none()
        inventory = self._pins.pinned(plan.usage_period, plan.inventory_digest)
        files = [file for file in inventory.files if account_of_inventory(file.key) in accounts]
        return Observations(loads=loads_of(self._read(inventory.bucket, files), plan.usage_period))

    def _read(self, bucket: str, files: Sequence[PinnedFile]) -> list[pa.Table]:
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="inventory") as pool:
            # a failure is raised here: nothing is read in part
            return list(pool.map(lambda file: loads_of_object(self._objects, bucket, file), files))
