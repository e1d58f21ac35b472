"""A collection from beginning to end, with accounts that refuse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest

from crossfoot.domain.accounts import Account, Stay
from crossfoot.domain.deliveries import Notice
from crossfoot.domain.errors import AccessDeniedError, StorageError
from crossfoot.domain.inventory import (
    NAMED_ACCOUNTS,
    AccountState,
    CollectionSummary,
    Gap,
    GapKind,
    ListedAccount,
    Outcome,
    Receipt,
    RegionAnswers,
    Resource,
    ResourceKind,
    Survey,
    Utilization,
    WorkItem,
)
from crossfoot.usecases.collect_inventory import InventoryCollector, conclude_inventory
from crossfoot.usecases.list_accounts import list_accounts
from crossfoot.usecases.send_notices import SendNotices

NOW = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)
DAY = date(2026, 11, 22)
REGIONS = ("eu-central-1", "us-east-1")
ACCOUNTS = [f"{number:012d}" for number in range(1, 41)]
REFUSING = (ACCOUNTS[4], ACCOUNTS[17], ACCOUNTS[39])
BUCKET = Resource(service_code="AmazonS3", kind=ResourceKind.S3_BUCKET, resource_id="b")


@dataclass
class _Estate:
    """An organization whose accounts answer, refuse or break; stands in for every port."""

    listed: list[ListedAccount] = field(default_factory=list)
    refuses: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    refuses_rows: bool = False
    surveys: dict[WorkItem, Survey] = field(default_factory=dict)
    asked_statistics: set[bool] = field(default_factory=set)
    home: str = "us-east-1"
    saved: list[Mapping[str, Sequence[Stay]]] = field(default_factory=list)
    written: dict[tuple[date, WorkItem], int] = field(default_factory=dict)
    work: dict[str, Sequence[WorkItem]] = field(default_factory=dict)
    kept: dict[tuple[str, WorkItem], Receipt] = field(default_factory=dict)

    def now(self) -> datetime:
        return NOW

    def accounts(self) -> Sequence[ListedAccount]:
        return self.listed

    def known(self) -> Sequence[str]:
        return (*REGIONS, "me-south-1")

    def enabled(self, _collection: str, account_ids: Sequence[str]) -> RegionAnswers:
        answering = set(account_ids) - {*self.refuses, *self.silent}
        return RegionAnswers(dict.fromkeys(answering, REGIONS), frozenset(self.refuses))

    def stays(self) -> Mapping[str, Sequence[Stay]]:
        return self.saved[-1] if self.saved else {}

    def save(self, stays: Mapping[str, Sequence[Stay]]) -> bool:
        self.saved.append(stays)
        return True

    def survey(
        self, _collection: str, item: WorkItem, _now: datetime, *, with_statistics: bool
    ) -> Survey:
        self.asked_statistics.add(with_statistics)
        if item.account_id in self.refuses:
            raise AccessDeniedError("taking the role was refused (AccessDenied).", mend="Mend it.")
        if item.account_id in self.silent:
            raise StorageError("taking the role failed (Throttling).", mend="Try again.")
        return self.surveys.get(item, Survey([BUCKET], (), 8))

    def write(
        self, _collection: str, day: date, item: WorkItem, _at: datetime, found: Sequence[Resource]
    ) -> None:
        if self.refuses_rows:
            raise AccessDeniedError("writing the rows was refused.", mend="Mend it.")
        self.written[day, item] = len(found)

    def save_items(self, collection: str, items: Sequence[WorkItem]) -> str:
        self.work[collection] = items
        return f"s3://work-bucket/collections/{collection}/items.json"

    def items(self, collection: str) -> Sequence[WorkItem]:
        return self.work[collection]

    def save_receipt(self, collection: str, receipt: Receipt) -> None:
        self.kept[collection, receipt.item] = receipt

    def receipts(self, collection: str) -> Sequence[Receipt]:
        return [receipt for (name, _), receipt in self.kept.items() if name == collection]


@dataclass
class _Post:
    """Outbox and bus at once; remembers what was sent."""

    notices: dict[str, Notice] = field(default_factory=dict)
    sent: list[Notice] = field(default_factory=list)
    marked: set[str] = field(default_factory=set)

    def put(self, notice: Notice) -> bool:
        is_new = notice.event_id not in self.notices
        self.notices.setdefault(notice.event_id, notice)
        return is_new

    def unsent(self) -> Sequence[Notice]:
        return [each for name, each in self.notices.items() if name not in self.marked]

    def mark_sent(self, event_id: str, _at: datetime) -> None:
        self.marked.add(event_id)

    def send(self, notices: Sequence[Notice]) -> Sequence[str]:
        self.sent.extend(notices)
        return [each.event_id for each in notices]


def test_forty_accounts_of_which_three_refuse_give_37_and_three_names() -> None:
    """Who refuses is named, and stops nobody."""
    estate, post = _Estate(_listed(ACCOUNTS), refuses=REFUSING), _Post()

    summary = _collect_all(estate, post)

    assert (summary.n_collected, summary.partial, summary.failed) == (37, (), REFUSING)
    assert summary.n_resources == 37 * len(REGIONS)
    assert {item.account_id for _, item in estate.written} == set(ACCOUNTS) - set(REFUSING)
    (notice,) = post.sent
    assert notice.detail_type == "Inventory Collected"
    assert notice.detail["data"]["n_failed"] == 3
    assert notice.detail["data"]["failed"] == list(REFUSING)


def test_a_refusing_account_is_tried_once_and_its_reason_is_kept() -> None:
    """An account without a role has one item, not one for each Region of the world."""
    estate = _Estate(_listed(ACCOUNTS[:2]), refuses=(ACCOUNTS[1],))

    _collect_all(estate, _Post())

    item = WorkItem(ACCOUNTS[1], "us-east-1")
    assert [each for each in estate.work["run"] if each.account_id == ACCOUNTS[1]] == [item]
    receipt = estate.kept["run", item]
    assert (receipt.outcome, receipt.error) == (Outcome.FAILED, "AccessDeniedError")
    assert "refused" in (receipt.reason or "")


def test_an_account_that_did_not_answer_is_asked_in_every_known_region() -> None:
    """Silence is no refusal."""
    estate = _Estate(_listed(ACCOUNTS[:1]), silent=(ACCOUNTS[0],))

    _collect_all(estate, _Post())

    assert [item.region_code for item in estate.work["run"]] == [
        "eu-central-1", "me-south-1", "us-east-1",
    ]  # fmt: skip


def test_a_closed_account_is_listed_and_never_entered() -> None:
    """Old months name closed accounts: they keep their names."""
    gone = ListedAccount("000000000099", "gone", "/", AccountState.INACTIVE)
    estate = _Estate([*_listed(ACCOUNTS[:1]), gone])

    _collect_all(estate, _Post())

    (stay,) = estate.saved[0][gone.account_id]
    assert (stay.account, stay.state) == (Account("gone", "/"), "inactive")
    assert {item.account_id for item in estate.work["run"]} == {ACCOUNTS[0]}


def test_a_region_with_gaps_makes_its_account_partial_and_keeps_its_rows() -> None:
    """What was read is written; what was not is named."""
    estate = _Estate(_listed(ACCOUNTS[:2]))
    item = WorkItem(ACCOUNTS[0], "us-east-1")
    gap = Gap("rds", GapKind.DENIED, "AccessDenied")
    estate.surveys[item] = Survey([BUCKET, BUCKET], (gap,), 8)

    summary = _collect_all(estate, _Post())

    assert (summary.n_collected, summary.partial) == (1, (ACCOUNTS[0],))
    assert estate.written[DAY, item] == 2
    assert estate.kept["run", item].gaps == (gap,)


@pytest.mark.parametrize("kind", [GapKind.UNSUPPORTED, GapKind.NOT_ENABLED])
def test_what_a_region_does_not_have_is_not_missing(kind: GapKind) -> None:
    """A service or Region that is not there is recorded, and takes nothing away."""
    estate = _Estate(_listed(ACCOUNTS[:1]))
    item = WorkItem(ACCOUNTS[0], "us-east-1")
    estate.surveys[item] = Survey([], (Gap("eks", kind, "Code"),), 8)

    summary = _collect_all(estate, _Post())

    assert (summary.n_collected, summary.partial, summary.failed) == (1, (), ())
    assert estate.kept["run", item].gaps[0].kind is kind


def test_a_region_that_gave_nothing_leaves_the_earlier_rows_of_the_day() -> None:
    """Failure is not emptiness."""
    estate = _Estate(_listed(ACCOUNTS[:1]))
    item = WorkItem(ACCOUNTS[0], "us-east-1")
    gaps = tuple(Gap(f"service-{n}", GapKind.DENIED, "AccessDenied") for n in range(8))
    estate.surveys[item] = Survey([], gaps, 8)

    summary = _collect_all(estate, _Post())

    assert (DAY, item) not in estate.written
    assert summary.partial == (ACCOUNTS[0],)


def test_rows_that_cannot_be_written_are_not_collected() -> None:
    """A bucket or key that refuses is told in the receipt, as an account's refusal is."""
    estate = _Estate(_listed(ACCOUNTS[:1]), refuses_rows=True)

    summary = _collect_all(estate, _Post())

    receipt = estate.kept["run", WorkItem(ACCOUNTS[0], "us-east-1")]
    assert (summary.failed, summary.n_resources) == ((ACCOUNTS[0],), 0)
    assert (receipt.outcome, receipt.error) == (Outcome.FAILED, "AccessDeniedError")


def test_a_region_that_lacks_one_service_and_refuses_the_others_has_failed() -> None:
    """Nothing was read: the one service that is not there is no comfort."""
    refused = [Gap(f"service-{n}", GapKind.DENIED, "AccessDenied") for n in range(7)]
    absent = Gap("eks", GapKind.UNSUPPORTED, "EndpointConnectionError")

    assert Survey([], (*refused, absent), 8).outcome is Outcome.FAILED


def test_work_without_a_receipt_has_failed() -> None:
    """A function that timed out or crashed left no receipt: its account is named."""
    items = [WorkItem(account, region) for account in ACCOUNTS[:3] for region in REGIONS]
    receipts = [Receipt(item, Outcome.COLLECTED) for item in items if item != items[0]]

    lost_one = CollectionSummary.of(items, receipts)
    lost_all = CollectionSummary.of(items, receipts[1:])

    assert (lost_one.partial, lost_one.failed) == ((ACCOUNTS[0],), ())
    assert (lost_all.partial, lost_all.failed) == ((), (ACCOUNTS[0],))


def test_concluding_twice_tells_once() -> None:
    """A retried conclusion finds its notice in the outbox."""
    estate, post = _Estate(_listed(ACCOUNTS[:2])), _Post()
    _collect_all(estate, post)

    conclude_inventory(
        "run",
        DAY,
        records=estate,
        outbox=post,
        post=SendNotices(post, post, clock=estate),
        clock=estate,
    )

    assert len(post.sent) == 1


def test_an_event_names_a_hundred_accounts_and_counts_them_all() -> None:
    """An event has a limit of size, and a failing rollout can have thousands of names."""
    accounts = [f"{number:012d}" for number in range(1, 251)]
    estate, post = _Estate(_listed(accounts), refuses=tuple(accounts)), _Post()

    _collect_all(estate, post)

    data = post.sent[0].detail["data"]
    assert (data["n_failed"], len(data["failed"])) == (250, NAMED_ACCOUNTS)


@pytest.mark.parametrize("statistics", [True, False])
def test_every_account_is_asked_for_figures_or_none_is(statistics: bool) -> None:
    """Whether figures are paid for is one word of the whole collection."""
    estate = _Estate(_listed(ACCOUNTS[:3]))

    _collect_all(estate, _Post(), statistics=statistics)

    assert estate.asked_statistics == {statistics}


def test_percentiles_are_of_days_and_missing_days_are_not_zeros() -> None:
    """Three days of data are three days, whatever the window."""
    found = Utilization.of_cpu([10.0, 20.0, 30.0], [50.0, 90.0, 70.0])

    assert (found.measured_days, found.cpu_mean_percent, found.cpu_p50_percent) == (3, 20.0, 20.0)
    assert found.cpu_max_percent == 90.0
    assert Utilization.of_cpu([], []).cpu_mean_percent is None


def _listed(accounts: Sequence[str]) -> list[ListedAccount]:
    return [ListedAccount(each, f"name {each}", "/", AccountState.ACTIVE) for each in accounts]


def _collect_all(estate: _Estate, post: _Post, *, statistics: bool = False) -> CollectionSummary:
    plan = list_accounts(
        "run",
        organization=estate,
        regions=estate,
        account_list=estate,
        records=estate,
        clock=estate,
    )
    collector = InventoryCollector(estate, estate, estate, estate)
    for item in estate.work["run"]:
        collector.collect("run", plan.day, item, with_statistics=statistics)
    return conclude_inventory(
        "run",
        plan.day,
        records=estate,
        outbox=post,
        post=SendNotices(post, post, clock=estate),
        clock=estate,
    )
