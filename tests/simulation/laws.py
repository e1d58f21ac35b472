"""What must hold at every step, and what must hold in the end."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from tests.simulation.fakes import TABLES, CatalogTables, LedgerTable
from tests.simulation.landing_bucket import Refresh
from tests.simulation.world import LIMIT, World

from crossfoot.domain.deliveries import DeliveryState, ExportKind, KnownDelivery, Pointer
from crossfoot.domain.notices import PUBLISHED, QUARANTINED, RESTATED, threshold_event_id
from crossfoot.domain.period import UsagePeriod
from crossfoot.domain.thresholds import Direction
from crossfoot.domain.versions import ModelVersion


class ViolationError(AssertionError):
    """A law was broken."""


@dataclass
class WatchedCatalog(CatalogTables):
    """A catalogue whose readers look after every swap.

    Readers never see an older version after a newer one (I7). Tables are swapped in one order, so
    that no table is ahead of one that is swapped before it: a reader may meet two versions during
    a swap, and the ledger is the last to change.
    """

    ledger: LedgerTable = field(default_factory=LedgerTable)
    is_strict: bool = True
    seen: dict[tuple[UsagePeriod, str], int] = field(default_factory=dict)

    def swap(self, period: UsagePeriod, table: str, run_id: str) -> None:
        """Swap and look."""
        versions = [each.version for each in history(self.ledger, period) if each.run_id == run_id]
        require(bool(versions), f"{table} shows {run_id}, which was never published")
        super().swap(period, table, run_id)
        if self.is_strict:
            before = self.seen.get((period, table), 0)
            require(versions[0] >= before, f"{table}: {versions[0]} after {before}")
            self.seen[period, table] = versions[0]
            shown = [self.seen.get((period, each), 0) for each in TABLES]
            require(shown == sorted(shown, reverse=True), f"mixed: {shown}")


def require(is_so: bool, what: str) -> None:
    """Raise if a law is broken."""
    if not is_so:
        raise ViolationError(what)


def history(ledger: LedgerTable, period: UsagePeriod) -> list[Pointer]:
    """Return every publication of a month."""
    return [each for each in ledger.history if each.usage_period == period]


def require_end(world: World, periods: list[UsagePeriod]) -> None:
    """Check everything that must hold once all is quiet."""
    _require_outbox(world)
    _require_deliveries(world)
    for period in periods:
        publications = history(world.ledger, period)
        _require_versions(world, publications)
        _require_figures(world, publications)
        _require_told(world, publications)
        _require_newest(world, period)
        _require_shown(world, period)
        _require_thresholds(world, period)


def _require_outbox(world: World) -> None:
    """I10: one row per key; every row was sent, and always as the same notice."""
    ids = [row.notice.event_id for row in world.ledger.rows]
    require(len(set(ids)) == len(ids), "two rows of one event")
    taken = {notice.event_id: notice for notice in world.bus.taken}
    require(taken.keys() == set(ids), "a notice was not sent, or has no row")
    require(
        all(taken[notice.event_id] == notice for notice in world.bus.taken),
        "one event was sent in two forms",
    )


def _require_deliveries(world: World) -> None:
    """Expect a flaw in all that is quarantined, none in what is kept, and one notice for each."""
    for known in world.ledger.known.values():
        contents = _contents(world, known)
        if known.state is DeliveryState.QUARANTINED:
            require(_is_flawed(world, known, contents), f"good, but in quarantine: {known}")
        if known.state is DeliveryState.READ:
            require(not _is_flawed(world, known, contents) or _is_purged(world, known),
                    f"flawed, but read: {known}")  # fmt: skip
            require(known.delivery_id in world.shelf.kept, f"read, but not kept: {known}")
    for delivery_id in world.shelf.kept:
        require("+" not in delivery_id, f"two refreshes in one delivery: {delivery_id}")
    told = Counter(
        row.notice.detail["data"].get("delivery")
        for row in world.ledger.rows
        if row.notice.detail_type == QUARANTINED
    )
    quarantined = [
        known.digest
        for known in world.ledger.known.values()
        if known.state is DeliveryState.QUARANTINED
    ]
    require(all(told[digest] == 1 for digest in quarantined), "a quarantine was not told once")


def _require_versions(world: World, publications: list[Pointer]) -> None:
    """I6, I7: versions count from 1, no run twice, and none that changes nothing."""
    versions = [each.version for each in publications]
    require(versions == list(range(1, len(versions) + 1)), f"versions {versions}")
    runs = [each.run_id for each in publications]
    require(len(set(runs)) == len(runs), f"a run was published twice: {runs}")
    identities = [each.identity for each in publications]
    require(
        all(one != other for one, other in pairwise(identities)),
        "a version that changes nothing",
    )
    # every version can be traced to its inputs and its policy (I8)
    for each in publications:
        manifest = world.runs.manifest(each.usage_period, each.run_id)
        require(manifest["identity"] == each.identity, "the manifest is of another run")
        require(manifest["carbon"]["delivery_id"] == each.delivery_id, "of another delivery")


def _require_figures(world: World, publications: list[Pointer]) -> None:
    """I1: each published figure is that of one whole delivery that nothing was known against."""
    whole = {
        version.refresh.delivery_id: sum(version.refresh.grams)
        for versions in world.bucket.versions.values()
        for version in versions
        if version.refresh.flaw is None
    }
    usage_at_fault = {
        known.digest
        for known in world.ledger.known.values()
        if known.state is DeliveryState.QUARANTINED and not _is_purged(world, known)
    }
    for each in publications:
        manifest = world.runs.manifest(each.usage_period, each.run_id)
        require(each.delivery_id in whole, f"published from {each.delivery_id}")
        require(
            manifest["reported_ug"]["total_lbm"] == whole[each.delivery_id],
            f"{each.run_id} has another total than {each.delivery_id}",
        )
        used = {file["sha256"] for file in manifest["usage"]["files"]}
        require(not used & usage_at_fault, f"{each.run_id} is made of quarantined usage")


def _require_told(world: World, publications: list[Pointer]) -> None:
    """I9: one notice for each version; what they tell adds up from the first to the last."""
    rows = [
        row.notice
        for row in world.ledger.rows
        if row.notice.detail_type in {PUBLISHED, RESTATED}
        and publications
        and row.notice.detail["data"]["usage_period"] == publications[0].usage_period.text
    ]
    told = [(notice.detail_type, notice.detail["data"]["version"]) for notice in rows]
    expected = [
        (PUBLISHED if each.version == 1 else RESTATED, each.version) for each in publications
    ]
    require(told == expected, f"told {told}, not {expected}")
    if rows:
        totals = [Decimal(n.detail["data"]["totals"]["total_lbm_kgco2e"]) for n in rows]
        deltas = [Decimal(n.detail["data"]["delta"]["total_lbm_kgco2e"]) for n in rows[1:]]
        require(totals[0] + sum(deltas) == totals[-1], "the deltas do not add up")


def _require_newest(world: World, period: UsagePeriod) -> None:
    """Whatever the order of arrival, the newest good deliveries speak for the month."""
    known = world.ledger.deliveries(period)
    carbon = [each for each in known if _is_good(each, ExportKind.CARBON)]
    usage = [each for each in known if _is_good(each, ExportKind.USAGE)]
    if not carbon or not usage:
        # what was published stays, should its deliveries be purged and found wanting later
        return
    require(all(each.state is DeliveryState.READ for each in carbon), "carbon was not read")
    best = max(
        carbon,
        key=lambda e: (ModelVersion(e.model_version or ""), e.delivered_at, e.delivery_id or ""),
    )
    newest = max(usage, key=lambda each: (each.delivered_at, each.digest))
    pointer = world.ledger.pointers.get(period)
    if pointer is None:
        raise ViolationError(f"{period} was never published")
    manifest = world.runs.manifest(period, pointer.run_id)
    require(pointer.delivery_id == best.delivery_id, "an older carbon delivery is shown")
    require(
        [file["sha256"] for file in manifest["usage"]["files"]] == [newest.digest],
        "an older usage delivery is shown",
    )
    require(manifest["policy_digest"] == world.policies.digest, "an older policy is shown")


def _require_shown(world: World, period: UsagePeriod) -> None:
    """Expect every table of the catalogue to show what the pointer says."""
    pointer = world.ledger.pointers.get(period)
    if pointer is not None:
        shown = world.catalog.shown.get(period, {})
        require(pointer.is_settled, "a pointer was never settled")
        require(shown == dict.fromkeys(TABLES, pointer.run_id), f"shows {shown}")


def _require_thresholds(world: World, period: UsagePeriod) -> None:
    """I10: a breach that stands was told; one that was taken back was cleared."""
    pointer = world.ledger.pointers.get(period)
    if pointer is None:
        return
    manifest = world.runs.manifest(period, pointer.run_id)
    holds = {
        direction: world.ledger.holds(threshold_event_id(LIMIT, period, direction))
        for direction in Direction
    }
    if LIMIT.is_breached(manifest["reported_ug"]):
        require(holds[Direction.BREACHED], "a breach was not told")
    else:
        is_even = holds[Direction.BREACHED] == holds[Direction.CLEARED]
        require(is_even, "a breach was not cleared")


def _is_good(known: KnownDelivery, kind: ExportKind) -> bool:
    return known.kind is kind and known.state is not DeliveryState.QUARANTINED


def _contents(world: World, known: KnownDelivery) -> list[Refresh]:
    pinned = world.ledger.pins[known.digest]
    return [
        version.refresh
        for file in pinned.files
        for version in world.bucket.versions[file.key]
        if version.version_id == file.version_id
    ]


def _is_flawed(world: World, known: KnownDelivery, contents: list[Refresh]) -> bool:
    return any(each.flaw is not None for each in contents) or _is_purged(world, known)


def _is_purged(world: World, known: KnownDelivery) -> bool:
    pinned = world.ledger.pins[known.digest]
    return any(file.version_id in world.bucket.purged for file in pinned.files)
