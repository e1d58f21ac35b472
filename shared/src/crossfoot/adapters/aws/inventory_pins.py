"""Which day's inventory tells a month's loads, and the versions of its objects."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any, Final

from crossfoot.adapters.aws.loads_of_objects import loads_of_object
from crossfoot.adapters.aws.places import CuratedPlaces, Place
from crossfoot.adapters.aws.s3_objects import S3Objects, as_json
from crossfoot.adapters.inventory_loads import days_that_tell
from crossfoot.domain.deliveries import PinnedFile, PinnedInventory
from crossfoot.domain.errors import InvalidPeriodError, RunContentError
from crossfoot.domain.period import UsagePeriod

_MOST_LOOKS: Final = 32
"""Objects of a day that are looked into before the day is taken to tell nothing."""


class S3InventoryPins:
    """Finds and keeps the pins of the inventory; implements ``Inventories``."""

    def __init__(self, objects: S3Objects, places: CuratedPlaces) -> None:
        self._objects = objects
        self._places = places

    def pin(self, period: UsagePeriod) -> PinnedInventory | None:
        """Pin the newest day that tells how busy resources were in a month, if any does.

        Most days only list what there is. A day whose objects were collected again since gives
        other pins, and so another run.
        """
        for day in _newest_first(period):
            files = self._objects.latest_below(self._places.inventory_day(day))
            if self._tells_loads(files):
                return self._kept(PinnedInventory(period, day, self._places.bucket, tuple(files)))
        return None

    def pinned(self, period: UsagePeriod, digest: str) -> PinnedInventory:
        """Return the pins of a plan's inventory.

        Raises
        ------
        RunContentError
            What is kept there is not what the digest says.
        """
        place = self._places.inventory_pins(period, digest)
        document = self._objects.read_json(place)
        try:
            inventory = _inventory(document)
        except (KeyError, TypeError, ValueError, InvalidPeriodError) as error:
            raise _damaged(place) from error
        if inventory.digest != digest:
            raise _damaged(place)
        return inventory

    def _kept(self, inventory: PinnedInventory) -> PinnedInventory:
        place = self._places.inventory_pins(inventory.usage_period, inventory.digest)
        self._objects.put_new(place, as_json(_document(inventory)))
        return inventory

    def _tells_loads(self, files: Sequence[PinnedFile]) -> bool:
        """Whether statistics were asked for: a collection asks everywhere or nowhere.

        The largest objects are looked into first, since those have machines; a Region of disks
        alone has no loads on any day.
        """
        largest = sorted(files, key=lambda file: (-file.size, file.key))[:_MOST_LOOKS]
        bucket = self._places.bucket
        return any(loads_of_object(self._objects, bucket, file).num_rows for file in largest)


def _newest_first(period: UsagePeriod) -> Iterator[date]:
    first, last = (date.fromisoformat(day) for day in days_that_tell(period))
    for days in range((last - first).days + 1):
        yield last - timedelta(days=days)


def _document(inventory: PinnedInventory) -> dict[str, Any]:
    return {
        "usage_period": inventory.usage_period.text,
        "day": inventory.day.isoformat(),
        "bucket": inventory.bucket,
        "files": [asdict(file) for file in inventory.files],
    }


def _inventory(document: Mapping[str, Any]) -> PinnedInventory:
    return PinnedInventory(
        usage_period=UsagePeriod(document["usage_period"]),
        day=date.fromisoformat(document["day"]),
        bucket=document["bucket"],
        files=tuple(PinnedFile(**file) for file in document["files"]),
    )


def _damaged(place: Place) -> RunContentError:
    return RunContentError(
        f"{place.uri} is damaged: its pins are not those of its name.",
        mend="Restore the version of the object that Crossfoot wrote.",
    )
