"""The bucket that AWS delivers to, in overwrite mode: files first, the manifest last."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.simulation.fakes import PAYER, START, carbon_delivery
from tests.simulation.gate import Gate

from crossfoot.domain.deliveries import ExportKind, PinnedDelivery, PinnedFile
from crossfoot.domain.errors import (
    IncompleteDeliveryError,
    ManifestError,
    ReplacedDeliveryError,
    UnreadableFileError,
)
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.tables import CarbonDelivery

MEND = "Deliver again."


@dataclass(frozen=True, slots=True)
class Refresh:
    """One delivery as AWS makes it: two files with grams, and perhaps a flaw.

    ``content`` is equal for two refreshes of the same bytes; ``flaw`` is ``unreadable``,
    ``foreign``, ``other month``, ``incomplete`` or ``garbage``.
    """

    kind: ExportKind
    period: UsagePeriod
    content: str
    grams: tuple[int, int]
    model_version: str = "v3.0.1"
    flaw: str | None = None

    @property
    def keys(self) -> tuple[str, str]:
        """Keys of the two files: every refresh of a month has the same."""
        return f"{self.kind}/{self.period}/1", f"{self.kind}/{self.period}/2"

    @property
    def manifest(self) -> str:
        """Key of the manifest."""
        return f"{self.kind}/{self.period}/Manifest.json"

    @property
    def delivery_id(self) -> str:
        """What the delivery is called once it is read whole."""
        return delivery_id_of(self, self)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one object. ``at`` is in seconds since the start."""

    version_id: str
    at: float
    refresh: Refresh


@dataclass
class Bucket:
    """Every version of every object."""

    versions: dict[str, list[Version]] = field(default_factory=dict)
    purged: set[str] = field(default_factory=set)

    def put(self, key: str, at: float, refresh: Refresh) -> str:
        """Write a version."""
        before = self.versions.setdefault(key, [])
        before.append(Version(f"{key}@{len(before) + 1}", at, refresh))
        return before[-1].version_id

    def purge(self, key: str) -> None:
        """Lose all versions but the newest, as a lifecycle rule would."""
        self.purged |= {each.version_id for each in self.versions.get(key, [])[:-1]}

    def read_manifest(self, key: str, version_id: str) -> Version:
        """Return a version of a manifest."""
        found = next(each for each in self.versions[key] if each.version_id == version_id)
        if found.refresh.flaw == "garbage":
            raise ManifestError("is not JSON.", mend=MEND, file=key)
        return found

    def version_at(self, key: str, at: float) -> Version:
        """Return the version that was newest at an instant."""
        found = [each for each in self.versions.get(key, []) if each.at <= at]
        if not found or found[-1].version_id in self.purged:
            raise IncompleteDeliveryError("is not there.", mend=MEND, file=key)
        return found[-1]

    def content(self, key: str, version_id: str) -> Refresh:
        """Return what a version holds."""
        if version_id in self.purged:
            raise ReplacedDeliveryError("this version is gone.", mend=MEND, file=key)
        return next(e.refresh for e in self.versions[key] if e.version_id == version_id)


class Landing:
    """Pins deliveries, one object at a time."""

    def __init__(self, bucket: Bucket, gate: Gate, find: Callable[[str, float], Version]) -> None:
        self._bucket = bucket
        self._gate = gate
        self._find = find

    def pin(self, kind: ExportKind, key: str, version_id: str) -> PinnedDelivery:
        """Pin what a manifest lists."""
        manifest = self._gate.call(self._bucket.read_manifest, key, version_id)
        keys = list(manifest.refresh.keys)
        if manifest.refresh.flaw == "incomplete":
            keys[1] += "-never-came"
        files = [(each, self._gate.call(self._find, each, manifest.at)) for each in keys]
        return PinnedDelivery(
            kind,
            manifest.refresh.period,
            "landing",
            manifest.refresh.period.text,
            None,
            instant(manifest.at),
            PinnedFile(key, version_id, manifest.version_id, 1),
            tuple(PinnedFile(each, found.version_id, found.version_id, 1) for each, found in files),
        )


class Reader:
    """Reads pinned deliveries, one file at a time."""

    def __init__(self, bucket: Bucket, gate: Gate) -> None:
        self._bucket = bucket
        self._gate = gate

    def read(self, delivery: PinnedDelivery) -> CarbonDelivery:
        """Return AWS's rows."""
        first, second = self.contents(delivery)
        return carbon_delivery(
            delivery_id_of(first, second),
            UsagePeriod("2020-01") if first.flaw == "other month" else delivery.usage_period,
            delivery.delivered_at,
            model_version=first.model_version,
            payer="999999999999" if first.flaw == "foreign" else PAYER,
        )

    def contents(self, delivery: PinnedDelivery) -> list[Refresh]:
        """Return what both files hold."""
        found = [
            self._gate.call(self._bucket.content, each.key, each.version_id)
            for each in delivery.files
        ]
        if any(each.flaw == "unreadable" for each in found):
            raise UnreadableFileError("is truncated.", mend=MEND, file=delivery.files[0].key)
        return found


def instant(seconds: float) -> datetime:
    """Return an instant of the simulation."""
    return START + timedelta(seconds=seconds)


def delivery_id_of(first: Refresh, second: Refresh) -> str:
    """Name a delivery by its bytes: by both files, should they be of two refreshes."""
    mixed = "" if first.content == second.content else f"+{second.content}"
    return f"d-{first.period}-{first.content}{mixed}"
