"""What a collection writes beside its rows: the list of accounts, the work, the receipts."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, Final

from crossfoot.adapters.account_directory import accounts_csv, parse_accounts
from crossfoot.adapters.aws.places import CuratedPlaces, Place, WorkPlaces
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.domain.accounts import Stay
from crossfoot.domain.inventory import Gap, GapKind, Outcome, Receipt, WorkItem

_AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True)
class S3AccountList:
    """The list of accounts: a new object version exactly where something changed."""

    objects: S3Objects
    places: CuratedPlaces

    def stays(self) -> Mapping[str, Sequence[Stay]]:
        """Return how every account was known; a list of earlier releases tells no days.

        Raises
        ------
        InputError
            Somebody has edited the list, and it contradicts itself.
        """
        place = self.places.accounts()
        body = self.objects.find(place)
        if body is None:
            return {}
        known = parse_accounts(body, place.uri)
        return known.stays or {key: (Stay(each),) for key, each in known.accounts.items()}

    def save(self, stays: Mapping[str, Sequence[Stay]]) -> bool:
        """Write the list in the order of the ids, where it differs from what is there."""
        place, body = self.places.accounts(), accounts_csv(stays)
        if self.objects.find(place) == body:
            return False
        self.objects.put(place, body)
        return True


@dataclass(frozen=True, slots=True)
class S3CollectionRecords:
    """Work and receipts of collections, until they expire."""

    objects: S3Objects
    places: WorkPlaces

    def save_items(self, collection: str, items: Sequence[WorkItem]) -> str:
        """Write the array that the Distributed Map reads."""
        place = self.places.collection_items(collection)
        self.objects.put(place, _json([asdict(item) for item in items]))
        return place.uri

    def items(self, collection: str) -> Sequence[WorkItem]:
        """Return the work; none where the collection never began."""
        body = self.objects.find(self.places.collection_items(collection))
        return [] if body is None else [WorkItem(**item) for item in json.loads(body)]

    def save_receipt(self, collection: str, receipt: Receipt) -> None:
        """Write one receipt; the same item once more takes its place."""
        item = receipt.item
        place = self.places.collection_receipt(collection, item.account_id, item.region_code)
        self.objects.put(place, _json(asdict(receipt)))

    def receipts(self, collection: str) -> Sequence[Receipt]:
        """Return every receipt."""
        folder = self.places.collection_receipts(collection)
        places = [Place(folder.bucket, key) for key in self.objects.keys(folder)]
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="receipts") as pool:
            bodies = list(pool.map(self.objects.find, places))
        return [_receipt(json.loads(body)) for body in bodies if body is not None]


def _receipt(document: dict[str, Any]) -> Receipt:
    gaps = tuple(
        Gap(gap["service"], GapKind(gap["kind"]), gap["reason"]) for gap in document["gaps"]
    )
    return Receipt(
        item=WorkItem(**document["item"]),
        outcome=Outcome(document["outcome"]),
        n_resources=document["n_resources"],
        gaps=gaps,
        error=document["error"],
        reason=document["reason"],
    )


def _json(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
